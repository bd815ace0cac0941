"""Contacts around a job's first day: which were due by when, and which of them there were."""

import calendar
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal
from uuid import UUID

from service.clocks.definitions import AROUND_JOB_START, AroundJobStart
from service.clocks.history import History, first_day_of, with_the_client
from service.forms.job import JobNote, JobState
from service.mapping.job_milestones import Milestone, milestones

Standing = Literal["met", "missed", "open", "to_come"]


@dataclass(frozen=True, slots=True)
class Due:
    """A contact that is due within these days, both included. `met_on` is the first day with one."""

    what: str
    first_day: date
    last_day: date
    met_on: date | None
    standing: Standing


@dataclass(frozen=True, slots=True)
class JobStart:
    """One job's first day, or the one that was agreed; what is counted from it; and the contacts around it.

    What falls after the job's end is not due.
    """

    note_id: UUID
    state: JobState
    first_day: date
    milestones: tuple[Milestone, ...]
    due: tuple[Due, ...]


def job_starts(history: History, on: date, rule: AroundJobStart = AROUND_JOB_START) -> tuple[JobStart, ...]:
    """Of every job that has a first day, one that was only agreed included: the contact before it is due by then."""
    starting = ((job, job.started_on or job.starts_on) for job in history.jobs)
    starts = (_start(job, day, history, on, rule) for job, day in starting if day)
    return tuple(sorted(starts, key=lambda start: (start.first_day, start.note_id)))


def _start(job: JobNote, first_day: date, history: History, on: date, rule: AroundJobStart) -> JobStart:
    due = tuple(
        _due(what, first, last, history, on)
        for what, first, last in _times(first_day, rule)
        if job.ended_on is None or first <= job.ended_on
    )
    return JobStart(job.id, job.state, first_day, milestones(job), due)


def _times(start: date, rule: AroundJobStart) -> Iterator[tuple[str, date, date]]:
    yield "before_the_first_day", start - timedelta(days=rule.days_before), start - timedelta(days=1)
    yield "after_the_first_day", start, start + timedelta(days=rule.days_after)
    for number in range(rule.weeks):
        first = start + timedelta(days=7 * number)
        yield f"week_{number + 1}", first, first + timedelta(days=6)
    # The first month has its weeks.
    for number in range(1, rule.months):
        yield f"month_{number + 1}", months_after(start, number), months_after(start, number + 1) - timedelta(days=1)


def months_after(day: date, months: int) -> date:
    """The same day of a later month, or that month's last: 31 January and one month are 28 or 29 February."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


def _due(what: str, first: date, last: date, history: History, on: date) -> Due:
    seen = (contact for contact in history.contacts if with_the_client(contact))
    met_on = first_day_of(seen, first, min(last, on))
    return Due(what, first, last, met_on, _standing(first, last, met_on, on))


def _standing(first: date, last: date, met_on: date | None, on: date) -> Standing:
    if met_on:
        return "met"
    if on < first:
        return "to_come"
    return "open" if on <= last else "missed"
