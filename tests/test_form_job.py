"""What a job may say at each of its turns, each refusal with its field."""

from typing import Any
from uuid import UUID, uuid4

import pytest

from service.forms.job import JobNote
from service.forms.work_goal import WorkGoal
from tests.phone import job, work_goal
from tests.test_forms import faults, parsed

Json = dict[str, Any]

# `job()` was written on 20 November 2026, and started on the 13th.
OFFERED: Json = {"state": "offered", "started_on": None, "hours_per_week": None}
ENDED: Json = {"state": "ended", "ended_on": "2026-11-19", "end_reason": "resigned"}
VOLUNTEER: Json = {"works_as": "volunteer", "hours_per_week": None}
CRITERIA: Json = {"open_to_anyone": True, "minimum_wage_and_going_rate": True, "not_set_aside": True}


def changed(from_day: str, **what: Any) -> Json:
    return {"id": str(uuid4()), "from_day": from_day, **(what or {"hours_per_week": 20})}


TAKEN: dict[str, Json] = {
    "offered": OFFERED,
    "offered, with the hours and the first day that were agreed": {
        **OFFERED,
        "offered_on": "2026-11-20",
        "starts_on": "2026-11-20",
        "hours_per_week": 16,
    },
    "not taken up, with the reason in words": {**OFFERED, "state": "not_taken_up", "why_ended": "Too far."},
    "started on the day it was written": {"started_on": "2026-11-20", "offered_on": "2026-11-20"},
    "changed on the day after the first and on the day it was written": {
        "changes": [changed("2026-11-14"), changed("2026-11-20", what="Mornings now.")]
    },
    "changed on its last day": {**ENDED, "changes": [changed("2026-11-19", term="permanent")]},
    "ended on its first day": {**ENDED, "ended_on": "2026-11-13"},
    "ended on the day it was written, and out of work": {
        **ENDED,
        "ended_on": "2026-11-20",
        "why_ended": "It was enough.",
        "status_after": "unemployed_and_seeking",
    },
    "ended for another job": {**ENDED, "status_after": "employed", "weekly_hours_after": "not_known"},
    "voluntary": VOLUNTEER,
    "voluntary, with its hours": {"works_as": "volunteer"},
    "each preference once": {
        "preferences": [{"preference": "days", "met": "no"}, {"preference": "disclosure", "met": "partly"}]
    },
    "some of the criteria": {"competitive": {"open_to_anyone": False}},
    "what it pays": {"pay": {"pence": 1_260, "per": "hour"}},
}


@pytest.mark.parametrize("changes", TAKEN.values(), ids=TAKEN)
def test_each_turn_is_taken(changes: Json) -> None:
    assert parsed(job(**changes)).kind == "job"


REFUSED: list[tuple[Json, str]] = [
    ({"title": " "}, "title"),
    ({"employer": None}, "employer"),
    ({"state": "tried"}, "state"),
    ({"started_on": None}, "started_on"),
    ({**ENDED, "started_on": None}, "started_on"),
    ({**OFFERED, "started_on": "2026-11-13"}, "started_on"),
    ({**OFFERED, "state": "not_taken_up", "started_on": "2026-11-13"}, "started_on"),
    ({"starts_on": "2026-11-20"}, "starts_on"),
    ({**OFFERED, "state": "not_taken_up", "starts_on": "2026-11-20"}, "starts_on"),
    ({**OFFERED, "starts_on": "2026-11-19"}, "starts_on"),
    ({"hours_per_week": None}, "hours_per_week"),
    ({**ENDED, "hours_per_week": None}, "hours_per_week"),
    ({"works_as": "self_employed", "hours_per_week": None}, "hours_per_week"),
    ({"hours_per_week": 0}, "hours_per_week"),
    ({"hours_per_week": 101}, "hours_per_week"),
    ({**OFFERED, "changes": [changed("2026-11-14")]}, "changes"),
    ({**ENDED, "ended_on": None}, "ended_on"),
    ({**ENDED, "end_reason": None}, "end_reason"),
    ({"ended_on": "2026-11-19"}, "ended_on"),
    ({"end_reason": "resigned"}, "end_reason"),
    ({"status_after": "retired"}, "status_after"),
    ({**OFFERED, "end_reason": "resigned"}, "end_reason"),
    ({"why_ended": "Too far."}, "why_ended"),
    ({**OFFERED, "why_ended": "Too far."}, "why_ended"),
    ({**ENDED, "status_after": "employed"}, "weekly_hours_after"),
    ({**ENDED, "status_after": "retired", "weekly_hours_after": "1_to_4"}, "weekly_hours_after"),
    ({**ENDED, "weekly_hours_after": "1_to_4"}, "weekly_hours_after"),
    ({"weekly_hours_after": "1_to_4"}, "weekly_hours_after"),
    ({**VOLUNTEER, "competitive": {}}, "competitive"),
    ({**VOLUNTEER, "pay": {"pence": 100, "per": "hour"}}, "pay"),
    ({**VOLUNTEER, **ENDED, "status_after": "retired"}, "status_after"),
    ({"offered_on": "2026-11-14"}, "offered_on"),
    ({"started_on": "1990-02-02"}, "started_on"),
    ({**OFFERED, "starts_on": "2201-01-01"}, "starts_on"),
    ({**OFFERED, "offered_on": "2026-11-21"}, "offered_on"),
    ({"started_on": "2026-11-21"}, "started_on"),
    ({**ENDED, "ended_on": "2026-11-21"}, "ended_on"),
    ({**ENDED, "ended_on": "2026-11-12"}, "ended_on"),
    ({"changes": [changed("2026-11-13")]}, "changes"),
    ({"changes": [changed("2026-11-16"), changed("2026-11-15")]}, "changes"),
    ({"changes": [changed("2026-11-16"), changed("2026-11-16")]}, "changes"),
    ({**ENDED, "changes": [changed("2026-11-20")]}, "changes"),
    ({"changes": [changed("2026-11-21")]}, "changes"),
    ({"changes": [{**changed("2026-11-15"), "id": "0" * 32}, {**changed("2026-11-16"), "id": "0" * 32}]}, "changes"),
    ({"changes": [{"id": "0" * 32, "from_day": "2026-11-15"}]}, "changes.0.what"),
    ({"preferences": [{"preference": "days", "met": "no"}, {"preference": "days", "met": "yes"}]}, "preferences"),
    ({"preferences": [{"preference": "luck", "met": "no"}]}, "preferences.0.preference"),
    ({"pay": {"pence": 0, "per": "hour"}}, "pay.pence"),
    ({"pay": {"pence": 12.6, "per": "hour"}}, "pay.pence"),
]


@pytest.mark.parametrize(("changes", "field"), REFUSED)
def test_a_turn_that_makes_no_sense_is_refused_with_a_sentence(changes: Json, field: str) -> None:
    said = faults(job(**changes))
    assert list(said) == [field]
    assert said[field].endswith(".")


def test_a_first_day_that_was_agreed_is_not_before_the_offer() -> None:
    late = {"happened_at": "2026-11-01T10:00:00+00:00", "offered_on": "2026-11-10"}
    assert parsed(job(**OFFERED, **late, starts_on="2026-11-10"))
    assert list(faults(job(**OFFERED, **late, starts_on="2026-11-09"))) == ["starts_on"]


def the_job(**changes: Any) -> JobNote:
    note = parsed(job(**changes))
    assert isinstance(note, JobNote)
    return note


@pytest.mark.parametrize(
    ("told", "counts"),
    [
        (CRITERIA, True),
        ({**CRITERIA, "open_to_anyone": False}, False),
        ({**CRITERIA, "minimum_wage_and_going_rate": False}, False),
        ({**CRITERIA, "not_set_aside": False}, False),
        ({**CRITERIA, "not_set_aside": None}, None),
        ({"open_to_anyone": False}, False),
        ({}, None),
        (None, None),
    ],
)
def test_it_is_competitive_where_all_three_criteria_are_met(told: Json | None, counts: bool | None) -> None:
    assert the_job(competitive=told).is_competitive is counts


def test_voluntary_work_is_never_competitive() -> None:
    assert the_job(**VOLUNTEER).is_competitive is False


def test_what_is_only_offered_or_not_taken_up_has_not_started() -> None:
    assert not the_job(**OFFERED).has_started
    assert not the_job(**{**OFFERED, "state": "not_taken_up"}).has_started
    assert the_job().has_started
    assert the_job(**ENDED).has_started


def test_the_goal_waits_for_the_job_and_the_job_for_nothing() -> None:
    job_id = str(uuid4())
    goal = parsed(work_goal(status="achieved", job_id=job_id))
    assert goal.refers_to() == (UUID(job_id),)
    assert the_job(goal_id=str(goal.id)).refers_to() == ()


@pytest.mark.parametrize("status", ["active", "paused", "changed", "dropped"])
def test_only_a_goal_that_was_achieved_has_a_job_that_came_of_it(status: str) -> None:
    assert list(faults(work_goal(status=status, why="It was time.", job_id=str(uuid4())))) == ["job_id"]
    assert isinstance(parsed(work_goal(status=status, why="It was time.")), WorkGoal)
