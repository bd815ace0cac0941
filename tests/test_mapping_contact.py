"""A contact → Encounter, document, and Procedure or RelatedPerson where they belong."""

from typing import Any

import pytest

from service.mapping.names import Names
from service.mapping.to_resources import to_resources
from tests.mapped import all_of, changed, codes_in, mapped, only, text_of, types_of, version_of
from tests.samples_on_disk import NAMES, sample

SEEN = "contact/seen_face_to_face"
MISSED = "contact/did_not_attend"
EMPLOYER = "contact/employer_by_telephone"
TEAM = "contact/clinical_team"
VIDEO = "contact/about_a_goal"


def test_a_contact_that_counts_becomes_an_encounter_a_procedure_and_a_document() -> None:
    assert types_of(mapped(SEEN)) == ["Encounter", "Procedure", "DocumentReference", "Provenance"]


def test_the_procedure_is_ips_done_by_the_specialist_in_that_encounter() -> None:
    resources = mapped(SEEN)
    encounter, procedure = only(resources, "Encounter"), only(resources, "Procedure")
    assert codes_in([procedure["code"]]) == ["1082621000000104"]
    assert procedure["encounter"] == {"reference": f"Encounter/{encounter['id']}"}
    assert procedure["performer"] == [{"actor": encounter["participant"][0]["individual"]}]
    assert procedure["performedPeriod"] == encounter["period"]


def test_the_specialist_is_a_logical_reference() -> None:
    individual = only(mapped(SEEN), "Encounter")["participant"][0]["individual"]
    identifier = {"system": "https://ips.example.nhs.uk/Id/specialist", "value": "sofori"}
    assert individual == {"type": "Practitioner", "identifier": identifier, "display": "Sam Ofori"}


def test_the_period_is_as_long_as_the_minutes_and_keeps_the_phones_offset() -> None:
    encounter = only(mapped(SEEN), "Encounter")
    assert encounter["period"] == {"start": "2026-09-08T10:30:00+01:00", "end": "2026-09-08T11:20:00+01:00"}
    assert encounter["length"] == {
        "value": 50,
        "unit": "min",
        "system": "http://unitsofmeasure.org",
        "code": "min",
    }


def test_a_contact_that_was_seen_is_finished_and_says_the_nhs_attendance() -> None:
    encounter = only(mapped(SEEN), "Encounter")
    assert encounter["status"] == "finished"
    assert [extension["valueCoding"]["code"] for extension in encounter["extension"]] == ["5"]


@pytest.mark.parametrize(
    ("attendance", "code"),
    [("did_not_attend", "3"), ("cancelled_by_client", "2"), ("cancelled_by_provider", "4"), ("late_not_seen", "7")],
)
def test_a_contact_that_was_not_seen_is_cancelled_with_its_reason(attendance: str, code: str) -> None:
    resources = mapped(MISSED, attendance=attendance)
    encounter = only(resources, "Encounter")
    said, reason = encounter["extension"]
    assert encounter["status"] == "cancelled"
    assert said["valueCoding"]["code"] == code
    assert reason["url"] == "http://hl7.org/fhir/StructureDefinition/encounter-reasonCancelled"
    assert codes_in([reason["valueCodeableConcept"]]) == [code]
    assert not all_of(resources, "Procedure")


def test_a_contact_that_was_not_seen_has_a_start_and_no_length() -> None:
    encounter = only(mapped(MISSED), "Encounter")
    assert encounter["period"] == {"start": "2026-09-08T14:00:00+01:00"}
    assert "length" not in encounter
    assert codes_in(encounter["type"]) == ["01"]


@pytest.mark.parametrize(
    ("place", "encounter_class", "types"),
    [
        ("clients_home", "HH", ["270420001", "01"]),
        ("carers_home", "HH", ["01"]),
        ("clients_workplace", "FLD", ["185208001", "01"]),
        ("outpatient_clinic", "AMB", ["431957001", "01"]),
        ("health_centre", "AMB", ["185203005", "01"]),
        ("gp_practice", "AMB", ["01"]),
        ("street_or_open_space", "FLD", ["01"]),
    ],
)
def test_the_place_decides_class_and_type(place: str, encounter_class: str, types: list[str]) -> None:
    encounter = only(mapped(SEEN, place=place), "Encounter")
    assert encounter["class"]["code"] == encounter_class
    assert codes_in(encounter["type"]) == types


def test_a_place_is_said_in_words_and_with_uk_cores_code() -> None:
    (location,) = only(mapped(SEEN), "Encounter")["location"]
    assert location["location"] == {"type": "Location", "display": "Resource Centre"}
    assert codes_in([location["physicalType"]]) == ["J01"]


@pytest.mark.parametrize(
    ("mechanism", "types", "counts"),
    [
        ("telephone", ["185317003", "02"], True),
        ("video", ["307321000000107", "11"], True),
        ("talk_type", ["04"], True),
        ("instant_messaging", ["10"], False),
        ("chat_room", ["13"], False),
        ("other", ["98"], False),
    ],
)
def test_a_contact_at_a_distance_is_virtual(mechanism: str, types: list[str], counts: bool) -> None:
    resources = mapped(VIDEO, mechanism=mechanism)
    encounter = only(resources, "Encounter")
    assert encounter["class"]["code"] == "VR"
    assert codes_in(encounter["type"]) == types
    assert "location" not in encounter
    assert len(all_of(resources, "Procedure")) == counts


@pytest.mark.parametrize(
    ("mechanism", "types"), [("email", ["05"]), ("text_message", ["445450000", "09"]), ("message_board", ["12"])]
)
def test_what_nobody_attends_never_counts_and_has_no_attendance(mechanism: str, types: list[str]) -> None:
    resources = mapped("contact/email_from_the_client", mechanism=mechanism)
    encounter = only(resources, "Encounter")
    assert codes_in(encounter["type"]) == types
    assert encounter["status"] == "finished"
    assert "extension" not in encounter
    assert not all_of(resources, "Procedure")


def test_an_employers_person_takes_part_as_a_related_person_who_comes_first() -> None:
    resources = mapped(EMPLOYER)
    person, encounter = resources[0], only(resources, "Encounter")
    assert person.type == "RelatedPerson"
    assert person.body["name"] == [{"text": "Dawn Hartley"}]
    assert codes_in(person.body["relationship"]) == ["E"]
    assert person.body["relationship"][0]["text"] == "Employer: Hartley's Bakery"
    assert encounter["participant"][1]["individual"] == {"reference": person.key}


def test_an_employer_without_a_named_person_is_in_the_document_only() -> None:
    resources = mapped(EMPLOYER, employer={"name": "Hartley's Bakery"})
    assert not all_of(resources, "RelatedPerson")
    assert len(only(resources, "Encounter")["participant"]) == 1
    assert "Employer: Hartley's Bakery\n" in text_of(only(resources, "DocumentReference"))


def test_an_employers_person_who_was_only_spoken_about_did_not_take_part() -> None:
    resources = mapped(SEEN, employer={"name": "Hartley's Bakery", "person": "Dawn Hartley"})
    assert not all_of(resources, "RelatedPerson")


def test_an_employers_person_does_not_take_part_in_what_did_not_take_place() -> None:
    resources = mapped(EMPLOYER, attendance="cancelled_by_provider", minutes=None)
    assert types_of(resources) == ["Encounter", "DocumentReference", "Provenance"]


@pytest.mark.parametrize(
    ("with_whom", "types"),
    [
        ("employer", ["185316007", "185318008", "02"]),
        ("family_or_friend", ["185316007", "185318008", "02"]),
        ("jobcentre", ["185316007", "185318008", "02"]),
        ("clinical_team", ["185316007", "02"]),
    ],
)
def test_a_contact_without_the_client_is_indirect_and_does_not_count(with_whom: str, types: list[str]) -> None:
    resources = mapped(EMPLOYER, with_whom=with_whom)
    assert codes_in(only(resources, "Encounter")["type"]) == types
    assert not all_of(resources, "Procedure")


def test_an_employer_seen_together_with_the_client_counts() -> None:
    assert "Procedure" in types_of(mapped("contact/employer_with_the_client"))


def test_the_reasons_are_ips_and_every_topic() -> None:
    assert codes_in(only(mapped(SEEN), "Encounter")["reasonCode"]) == [
        "1082621000000104",
        "engagement",
        "vocational-profiling",
    ]


def test_a_contact_with_the_clinical_team_says_liaison() -> None:
    assert "225971008" in codes_in(only(mapped(TEAM), "Encounter")["reasonCode"])


def test_the_document_stands_in_its_encounter_and_is_signed_when_it_was_written() -> None:
    resources = mapped(SEEN)
    document, encounter = only(resources, "DocumentReference"), only(resources, "Encounter")
    assert document["context"]["encounter"] == [{"reference": f"Encounter/{encounter['id']}"}]
    assert document["context"]["period"] == encounter["period"]
    assert document["date"] == "2026-09-08T11:42:10+01:00"
    assert codes_in([document["type"]]) == ["75502-5"]
    assert document["docStatus"] == "final"


def test_a_contact_about_a_goal_points_at_the_goal_of_that_note() -> None:
    goal = only(mapped("work_goal/full"), "Goal")
    document = only(mapped(VIDEO), "DocumentReference")
    assert document["context"]["related"] == [{"reference": f"Goal/{goal['id']}"}]
    assert "related" not in only(mapped(SEEN), "DocumentReference")["context"]


def test_the_trust_is_named_where_its_ods_code_is_known() -> None:
    note = version_of(sample(SEEN).form)
    with_code, without = to_resources(note, NAMES), to_resources(note, Names(NAMES.fhir_base))
    trust = {
        "type": "Organization",
        "identifier": {"system": "https://fhir.nhs.uk/Id/ods-organization-code", "value": "EXAMPLE"},
    }
    assert only(with_code, "Encounter")["serviceProvider"] == trust
    assert only(with_code, "DocumentReference")["custodian"] == trust
    assert only(with_code, "Provenance")["agent"][0]["onBehalfOf"] == trust
    assert "serviceProvider" not in only(without, "Encounter")
    assert "custodian" not in only(without, "DocumentReference")
    assert "onBehalfOf" not in only(without, "Provenance")["agent"][0]


def test_every_url_of_ours_stands_under_the_trusts_base() -> None:
    resources = to_resources(version_of(sample(SEEN).form), Names("https://records.trust.example/ips"))
    assert "ips.example.nhs.uk" not in str(resources)
    encounter = only(resources, "Encounter")
    assert encounter["identifier"][0]["system"] == "https://records.trust.example/ips/Id/resource"


def _text(name: str, **fields: Any) -> str:
    return text_of(only(mapped(name, **fields), "DocumentReference"))


def test_the_text_says_who_when_where_what_about_and_what_next() -> None:
    note = "He wants to work with his hands.\n\nMornings are hard."
    assert _text(SEEN, note=note, next_step="Meet on Tuesday.") == (
        "Contact with the client, face to face\n"
        "\n"
        "When:     Tuesday 8 September 2026, 10:30 to 11:20 (50 minutes)\n"
        "Where:    Resource Centre\n"
        "With:     the client (attended on time)\n"
        "About:    Engagement, vocational profiling\n"
        "Client:   NHS number 999 007 9196, born 4 May 1991\n"
        "\n"
        "NOTE\n"
        "He wants to work with his hands.\n"
        "\n"
        "Mornings are hard.\n"
        "\n"
        "NEXT STEP\n"
        "Meet on Tuesday.\n"
        "\n"
        "Written by Sam Ofori, employment specialist, 8 September 2026 at 11:42."
    )


def test_the_text_without_a_next_step_has_no_heading_for_it() -> None:
    assert "NEXT STEP" not in _text(SEEN, next_step=None)


def test_the_title_of_a_missed_contact_begins_with_that() -> None:
    document = only(mapped(MISSED), "DocumentReference")
    assert document["description"] == "Did not attend: contact with the client, face to face"
    assert text_of(document).startswith(document["description"])


@pytest.mark.parametrize(
    ("name", "fields", "line"),
    [
        ("contact/email_from_the_client", {}, "With:     the client\n"),
        (TEAM, {}, "With:     the clinical team; the client took no part\n"),
        (
            TEAM,
            {"mechanism": "email", "client_took_part": True, "place": None},
            "the clinical team; the client took part",
        ),
        ("contact/employer_with_the_client", {}, "With:     an employer; the client: arrived late but was seen\n"),
        (EMPLOYER, {}, "Employer: Hartley's Bakery (Dawn Hartley)\nRole:     Kitchen assistant, 16 hours a week\n"),
    ],
)
def test_the_text_says_who_took_part(name: str, fields: dict[str, Any], line: str) -> None:
    assert line in _text(name, **fields)


def test_a_line_break_in_a_name_cannot_look_like_another_line_of_the_text() -> None:
    text = _text(EMPLOYER, employer={"name": "Hartley\nWritten by: Dr Amin"})
    assert "Employer: Hartley Written by: Dr Amin\n" in text


def test_a_later_version_of_the_document_is_amended_and_says_why() -> None:
    form = sample(SEEN).form
    note = version_of(changed(form, minutes=40), version=2, reason="We stopped\nearlier.")
    document = only(to_resources(note, NAMES), "DocumentReference")
    assert document["docStatus"] == "amended"
    assert text_of(document).endswith("Version 2 of this note. Changed because: We stopped earlier.")


def test_a_later_version_without_a_reason_only_says_which_it_is() -> None:
    note = version_of(sample(SEEN).form, version=3)
    assert text_of(only(to_resources(note, NAMES), "DocumentReference")).endswith("\nVersion 3 of this note.")
