"""The sandbox EHR reads, writes and finds single resources as R4's http.html says."""

from typing import Any

import httpx
import pytest

from tests.sandbox_resources import SYSTEM, Json, encounter, goal, provenance
from tests.sandbox_server import SandboxServer


@pytest.fixture
def patient(sandbox: SandboxServer) -> str:
    return "Patient/" + sandbox.add_patient("9990001014", "1968-03-14", family="Hargreaves", given="Maureen")


def _refusal(answer: httpx.Response) -> tuple[int, str]:
    body = answer.json()
    assert body["resourceType"] == "OperationOutcome"
    return answer.status_code, body["issue"][0]["code"]


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
    assert _refusal(sandbox.fhir("GET", f"{path}/_history/3")) == (410, "deleted")


def test_a_stale_if_match_is_refused(sandbox: SandboxServer, patient: str) -> None:
    first = sandbox.create(encounter(patient))
    path = f"Encounter/{first['id']}"
    sandbox.fhir("PUT", path, first)

    assert _refusal(sandbox.fhir("PUT", path, first, If_Match='W/"1"')) == (412, "conflict")
    assert _refusal(sandbox.fhir("DELETE", path, If_Match='W/"1"')) == (412, "conflict")
    assert _refusal(sandbox.fhir("PUT", path, first, If_Match="1")) == (400, "value")
    assert sandbox.fhir("PUT", path, first, If_Match='"2"').status_code == 200


def test_a_read_of_what_the_client_has_already_is_not_modified(sandbox: SandboxServer, patient: str) -> None:
    answer = sandbox.fhir("GET", patient, If_None_Match='W/"1"')

    assert (answer.status_code, answer.content) == (304, b"")


def test_what_was_deleted_is_gone_and_not_found_and_may_come_back(sandbox: SandboxServer, patient: str) -> None:
    stored = sandbox.create(encounter(patient))
    path = f"Encounter/{stored['id']}"
    assert sandbox.fhir("DELETE", path).status_code == 204

    assert _refusal(sandbox.fhir("GET", path)) == (410, "deleted")
    assert sandbox.find("Encounter", patient=patient) == []
    assert sandbox.fhir("DELETE", path).status_code == 204
    assert sandbox.fhir("PUT", path, stored).status_code == 201
    assert sandbox.fhir("GET", path).headers["ETag"] == 'W/"3"'


def test_what_others_refer_to_is_not_deleted(sandbox: SandboxServer, patient: str) -> None:
    sandbox.create(encounter(patient))

    assert _refusal(sandbox.fhir("DELETE", patient)) == (409, "conflict")


def test_a_conditional_create_creates_once(sandbox: SandboxServer, patient: str) -> None:
    condition = f"identifier={SYSTEM}%7Ca"
    first = sandbox.fhir("POST", "Encounter", encounter(patient, "a"), If_None_Exist=condition)
    second = sandbox.fhir("POST", "Encounter", encounter(patient, "a"), If_None_Exist=condition)

    assert (first.status_code, second.status_code) == (201, 200)
    assert second.json() == first.json()
    sandbox.create(encounter(patient, "a"))
    third = sandbox.fhir("POST", "Encounter", encounter(patient, "a"), If_None_Exist=condition)
    assert _refusal(third) == (412, "multiple-matches")


def test_a_conditional_update_creates_then_updates_then_refuses_to_guess(sandbox: SandboxServer, patient: str) -> None:
    path = f"Encounter?identifier={SYSTEM}%7Ca"
    first = sandbox.fhir("PUT", path, encounter(patient, "a"))
    second = sandbox.fhir("PUT", path, encounter(patient, "a", status="cancelled"))

    assert (first.status_code, second.status_code) == (201, 200)
    assert (second.json()["id"], second.headers["ETag"]) == (first.json()["id"], 'W/"2"')
    sandbox.create(encounter(patient, "a"))
    assert _refusal(sandbox.fhir("PUT", path, encounter(patient, "a"))) == (412, "multiple-matches")


def test_a_conditional_update_takes_no_other_id_than_the_match(sandbox: SandboxServer, patient: str) -> None:
    path = f"Encounter?identifier={SYSTEM}%7Ca"
    stored = sandbox.fhir("PUT", path, encounter(patient, "a")).json()

    assert _refusal(sandbox.fhir("PUT", path, {**stored, "id": "other"})) == (400, "invalid")
    assert sandbox.fhir("PUT", path, stored).status_code == 200
    assert _refusal(sandbox.fhir("PUT", path, stored, If_Match='W/"1"')) == (412, "conflict")
    nobody = f"Encounter?identifier={SYSTEM}%7Cb"
    assert _refusal(sandbox.fhir("PUT", nobody, encounter(patient, "b", id="mine"))) == (405, "not-supported")
    assert _refusal(sandbox.fhir("PUT", nobody, encounter(patient, "b"), If_Match='W/"1"')) == (412, "conflict")


@pytest.mark.parametrize("condition", ["", "favourite=blue", "identifier=a&favourite=blue"])
def test_a_condition_that_cannot_be_looked_up_is_no_condition(
    sandbox: SandboxServer, patient: str, condition: str
) -> None:
    answer = sandbox.fhir("PUT", f"Encounter?{condition}", encounter(patient, "a"))

    assert _refusal(answer) == (412, "not-supported")


def test_ids_are_given_by_the_server_unless_it_offers_otherwise(sandbox: SandboxServer, patient: str) -> None:
    chosen = encounter(patient, id="mine")
    assert _refusal(sandbox.fhir("PUT", "Encounter/mine", chosen)) == (405, "not-supported")

    sandbox.offer(update_create=True)

    assert sandbox.fhir("PUT", "Encounter/mine", chosen).status_code == 201
    assert _refusal(sandbox.fhir("PUT", "Encounter/other", chosen)) == (400, "invalid")
    assert sandbox.fhir("PUT", f"Encounter?identifier={SYSTEM}%7Cz", {**chosen, "id": "mine-2"}).status_code == 201


def test_patients_are_found_by_what_people_go_by(seeded_sandbox: SandboxServer) -> None:
    def found(**parameters: str) -> list[str]:
        return [patient["name"][0]["family"] for patient in seeded_sandbox.find("Patient", **parameters)]

    number = "https://fhir.nhs.uk/Id/nhs-number|9990121389"
    assert found(identifier=number) == found(identifier="9990121389") == found(family="okon") == ["Okonkwo"]
    assert found(identifier=number, birthdate="1991-11-02") == found(birthdate="eq1991-11") == ["Okonkwo"]
    assert found(identifier=number, birthdate="1991-11-03") == []
    assert found(identifier="https://example.org|9990121389") == []
    assert len(found(identifier="https://fhir.nhs.uk/Id/nhs-number|")) == 16
    assert found(name="chi", gender="male") == ["Okonkwo"]
    assert found(**{"family:exact": "fenwick"}) == ["Fenwick"]
    assert found(**{"family:exact": "fen"}) == found(family="") == []
    assert sorted(found(family="fen,oko")) == ["Fenwick", "Okonkwo"]


def test_a_date_is_compared_for_equality_only(sandbox: SandboxServer) -> None:
    assert _refusal(sandbox.fhir("GET", "Patient?birthdate=gt1990")) == (400, "not-supported")


def test_a_search_can_be_posted_so_that_no_number_stands_in_a_url(sandbox: SandboxServer, patient: str) -> None:
    form = {"identifier": "https://fhir.nhs.uk/Id/nhs-number|9990001014"}
    answer = httpx.post(f"{sandbox.url}/Patient/_search", data=form)

    assert [f"Patient/{entry['resource']['id']}" for entry in answer.json()["entry"]] == [patient]
    as_json = httpx.post(f"{sandbox.url}/Patient/_search", json=form)
    assert _refusal(as_json) == (415, "not-supported")


@pytest.mark.parametrize("spelling", ["{id}", "Patient/{id}", "{url}/Patient/{id}"])
@pytest.mark.parametrize("parameter", ["patient", "subject", "_id"])
def test_resources_are_found_by_patient(sandbox: SandboxServer, patient: str, spelling: str, parameter: str) -> None:
    stored = sandbox.create(encounter(patient))
    sandbox.create(encounter("Patient/" + sandbox.add_patient("9990121389", "1991-11-02")))
    value = spelling.format(id=patient.removeprefix("Patient/"), url=sandbox.url)
    if parameter == "_id":
        value = stored["id"]

    assert sandbox.find("Encounter", **{parameter: value}) == [stored]


def test_a_provenance_is_found_by_its_target_and_its_entity(sandbox: SandboxServer, patient: str) -> None:
    target = f"Encounter/{sandbox.create(encounter(patient))['id']}"
    first, second = (sandbox.create(provenance(target, source)) for source in ("note/1", "note/2"))

    assert sandbox.find("Provenance", target=target) == [first, second]
    by_entity = {"target": target, "entity:identifier": f"{SYSTEM}|note/2"}
    assert sandbox.find("Provenance", **by_entity) == [second]
    assert sandbox.find("Provenance", target="Encounter/1") == []


def test_a_search_comes_in_pages_with_a_link_to_the_next(sandbox: SandboxServer, patient: str) -> None:
    for value in "abc":
        sandbox.create(encounter(patient, value))

    first = sandbox.fhir("GET", f"Encounter?patient={patient}&_count=2").json()
    links = {link["relation"]: link["url"] for link in first["link"]}
    second = httpx.get(links["next"]).json()

    assert (first["total"], len(first["entry"]), len(second["entry"])) == (3, 2, 1)
    assert [link["relation"] for link in second["link"]] == ["self"]
    none = sandbox.fhir("GET", "Encounter?_count=0").json()
    assert (none["total"], "entry" in none) == (3, False)
    assert _refusal(sandbox.fhir("GET", "Encounter?_count=many")) == (400, "value")


def test_an_unknown_parameter_is_left_out_of_the_self_link_or_refused(sandbox: SandboxServer) -> None:
    lenient = sandbox.fhir("GET", "Patient?identifier=1&shoe-size=9")
    assert "shoe-size" not in lenient.json()["link"][0]["url"]

    assert _refusal(sandbox.fhir("GET", "Patient?shoe-size=9", Prefer="handling=strict")) == (400, "not-supported")


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

    assert _refusal(answer) == (status, code)
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

    assert _refusal(sandbox.fhir("POST", "Provenance", body)) == (400, "structure")


def test_a_questionnaire_response_has_one_identifier_at_most(sandbox: SandboxServer, patient: str) -> None:
    answers: Json = {"resourceType": "QuestionnaireResponse", "status": "completed", "subject": {"reference": patient}}

    assert _refusal(sandbox.fhir("POST", "QuestionnaireResponse", {**answers, "identifier": [{"value": "a"}]})) == (
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
    assert _refusal(sandbox.fhir(method, path)) == (status, code)


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
    assert _refusal(sandbox.fhir("GET", "metadata?_format=xml")) == (406, "not-supported")
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

    assert _refusal(answer) == (status, code)


def test_a_resource_nested_without_end_is_refused(sandbox: SandboxServer) -> None:
    nested: Any = "deep"
    for _ in range(60):
        nested = {"extension": nested}

    assert _refusal(sandbox.fhir("POST", "Patient", {"resourceType": "Patient", "name": nested})) == (400, "structure")


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


def test_values_of_a_kind_that_cannot_be_compared_are_kept_and_not_found(sandbox: SandboxServer, patient: str) -> None:
    odd = {
        "resourceType": "Encounter",
        "identifier": [{"system": SYSTEM}, "a", 7],
        "status": "finished",
        "class": "AMB",
        "subject": {"reference": patient},
        "length": 30,
    }
    stored = sandbox.create(odd)

    assert stored["length"] == 30
    assert sandbox.find("Encounter", identifier="a") == [stored]
    assert sandbox.find("Encounter", identifier="7") == []
    person: Json = {"resourceType": "Practitioner", "name": [{"family": 7}, "Somebody"]}
    assert sandbox.find("Practitioner", family="7") == [] != [sandbox.create(person)]
    told = {**provenance(patient, "a"), "agent": [{"who": "Somebody"}]}
    assert sandbox.create(told)["agent"] == [{"who": "Somebody"}]


def test_a_large_resource_is_kept_whole(sandbox: SandboxServer, patient: str) -> None:
    text = "A long note. " * 100_000

    stored = sandbox.create(goal(patient, "g", note=[{"text": text}]))

    assert stored["note"][0]["text"] == text
