"""HL7's own validator agrees with the gate: on every sample, on our profiles, and on what is broken.

It is run once, for all of them; it sees R4 4.0.1, UK Core and our profiles, and has no terminology.
"""

import json
from collections.abc import Mapping
from pathlib import Path

import pytest
from filelock import FileLock

from service.push.messages.document import document_of
from service.r4.resource import Json
from tests.broken.one_fault import OneFault
from tests.carriers import sending_of
from tests.gates import PROFILES
from tests.samples_on_disk import Sample, all_samples
from tests.test_gate import BROKEN, VALID
from tests.validator.hl7 import validate, what_is_missing

MISSING = what_is_missing()
pytestmark = pytest.mark.skipif(MISSING is not None, reason=str(MISSING))

UK_CORE = "https://fhir.hl7.org.uk/StructureDefinition/UKCore-"
NUMBERED: Json = {
    "resourceType": "Patient",
    "meta": {"profile": [f"{UK_CORE}Patient"]},
    "identifier": [{"system": "https://fhir.nhs.uk/Id/nhs-number", "value": "9990000018"}],
}
UNNUMBERED: Json = {**NUMBERED, "identifier": [{"system": "https://fhir.nhs.uk/Id/nhs-number"}]}
PUBLISHED = sorted(PROFILES.glob("*.json"))

Verdicts = Mapping[str, list[str]]


@pytest.fixture(scope="module")
def verdicts(tmp_path_factory: pytest.TempPathFactory) -> Verdicts:
    """One run serves every process that shares the tests."""
    together = tmp_path_factory.getbasetemp()
    together = together if together.name.startswith("pytest-") else together.parent
    report = together / "hl7.json"
    with FileLock(together / "hl7.lock"):
        if not report.exists():
            report.write_text(json.dumps(validate(_everything(), together / "hl7")))
        found: Verdicts = json.loads(report.read_bytes())
    return found


def _everything() -> dict[str, Json]:
    samples = {_name(sample, place): body for sample in all_samples() for place, body in enumerate(sample.agreed)}
    valid = {f"valid_{place}": body for place, body in enumerate(VALID)}
    broken = {f"broken_{one.file_name}": one.broken for one in BROKEN}
    published = {path.stem: json.loads(path.read_bytes()) for path in PUBLISHED}
    messages = {_message(sample): document_of(sending_of(sample.name)) for sample in all_samples()}
    return samples | messages | valid | broken | published | {"uk_core_valid": NUMBERED, "uk_core_broken": UNNUMBERED}


def _name(sample: Sample, place: int) -> str:
    return f"sample_{sample.name.replace('/', '_')}_{place}"


def _message(sample: Sample) -> str:
    return f"message_{sample.name.replace('/', '_')}"


@pytest.mark.parametrize("sample", all_samples(), ids=lambda sample: sample.name)
def test_the_resources_of_every_sample_are_valid_to_hl7_too(sample: Sample, verdicts: Verdicts) -> None:
    names = [_name(sample, place) for place in range(len(sample.agreed))]
    assert {name: verdicts[name] for name in names if verdicts[name]} == {}


@pytest.mark.parametrize("sample", all_samples(), ids=lambda sample: sample.name)
def test_every_sample_as_a_message_is_valid_to_hl7_too(sample: Sample, verdicts: Verdicts) -> None:
    assert verdicts[_message(sample)] == []


@pytest.mark.parametrize("path", PUBLISHED, ids=lambda path: path.stem)
def test_what_we_publish_is_valid_to_hl7_too(path: Path, verdicts: Verdicts) -> None:
    assert verdicts[path.stem] == []


@pytest.mark.parametrize("one", [one for one in BROKEN if one.also_hl7], ids=lambda one: one.sentence)
def test_what_the_gate_refuses_hl7_refuses_too(one: OneFault, verdicts: Verdicts) -> None:
    assert verdicts[f"broken_{one.file_name}"]


def test_what_was_broken_was_valid_to_hl7_before(verdicts: Verdicts) -> None:
    assert [verdicts[f"valid_{place}"] for place in range(len(VALID))] == [[]] * len(VALID)


def test_hl7_holds_uk_core_to_its_rules(verdicts: Verdicts) -> None:
    assert verdicts["uk_core_valid"] == []
    assert "nhsNumber" in " ".join(verdicts["uk_core_broken"])
