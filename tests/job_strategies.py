"""Hypothesis strategy of every job that the form takes."""

from datetime import date, timedelta
from typing import Any

from hypothesis import strategies as st
from hypothesis.strategies import DrawFn, SearchStrategy

from service.forms import employment_status, job
from service.forms.days import uk_date
from service.forms.job import Competitive, JobChange, JobNote, Pay, PreferenceMet
from tests.plain_strategies import LINES, PASSAGES, UUIDS, headings, maybe, one_of_words

_LAST: date = date(2200, 12, 31)
HOURS = st.integers(1, 100)
TERMS = maybe(one_of_words(job.Term))
CRITERIA = maybe(st.booleans())
COMPETITIVE = st.builds(
    Competitive, open_to_anyone=CRITERIA, minimum_wage_and_going_rate=CRITERIA, not_set_aside=CRITERIA
)
PAY = st.builds(Pay, pence=st.integers(1, 100_000_000), per=one_of_words(job.Per))
PREFERENCES = st.lists(
    st.builds(PreferenceMet, preference=one_of_words(job.Preference), met=one_of_words(job.HowFarMet)),
    max_size=3,
    unique_by=lambda one: one.preference,
)


@st.composite
def job_notes(draw: DrawFn) -> JobNote:
    heading = draw(headings())
    born, written_on = heading["client"].birth_date, uk_date(heading["written_at"])
    state = draw(one_of_words(job.JobState))
    volunteer = (works_as := draw(one_of_words(job.WorksAs))) == "volunteer"
    started_on = draw(st.dates(born, written_on)) if state in ("started", "ended") else None
    ended_on = draw(st.dates(started_on, written_on)) if started_on and state == "ended" else None
    offered_on = draw(maybe(st.dates(born, started_on or written_on)))
    status_after = draw(maybe(one_of_words(employment_status.EmploymentStatus))) if ended_on and not volunteer else None
    hours_after = one_of_words(employment_status.WeeklyHours) if status_after == "employed" else st.none()
    return JobNote(
        **heading,
        kind="job",
        title=draw(LINES),
        employer=draw(LINES),
        state=state,
        offered_on=offered_on,
        starts_on=draw(_first_days(heading, offered_on)) if state == "offered" else None,
        started_on=started_on,
        ended_on=ended_on,
        hours_per_week=draw(HOURS if started_on and not volunteer else maybe(HOURS)),
        works_as=works_as,
        term=draw(TERMS),
        competitive=None if volunteer else draw(maybe(COMPETITIVE)),
        pay=None if volunteer else draw(maybe(PAY)),
        found_through=draw(maybe(one_of_words(job.FoundThrough))),
        preferences=tuple(draw(PREFERENCES)),
        changes=draw(_changes(started_on, ended_on or written_on)) if started_on else (),
        end_reason=draw(one_of_words(job.EndReason)) if ended_on else None,
        why_ended=draw(maybe(PASSAGES)) if state in ("ended", "not_taken_up") else None,
        status_after=status_after,
        weekly_hours_after=draw(hours_after),
        goal_id=draw(maybe(UUIDS)),
        note=draw(maybe(PASSAGES)),
    )


def _first_days(heading: dict[str, Any], offered_on: date | None) -> SearchStrategy[date | None]:
    first = max(uk_date(heading["happened_at"]), offered_on or date.min)
    return maybe(st.dates(first, _LAST)) if first <= _LAST else st.none()


@st.composite
def _changes(draw: DrawFn, started_on: date, last: date) -> tuple[JobChange, ...]:
    """In order, one a day, none on the first day."""
    if last <= started_on:
        return ()
    days = draw(st.lists(st.dates(started_on + timedelta(days=1), last), max_size=3, unique=True))
    changes = [draw(_change(day)) for day in sorted(days)]
    ids = {change.id for change in changes}
    return tuple(changes) if len(ids) == len(changes) else ()


@st.composite
def _change(draw: DrawFn, day: date) -> JobChange:
    said: dict[str, Any] = draw(
        st.fixed_dictionaries(
            {"what": PASSAGES}, optional={"title": LINES, "hours_per_week": HOURS, "term": one_of_words(job.Term)}
        )
        | st.fixed_dictionaries({"title": LINES})
        | st.fixed_dictionaries({"hours_per_week": HOURS}, optional={"term": one_of_words(job.Term)})
    )
    return JobChange(id=draw(UUIDS), from_day=day, **said)
