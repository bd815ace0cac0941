"""A vocational profile becomes a QuestionnaireResponse with every answer, a Procedure (a vocational assessment
was done), Observations of what others can compute with (employment status now, each job), and a document to read.

Preferences, disclosure, benefits and what helps stay in the answers: they have no code of their own.
"""

from service.forms.vocational_profile import Job, VocationalProfile
from service.mapping.answers import answers_of
from service.mapping.code_lists import concept
from service.mapping.document import document
from service.mapping.employment_status import status_observed
from service.mapping.frame import Frame, finished, reference_to
from service.mapping.past_or_present_job import hours_component, job_observed
from service.mapping.profile_text import PROFILE_TITLE, profile_text
from service.mapping.terms import DATA_ABSENT_REASON, VOCATIONAL_ASSESSMENT, VOCATIONAL_NOTE
from service.mapping.times import instant, period_of_days
from service.r4.resource import Json, Resource

_DOCUMENT_TYPE = concept(VOCATIONAL_NOTE, text=PROFILE_TITLE)
_PERIOD_NOT_KNOWN: Json = {"extension": [{"url": DATA_ABSENT_REASON, "valueCode": "unknown"}]}


def vocational_profile_to_resources(profile: VocationalProfile, frame: Frame) -> tuple[Resource, ...]:
    assessment = _assessment(profile, frame)
    answers = _answers(profile, frame, assessment)
    status = _employment_status(profile, frame, answers)
    jobs = (_job(job, frame, answers) for job in profile.jobs)
    return (assessment, answers, status, *jobs, _profile_to_read(profile, frame, answers))


def _assessment(profile: VocationalProfile, frame: Frame) -> Resource:
    body = frame.opened("Procedure", "vocational-assessment", "vocational-assessment")
    body["status"] = "completed"
    body["code"] = concept(VOCATIONAL_ASSESSMENT)
    body["subject"] = frame.patient
    body["performedDateTime"] = instant(profile.happened_at)
    body["performer"] = [{"actor": frame.specialist}]
    return finished(body)


def _answers(profile: VocationalProfile, frame: Frame, assessment: Resource) -> Resource:
    body = frame.opened("QuestionnaireResponse", "answers", "vocational-profile")
    body["partOf"] = [reference_to(assessment)]
    body["questionnaire"] = frame.names.questionnaire("vocational-profile")
    body["status"] = "completed" if frame.note.version == 1 else "amended"
    body["subject"] = frame.patient
    body["authored"] = instant(profile.happened_at)
    body["author"] = frame.specialist
    body["source"] = frame.patient
    body["item"] = answers_of(profile, frame.names)
    return finished(body)


def _employment_status(profile: VocationalProfile, frame: Frame, answers: Resource) -> Resource:
    return finished(status_observed(profile, frame) | {"derivedFrom": [reference_to(answers)]})


def _job(job: Job, frame: Frame, answers: Resource) -> Resource:
    period = period_of_days(job.started, job.ended) or _PERIOD_NOT_KNOWN
    body = job_observed(frame, f"job/{job.id}", job.title, period, current=job.current)
    body["derivedFrom"] = [reference_to(answers)]
    if job.hours_per_week is not None:
        body["component"] = [hours_component(frame, job.hours_per_week)]
    return finished(body)


def _profile_to_read(profile: VocationalProfile, frame: Frame, answers: Resource) -> Resource:
    context = {"period": {"start": instant(profile.happened_at)}, "related": [reference_to(answers)]}
    text = profile_text(profile, frame.note)
    return document(frame, "vocational-profile-document", _DOCUMENT_TYPE, PROFILE_TITLE, text, context)
