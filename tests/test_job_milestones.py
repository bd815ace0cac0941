"""The days of a job that are counted and that nobody types: derived, or left out with the reason."""

from datetime import date
from typing import Any
from uuid import uuid4

import pytest

from service.forms.job import JobNote
from service.mapping.job_milestones import FIRST_DAY, FOUR_PAID_HOURS, WEEK_13, WEEK_26, Definition, milestones
from service.mapping.job_spans import spans_of
from tests.phone import job
from tests.test_forms import parsed

Json = dict[str, Any]

MUCH_LATER: Json = {"written_at": "2040-01-01T00:00:00+00:00"}


def the_job(started_on: str = "2026-06-01", hours: int | None = 16, **changes: Any) -> JobNote:
    note = parsed(job(started_on=started_on, hours_per_week=hours, **MUCH_LATER, **changes))
    assert isinstance(note, JobNote)
    return note


def ended(on: str, **changes: Any) -> Json:
    return {"state": "ended", "ended_on": on, "end_reason": "resigned", **changes}


def from_day(day: str, **what: Any) -> Json:
    return {"id": str(uuid4()), "from_day": day, **what}


def of(definition: Definition, note: JobNote) -> date | str | None:
    """Its day, or why there is none."""
    (found,) = [one for one in milestones(note) if one.definition == definition]
    assert (found.day is None) != (found.why_none is None)
    return found.day or found.why_none


def test_a_job_has_all_four_in_their_order_and_each_says_whose_word_it_is() -> None:
    found = [one.definition for one in milestones(the_job())]
    assert found == [FIRST_DAY, FOUR_PAID_HOURS, WEEK_13, WEEK_26]
    assert len({one.id for one in found}) == len(found)
    assert all(one.words and one.source for one in found)


def test_what_has_not_started_has_none() -> None:
    offered = parsed(job(state="offered", started_on=None, starts_on="2026-12-01"))
    assert isinstance(offered, JobNote)
    assert (milestones(offered), spans_of(offered)) == ((), ())


def test_the_first_day_is_the_first_day() -> None:
    assert of(FIRST_DAY, the_job("2026-02-28")) == date(2026, 2, 28)


# The first of June 2026 is a Monday: its first week ends on Sunday the seventh.
@pytest.mark.parametrize(
    ("hours", "certain_by"),
    [
        (100, date(2026, 6, 7)),
        (5, date(2026, 6, 7)),
        (4, date(2026, 6, 7)),
        (3, date(2026, 6, 14)),
        (2, date(2026, 6, 14)),
        (1, date(2026, 6, 28)),
    ],
)
def test_four_hours_are_certain_at_the_end_of_a_whole_week(hours: int, certain_by: date) -> None:
    assert of(FOUR_PAID_HOURS, the_job(hours=hours)) == certain_by


def test_a_week_in_which_the_hours_changed_is_not_counted() -> None:
    # Two hours in the first week; the second breaks off; the weeks begin anew on Wednesday the tenth.
    more = the_job(hours=2, changes=[from_day("2026-06-10", hours_per_week=3)])
    assert of(FOUR_PAID_HOURS, more) == date(2026, 6, 16)
    fewer = the_job(hours=3, changes=[from_day("2026-06-10", hours_per_week=1)])
    assert of(FOUR_PAID_HOURS, fewer) == date(2026, 6, 16)
    # Nothing in the first days is certain, whatever the hours were to be.
    at_once = the_job(hours=40, changes=[from_day("2026-06-03", hours_per_week=1)])
    assert of(FOUR_PAID_HOURS, at_once) == date(2026, 6, 30)


def test_a_change_on_the_day_after_the_week_comes_too_late_to_break_it() -> None:
    note = the_job(changes=[from_day("2026-06-08", hours_per_week=1)])
    assert of(FOUR_PAID_HOURS, note) == date(2026, 6, 7)


def test_a_change_of_something_else_begins_no_new_weeks() -> None:
    other = [from_day("2026-06-04", title="Baker"), from_day("2026-06-05", hours_per_week=2, what="The same hours.")]
    assert of(FOUR_PAID_HOURS, the_job(hours=2, changes=other)) == date(2026, 6, 14)


def test_four_hours_of_a_job_that_ended_are_certain_by_its_last_day_or_never() -> None:
    assert of(FOUR_PAID_HOURS, the_job(**ended("2026-06-07"))) == date(2026, 6, 7)
    assert of(FOUR_PAID_HOURS, the_job(**ended("2026-06-06"))) == "the job ended before they were certain"
    assert of(FOUR_PAID_HOURS, the_job(hours=1, **ended("2026-06-27"))) == "the job ended before they were certain"


def test_paid_hours_that_cannot_be_known_are_left_out_with_the_reason() -> None:
    self_employed = of(FOUR_PAID_HOURS, the_job(works_as="self_employed"))
    assert self_employed == "which hours of self-employed work are paid is not known"
    assert of(FOUR_PAID_HOURS, the_job(works_as="volunteer", hours=None)) == "voluntary work is unpaid"


def test_of_voluntary_work_no_weeks_are_counted() -> None:
    found = [one.definition for one in milestones(the_job(works_as="volunteer"))]
    assert found == [FIRST_DAY, FOUR_PAID_HOURS]


def test_weeks_are_completed_on_the_last_day_of_the_last() -> None:
    note = the_job()
    assert of(WEEK_13, note) == date(2026, 8, 30)
    assert of(WEEK_26, note) == date(2026, 11, 29)


def test_a_job_has_to_last_through_the_last_day() -> None:
    assert of(WEEK_13, the_job(**ended("2026-08-30"))) == date(2026, 8, 30)
    assert of(WEEK_13, the_job(**ended("2026-08-29"))) == "the job ended before"
    assert of(WEEK_26, the_job(**ended("2026-08-30"))) == "the job ended before"
    assert of(WEEK_26, the_job(**ended("2026-11-29"))) == date(2026, 11, 29)


def test_what_a_change_does_not_speak_of_stays_as_it_was() -> None:
    changes = [
        from_day("2026-07-01", hours_per_week=20),
        from_day("2026-08-01", title="Baker"),
        from_day("2026-09-01", term="permanent"),
        from_day("2026-10-01", what="A new manager."),
    ]
    note = the_job(title="Assistant", term="temporary", changes=changes, **ended("2026-10-31"))
    told = [(str(one.from_day), str(one.until), one.title, one.hours_per_week, one.term) for one in spans_of(note)]
    assert told == [
        ("2026-06-01", "2026-06-30", "Assistant", 16, "temporary"),
        ("2026-07-01", "2026-07-31", "Assistant", 20, "temporary"),
        ("2026-08-01", "2026-08-31", "Baker", 20, "temporary"),
        ("2026-09-01", "2026-09-30", "Baker", 20, "permanent"),
        ("2026-10-01", "2026-10-31", "Baker", 20, "permanent"),
    ]
    assert spans_of(the_job())[0].until is None
