"""The demo's notes are what the door takes, and the demo ends well only when nothing was lost or doubled."""

from collections import Counter
from datetime import UTC, datetime

import orjson
import pytest

from service.forms.note import FORM, KINDS
from service.sandbox.demo.notes import DemoNote, amended_goal, demo_notes
from service.sandbox.staff import STAFF

NOTES = demo_notes(datetime.now(UTC))
ALL = (*NOTES.first, *NOTES.later, *NOTES.rest, NOTES.wrong)


@pytest.mark.parametrize("note", ALL, ids=[f"{index} {note.column}" for index, note in enumerate(ALL)])
def test_every_note_of_the_demo_is_a_valid_form(note: DemoNote) -> None:
    assert str(FORM.validate_json(orjson.dumps(note.body)).id) == note.id


def test_a_dozen_people_have_a_profile_a_goal_and_a_contact_each() -> None:
    people = Counter(note.person for note in NOTES.first)
    kinds = {note.body["kind"] for note in NOTES.first}

    assert len(people) == 12
    assert kinds == {"vocational_profile", "work_goal", "contact"} <= set(KINDS)
    assert set(people.values()) == {len(kinds)}


def test_one_of_them_has_every_kind_and_asks_the_team_last() -> None:
    about = {note.person for note in NOTES.rest}

    assert about == {NOTES.first[0].person}
    assert {note.body["kind"] for note in ALL if note.person in about} == set(KINDS)
    assert NOTES.rest[-1].body["kind"] == "team_request"


def test_who_writes_them_can_sign_in() -> None:
    specialists = {member.id: member.name for member in STAFF if member.role == "specialist"}

    assert {note.body["specialist"]["id"]: note.body["specialist"]["name"] for note in ALL} == specialists
    assert set(NOTES.specialists) == set(specialists)


def test_no_two_notes_share_an_id() -> None:
    assert len({note.id for note in ALL}) == len(ALL)


def test_every_goal_can_be_amended_as_the_demo_does() -> None:
    goals = [note for note in NOTES.first if note.column == "goal" and note.body["steps"]]

    assert goals
    for goal in goals:
        assert FORM.validate_json(orjson.dumps(amended_goal(goal))) != FORM.validate_json(orjson.dumps(goal.body))


def test_the_wrong_birth_date_is_wrong() -> None:
    assert NOTES.wrong.body["client"]["birth_date"] != NOTES.right_birth_date
