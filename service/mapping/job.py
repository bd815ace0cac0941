"""A job becomes, from its first day on, an Observation of the job and one of the employment status at the start, at
each change and after the end; and from the offer on a document to read.

What it pays is written only where the trust says so (`Names.with_pay`).
"""

from collections.abc import Iterator, Sequence
from datetime import timedelta
from itertools import groupby

from service.forms.employment_status import WeeklyHours
from service.forms.job import JobNote
from service.mapping.code_lists import Code, concept, our_coding
from service.mapping.document import document
from service.mapping.employment_status import status_in_time
from service.mapping.frame import Frame, as_it_was, finished, reference_to
from service.mapping.job_lists import (
    COMPETITIVE_EMPLOYMENT,
    JOB_END_REASON,
    JOB_FOUND_THROUGH,
    JOB_SOURCE,
    JOB_TERM,
    MINIMUM_WAGE_AND_GOING_RATE,
    NOT_SET_ASIDE,
    OPEN_TO_ANYONE,
    PAY,
    PERMANENT_OR_TEMPORARY,
    WHY_JOB_ENDED,
)
from service.mapping.job_spans import Span, spans_of
from service.mapping.job_text import JOB_TITLE, job_text
from service.mapping.past_or_present_job import hours_component, job_observed
from service.mapping.terms import END_REASON_VALUE, NO, VOCATIONAL_NOTE, WORK_CLASSIFICATION, WORKS_AS, YES, pounds
from service.mapping.times import instant
from service.r4.resource import Json, Resource

_DOCUMENT_TYPE = concept(VOCATIONAL_NOTE, text="Employment specialist's note of a job")
# The least hours of each of the NHS's bands.
_BANDS: Sequence[tuple[int, WeeklyHours]] = ((30, "30_or_more"), (16, "16_to_29"), (5, "5_to_15"), (1, "1_to_4"))


def job_to_resources(job: JobNote, frame: Frame, earlier: Sequence[Resource]) -> tuple[Resource, ...]:
    """`earlier` keeps what a later turn does not change as it was, with the day on which it was recorded."""
    observed = tuple(as_it_was(one, earlier, but_for="issued") for one in (*_jobs(job, frame), *_statuses(job, frame)))
    context: Json = {"period": {"start": instant(job.happened_at)}}
    if observed:
        context["related"] = [reference_to(one) for one in observed]
    text = job_text(job, frame.note, with_pay=frame.names.with_pay)
    return (*observed, document(frame, "job-document", _DOCUMENT_TYPE, JOB_TITLE, text, context))


def _jobs(job: JobNote, frame: Frame) -> Iterator[Resource]:
    """One for each role: another role with the same employer is another job, as ODH has it."""
    roles = [tuple(spans) for _, spans in groupby(spans_of(job), key=lambda span: span.title)]
    for spans in roles:
        last = spans[-1]
        period = _period(spans[0], last)
        is_last = spans is roles[-1]
        current = is_last and job.ended_on is None
        body = job_observed(frame, _role("job", spans[0]), last.title, period, current=current)
        # Never empty: paid work has its hours, and voluntary work is not competitive.
        body["component"] = list(_components(job, last, frame, is_last=is_last))
        yield finished(body)


def _components(job: JobNote, span: Span, frame: Frame, *, is_last: bool) -> Iterator[Json]:
    """What holds of one role; why the job ended and what it pays is said of the last one."""
    if job.works_as in WORKS_AS:
        yield {"code": concept(WORK_CLASSIFICATION), "valueCodeableConcept": concept(WORKS_AS[job.works_as])}
    if span.hours_per_week:
        yield hours_component(frame, span.hours_per_week)
    if span.term:
        yield _coded(frame, PERMANENT_OR_TEMPORARY, our_coding(frame.names, "job-term", JOB_TERM[span.term]))
    yield from _competitive(job, frame)
    if job.found_through:
        yield _coded(frame, JOB_FOUND_THROUGH, our_coding(frame.names, "job-source", JOB_SOURCE[job.found_through]))
    if job.end_reason and is_last:
        ours = our_coding(frame.names, "job-end-reason", JOB_END_REASON[job.end_reason])
        snomed = END_REASON_VALUE.get(job.end_reason)
        yield _coded(frame, WHY_JOB_ENDED, *((snomed, ours) if snomed else (ours,)))
    if job.pay and is_last and frame.names.with_pay:
        yield {"code": _asked(frame, PAY[job.pay.per]), "valueQuantity": pounds(job.pay.pence)}


def _competitive(job: JobNote, frame: Frame) -> Iterator[Json]:
    """Each criterion that is known, and then what follows from all three. ODH takes no boolean here."""
    told = job.competitive
    criteria = (
        (OPEN_TO_ANYONE, told.open_to_anyone if told else None),
        (MINIMUM_WAGE_AND_GOING_RATE, told.minimum_wage_and_going_rate if told else None),
        (NOT_SET_ASIDE, told.not_set_aside if told else None),
        (COMPETITIVE_EMPLOYMENT, job.is_competitive),
    )
    for asked, met in criteria:
        if met is not None:
            yield _coded(frame, asked, YES if met else NO)


def _statuses(job: JobNote, frame: Frame) -> Iterator[Resource]:
    """Employed, from one change to the next; then what the person was afterwards, where that is known.

    A volunteer's status is not known from it: the NHS's 07 also says that they seek no work.
    """
    if job.works_as == "volunteer":
        return
    for span in spans_of(job):
        effective = {"effectivePeriod": _period(span, span)}
        role = _role("employment-status", span)
        yield finished(status_in_time(frame, role, effective, "employed", hours_band(span.hours_per_week)))
    if job.ended_on and job.status_after:
        after = {"effectivePeriod": {"start": (job.ended_on + timedelta(days=1)).isoformat()}}
        role = "employment-status/after"
        yield finished(status_in_time(frame, role, after, job.status_after, job.weekly_hours_after))


def hours_band(hours: int) -> WeeklyHours:
    """The NHS's band of weekly hours; `hours` is at least 1."""
    return next(band for least, band in _BANDS if hours >= least)


def _role(what: str, span: Span) -> str:
    return f"{what}/{span.change.id}" if span.change else what


def _period(first: Span, last: Span) -> Json:
    """An R4 `Period` of days, both included."""
    period = {"start": first.from_day.isoformat()}
    if last.until:
        period["end"] = last.until.isoformat()
    return period


def _asked(frame: Frame, item: Code) -> Json:
    return concept(our_coding(frame.names, "work-data-item", item))


def _coded(frame: Frame, item: Code, *codings: Json) -> Json:
    """An R4 `Observation.component` that is answered by a code."""
    return {"code": _asked(frame, item), "valueCodeableConcept": concept(*codings)}
