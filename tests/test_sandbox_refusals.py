"""The sandbox EHR refuses what it cannot file or read, and says why in an OperationOutcome."""

from typing import Any

import httpx
import pytest

from tests.sandbox_resources import SYSTEM, Json, encounter, provenance, refusal
from tests.sandbox_server import SandboxServer


@pytest.fixture
def patient(sandbox: SandboxServer) -> str:
    return "Patient/" + sandbox.add_patient("9990001014", "1968-03-14", family="Hargreaves", given="Maureen")


@pytest.mark.parametrize(
    ("change", "status", "code"),
    [
        ({"resourceType": "Goal"}, 400, "invalid"),
        ({"status": None}, 400, "structure"),
        ({"status": "nonsense"}, 400, "code-invalid"),
        ({"class": {}}, 400, "structure"),
        ({"reasonCode": []}, 400, "structure"),
        ({"reasonCode": [{"text": ""}]}, 400, "structure"),
        ({"meta": "1"}, 400, "structure"),
        ({"identifier": {"value": "a"}}, 400, "structure"),
        ({"id": "a b"}, 400, "value"),
        ({"subject": {"reference": 7}}, 400, "structure"),
        ({"subject": {"reference": "#nobody"}}, 422, "business-rule"),
        ({"subject": {"identifier": {"value": "a"}}}, 422, "business-rule"),
        ({"subject": "Patient/1"}, 422, "business-rule"),
        ({"subject": {"reference": "Patient/9"}}, 422, "not-found"),
        ({"subject": {"reference": "Patient?identifier=a"}}, 422, "business-rule"),
        ({"episodeOfCare": [{"reference": "EpisodeOfCare?identifier=a"}]}, 400, "invalid"),
        ({"episodeOfCare": [{"reference": "urn:uuid:b1"}]}, 400, "invalid"),
        ({"episodeOfCare": [{"reference": "#e"}]}, 400, "invariant"),
    ],
)
def test_a_resource_that_cannot_be_filed_is_refused(
    sandbox: SandboxServer, patient: str, change: Json, status: int, code: str
) -> None:
    answer = sandbox.fhir("POST", "Encounter", {**encounter(patient), **change})

    assert refusal(answer) == (status, code)
    assert sandbox.store()["types"] == {"Patient": 1}


def test_what_is_missing_is_named(sandbox: SandboxServer, patient: str) -> None:
    without = {name: value for name, value in encounter(patient).items() if name != "class"}

    issue = sandbox.fhir("POST", "Encounter", without).json()["issue"][0]

    assert (issue["code"], issue["expression"]) == ("required", ["Encounter.class"])


def test_references_that_the_server_cannot_judge_are_left_alone(sandbox: SandboxServer, patient: str) -> None:
    elsewhere = [
        {"individual": {"reference": "https://other.example.org/fhir/Practitioner/1"}},
        {"individual": {"reference": "#known"}},
        {"individual": {"type": "Practitioner", "identifier": {"value": "es-1"}}},
    ]
    known = [{"resourceType": "Practitioner", "id": "known"}]

    stored = sandbox.create(encounter(patient, participant=elsewhere, contained=known))

    assert stored["participant"] == elsewhere


def test_an_absolute_reference_to_this_server_is_kept_local(sandbox: SandboxServer, patient: str) -> None:
    assert sandbox.create(encounter(f"{sandbox.url}/{patient}"))["subject"] == {"reference": patient}


def test_r4_gives_a_provenance_no_identifier(sandbox: SandboxServer, patient: str) -> None:
    body = {**provenance(patient, "a"), "identifier": [{"value": "a"}]}

    assert refusal(sandbox.fhir("POST", "Provenance", body)) == (400, "structure")


def test_a_questionnaire_response_has_one_identifier_at_most(sandbox: SandboxServer, patient: str) -> None:
    answers: Json = {"resourceType": "QuestionnaireResponse", "status": "completed", "subject": {"reference": patient}}

    assert refusal(sandbox.fhir("POST", "QuestionnaireResponse", {**answers, "identifier": [{"value": "a"}]})) == (
        400,
        "structure",
    )
    stored = sandbox.create({**answers, "identifier": {"system": SYSTEM, "value": "a"}})
    assert sandbox.find("QuestionnaireResponse", identifier=f"{SYSTEM}|a") == [stored]


def test_a_type_without_a_status_has_none_to_check(sandbox: SandboxServer, patient: str) -> None:
    person: Json = {"resourceType": "RelatedPerson", "patient": {"reference": patient}}

    assert sandbox.create(person)["patient"] == {"reference": patient}


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("GET", "Encounter/1", 404, "not-found"),
        ("GET", "Encounter/1/_history", 404, "not-found"),
        ("GET", "Encounter/1/_history/1", 404, "not-found"),
        ("GET", "Encounter/1/_history/latest", 404, "not-found"),
        ("DELETE", "Encounter/1", 404, "not-found"),
        ("GET", "Unicorn/1", 404, "not-supported"),
        ("GET", "Encounter/1/2/3", 404, "not-found"),
        ("DELETE", "Encounter", 405, "not-supported"),
        ("PATCH", "Encounter/1", 405, "not-supported"),
        ("POST", "metadata", 404, "not-supported"),
    ],
)
def test_what_is_not_there_is_told_as_an_operation_outcome(
    sandbox: SandboxServer, method: str, path: str, status: int, code: str
) -> None:
    assert refusal(sandbox.fhir(method, path)) == (status, code)


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Accept": "application/fhir+xml"}, 406),
        ({"Accept": "application/fhir+json; fhirVersion=5.0"}, 406),
        ({"Accept": "application/fhir+json; fhirVersion=4.0, text/html"}, 200),
        ({"Accept": "text/html, */*;q=0.1"}, 200),
    ],
)
def test_answers_are_json_in_fhir_4(sandbox: SandboxServer, headers: dict[str, str], status: int) -> None:
    assert httpx.get(f"{sandbox.url}/metadata", headers=headers).status_code == status


def test_the_format_asked_for_in_the_url_wins(sandbox: SandboxServer) -> None:
    assert refusal(sandbox.fhir("GET", "metadata?_format=xml")) == (406, "not-supported")
    assert sandbox.fhir("GET", "metadata?_format=json", Accept="text/html").status_code == 200


@pytest.mark.parametrize(
    ("content_type", "content", "status", "code"),
    [
        ("application/fhir+xml", b"<Patient/>", 415, "not-supported"),
        ("application/fhir+json; fhirVersion=3.0", b"{}", 415, "not-supported"),
        ("application/fhir+json", b"{", 400, "structure"),
        ("application/json", b"[]", 400, "structure"),
    ],
)
def test_bodies_are_json_in_fhir_4(
    sandbox: SandboxServer, content_type: str, content: bytes, status: int, code: str
) -> None:
    headers = {"Content-Type": content_type}
    answer = httpx.post(f"{sandbox.url}/Patient", content=content, headers=headers)

    assert refusal(answer) == (status, code)


def test_a_resource_nested_without_end_is_refused(sandbox: SandboxServer) -> None:
    nested: Any = "deep"
    for _ in range(60):
        nested = {"extension": nested}

    assert refusal(sandbox.fhir("POST", "Patient", {"resourceType": "Patient", "name": nested})) == (400, "structure")
