"""A day in a form is the UK's, whatever offset the phone used."""

from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest

from tests.phone import (
    NHS_NUMBERS,
    contact,
    disclosure_decision,
    employment_status,
    job,
    referral,
    support_plan,
    team_request,
    work_goal,
)
from tests.test_forms import faults, parsed

Json = dict[str, Any]


def in_the_night(note: Json) -> Json:
    """Half past midnight on 2 July by the clocks of the UK, from a phone that sends UTC: the day before."""
    return note | {"happened_at": "2026-07-01T23:10:00Z", "written_at": "2026-07-01T23:30:00Z"}


def support_line(**changes: Any) -> Json:
    return {"id": str(uuid4()), "what": "One sheet", "who": "employer", **changes}


TODAY, YESTERDAY, TOMORROW = "2026-07-02", "2026-07-01", "2026-07-03"
# The note with a day, and the field of that day: taken today, refused on the other day.
DAYS: list[tuple[Callable[[str], Json], str, str]] = [
    (lambda day: disclosure_decision(until=day), "until", YESTERDAY),
    (lambda day: employment_status(since=day), "since", TOMORROW),
    (lambda day: work_goal(agreed_with_team_on=day), "agreed_with_team_on", TOMORROW),
    (lambda day: contact(client={"nhs_number": NHS_NUMBERS[0], "birth_date": day}), "client.birth_date", TOMORROW),
    (lambda day: job(started_on=day, offered_on=None), "started_on", TOMORROW),
    (lambda day: job(state="offered", started_on=None, starts_on=day, offered_on=None), "starts_on", YESTERDAY),
    (lambda day: referral(asked_on=day), "asked_on", TOMORROW),
    (lambda day: team_request(by_when=day), "by_when", YESTERDAY),
    (lambda day: team_request(state="taken_up", taken_up_on=day), "taken_up_on", YESTERDAY),
    (
        lambda day: support_plan(lines=[support_line(employer_answer={"agreed": True, "on": day})]),
        "lines.0.employer_answer.on",
        TOMORROW,
    ),
]


@pytest.mark.parametrize(("note", "field", "other_day"), DAYS, ids=[row[1] for row in DAYS])
def test_a_day_is_the_uks_whatever_offset_the_phone_used(
    note: Callable[[str], Json], field: str, other_day: str
) -> None:
    assert parsed(in_the_night(note(TODAY)))
    assert list(faults(in_the_night(note(other_day)))) == [field]
