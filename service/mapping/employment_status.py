"""An employment status becomes an Observation that can be counted, and a document that can be read.

The Observation of a vocational profile and those of a job are made here as well.
"""

from service.forms.employment_status import EmploymentStatus, EmploymentStatusNote, WeeklyHours
from service.forms.note import NoteVersion
from service.forms.vocational_profile import VocationalProfile
from service.mapping.code_lists import (
    EMPLOYMENT_STATUS,
    NHS_WEEKLY_HOURS_WORKED,
    OCCASION_IN_WORDS,
    WEEKLY_HOURS,
    concept,
    our_coding,
)
from service.mapping.document import document
from service.mapping.frame import Frame, finished, reference_to
from service.mapping.readable import blocks, client_named, headed, labelled, signed, work_now
from service.mapping.terms import (
    EMPLOYMENT_STATUS_ASKED,
    EMPLOYMENT_STATUS_VALUE,
    HISTORY_OF_EMPLOYMENT_STATUS,
    SOCIAL_HISTORY,
    VOCATIONAL_NOTE,
)
from service.mapping.times import instant, partial_day_in_words, span_in_words
from service.r4.resource import Json, Resource

STATUS_TITLE = "Employment status"

_DOCUMENT_TYPE = concept(VOCATIONAL_NOTE, text="Employment specialist's note of the employment status")


def employment_status_to_resources(form: EmploymentStatusNote, frame: Frame) -> tuple[Resource, ...]:
    body = status_observed(form, frame)
    if form.since:
        del body["effectiveDateTime"]
        body["effectivePeriod"] = {"start": form.since}
    status = finished(body)
    context = {"period": {"start": instant(form.happened_at)}, "related": [reference_to(status)]}
    title = f"{STATUS_TITLE} {OCCASION_IN_WORDS[form.occasion]}"
    text = _text(form, frame.note, title)
    return (status, document(frame, "employment-status-document", _DOCUMENT_TYPE, title, text, context))


def status_observed(form: EmploymentStatusNote | VocationalProfile, frame: Frame) -> Json:
    """As it was when it was asked."""
    effective = {"effectiveDateTime": instant(form.happened_at)}
    return status_in_time(frame, "employment-status", effective, form.employment_status, form.weekly_hours)


def status_in_time(
    frame: Frame, role: str, effective: Json, status: EmploymentStatus, weekly_hours: WeeklyHours | None
) -> Json:
    """SNOMED first where it has the word, then the NHS code. https://hl7.org/fhir/R4/observation.html"""
    entry = EMPLOYMENT_STATUS[status]
    snomed = EMPLOYMENT_STATUS_VALUE.get(status)
    nhs = our_coding(frame.names, "nhs-employment-status", entry)
    codings = [snomed, nhs] if snomed else [nhs]
    body = frame.opened("Observation", role, "employment-status")
    body["status"] = "final"
    body["category"] = [concept(SOCIAL_HISTORY)]
    body["code"] = concept(EMPLOYMENT_STATUS_ASKED, HISTORY_OF_EMPLOYMENT_STATUS, text=STATUS_TITLE)
    body["subject"] = frame.patient
    body |= effective
    body["issued"] = instant(frame.note.form.written_at)
    body["performer"] = [frame.specialist]
    body["valueCodeableConcept"] = concept(*codings, text=entry.display)
    if weekly_hours:
        band = our_coding(frame.names, "nhs-weekly-hours-worked", WEEKLY_HOURS[weekly_hours])
        asked = our_coding(frame.names, "nhs-data-item", NHS_WEEKLY_HOURS_WORKED)
        body["component"] = [{"code": concept(asked), "valueCodeableConcept": concept(band)}]
    return body


def _text(form: EmploymentStatusNote, note: NoteVersion, title: str) -> str:
    about = labelled(
        ("When", span_in_words(form.happened_at, None)),
        ("Work now", work_now(form.employment_status, form.weekly_hours)),
        ("Since", partial_day_in_words(form.since) if form.since else None),
        ("Client", client_named(note)),
    )
    return blocks(title, about, headed("Note", form.note), signed(note))
