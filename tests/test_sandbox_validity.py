"""What the sandbox EHR answers is R4 itself, as far as the models of fhir.resources see."""

from typing import Any

import pytest
from fhir.resources.R4B import get_fhir_model_class

from tests.sandbox_resources import SYSTEM, asked, bundle, encounter, goal, posted, provenance, put
from tests.sandbox_server import SandboxServer


def _must_be_r4(body: Any) -> None:
    get_fhir_model_class(body["resourceType"]).model_validate(body)


@pytest.mark.parametrize(
    "path",
    [
        "metadata",
        "Patient",
        "Patient?family=nobody",
        "Patient?_count=3",
        "Practitioner",
        "Patient/1001/_history",
        "Patient/1",
        "Unicorn",
    ],
)
def test_every_kind_of_answer_is_r4(seeded_sandbox: SandboxServer, path: str) -> None:
    _must_be_r4(seeded_sandbox.fhir("GET", path).json())


def test_the_answers_of_bundles_and_what_they_stored_are_r4(seeded_sandbox: SandboxServer) -> None:
    patient = "Patient/1001"
    entries = [
        put(goal(patient, "g"), f"Goal?identifier={SYSTEM}%7Cg", "urn:uuid:6a1b8a52-6f53-4a57-9f2f-0d7f8a0f3c11"),
        posted(encounter(patient, "e")),
        posted(provenance("urn:uuid:6a1b8a52-6f53-4a57-9f2f-0d7f8a0f3c11", "note/1")),
        asked("GET", f"Goal?patient={patient}"),
    ]
    done = seeded_sandbox.fhir("POST", "", bundle("transaction", *entries))
    undone = seeded_sandbox.fhir(
        "POST", "", bundle("batch", posted(encounter("Patient/1", "x")), asked("GET", patient))
    )

    for answer in (done, undone):
        assert answer.status_code == 200
        _must_be_r4(answer.json())
    for resource_type in ("Goal", "Encounter", "Provenance"):
        for stored in seeded_sandbox.find(resource_type):
            _must_be_r4(stored)


def test_a_history_with_a_deletion_is_r4(seeded_sandbox: SandboxServer) -> None:
    path = f"Encounter/{seeded_sandbox.create(encounter('Patient/1001'))['id']}"
    seeded_sandbox.fhir("DELETE", path)

    _must_be_r4(seeded_sandbox.fhir("GET", f"{path}/_history").json())
