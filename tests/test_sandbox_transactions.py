"""The sandbox EHR does a transaction whole or not at all, and a batch entry by entry."""

import httpx
import pytest

from tests.sandbox_resources import SYSTEM, Json, asked, bundle, encounter, goal, posted, provenance, put
from tests.sandbox_server import SandboxServer

ENCOUNTER = "urn:uuid:0b7b6a5e-2b86-4b8e-9d7c-0d5d3f0f3f01"
GOAL = "urn:uuid:0b7b6a5e-2b86-4b8e-9d7c-0d5d3f0f3f02"


@pytest.fixture
def patient(sandbox: SandboxServer) -> str:
    return "Patient/" + sandbox.add_patient("9990001014", "1968-03-14")


def _by_identifier(resource_type: str, value: str) -> str:
    return f"{resource_type}?identifier={SYSTEM.replace(':', '%3A').replace('/', '%2F')}%7C{value}"


def _responses(answer: httpx.Response) -> list[Json]:
    assert answer.status_code == 200, answer.text
    body = answer.json()
    assert body["type"] == "transaction-response"
    return [entry["response"] for entry in body["entry"]]


def _refusal(answer: httpx.Response) -> tuple[int, str, list[str]]:
    issue = answer.json()["issue"][0]
    return answer.status_code, issue["code"], issue["expression"]


def _note(patient: str) -> Json:
    """A contact about a goal, as one transaction with conditional updates."""
    return bundle(
        "transaction",
        put(goal(patient, "g", target=[{"detailInteger": 16}]), _by_identifier("Goal", "g"), GOAL),
        put(
            encounter(patient, "e", reasonReference=[{"reference": GOAL}]), _by_identifier("Encounter", "e"), ENCOUNTER
        ),
        posted(provenance(ENCOUNTER, "note/1")),
    )


def test_a_transaction_creates_what_refers_to_one_another(sandbox: SandboxServer, patient: str) -> None:
    responses = _responses(sandbox.fhir("POST", "", _note(patient)))

    assert [response["status"] for response in responses] == ["201 Created"] * 3
    assert [response["etag"] for response in responses] == ['W/"1"'] * 3
    assert all("lastModified" in response for response in responses)
    stored = sandbox.fhir("GET", responses[1]["location"]).json()
    the_goal = responses[0]["location"].removesuffix("/_history/1")
    assert stored["reasonReference"] == [{"reference": the_goal}]
    the_encounter = f"Encounter/{stored['id']}"
    assert sandbox.find("Provenance", target=the_encounter)[0]["target"] == [{"reference": the_encounter}]


def test_the_same_transaction_again_updates_and_doubles_only_what_has_no_identifier(
    sandbox: SandboxServer, patient: str
) -> None:
    sandbox.fhir("POST", "", _note(patient))
    assert sandbox.store()["doubled"] == []

    responses = _responses(sandbox.fhir("POST", "", _note(patient)))

    assert [response["status"] for response in responses] == ["200 OK", "200 OK", "201 Created"]
    assert sandbox.store()["types"] == {"Encounter": 1, "Goal": 1, "Patient": 1, "Provenance": 2}
    assert [double["type"] for double in sandbox.store()["doubled"]] == ["Provenance"]


def test_one_failure_undoes_the_whole_transaction(sandbox: SandboxServer, patient: str) -> None:
    answer = sandbox.fhir(
        "POST", "", bundle("transaction", posted(goal(patient, "g")), posted(encounter("Patient/99", "e")))
    )

    assert _refusal(answer) == (422, "not-found", ["Encounter.subject"])
    assert answer.json()["issue"][0]["diagnostics"].startswith("Bundle.entry[1]: ")
    assert sandbox.store()["types"] == {"Patient": 1}


def test_a_conditional_reference_is_met_by_the_store_or_by_the_transaction_itself(
    sandbox: SandboxServer, patient: str
) -> None:
    by_number = "Patient?identifier=https://fhir.nhs.uk/Id/nhs-number%7C9990001014"
    responses = _responses(
        sandbox.fhir(
            "POST",
            "",
            bundle(
                "transaction",
                posted(encounter(by_number, "e", reasonReference=[{"reference": _by_identifier("Goal", "g")}])),
                posted(goal(by_number, "g")),
            ),
        )
    )

    stored = sandbox.fhir("GET", responses[0]["location"]).json()
    assert stored["subject"] == {"reference": patient}
    assert stored["meta"]["versionId"] == "1"
    assert stored["reasonReference"] == [{"reference": responses[1]["location"].removesuffix("/_history/1")}]


@pytest.mark.parametrize(
    ("condition", "status", "code"),
    [
        ("Patient?identifier=nobody", 412, "not-found"),
        ("Patient?birthdate=1968-03-14", 412, "multiple-matches"),
        ("Unicorn?identifier=1", 404, "not-supported"),
    ],
)
def test_a_conditional_reference_that_names_no_one_fails_the_transaction(
    sandbox: SandboxServer, patient: str, condition: str, status: int, code: str
) -> None:
    sandbox.add_patient("9990121389", "1968-03-14")

    answer = sandbox.fhir("POST", "", bundle("transaction", posted(encounter(condition))))

    assert _refusal(answer) == (status, code, ["Bundle.entry[0]"])


def test_if_none_exist_and_if_match_hold_inside_a_transaction(sandbox: SandboxServer, patient: str) -> None:
    stored = sandbox.create(encounter(patient, "e"))
    url = f"Encounter/{stored['id']}"
    again = posted(encounter("Patient/99", "e"), ENCOUNTER, ifNoneExist=f"identifier={SYSTEM}|e")
    about_it = posted(provenance(ENCOUNTER, "note/1"))

    responses = _responses(sandbox.fhir("POST", "", bundle("transaction", again, about_it)))

    assert responses[0]["status"] == "200 OK"
    assert sandbox.find("Provenance", target=url)
    fresh = bundle("transaction", put(stored, url, ifMatch='W/"1"'))
    assert _responses(sandbox.fhir("POST", "", fresh))[0]["etag"] == 'W/"2"'
    assert _refusal(sandbox.fhir("POST", "", fresh)) == (412, "conflict", ["Bundle.entry[0]"])


def test_deletes_come_first_and_reads_last_and_answers_stay_in_order(sandbox: SandboxServer, patient: str) -> None:
    old = sandbox.create(encounter(patient, "e"))
    version = f"Encounter/{old['id']}/_history/1"
    number = "Patient?identifier=9990001014"

    answer = sandbox.fhir(
        "POST",
        "",
        bundle(
            "transaction",
            asked("GET", f"Encounter?patient={patient}"),
            asked("GET", version),
            asked("GET", patient),
            asked("GET", f"{sandbox.url}/{number}"),
            posted(encounter(patient, "e"), ifNoneExist=f"identifier={SYSTEM}|e"),
            asked("DELETE", f"Encounter/{old['id']}"),
        ),
    )

    entries = answer.json()["entry"]
    assert [entry["response"]["status"] for entry in entries] == [*["200 OK"] * 4, "201 Created", "204 No Content"]
    assert [entry["resource"]["resourceType"] for entry in entries[:4]] == ["Bundle", "Encounter", "Patient", "Bundle"]
    (found,) = entries[0]["resource"]["entry"]
    assert found["resource"]["id"] != old["id"]
    assert "location" not in entries[5]["response"]


@pytest.mark.parametrize("twice", ["by id", "by condition", "by condition of a create"])
def test_two_entries_about_one_resource_fail_the_transaction(sandbox: SandboxServer, patient: str, twice: str) -> None:
    stored = sandbox.create(encounter(patient, "e"))
    entries = {
        "by id": [
            put(stored, f"Encounter/{stored['id']}"),
            put(encounter(patient, "e"), _by_identifier("Encounter", "e")),
        ],
        "by condition": [put(encounter(patient, "n"), _by_identifier("Encounter", "n")) for _ in range(2)],
        "by condition of a create": [posted(encounter(patient, "n"), ifNoneExist="identifier=n") for _ in range(2)],
    }[twice]

    answer = sandbox.fhir("POST", "", bundle("transaction", *entries))

    assert _refusal(answer) == (400, "duplicate", ["Bundle.entry[0]"])
    assert sandbox.store()["types"]["Encounter"] == 1


@pytest.mark.parametrize(
    ("entry", "status", "code"),
    [
        ("not an entry", 400, "required"),
        ({"request": {"method": "GET"}}, 400, "required"),
        (asked("PATCH", "Encounter/1"), 400, "not-supported"),
        (asked("GET", "Unicorn/1"), 404, "not-supported"),
        (asked("GET", "Encounter/1/_history"), 400, "not-supported"),
        (asked("DELETE", "Encounter?identifier=1"), 400, "not-supported"),
        (asked("DELETE", "Encounter/1"), 404, "not-found"),
        (asked("GET", "Encounter/1"), 404, "not-found"),
        (asked("POST", "Encounter"), 400, "required"),
        (posted({"resourceType": "Encounter"}, ifNoneExist="identifier=1", url="Encounter/1"), 400, "invalid"),
        (put({"resourceType": "Encounter"}, "Encounter"), 400, "invalid"),
        (put({"resourceType": "Encounter"}, "Encounter/1?identifier=1"), 400, "invalid"),
        (put({**encounter("Patient/1"), "id": "2"}, "Encounter/1"), 400, "invalid"),
        (put({**encounter("Patient/1"), "id": "1"}, "Encounter/1"), 405, "not-supported"),
        (put(encounter("Patient/1"), "Encounter?shoe-size=9"), 412, "not-supported"),
        (posted({"resourceType": "Encounter"}), 400, "required"),
        ({**posted(encounter("Patient/1")), "fullUrl": 7}, 400, "structure"),
    ],
)
def test_an_entry_that_cannot_be_done_is_named(sandbox: SandboxServer, entry: Json, status: int, code: str) -> None:
    answer = sandbox.fhir("POST", "", bundle("transaction", entry))

    assert (answer.status_code, answer.json()["issue"][0]["code"]) == (status, code)
    assert "Bundle.entry[0]" in answer.json()["issue"][0]["diagnostics"]


@pytest.mark.parametrize("body", [{"resourceType": "Patient"}, bundle("collection")])
def test_only_a_batch_or_transaction_goes_to_the_root(sandbox: SandboxServer, body: Json) -> None:
    assert sandbox.fhir("POST", "", body).status_code == 400


def test_a_bundle_with_no_list_of_entries_is_refused(sandbox: SandboxServer) -> None:
    body = {**bundle("transaction"), "entry": {}}

    assert _refusal(sandbox.fhir("POST", "", body)) == (400, "structure", ["Bundle.entry"])


def test_a_batch_does_what_it_can(sandbox: SandboxServer, patient: str) -> None:
    there = sandbox.create(encounter(patient, "e"))
    answer = sandbox.fhir(
        "POST",
        "",
        bundle(
            "batch",
            posted(encounter("Patient/99", "n")),
            posted(encounter(patient, "n")),
            posted(encounter(patient, "e"), ifNoneExist=f"identifier={SYSTEM}|e"),
            asked("GET", patient),
            asked("DELETE", f"Encounter/{there['id']}"),
            put(goal("Patient?identifier=9990001014", "g"), _by_identifier("Goal", "g")),
        ),
    )

    body = answer.json()
    assert body["type"] == "batch-response"
    statuses = [entry["response"]["status"][:3] for entry in body["entry"]]
    assert statuses == ["422", "201", "200", "200", "204", "422"]
    assert body["entry"][0]["response"]["outcome"]["issue"][0]["code"] == "not-found"
    assert sandbox.store()["types"] == {"Encounter": 1, "Patient": 1}
