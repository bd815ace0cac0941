"""The contacts that are due around a job's first day: before it, just after it, each week, each month."""

from datetime import date

import pytest

from service.clocks.around_job_start import Due, months_after
from service.clocks.clocks import clocks_of
from service.forms.note import Form
from tests.histories import job, offered, referral, seen

ON = date(2026, 11, 27)


def due(*notes: Form, on: date = ON) -> dict[str, Due]:
    (start,) = clocks_of(notes, on).job_starts
    return {one.what: one for one in start.due}


def standing(*notes: Form, on: date = ON) -> dict[str, str]:
    return {what: one.standing for what, one in due(*notes, on=on).items()}


def test_a_year_has_a_contact_before_one_after_four_weeks_and_eleven_months() -> None:
    found = due(job("2026-11-23"))
    assert list(found) == [
        "before_the_first_day",
        "after_the_first_day",
        *(f"week_{number}" for number in range(1, 5)),
        *(f"month_{number}" for number in range(2, 13)),
    ]
    times = {what: (one.first_day.isoformat(), one.last_day.isoformat()) for what, one in found.items()}
    assert times["before_the_first_day"] == ("2026-11-16", "2026-11-22")
    assert times["after_the_first_day"] == ("2026-11-23", "2026-11-26")
    assert times["week_4"] == ("2026-12-14", "2026-12-20")
    assert times["month_2"] == ("2026-12-23", "2027-01-22")
    assert times["month_12"] == ("2027-10-23", "2027-11-22")


def test_each_is_met_missed_open_or_to_come() -> None:
    found = standing(job("2026-11-23"), seen("2026-11-16"))
    assert found["before_the_first_day"] == "met"
    assert found["after_the_first_day"] == "missed"
    assert found["week_1"] == "open"
    assert found["week_2"] == "to_come"
    assert standing(job("2026-11-23"), on=date(2026, 11, 26))["after_the_first_day"] == "open"


def test_one_contact_meets_whatever_it_falls_into_and_the_day_is_told() -> None:
    found = due(job("2026-11-23"), seen("2026-11-25"), seen("2026-11-24"))
    assert found["after_the_first_day"].met_on == found["week_1"].met_on == date(2026, 11, 24)
    assert found["before_the_first_day"].met_on is None


@pytest.mark.parametrize("day", ["2026-11-15", "2026-11-28"])
def test_a_contact_outside_meets_nothing_and_one_to_come_is_not_known_yet(day: str) -> None:
    assert "met" not in standing(job("2026-11-23"), seen(day)).values()


def test_a_job_that_ended_has_nothing_due_after_its_end() -> None:
    found = due(job("2026-06-01", "2026-06-10"))
    assert list(found) == ["before_the_first_day", "after_the_first_day", "week_1", "week_2"]


def test_a_first_day_that_was_agreed_has_the_contact_before_it_due() -> None:
    agreed = offered("2026-11-20", starts_on="2026-11-30")
    (start,) = clocks_of([agreed, seen("2026-11-25")], ON).job_starts
    assert (start.state, start.first_day, start.milestones) == ("offered", date(2026, 11, 30), ())
    assert [(one.what, one.standing) for one in start.due[:2]] == [
        ("before_the_first_day", "met"),
        ("after_the_first_day", "to_come"),
    ]
    assert clocks_of([offered("2026-11-20")], ON).job_starts == ()


def test_what_is_counted_from_the_first_day_stands_beside_it() -> None:
    (start,) = clocks_of([job("2026-01-05")], ON).job_starts
    assert {one.definition.id: one.day for one in start.milestones} == {
        "job-first-day/joined-up-1": date(2026, 1, 5),
        "job-start/ips-grow-1": date(2026, 1, 11),
        "job-week-13/ips-grow-1": date(2026, 4, 5),
        "job-week-26/joined-up-1": date(2026, 7, 5),
    }


def test_a_note_that_arrives_late_settles_what_was_missed() -> None:
    assert standing(job("2026-10-01"))["week_1"] == "missed"
    assert standing(seen("2026-10-03"), job("2026-10-01"))["week_1"] == "met"


def test_each_job_that_has_begun_has_its_own() -> None:
    starts = clocks_of([job("2026-11-01"), job("2026-10-01"), referral("2026-01-01")], ON).job_starts
    assert [start.first_day.isoformat() for start in starts] == ["2026-10-01", "2026-11-01"]


@pytest.mark.parametrize(
    ("day", "months", "later"),
    [
        (date(2026, 1, 31), 1, date(2026, 2, 28)),
        (date(2024, 1, 31), 1, date(2024, 2, 29)),
        (date(2024, 2, 29), 12, date(2025, 2, 28)),
        (date(2026, 11, 30), 3, date(2027, 2, 28)),
        (date(2026, 12, 1), 1, date(2027, 1, 1)),
        (date(2026, 11, 27), 0, date(2026, 11, 27)),
    ],
)
def test_a_month_later_is_the_same_day_or_the_months_last(day: date, months: int, later: date) -> None:
    assert months_after(day, months) == later
