"""The sandbox EHR reads and writes single resources as R4's http.html says."""

import httpx
import pytest

from tests.sandbox_resources import SYSTEM, encounter, goal, refusal
from tests.sandbox_server import SandboxServer


@pytest.fixture
def patient(sandbox: SandboxServer) -> str:
    return "Patient/" + sandbox.add_patient("9990001014", "1968-03-14", family="Hargreaves", given="Maureen")


def test_what_is_created_is_read_with_its_version_and_date(sandbox: SandboxServer, patient: str) -> None:
    created = sandbox.fhir("POST", "Encounter", encounter(patient))

    assert created.status_code == 201
    assert created.headers["ETag"] == 'W/"1"'
    resource = created.json()
    assert created.headers["Location"] == f"{sandbox.url}/Encounter/{resource['id']}/_history/1"
    read = sandbox.fhir("GET", f"Encounter/{resource['id']}")
    assert (read.json(), read.headers["ETag"]) == (resource, 'W/"1"')
    assert read.headers["Last-Modified"].endswith("GMT")
    assert read.headers["Content-Type"] == "application/fhir+json; charset=utf-8"


def test_an_id_chosen_by_the_client_of_a_create_is_not_taken(sandbox: SandboxServer, patient: str) -> None:
    assert sandbox.create(encounter(patient, id="mine"))["id"] != "mine"


def test_every_version_stays_and_the_history_is_newest_first(sandbox: SandboxServer, patient: str) -> None:
    first = sandbox.create(encounter(patient))
    path = f"Encounter/{first['id']}"
    updated = sandbox.fhir("PUT", path, {**first, "status": "cancelled"}, If_Match='W/"1"')
    assert (updated.status_code, updated.headers["ETag"]) == (200, 'W/"2"')
    assert sandbox.fhir("DELETE", path).status_code == 204

    history = sandbox.fhir("GET", f"{path}/_history").json()

    assert [entry["request"]["method"] for entry in history["entry"]] == ["DELETE", "PUT", "POST"]
    assert [entry["response"]["etag"] for entry in history["entry"]] == ['W/"3"', 'W/"2"', 'W/"1"']
    assert sandbox.fhir("GET", f"{path}/_history/1").json() == first
    assert sandbox.fhir("GET", f"{path}/_history/2").json()["status"] == "cancelled"
    assert refusal(sandbox.fhir("GET", f"{path}/_history/3")) == (410, "deleted")


def test_a_stale_if_match_is_refused(sandbox: SandboxServer, patient: str) -> None:
    first = sandbox.create(encounter(patient))
    path = f"Encounter/{first['id']}"
    sandbox.fhir("PUT", path, first)

    assert refusal(sandbox.fhir("PUT", path, first, If_Match='W/"1"')) == (412, "conflict")
    assert refusal(sandbox.fhir("DELETE", path, If_Match='W/"1"')) == (412, "conflict")
    assert refusal(sandbox.fhir("PUT", path, first, If_Match="1")) == (400, "value")
    assert sandbox.fhir("PUT", path, first, If_Match='"2"').status_code == 200


def test_a_read_of_what_the_client_has_already_is_not_modified(sandbox: SandboxServer, patient: str) -> None:
    answer = sandbox.fhir("GET", patient, If_None_Match='W/"1"')

    assert (answer.status_code, answer.content) == (304, b"")


def test_what_was_deleted_is_gone_and_not_found_and_may_come_back(sandbox: SandboxServer, patient: str) -> None:
    stored = sandbox.create(encounter(patient))
    path = f"Encounter/{stored['id']}"
    assert sandbox.fhir("DELETE", path).status_code == 204

    assert refusal(sandbox.fhir("GET", path)) == (410, "deleted")
    assert sandbox.find("Encounter", patient=patient) == []
    assert sandbox.fhir("DELETE", path).status_code == 204
    assert sandbox.fhir("PUT", path, stored).status_code == 201
    assert sandbox.fhir("GET", path).headers["ETag"] == 'W/"3"'


def test_what_others_refer_to_is_not_deleted(sandbox: SandboxServer, patient: str) -> None:
    sandbox.create(encounter(patient))

    assert refusal(sandbox.fhir("DELETE", patient)) == (409, "conflict")


def test_a_conditional_create_creates_once(sandbox: SandboxServer, patient: str) -> None:
    condition = f"identifier={SYSTEM}%7Ca"
    first = sandbox.fhir("POST", "Encounter", encounter(patient, "a"), If_None_Exist=condition)
    second = sandbox.fhir("POST", "Encounter", encounter(patient, "a"), If_None_Exist=condition)

    assert (first.status_code, second.status_code) == (201, 200)
    assert second.json() == first.json()
    sandbox.create(encounter(patient, "a"))
    third = sandbox.fhir("POST", "Encounter", encounter(patient, "a"), If_None_Exist=condition)
    assert refusal(third) == (412, "multiple-matches")


def test_a_conditional_update_creates_then_updates_then_refuses_to_guess(sandbox: SandboxServer, patient: str) -> None:
    path = f"Encounter?identifier={SYSTEM}%7Ca"
    first = sandbox.fhir("PUT", path, encounter(patient, "a"))
    second = sandbox.fhir("PUT", path, encounter(patient, "a", status="cancelled"))

    assert (first.status_code, second.status_code) == (201, 200)
    assert (second.json()["id"], second.headers["ETag"]) == (first.json()["id"], 'W/"2"')
    sandbox.create(encounter(patient, "a"))
    assert refusal(sandbox.fhir("PUT", path, encounter(patient, "a"))) == (412, "multiple-matches")


def test_a_conditional_update_takes_no_other_id_than_the_match(sandbox: SandboxServer, patient: str) -> None:
    path = f"Encounter?identifier={SYSTEM}%7Ca"
    stored = sandbox.fhir("PUT", path, encounter(patient, "a")).json()

    assert refusal(sandbox.fhir("PUT", path, {**stored, "id": "other"})) == (400, "invalid")
    assert sandbox.fhir("PUT", path, stored).status_code == 200
    assert refusal(sandbox.fhir("PUT", path, stored, If_Match='W/"1"')) == (412, "conflict")
    nobody = f"Encounter?identifier={SYSTEM}%7Cb"
    assert refusal(sandbox.fhir("PUT", nobody, encounter(patient, "b", id="mine"))) == (405, "not-supported")
    assert refusal(sandbox.fhir("PUT", nobody, encounter(patient, "b"), If_Match='W/"1"')) == (412, "conflict")


@pytest.mark.parametrize("condition", ["", "favourite=blue", "identifier=a&favourite=blue"])
def test_a_condition_that_cannot_be_looked_up_is_no_condition(
    sandbox: SandboxServer, patient: str, condition: str
) -> None:
    answer = sandbox.fhir("PUT", f"Encounter?{condition}", encounter(patient, "a"))

    assert refusal(answer) == (412, "not-supported")


def test_ids_are_given_by_the_server_unless_it_offers_otherwise(sandbox: SandboxServer, patient: str) -> None:
    chosen = encounter(patient, id="mine")
    assert refusal(sandbox.fhir("PUT", "Encounter/mine", chosen)) == (405, "not-supported")

    sandbox.offer(update_create=True)

    assert sandbox.fhir("PUT", "Encounter/mine", chosen).status_code == 201
    assert refusal(sandbox.fhir("PUT", "Encounter/other", chosen)) == (400, "invalid")
    assert sandbox.fhir("PUT", f"Encounter?identifier={SYSTEM}%7Cz", {**chosen, "id": "mine-2"}).status_code == 201


def test_a_write_is_answered_as_preferred(sandbox: SandboxServer, patient: str) -> None:
    def answered(prefer: str) -> httpx.Response:
        return sandbox.fhir("POST", "Goal", goal(patient, "a"), Prefer=prefer)

    assert answered("return=representation").json()["resourceType"] == "Goal"
    assert answered("handling=lenient, return=minimal").content == b""
    assert answered("return=OperationOutcome").json()["resourceType"] == "OperationOutcome"


def test_the_store_survives_a_stop_and_a_start(sandbox: SandboxServer, patient: str) -> None:
    sandbox.stop()
    with pytest.raises(httpx.ConnectError):
        sandbox.fhir("GET", patient)

    sandbox.start()

    assert sandbox.fhir("GET", patient).json()["name"][0]["family"] == "Hargreaves"
    assert sandbox.add_patient("9990121389", "1991-11-02") not in patient


def test_a_large_resource_is_kept_whole(sandbox: SandboxServer, patient: str) -> None:
    text = "A long note. " * 100_000

    stored = sandbox.create(goal(patient, "g", note=[{"text": text}]))

    assert stored["note"][0]["text"] == text
