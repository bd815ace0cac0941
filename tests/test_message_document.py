"""A note as a FHIR document: valid, whole, and with a text that a person can read."""

from base64 import b64decode
from dataclasses import replace
from typing import Any

import pytest

from service.mapping.to_resources import retract, to_resources
from service.push.messages.document import document_of
from service.push.references import references_in
from service.r4.resource import Json, Resource
from tests.carriers import sending_of
from tests.mapped import changed, version_of
from tests.published import our_gate
from tests.samples_on_disk import NAMES, all_samples, sample

CONTACT = "contact/seen_face_to_face"


@pytest.mark.parametrize("name", [one.name for one in all_samples()])
def test_every_sample_becomes_a_valid_document(name: str) -> None:
    document = document_of(sending_of(name))
    assert our_gate().faults(document) == ()
    assert _types(document)[:2] == ["Composition", "Patient"]
    assert _types(document)[2:] == [resource.type for resource in sample(name).mapped()]


@pytest.mark.parametrize("name", [one.name for one in all_samples()])
def test_whatever_it_refers_to_by_name_is_in_it(name: str) -> None:
    document = document_of(sending_of(name))
    there = {entry["fullUrl"] for entry in document["entry"]}
    named = {
        reference["reference"]
        for entry in document["entry"]
        for _, reference in references_in(entry["resource"])
        if "reference" in reference and not reference["reference"].startswith("#")
    }
    assert named <= there


def test_the_text_to_read_is_the_notes_own() -> None:
    document = document_of(sending_of())
    read = _of(document, "DocumentReference")["content"][0]["attachment"]["data"]
    section = _of(document, "Composition")["section"][0]
    assert b64decode(read).decode().splitlines()[0] in section["text"]["div"]
    assert len(section["entry"]) == len(document["entry"]) - 2


def test_what_was_typed_is_no_markup() -> None:
    form = changed(sample(CONTACT).form, note="Said <b>& no.")
    document = document_of(sending_of(resources=to_resources(version_of(form), NAMES)))
    assert "Said &lt;b&gt;&amp; no." in _of(document, "Composition")["section"][0]["text"]["div"]
    assert our_gate().faults(document) == ()


def test_the_patient_is_named_by_number_and_date_of_birth() -> None:
    sending = sending_of()
    patient = _of(document_of(sending), "Patient")
    assert patient["identifier"][0]["value"] == sending.client.nhs_number
    assert patient["birthDate"] == sending.client.birth_date.isoformat()


def test_an_amendment_replaces_the_version_before() -> None:
    amended = to_resources(version_of(changed(sample(CONTACT).form, minutes=20), 2, "Put right."), NAMES, _made())
    composition = _of(document_of(sending_of(version=2, resources=amended)), "Composition")
    assert composition["status"] == "amended"
    (replaced,) = composition["relatesTo"]
    assert replaced["code"] == "replaces"
    assert replaced["targetIdentifier"]["value"].endswith("/1")
    assert composition["identifier"]["value"].endswith("/2")


def test_what_was_retracted_says_so() -> None:
    withdrawn = retract(version_of(sample(CONTACT).form, 2, "Another person."), NAMES, _made())
    document = document_of(sending_of(version=2, resources=withdrawn))
    assert _of(document, "Composition")["status"] == "entered-in-error"
    assert our_gate().faults(document) == ()


def test_the_trust_is_its_custodian_where_we_know_who_that_is() -> None:
    assert _of(document_of(sending_of()), "Composition")["custodian"]["identifier"]["value"] == NAMES.ods_code
    nobodys = to_resources(version_of(sample(CONTACT).form), replace(NAMES, ods_code=None))
    assert "custodian" not in _of(document_of(sending_of(resources=nobodys)), "Composition")


def _made() -> tuple[Resource, ...]:
    return tuple(one for one in sample(CONTACT).mapped() if one.type != "Provenance")


def _types(document: Json) -> list[str]:
    return [entry["resource"]["resourceType"] for entry in document["entry"]]


def _of(document: Json, resource_type: str) -> Any:
    return next(entry["resource"] for entry in document["entry"] if entry["resource"]["resourceType"] == resource_type)


def test_a_version_that_the_clinical_team_wrote_has_both_as_authors_of_its_cover() -> None:
    form = sample("team_request/asked").form
    resources = to_resources(version_of(form, 2, "By the team.", "Dr Farah Khan"), NAMES)
    document = document_of(sending_of(resources=resources))
    assert [author["display"] for author in _of(document, "Composition")["author"]] == ["Ed Taylor", "Dr Farah Khan"]
    assert our_gate().faults(document) == ()
