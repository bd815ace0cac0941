"""A job as one stretch after another, from its first day over each change to its last.

Used by the mapping of a job, by its text, and by what is derived from it (`job_milestones.py`).
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise

from service.forms.job import JobChange, JobNote, Term

_A_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Span:
    """How the job was from `from_day` to `until`, both included; `until` is None while it lasts.

    `change` is what began it, None for the start. `hours_per_week` is 0 where it is not known, which only a
    volunteer's may be.
    """

    change: JobChange | None
    from_day: date
    until: date | None
    title: str
    hours_per_week: int
    term: Term | None


def spans_of(job: JobNote) -> tuple[Span, ...]:
    """None before the first day. What a change does not speak of stays as it was."""
    if job.started_on is None:
        return ()
    starts = [job.started_on, *(change.from_day for change in job.changes)]
    ends: list[date | None] = [following - _A_DAY for _, following in pairwise(starts)]
    return tuple(_spans(job, starts, [*ends, job.ended_on]))


def _spans(job: JobNote, starts: list[date], ends: list[date | None]) -> Iterator[Span]:
    title, hours, term = job.title, job.hours_per_week or 0, job.term
    for change, from_day, until in zip((None, *job.changes), starts, ends, strict=True):
        if change:
            title = change.title or title
            hours = change.hours_per_week or hours
            term = change.term or term
        yield Span(change, from_day, until, title, hours, term)
