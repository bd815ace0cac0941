"""How long a job has lasted, and since when it counts as sustained, by each body's own definition."""

from collections.abc import Sequence
from datetime import date, timedelta

from service.clocks.clock import Clock, measured
from service.clocks.definitions import SUSTAINED_DWP, SUSTAINED_IPS_GROW, WEEKS_IN_WORK, Sustained
from service.clocks.history import History
from service.forms.job import JobNote
from service.mapping.job_spans import Span, spans_of

_A_WEEK = timedelta(days=7)


def work_clocks(history: History, on: date) -> tuple[Clock, ...]:
    """For each job that has started: days in it, and the day on which it became sustained by IPS Grow and by DWP."""
    started = [(job.started_on, job.id, job) for job in history.jobs if job.started_on and job.started_on <= on]
    return tuple(clock for start, _, job in sorted(started) for clock in _clocks(job, start, on))


def _clocks(job: JobNote, start: date, on: date) -> tuple[Clock, ...]:
    over = _day_after_the_last(job)
    lasted = measured(WEEKS_IN_WORK, on, start=start, closed=over, note_id=job.id)
    if job.works_as == "volunteer":
        return (lasted,)
    sustained = (
        measured(rule.definition, on, start=start, reached=sustained_on(job, start, rule), closed=over, note_id=job.id)
        for rule in (SUSTAINED_IPS_GROW, SUSTAINED_DWP)
    )
    return (lasted, *sustained)


def sustained_on(job: JobNote, started_on: date, rule: Sustained) -> date | None:
    """The day after the last week that was still wanting. None: the job ended before, or has not enough hours."""
    spans = spans_of(job)
    weeks = [started_on + _A_WEEK * number for number in range(rule.of_weeks)]
    enough = [start for start in weeks if _lasts(job, start) and _hours(spans, start) >= rule.hours]
    return enough[rule.weeks - 1] + _A_WEEK if len(enough) >= rule.weeks else None


def _lasts(job: JobNote, start: date) -> bool:
    return job.ended_on is None or job.ended_on >= start + _A_WEEK - timedelta(days=1)


def _hours(spans: Sequence[Span], start: date) -> float:
    """Of the week that begins on this day, with the hours that held on each of its days; not known counts as none."""
    return sum(_hours_a_week(spans, start + timedelta(days=number)) for number in range(7)) / 7


def _hours_a_week(spans: Sequence[Span], day: date) -> int:
    return [span.hours_per_week for span in spans if span.from_day <= day][-1]


def _day_after_the_last(job: JobNote) -> date | None:
    """The last day was worked, too: a job from the 1st to the 7th lasted one week."""
    return job.ended_on + timedelta(days=1) if job.ended_on else None
