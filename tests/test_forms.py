"""What the forms take and what they refuse, each refusal with its field and a sentence."""

from typing import Any

import orjson
import pytest

from service.errors import NotReadable, NotValid
from service.forms.contact import Contact
from service.forms.note import FORM, KINDS, Form
from service.intake.read_body import parse
from tests.phone import (
    EVERY_KIND,
    benefits_advice,
    contact,
    disclosure_decision,
    employment_status,
    vocational_profile,
    work_goal,
)

Json = dict[str, Any]


def parsed(note: Json) -> Form:
    return parse(FORM, orjson.dumps(note))


def faults(note: Any) -> dict[str, str]:
    with pytest.raises(NotValid) as refused:
        parse(FORM, orjson.dumps(note))
    return {fault.field: fault.sentence for fault in refused.value.faults}


def an_email(**changes: Any) -> Json:
    note = contact(mechanism="email", **changes)
    return {
        name: value for name, value in note.items() if name not in {"attendance", "place", "minutes"} - set(changes)
    }


def test_each_kind_is_taken_at_its_least() -> None:
    for note in (*(EVERY_KIND[kind]() for kind in KINDS), an_email()):
        assert parsed(note).kind == note["kind"]


REFUSED_CONTACTS: list[tuple[Json, str]] = [
    (an_email(attendance="on_time"), "attendance"),
    (contact(mechanism="message_board", place=None, minutes=None), "attendance"),
    (contact(with_whom="employer", client_took_part=False), "attendance"),
    (contact(attendance=None), "attendance"),
    (contact(attendance="did_not_attend", minutes=None), "client_took_part"),
    (contact(client_took_part=False), "client_took_part"),
    (contact(place=None), "place"),
    (contact(mechanism="telephone"), "place"),
    (contact(minutes=None), "minutes"),
    (contact(attendance="did_not_attend", client_took_part=False), "minutes"),
    (contact(with_whom="employer"), "employer"),
    (contact(topics=[]), "topics"),
    (contact(topics=["engagement", "engagement"]), "topics"),
]


@pytest.mark.parametrize(("note", "field"), REFUSED_CONTACTS)
def test_a_contact_that_makes_no_sense_is_refused_with_a_sentence(note: Json, field: str) -> None:
    said = faults(note)
    assert list(said) == [field]
    assert said[field].endswith(".")


def test_a_missed_appointment_needs_neither_minutes_nor_topics() -> None:
    form = parsed(contact(attendance="did_not_attend", client_took_part=False, minutes=None, topics=[]))
    assert isinstance(form, Contact)
    assert not form.took_place
    assert not form.counts_as_access


@pytest.mark.parametrize(
    ("changes", "counts"),
    [
        ({}, True),
        ({"attendance": "late_but_seen"}, True),
        ({"mechanism": "video", "place": None}, True),
        ({"mechanism": "instant_messaging", "place": None}, False),
        ({"with_whom": "employer", "employer": {"name": "A bakery"}}, True),
    ],
)
def test_only_a_direct_contact_that_the_client_attended_counts_as_access(changes: Json, counts: bool) -> None:
    form = parsed(contact(**changes))
    assert isinstance(form, Contact)
    assert form.counts_as_access is counts


def test_a_contact_refers_to_the_goal_it_was_about() -> None:
    goal = work_goal()
    assert [str(each) for each in parsed(contact(goal_id=goal["id"])).refers_to()] == [goal["id"]]
    assert parsed(goal).refers_to() == ()


REFUSED_HEADINGS: list[tuple[Json, str]] = [
    ({"client": {"nhs_number": "9990000019", "birth_date": "1990-02-03"}}, "client.nhs_number"),
    ({"client": {"nhs_number": "999000001", "birth_date": "1990-02-03"}}, "client.nhs_number"),
    ({"client": {"nhs_number": "9990000018", "birth_date": "1890-02-03"}}, "client.birth_date"),
    ({"client": {"nhs_number": "9990000018", "birth_date": "2026-11-21"}}, "client.birth_date"),
    ({"client": {"nhs_number": "9990000018", "birth_date": "1990-02-30"}}, "client.birth_date"),
    ({"specialist": {"id": "a b", "name": "Sam"}}, "specialist.id"),
    ({"happened_at": "2026-11-20T11:31:00+00:00"}, "happened_at"),
    ({"happened_at": "1826-11-20T11:30:00+00:00"}, "happened_at"),
    ({"written_at": "2926-11-20T11:30:00+00:00"}, "written_at"),
    ({"happened_at": "2026-11-20T10:00:00"}, "happened_at"),
    ({"happened_at": "20261120"}, "happened_at"),
    ({"happened_at": 20261120}, "happened_at"),
    ({"happened_at": "2026-11-20"}, "happened_at"),
    ({"client": {"nhs_number": "9990000018", "birth_date": 86400}}, "client.birth_date"),
    ({"client": {"nhs_number": "9990000018", "birth_date": "1990-02-03T00:00:00"}}, "client.birth_date"),
    ({"written_at": "1795168800.5"}, "written_at"),
    ({"client": {"nhs_number": "9990000018", "birth_date": "86400"}}, "client.birth_date"),
    ({"happened_at": "2026-11-20T10:00:00+14:01"}, "happened_at"),
    ({"written_at": "2026-11-20T10:00:00-15:00"}, "written_at"),
    ({"id": "7"}, "id"),
    ({"id": None}, "id"),
    ({"note": "a\u0000b"}, "note"),
    ({"note": "   "}, "note"),
    ({"note": "\u200b \u2060"}, "note"),
    ({"note": "x" * 20_001}, "note"),
    ({"minutes": "45"}, "minutes"),
    ({"minutes": 0}, "minutes"),
    ({"client_took_part": "yes"}, "client_took_part"),
    ({"place": "the moon"}, "place"),
    ({"colour": "blue"}, "colour"),
]


@pytest.mark.parametrize(("changes", "field"), REFUSED_HEADINGS)
def test_what_is_not_valid_is_named_by_its_field(changes: Json, field: str) -> None:
    assert list(faults(contact(**changes))) == [field]


def test_a_note_does_not_name_itself_as_another() -> None:
    for note, field in ((contact(), "goal_id"), (work_goal(status="achieved"), "job_id")):
        assert list(faults({**note, field: note["id"]})) == [field]


def test_every_fault_is_told_at_once_and_no_value_is_repeated() -> None:
    said = faults(contact(minutes="a secret", place="another secret", note=""))
    assert set(said) == {"minutes", "place", "note"}
    assert "secret" not in repr(said)


@pytest.mark.parametrize("kind", [None, "diary"])
def test_a_note_of_no_known_kind_is_told_the_kinds(kind: str | None) -> None:
    note = {**contact(), "kind": kind}
    assert "vocational_profile" in faults(note)["kind"]


def test_what_is_no_object_is_refused() -> None:
    assert faults([1, 2])


@pytest.mark.parametrize("body", [b"", b"{", b'{"a": 1} x', b"[" * 10_000, b'{"id": "\xff"}'])
def test_what_is_not_json_is_not_readable(body: bytes) -> None:
    with pytest.raises(NotReadable):
        parse(FORM, body)


REFUSED_PROFILES: list[tuple[Json, str]] = [
    ({"weekly_hours": "16_to_29"}, "weekly_hours"),
    ({"employment_status": "employed"}, "weekly_hours"),
    ({"jobs": [{"id": "0" * 32, "title": "Baker"}] * 2}, "jobs"),
    ({"jobs": [{"id": "0" * 32, "title": "Baker", "current": True, "ended": "2024"}]}, "jobs.0.ended"),
    ({"jobs": [{"id": "0" * 32, "title": "Baker", "current": True, "why_left": "x"}]}, "jobs.0.why_left"),
    ({"jobs": [{"id": "0" * 32, "title": "Baker", "started": "2024-05", "ended": "2024-04"}]}, "jobs.0.ended"),
    ({"jobs": [{"id": "0" * 32, "title": "Baker", "started": "2024-13"}]}, "jobs.0.started"),
    ({"jobs": [{"id": "0" * 32, "title": "Baker", "started": "May"}]}, "jobs.0.started"),
    ({"jobs": [{"id": "0" * 32, "title": "Baker", "started": "2024-05-"}]}, "jobs.0.started"),
    ({"skills": ["x"] * 31}, "skills"),
]


@pytest.mark.parametrize(("changes", "field"), REFUSED_PROFILES)
def test_a_profile_that_makes_no_sense_is_refused(changes: Json, field: str) -> None:
    assert list(faults(vocational_profile(**changes))) == [field]


def test_a_job_of_one_known_month_may_end_in_the_year_it_began() -> None:
    job = {"id": "0" * 32, "title": "Baker", "started": "2024-06", "ended": "2024"}
    assert parsed(vocational_profile(jobs=[job]))


REFUSED_STATUSES: list[tuple[Json, str]] = [
    ({"weekly_hours": "16_to_29"}, "weekly_hours"),
    ({"employment_status": "employed"}, "weekly_hours"),
    ({"since": "2026-11-21"}, "since"),
    ({"since": "2027"}, "since"),
    ({"occasion": "lunch"}, "occasion"),
]


@pytest.mark.parametrize(("changes", "field"), REFUSED_STATUSES)
def test_an_employment_status_that_makes_no_sense_is_refused(changes: Json, field: str) -> None:
    assert list(faults(employment_status(**changes))) == [field]


@pytest.mark.parametrize("since", ["2026-11-20", "2026-11", "2026", "1999"])
def test_an_employment_status_may_be_as_old_as_it_is(since: str) -> None:
    assert parsed(employment_status(since=since))


REFUSED_ADVICE: list[tuple[Json, str]] = [
    ({"adviser": "Jan"}, "adviser"),
    ({"given_by": "jobcentre"}, "adviser"),
    ({"about": []}, "about"),
    ({"about": ["other", "other"]}, "about"),
    ({"better_off_a_week": 2_001}, "better_off_a_week"),
    ({"better_off_a_week": "96"}, "better_off_a_week"),
]


@pytest.mark.parametrize(("changes", "field"), REFUSED_ADVICE)
def test_advice_that_makes_no_sense_is_refused(changes: Json, field: str) -> None:
    assert list(faults(benefits_advice(**changes))) == [field]


WORDS: Json = {"about": "time_off", "words": "Every second Tuesday morning."}
REFUSED_DECISIONS: list[tuple[Json, str]] = [
    ({"may_be_told": [WORDS]}, "may_be_told"),
    ({"by_whom": ["client"]}, "may_be_told"),
    ({"decision": "some_things", "by_whom": ["client"]}, "may_be_told"),
    ({"decision": "some_things", "may_be_told": [WORDS]}, "by_whom"),
    ({"decision": "openly"}, "by_whom"),
    ({"decision": "openly", "by_whom": ["client", "client"]}, "by_whom"),
    ({"until": "2026-11-19"}, "until"),
    ({"pros_and_cons_discussed": None}, "pros_and_cons_discussed"),
]


@pytest.mark.parametrize(("changes", "field"), REFUSED_DECISIONS)
def test_a_disclosure_decision_that_makes_no_sense_is_refused(changes: Json, field: str) -> None:
    assert list(faults(disclosure_decision(**changes))) == [field]


STEP: Json = {"id": "0" * 32, "what": "CV", "who": "client"}
REFUSED_GOALS: list[tuple[Json, str]] = [
    ({"status": "dropped"}, "why"),
    ({"agreed_with_team_on": "2026-11-21"}, "agreed_with_team_on"),
    ({"steps": [STEP, STEP]}, "steps"),
    ({"steps": [{**STEP, "who": "clinician"}]}, "steps.0.clinical_role"),
    ({"steps": [{**STEP, "clinical_role": "nurse"}]}, "steps.0.clinical_role"),
    ({"steps": [{**STEP, "why_dropped": "moved"}]}, "steps.0.why_dropped"),
    ({"importance": 11}, "importance"),
]


@pytest.mark.parametrize(("changes", "field"), REFUSED_GOALS)
def test_a_goal_that_makes_no_sense_is_refused(changes: Json, field: str) -> None:
    assert list(faults(work_goal(**changes))) == [field]


@pytest.mark.parametrize("note", [None, [], "a note"])
def test_what_is_no_object_is_told_so(note: Any) -> None:
    assert list(faults(note).values()) == ["Send an object here."]
