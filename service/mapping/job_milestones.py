"""Days that are counted and that nobody types: the first, the first four paid hours, week 13, week 26 of a job.

Pure: from the job's own days and hours. Each says what it is and whose word it is; where a day cannot be known, why.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from service.forms.job import JobNote
from service.mapping.job_spans import Span, spans_of

_A_DAY: Final = timedelta(days=1)
_A_WEEK: Final = timedelta(days=7)
_PAID_HOURS: Final = 4


@dataclass(frozen=True, slots=True)
class Definition:
    """Never changed: a body that changes its mind gets a new one with a new id.

    `told_as` stands before the day in a sentence; `weeks` where it counts weeks.
    """

    id: str
    title: str
    told_as: str
    words: str
    source: str
    weeks: int = 0


FIRST_DAY: Final = Definition(
    id="job-first-day/joined-up-1",
    title="First day",
    told_as="on",
    words="The first day in the job, paid or not.",
    source="as the person and the specialist say",
)
FOUR_PAID_HOURS: Final = Definition(
    id="job-start/ips-grow-1",
    title="First 4 paid hours",
    told_as="certain by",
    words="The first day by whose end 4 hours of paid work are certain. Hours are known by the week, so that they are "
    "certain at the end of a whole week with the same hours; a week in which they changed is not counted.",
    source="IPS Grow: a job start is 4 hours of paid work done",
)
WEEK_13: Final = Definition(
    id="job-week-13/ips-grow-1",
    title="13 weeks",
    told_as="completed on",
    words="The last day of the thirteenth week, counted from the first day.",
    source="IPS Grow: sustained is beyond 13 weeks",
    weeks=13,
)
WEEK_26: Final = Definition(
    id="job-week-26/joined-up-1",
    title="26 weeks",
    told_as="completed on",
    words="The last day of the twenty-sixth week, counted from the first day.",
    source="ours: twice the 13 weeks of IPS Grow",
    weeks=26,
)


@dataclass(frozen=True, slots=True)
class Milestone:
    """The day of it, past or to come, or why there is none: one of the two."""

    definition: Definition
    day: date | None
    why_none: str | None = None


def milestones(job: JobNote) -> tuple[Milestone, ...]:
    """In their order in time. Of a job that has not started, none; of voluntary work, weeks are not counted."""
    if job.started_on is None:
        return ()
    first = Milestone(FIRST_DAY, job.started_on)
    if job.works_as == "volunteer":
        return (first, Milestone(FOUR_PAID_HOURS, None, "voluntary work is unpaid"))
    weeks = (_weeks_completed(definition, job.started_on, job.ended_on) for definition in (WEEK_13, WEEK_26))
    return (first, _four_paid_hours(job), *weeks)


def _weeks_completed(definition: Definition, started_on: date, ended_on: date | None) -> Milestone:
    day = started_on + definition.weeks * _A_WEEK - _A_DAY
    if ended_on and ended_on < day:
        return Milestone(definition, None, "the job ended before")
    return Milestone(definition, day)


def _four_paid_hours(job: JobNote) -> Milestone:
    if job.works_as == "self_employed":
        return Milestone(FOUR_PAID_HOURS, None, "which hours of self-employed work are paid is not known")
    done = 0
    for start, until, hours in _with_the_same_hours(spans_of(job)):
        missing = -(-(_PAID_HOURS - done) // hours)
        day = start + missing * _A_WEEK - _A_DAY
        if until is None or day <= until:
            return Milestone(FOUR_PAID_HOURS, day)
        done += (until + _A_DAY - start) // _A_WEEK * hours
    return Milestone(FOUR_PAID_HOURS, None, "the job ended before they were certain")


def _with_the_same_hours(spans: tuple[Span, ...]) -> Iterator[tuple[date, date | None, int]]:
    """From when until when with how many hours a week: a change of something else begins no new weeks."""
    start = spans[0].from_day
    for span, following in zip(spans, (*spans[1:], None), strict=True):
        if following is None or following.hours_per_week != span.hours_per_week:
            yield start, span.until, span.hours_per_week
            start = following.from_day if following else start
