"""A job as people read it: which, how it stands, whether it is competitive, the days that count, what changed."""

from collections.abc import Iterator, Mapping

from service.forms.days import uk_date
from service.forms.job import HowFarMet, JobNote, Pay, Preference, WorksAs
from service.forms.note import NoteVersion
from service.mapping.job_lists import (
    JOB_END_REASON,
    JOB_SOURCE,
    JOB_TERM,
    MINIMUM_WAGE_AND_GOING_RATE,
    NOT_SET_ASIDE,
    OPEN_TO_ANYONE,
)
from service.mapping.job_milestones import Milestone, milestones
from service.mapping.job_spans import spans_of
from service.mapping.readable import (
    blocks,
    client_named,
    headed,
    labelled,
    one_a_line,
    signed,
    work_now,
)
from service.mapping.times import day_in_words, span_in_words

JOB_TITLE = "Job"

_WORKS_AS: Mapping[WorksAs, str] = {
    "employee": "employee",
    "self_employed": "self-employed",
    "volunteer": "volunteer, unpaid",
}
_PREFERENCE: Mapping[Preference, str] = {
    "work": "Work",
    "hours": "Hours",
    "days": "Days",
    "place_and_travel": "Place and travel",
    "pay": "Pay",
    "surroundings": "Surroundings",
    "disclosure": "What the employer is told",
}
_MET: Mapping[HowFarMet, str] = {"yes": "met", "partly": "partly met", "no": "not met"}
_COUNTED = {
    True: "Yes, by all three criteria of IPS.",
    False: "No.",
    None: "Not counted: not all three criteria of IPS are known.",
}


def job_text(job: JobNote, note: NoteVersion, *, with_pay: bool) -> str:
    """The document. `with_pay`: whether it says what the job pays."""
    spans = spans_of(job)
    title, hours = (spans[-1].title, spans[-1].hours_per_week) if spans else (job.title, job.hours_per_week)
    about = labelled(
        ("Job", title),
        ("Employer", job.employer),
        ("Stands", _stands(job)),
        ("Hours", f"{hours} a week" if hours else None),
        ("Works as", _works_as(job)),
        ("Pay", _pay(job.pay) if job.pay and with_pay else None),
        ("Source", JOB_SOURCE[job.found_through].display if job.found_through else None),
        ("When", span_in_words(job.happened_at, None)),
        ("Client", client_named(note)),
    )
    return blocks(
        JOB_TITLE,
        about,
        headed("Competitive employment", _competitive(job)),
        headed("Days that count", one_a_line(_milestone(one, job) for one in milestones(job))),
        headed("What changed", one_a_line(_changes(job))),
        headed("What the person wants of a job", one_a_line(_preferences(job))),
        headed("How it ended" if job.state == "ended" else "Why it was not taken up", _end(job)),
        headed("Note", job.note),
        signed(note),
    )


def _stands(job: JobNote) -> str:
    """`offered on 28 September 2026; the first day is to be 5 October 2026`"""
    days = (
        ("offered on", job.offered_on),
        ("the first day is to be", job.starts_on),
        ("started on", job.started_on),
        ("ended on", job.ended_on),
    )
    told = [f"{words} {day_in_words(day)}" for words, day in days if day]
    if job.state == "offered" and not job.offered_on:
        told.insert(0, "offered")
    if job.state == "not_taken_up":
        told.append("not taken up")
    return "; ".join(told)


def _works_as(job: JobNote) -> str:
    spans = spans_of(job)
    term = spans[-1].term if spans else job.term
    return f"{_WORKS_AS[job.works_as]}; {JOB_TERM[term].display.lower()}" if term else _WORKS_AS[job.works_as]


def _pay(pay: Pay) -> str:
    """`£12.60 an hour, before tax`"""
    return f"£{pay.pence / 100:,.2f} {'an' if pay.per == 'hour' else 'a'} {pay.per}, before tax"


def _competitive(job: JobNote) -> str | None:
    if job.works_as == "volunteer":
        return "No: voluntary work is never counted."
    if job.competitive is None:
        return _COUNTED[None] if job.has_started else None
    criteria = (
        (OPEN_TO_ANYONE, job.competitive.open_to_anyone),
        (MINIMUM_WAGE_AND_GOING_RATE, job.competitive.minimum_wage_and_going_rate),
        (NOT_SET_ASIDE, job.competitive.not_set_aside),
    )
    told = one_a_line(
        f"{criterion.display}: {'not known' if met is None else 'yes' if met else 'no'}" for criterion, met in criteria
    )
    return f"{_COUNTED[job.is_competitive]}\n{told}"


def _milestone(one: Milestone, job: JobNote) -> str:
    """`13 weeks: completed on 3 January 2027, if the job lasts (IPS Grow: sustained is beyond 13 weeks)`"""
    title = one.definition.title
    if one.day is None:
        return f"{title}: none, {one.why_none}"
    to_come = job.ended_on is None and one.day > uk_date(job.written_at)
    lasts = ", if the job lasts" if to_come else ""
    return f"{title}: {one.definition.told_as} {day_in_words(one.day)}{lasts} ({one.definition.source})"


def _changes(job: JobNote) -> Iterator[str]:
    """`From 2 November 2026: 20 hours a week. She asked for a third morning.`"""
    for change in job.changes:
        hours = f"{change.hours_per_week} hours a week" if change.hours_per_week else None
        term = JOB_TERM[change.term].display.lower() if change.term else None
        facts = ", ".join(fact for fact in (change.title, hours, term) if fact)
        words = ". ".join(words for words in (facts, change.what) if words)
        yield f"From {day_in_words(change.from_day)}: {words}"


def _preferences(job: JobNote) -> Iterator[str]:
    for one in job.preferences:
        yield f"{_PREFERENCE[one.preference]}: {_MET[one.met]}"


def _end(job: JobNote) -> str:
    reason = JOB_END_REASON[job.end_reason].display if job.end_reason else ""
    after = f"Work afterwards: {work_now(job.status_after, job.weekly_hours_after)}" if job.status_after else ""
    return "\n".join(words for words in (reason, job.why_ended, after) if words)
