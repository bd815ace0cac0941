"""HL7's own examples of every type that the gate knows: all pass but those named here, which are not valid R4."""

import json
import tarfile
from functools import cache
from pathlib import Path

import pytest

from service.r4.gate import Fault
from service.r4.resource import Json
from tests.published import our_gate

PACKAGE = Path(__file__).parent.parent / ".tools" / "hl7.fhir.r4.examples-4.0.1.tgz"
pytestmark = pytest.mark.skipif(not PACKAGE.exists(), reason="HL7's examples are not in .tools: run make tools")

TYPES = sorted(name for name in our_gate().plans if "/" not in name)
# By file: where it is refused, and why rightly.
NOT_VALID = {
    "Observation-clinical-gender": ("Observation.performer[0]", "an encounter performed it"),
    "Questionnaire-qs1": ("Questionnaire.item[0].item[0].linkId", "items without a linkId"),
    "Questionnaire-zika-virus-exposure-assessment": ("Questionnaire.text.div", "a narrative with nothing to read"),
    "Bundle-dataelements": ("Bundle", "the same fullUrl twice in a collection"),
}


@cache
def examples() -> dict[str, Json]:
    """By file name without its ending; the definitions that lie beside the examples are left out."""
    found: dict[str, Json] = {}
    with tarfile.open(PACKAGE) as package:
        for member in package:
            name = member.name.rpartition("/")[2].removesuffix(".json")
            file = package.extractfile(member) if name.partition("-")[0] in TYPES else None
            if file is not None:
                found[name] = json.loads(file.read())
    return found


def of_type(name: str) -> dict[str, Json]:
    return {file: body for file, body in examples().items() if body["resourceType"] == name}


def faults_of(body: Json) -> list[Fault]:
    """Without those of other types that stand within it: the gate knows none it does not need."""
    return [fault for fault in our_gate().faults(body) if fault.code != "not-supported"]


@pytest.mark.parametrize("name", [name for name in TYPES if name not in ("Bundle", "Parameters")])
def test_hl7s_examples_of_a_type_pass(name: str) -> None:
    assert of_type(name)
    refused = {file: faults_of(body) for file, body in of_type(name).items() if file not in NOT_VALID}
    assert {file: faults for file, faults in refused.items() if faults} == {}


def test_hl7s_examples_of_bundles_pass() -> None:
    refused = {file: faults_of(body) for file, body in of_type("Bundle").items() if file not in NOT_VALID}
    assert {file: faults for file, faults in refused.items() if faults} == {}


@pytest.mark.parametrize("file", NOT_VALID)
def test_an_example_that_is_not_valid_is_refused(file: str) -> None:
    where, _why = NOT_VALID[file]
    assert where in {fault.path for fault in our_gate().faults(examples()[file])}


def test_there_are_enough_examples_to_say_so() -> None:
    ours = ["Encounter", "Procedure", "Observation", "Goal", "Task", "CarePlan", "Provenance", "QuestionnaireResponse"]
    ours += ["DocumentReference", "RelatedPerson", "Patient", "Practitioner", "OperationOutcome"]
    assert sum(len(of_type(name)) for name in ours) > 150
