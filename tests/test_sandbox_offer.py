"""The sandbox EHR words its answers, and offers more or less, as real servers differ."""

import httpx
import pytest

from tests.sandbox_resources import SYSTEM, Json, asked, bundle, encounter, goal, posted
from tests.sandbox_server import SandboxServer


@pytest.fixture
def patient(sandbox: SandboxServer) -> str:
    return "Patient/" + sandbox.add_patient("9990001014", "1968-03-14", family="Hargreaves", given="Maureen")


def _by_identifier(resource_type: str, value: str) -> str:
    return f"{resource_type}?identifier={SYSTEM.replace(':', '%3A').replace('/', '%2F')}%7C{value}"


def _responses(answer: httpx.Response) -> list[Json]:
    assert answer.status_code == 200, answer.text
    body = answer.json()
    assert body["type"] == "transaction-response"
    return [entry["response"] for entry in body["entry"]]


def test_a_transaction_is_answered_in_full_where_that_is_preferred(sandbox: SandboxServer, patient: str) -> None:
    answer = sandbox.fhir("POST", "", bundle("transaction", posted(goal(patient, "g"))), Prefer="return=representation")

    entry = answer.json()["entry"][0]
    assert entry["resource"]["id"] == entry["response"]["location"].split("/")[1]


@pytest.mark.parametrize(
    ("style", "status", "location", "etag"),
    [
        ({}, "201 Created", "Encounter/{id}/_history/1", 'W/"1"'),
        ({"status": "201", "etag": False}, "201", "Encounter/{id}/_history/1", None),
        ({"location": "absolute"}, "201 Created", "{url}/Encounter/{id}/_history/1", 'W/"1"'),
        ({"location": "absolute", "history": False}, "201 Created", "{url}/Encounter/{id}", 'W/"1"'),
        ({"history": False}, "201 Created", "Encounter/{id}", 'W/"1"'),
    ],
)
def test_answers_are_worded_as_real_servers_differ(
    sandbox: SandboxServer, patient: str, style: Json, status: str, location: str, etag: str | None
) -> None:
    sandbox.style(**style)

    (response,) = _responses(sandbox.fhir("POST", "", bundle("transaction", posted(encounter(patient, "e")))))
    alone = sandbox.fhir("POST", "Encounter", encounter(patient, "f"))

    (stored,) = sandbox.find("Encounter", identifier=f"{SYSTEM}|e")
    assert response["status"] == status
    assert response["location"] == location.format(id=stored["id"], url=sandbox.url)
    assert response.get("etag") == alone.headers.get("ETag") == etag
    assert ("_history" in alone.headers["Location"]) == style.get("history", True)


def test_a_read_inside_a_bundle_has_its_etag_where_the_style_has_one(sandbox: SandboxServer, patient: str) -> None:
    def etag() -> str | None:
        return _responses(sandbox.fhir("POST", "", bundle("transaction", asked("GET", patient))))[0].get("etag")

    assert etag() == 'W/"1"'
    sandbox.style(etag=False)
    assert etag() is None


def test_a_server_may_answer_its_writes_with_nothing(sandbox: SandboxServer, patient: str) -> None:
    sandbox.style(empty=True)

    alone = sandbox.fhir("POST", "Encounter", encounter(patient, "e"))
    together = sandbox.fhir("POST", "", bundle("transaction", posted(encounter(patient, "f"))))

    assert (alone.status_code, alone.content) == (201, b"")
    assert (together.status_code, together.content) == (200, b"")
    assert sandbox.store()["types"]["Encounter"] == 2


def test_what_is_not_offered_is_not_declared_and_not_done(sandbox: SandboxServer, patient: str) -> None:
    def declared() -> tuple[list[str], Json]:
        rest = sandbox.fhir("GET", "metadata").json()["rest"][0]
        codes = [interaction["code"] for interaction in rest.get("interaction", [])]
        return codes, next(resource for resource in rest["resource"] if resource["type"] == "Goal")

    interactions, the_goal = declared()
    assert (interactions, the_goal["conditionalUpdate"]) == (["transaction", "batch"], True)
    assert "create" in [interaction["code"] for interaction in the_goal["interaction"]]

    sandbox.offer(transaction=False, conditional=False, read_only=["Goal"])

    interactions, the_goal = declared()
    assert (interactions, the_goal["conditionalUpdate"]) == ([], False)
    assert "create" not in [interaction["code"] for interaction in the_goal["interaction"]]
    assert sandbox.fhir("POST", "", bundle("transaction")).status_code == 405
    assert sandbox.fhir("POST", "Goal", goal(patient, "g")).status_code == 405
    assert sandbox.fhir("DELETE", "Goal/1").status_code == 405
    assert sandbox.fhir("PUT", _by_identifier("Encounter", "e"), encounter(patient, "e")).status_code == 412


@pytest.mark.parametrize("entry", [posted(goal("Patient/1", "g")), asked("DELETE", "Goal/1")])
def test_a_read_only_type_is_not_written_inside_a_bundle_either(sandbox: SandboxServer, entry: Json) -> None:
    sandbox.offer(read_only=["Goal"])

    assert sandbox.fhir("POST", "", bundle("transaction", entry)).status_code == 405


def test_the_capability_statement_says_what_it_is(sandbox: SandboxServer) -> None:
    statement = sandbox.fhir("GET", "metadata").json()

    assert (statement["resourceType"], statement["fhirVersion"]) == ("CapabilityStatement", "4.0.1")
    assert "does not check profiles" in statement["description"]
    parameters = {
        resource["type"]: {each["name"] for each in resource["searchParam"]}
        for resource in statement["rest"][0]["resource"]
    }
    assert {"target", "entity", "_id"} <= parameters["Provenance"]
    assert {"identifier", "birthdate", "family", "_id"} <= parameters["Patient"]


def test_a_type_may_be_created_and_never_changed(sandbox: SandboxServer, patient: str) -> None:
    sandbox.offer(create_only=["Goal"])

    stored = sandbox.create(goal(patient, "g"))
    assert sandbox.fhir("PUT", f"Goal/{stored['id']}", stored).status_code == 405
    assert sandbox.fhir("PUT", _by_identifier("Goal", "g"), goal(patient, "g")).status_code == 405
    declared = sandbox.fhir("GET", "metadata").json()["rest"][0]["resource"]
    codes = [each["code"] for each in next(one for one in declared if one["type"] == "Goal")["interaction"]]
    assert ("create" in codes, "update" in codes) == (True, False)


def test_a_type_may_not_be_found_by_its_identifier(sandbox: SandboxServer, patient: str) -> None:
    sandbox.offer(unsearchable=["Goal"])
    sandbox.create(goal(patient, "g"))

    assert sandbox.fhir("GET", f"Goal?identifier={SYSTEM}|none").json()["total"] == 1
    assert sandbox.fhir("GET", f"Goal?identifier={SYSTEM}|none", Prefer="handling=strict").status_code == 400


@pytest.mark.parametrize("stale", [412, 409, 400])
def test_a_version_that_is_not_the_newest_is_refused_as_servers_differ(
    sandbox: SandboxServer, patient: str, stale: int
) -> None:
    sandbox.style(stale=stale, names="uuids")
    stored = sandbox.create(goal(patient, "g"))
    url = f"Goal/{stored['id']}"
    version = stored["meta"]["versionId"]
    assert len(version) == len(stored["id"]) == 36
    assert sandbox.fhir("PUT", url, stored, **{"If-Match": f'W/"{version}"'}).status_code == 200
    assert sandbox.fhir("PUT", url, stored, **{"If-Match": f'W/"{version}"'}).status_code == stale
    assert sandbox.fhir("GET", f"{url}/_history/{version}").json()["meta"]["versionId"] == version
