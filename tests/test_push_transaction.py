"""The transaction bundle: conditional the first time, guarded by the version afterwards, and checked before it goes."""

from typing import Any

import orjson
import pytest

from service.push.address import Addresses, addresses_of
from service.push.sending import Link, PatientFound
from service.push.transaction import BundleFault, identifier_of, transaction
from service.r4.resource import Resource
from tests.ehr_answers.notes import (
    CLIENT,
    RESOURCE_SYSTEM,
    a_sending,
    contact,
    document,
    encounter,
    linked,
    provenance,
)

Json = dict[str, Any]
EHR = "https://ehr.example.test/fhir"


def _addresses(**links: Link) -> Addresses:
    by_key = {link.key: link for link in links.values()}
    return addresses_of(a_sending(contact()), PatientFound("77", None), by_key, {})


def _entries(resources: list[Resource], to: Addresses) -> list[Json]:
    bundle = orjson.loads(transaction(resources, to, EHR))
    assert (bundle["resourceType"], bundle["type"]) == ("Bundle", "transaction")
    entries: list[Json] = bundle["entry"]
    return entries


def test_the_first_time_a_resource_goes_by_its_percent_encoded_identifier() -> None:
    (entry,) = _entries([encounter()], _addresses())

    system = "https%3A%2F%2Fips.example.nhs.uk%2FId%2Fresource"
    assert entry["request"] == {"method": "PUT", "url": f"Encounter?identifier={system}%7C{encounter().id}"}
    assert entry["fullUrl"] == f"urn:uuid:{encounter().id}"
    assert "id" not in entry["resource"]


def test_an_identifier_that_r4_has_once_is_used_alike() -> None:
    identifier = {"system": "urn:ours", "value": "a b"}
    answers = Resource(
        "QuestionnaireResponse", "a b", {"resourceType": "QuestionnaireResponse", "identifier": identifier}
    )

    (entry,) = _entries([answers], _addresses())

    assert entry["request"]["url"] == "QuestionnaireResponse?identifier=urn%3Aours%7Ca%20b"


def test_once_linked_a_resource_goes_by_the_ehrs_id_if_it_still_has_the_version_we_know() -> None:
    (entry,) = _entries([encounter()], _addresses(encounter=linked(encounter(), "41", "3")))

    assert entry["request"] == {"method": "PUT", "url": "Encounter/41", "ifMatch": 'W/"3"'}
    assert entry["fullUrl"] == f"{EHR}/Encounter/41"
    assert entry["resource"]["id"] == "41"


def test_without_a_version_there_is_nothing_to_match() -> None:
    (entry,) = _entries([encounter()], _addresses(encounter=linked(encounter(), "41", None)))
    assert entry["request"] == {"method": "PUT", "url": "Encounter/41"}


def test_provenance_is_posted() -> None:
    (entry,) = _entries([provenance([])], _addresses())
    assert entry["request"] == {"method": "POST", "url": "Provenance"}
    assert identifier_of(provenance([]).body) is None


def test_references_within_a_bundle_stay_within_it() -> None:
    _, sent = _entries([encounter(), document()], _addresses())
    assert sent["resource"]["context"]["encounter"] == [{"reference": f"urn:uuid:{encounter().id}"}]


@pytest.mark.parametrize("reference", ["Patient/somebody-else", "urn:uuid:00000000-0000-4000-8000-000000000000"])
def test_a_reference_to_what_is_nowhere_known_is_not_sent(reference: str) -> None:
    with pytest.raises(BundleFault, match="points to nothing"):
        transaction([encounter(subject={"reference": reference})], _addresses(), EHR)


@pytest.mark.parametrize("reference", ["#contained", "https://other.example.test/fhir/Encounter/1"])
def test_a_reference_to_elsewhere_may_be_sent(reference: str) -> None:
    (entry,) = _entries([encounter(partOf={"reference": reference})], _addresses())
    assert entry["resource"]["partOf"] == {"reference": reference}


def test_the_same_full_url_twice_is_not_sent() -> None:
    with pytest.raises(BundleFault, match="fullUrl"):
        transaction([encounter(), encounter()], _addresses(), EHR)


def test_an_ehr_may_have_given_a_resource_the_id_that_we_did() -> None:
    same = linked(encounter(), encounter().id)
    (entry,) = _entries([document()], _addresses(encounter=same))
    assert entry["resource"]["context"]["encounter"] == [{"reference": encounter().key}]


def test_free_text_that_looks_like_a_reference_is_only_text() -> None:
    text = f'He wrote "reference":"Patient/{CLIENT}" and "reference":"urn:uuid:x".'
    (entry,) = _entries([document(text)], _addresses(encounter=linked(encounter(), "41")))
    assert entry["resource"]["description"] == text
    assert entry["resource"]["identifier"] == [{"system": RESOURCE_SYSTEM, "value": document().id}]
