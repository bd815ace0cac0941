"""The sandbox EHR finds what it keeps, as R4's search.html says."""

import httpx
import pytest

from tests.sandbox_resources import SYSTEM, Json, encounter, provenance, refusal
from tests.sandbox_server import SandboxServer


@pytest.fixture
def patient(sandbox: SandboxServer) -> str:
    return "Patient/" + sandbox.add_patient("9990001014", "1968-03-14", family="Hargreaves", given="Maureen")


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
    assert refusal(sandbox.fhir("GET", "Patient?birthdate=gt1990")) == (400, "not-supported")


def test_a_search_can_be_posted_so_that_no_number_stands_in_a_url(sandbox: SandboxServer, patient: str) -> None:
    form = {"identifier": "https://fhir.nhs.uk/Id/nhs-number|9990001014"}
    answer = httpx.post(f"{sandbox.url}/Patient/_search", data=form)

    assert [f"Patient/{entry['resource']['id']}" for entry in answer.json()["entry"]] == [patient]
    as_json = httpx.post(f"{sandbox.url}/Patient/_search", json=form)
    assert refusal(as_json) == (415, "not-supported")


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
    assert refusal(sandbox.fhir("GET", "Encounter?_count=many")) == (400, "value")


def test_an_unknown_parameter_is_left_out_of_the_self_link_or_refused(sandbox: SandboxServer) -> None:
    lenient = sandbox.fhir("GET", "Patient?identifier=1&shoe-size=9")
    assert "shoe-size" not in lenient.json()["link"][0]["url"]

    assert refusal(sandbox.fhir("GET", "Patient?shoe-size=9", Prefer="handling=strict")) == (400, "not-supported")


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
