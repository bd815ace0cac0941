"""All that HL7's validator is asked about, under the names by which the tests ask for its verdicts; one run for all.

The run takes about a minute, most of it on the processor: every process that shares the tests waits for one of them.
"""

import json
from collections.abc import Mapping
from dataclasses import replace

import pytest
from filelock import FileLock

from service.forms.note import Form
from service.mapping.to_resources import to_resources
from service.push.messages.document import document_of
from service.r4.resource import Json
from service.record_api.response import response_of
from tests.audited import audit_events
from tests.broken.from_profiles import every_broken
from tests.carriers import sending_of, sending_of_form
from tests.changed_samples_on_disk import ChangedSample, changed_samples
from tests.gates import PROFILES
from tests.made_notes import MadeNote, made_notes
from tests.mapped import version_of
from tests.odd_notes import odd_notes
from tests.samples_on_disk import NAMES, Sample, all_samples, sample
from tests.test_gate import BROKEN, VALID
from tests.validator.hl7 import Issue, validate

UK_CORE = "https://fhir.hl7.org.uk/StructureDefinition/UKCore-"
NUMBERED: Json = {
    "resourceType": "Patient",
    "meta": {"profile": [f"{UK_CORE}Patient"]},
    "identifier": [{"system": "https://fhir.nhs.uk/Id/nhs-number", "value": "9990000018"}],
}
UNNUMBERED: Json = {**NUMBERED, "identifier": [{"system": "https://fhir.nhs.uk/Id/nhs-number"}]}
PUBLISHED = sorted(PROFILES.glob("*.json"))
HOW_MANY_MADE = 500

Verdicts = Mapping[str, list[Issue]]


def verdicts_of(factory: pytest.TempPathFactory) -> Verdicts:
    together = factory.getbasetemp()
    together = together if together.name.startswith("pytest-") else together.parent
    report = together / "hl7.json"
    with FileLock(together / "hl7.lock"):
        if not report.exists():
            report.write_text(json.dumps(validate(_everything(), together / "hl7")))
        found = json.loads(report.read_bytes())
    return {name: [Issue(*one) for one in issues] for name, issues in found.items()}


def _what_we_send() -> dict[str, Json]:
    """Resources and messages: of every sample, as it is and as changed, of notes made of nothing, and of odd ones."""
    agreed = {name: body for one in all_samples() for name, body in of_sample(one).items()}
    changed = {name: body for one in changed_samples() for name, body in of_changed(one).items()}
    made = {name: body for one in made_notes(HOW_MANY_MADE) for name, body in _of_made(one).items()}
    odd = {name: body for kind, form in odd_notes().items() for name, body in _of_odd(kind, form).items()}
    return agreed | changed | made | odd


def of_sample(one: Sample) -> dict[str, Json]:
    return _named(f"sample_{one.name}", one.agreed, document_of(sending_of(one.name)))


def of_changed(one: ChangedSample) -> dict[str, Json]:
    turns = one.turns
    sending = sending_of(turns["sample"], 1 + len(turns["turns"]), one.mapped())
    return _named(f"changed_{one.name}", one.agreed, document_of(sending))


def _of_made(one: MadeNote) -> dict[str, Json]:
    return _named(f"made_{one.name}", one.resources, one.message)


def _of_odd(kind: str, form: Form) -> dict[str, Json]:
    resources = to_resources(version_of(form), replace(NAMES, with_pay=True))
    return _named(f"odd_{kind}", [one.body for one in resources], document_of(sending_of_form(form, 1, resources)))


def _named(stem: str, resources: list[Json], message: Json | None) -> dict[str, Json]:
    stem = stem.replace("/", "_")
    numbered = {f"{stem}_{place}": body for place, body in enumerate(resources)}
    return numbered | ({f"{stem}_message": message} if message else {})


def _what_may_be_posted() -> dict[str, Json]:
    responses = {response_to(one): response_of(one.form, NAMES) for one in all_samples()}
    return responses | {"response_broken": _with_a_wrong_answer()}


def response_to(one: Sample) -> str:
    """The name of a sample as the answers to its kind's Questionnaire."""
    return f"response_{one.name.replace('/', '_')}"


def _with_a_wrong_answer() -> Json:
    """How the client was in touch, by a code that is none of the Questionnaire's."""
    response = response_of(sample("contact/about_a_goal").form, NAMES)
    (mechanism,) = (item for item in response["item"] if item["linkId"] == "mechanism")
    mechanism["answer"][0]["valueCoding"]["code"] = "77"
    return response


def _everything() -> dict[str, Json]:
    valid = {f"valid_{place}": body for place, body in enumerate(VALID)}
    broken = {f"broken_{one.file_name}": one.broken for one in BROKEN}
    by_rule = {one.file_name: one.for_hl7 for one in every_broken()}
    published = {path.stem: json.loads(path.read_bytes()) for path in PUBLISHED}
    uk_core = {"uk_core_valid": NUMBERED, "uk_core_broken": UNNUMBERED}
    return _what_we_send() | _what_may_be_posted() | valid | broken | by_rule | published | uk_core | audit_events()
