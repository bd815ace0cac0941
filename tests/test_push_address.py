"""References are rewritten from ours to the EHR's as they are sent; what is stored is never touched."""

import copy
from typing import Any

import pytest

from service.push.address import Addresses, addressed, addresses_of, with_our_links
from service.push.sending import PatientFound
from service.r4.resource import Resource
from tests.ehr_answers.notes import (
    CLIENT,
    RESOURCE_SYSTEM,
    SPECIALIST,
    SPECIALIST_SYSTEM,
    a_sending,
    contact,
    document,
    encounter,
    linked,
    procedure,
    provenance,
)

Json = dict[str, Any]
ES_014 = (SPECIALIST_SYSTEM, "es-014")


def _addresses(*linked_resources: Resource, found: str | None = None) -> Addresses:
    links = {resource.key: linked(resource, f"ehr-{number}") for number, resource in enumerate(linked_resources)}
    specialists = {ES_014: found} if found else {}
    return addresses_of(a_sending(contact()), PatientFound("77", None), links, specialists)


def _reference_to_encounter(to: Addresses) -> Json:
    reference: Json = addressed(document().body, to)["context"]["encounter"][0]
    return reference


def test_the_client_becomes_the_ehrs_patient() -> None:
    assert addressed(encounter().body, _addresses())["subject"] == {"reference": "Patient/77"}


def test_our_id_is_not_sent() -> None:
    assert "id" not in addressed(encounter().body, _addresses())


def test_what_is_linked_is_referred_to_by_the_ehrs_id() -> None:
    assert _reference_to_encounter(_addresses(encounter())) == {"reference": "Encounter/ehr-0"}


def test_what_the_ehr_names_by_our_identifier_is_compared_by_where_we_know_it_to_be() -> None:
    ours = {"system": RESOURCE_SYSTEM, "value": encounter().id}
    others = {"system": "https://elsewhere.example", "value": encounter().id}
    unknown = {"system": RESOURCE_SYSTEM, "value": procedure().id}
    theirs: Json = {
        "identifier": ours,
        "context": {"encounter": [{"identifier": ours}, {"identifier": others}, {"identifier": unknown}]},
        "subject": {"reference": "Patient/7", "identifier": ours},
    }
    before = copy.deepcopy(theirs)
    assert with_our_links(theirs, _addresses(encounter())) == {
        **before,
        "context": {
            "encounter": [
                {"identifier": ours, "reference": "Encounter/ehr-0"},
                {"identifier": others},
                {"identifier": unknown},
            ]
        },
    }
    assert theirs == before


def test_what_goes_in_the_same_bundle_is_referred_to_within_it() -> None:
    to = _addresses().with_bundle({encounter().key})
    assert _reference_to_encounter(to) == {"reference": f"urn:uuid:{encounter().id}"}


def test_a_link_is_firmer_than_the_bundle() -> None:
    to = _addresses(encounter()).with_bundle({encounter().key})
    assert _reference_to_encounter(to) == {"reference": "Encounter/ehr-0"}


def test_what_is_not_in_the_ehr_is_referred_to_by_identifier() -> None:
    assert _reference_to_encounter(_addresses()) == {
        "type": "Encounter",
        "identifier": {"system": RESOURCE_SYSTEM, "value": encounter().id},
    }


def test_the_system_of_our_identifiers_is_known_from_one_or_many() -> None:
    answers = Resource("QuestionnaireResponse", "1", {"identifier": {"system": "urn:ours", "value": "1"}})
    for resources, system in (([answers], "urn:ours"), ([provenance([]), encounter()], RESOURCE_SYSTEM), ([], "")):
        assert addresses_of(a_sending(resources), PatientFound("77", None), {}, {}).system == system


@pytest.mark.parametrize(
    "reference", ["#contained", "urn:uuid:x", "http://a.example/Encounter/1", "https://a.example/x/1"]
)
def test_a_reference_to_elsewhere_is_left_alone(reference: str) -> None:
    body = {"resourceType": "Encounter", "partOf": {"reference": reference}}
    assert addressed(body, _addresses()) == body


def test_another_client_is_not_addressed() -> None:
    body = {"resourceType": "Encounter", "subject": {"reference": "Patient/somebody-else"}}
    assert addressed(body, _addresses()) == body


def test_a_reference_is_found_wherever_it_stands() -> None:
    body = {
        "resourceType": "CarePlan",
        "activity": [{"reference": {"reference": f"Patient/{CLIENT}"}}],
        "extension": [{"extension": [{"url": "x", "valueReference": {"reference": f"Patient/{CLIENT}"}}]}],
        "contained": [{"resourceType": "Task", "for": {"reference": f"Patient/{CLIENT}"}}],
        "title": "Patient/" + str(CLIENT),
        "_title": None,
        "note": [None, {"text": f'"reference":"Patient/{CLIENT}"'}],
    }
    sent = addressed(body, _addresses())

    assert sent["activity"] == [{"reference": {"reference": "Patient/77"}}]
    assert sent["extension"][0]["extension"][0]["valueReference"] == {"reference": "Patient/77"}
    assert sent["contained"][0]["for"] == {"reference": "Patient/77"}
    assert (sent["title"], sent["note"]) == (body["title"], body["note"])


def test_what_is_stored_is_never_touched() -> None:
    resources = contact()
    before = copy.deepcopy([resource.body for resource in resources])
    to = _addresses(encounter(), found="Practitioner/7").with_bundle({procedure().key})

    for resource in resources:
        addressed(resource.body, to)

    assert [resource.body for resource in resources] == before


def test_the_ehrs_practitioner_stands_beside_the_identifier() -> None:
    sent = addressed(document().body, _addresses(found="Practitioner/7"))
    assert sent["author"] == [{**SPECIALIST, "reference": "Practitioner/7"}]


def test_the_ehrs_role_is_named_as_one() -> None:
    sent = addressed(document().body, _addresses(found="PractitionerRole/8"))
    assert sent["author"] == [{**SPECIALIST, "type": "PractitionerRole", "reference": "PractitionerRole/8"}]


@pytest.mark.parametrize(
    "body",
    [
        {"resourceType": "Observation", "performer": [SPECIALIST]},
        {"resourceType": "Goal", "note": [{"authorReference": SPECIALIST, "text": "x"}]},
    ],
)
def test_where_r4_or_odh_takes_no_role_the_name_stays(body: Json) -> None:
    assert addressed(body, _addresses(found="PractitionerRole/8")) == body
    assert addressed(body, _addresses(found="Practitioner/7")) != body


def test_an_identifier_that_names_no_practitioner_is_left_alone() -> None:
    body = provenance([]).body
    assert addressed(body, _addresses(found="Practitioner/7"))["entity"] == body["entity"]
