"""A request to the clinical team becomes a Task on the team's worklist, and a document that says how it stands.

Where information for a job match is asked for, a CommunicationRequest is what the Task is about.
"""

from collections.abc import Mapping, Sequence

from service.forms.team_request import AskedFor, RequestState, TeamRequest
from service.mapping.code_lists import (
    ASKED_OF_TEAM,
    CLINICAL_ROLE,
    TEAM_ANSWER,
    TEAM_REQUEST,
    concept,
    our_coding,
)
from service.mapping.document import document
from service.mapping.frame import Frame, as_it_was, finished, reference_to, role_id
from service.mapping.team_request_text import REQUEST_TITLE, named_with_role, request_text
from service.mapping.terms import PERTAINS_TO_GOAL, VOCATIONAL_NOTE
from service.mapping.times import instant
from service.r4.resource import Json, Resource

_DOCUMENT_TYPE = concept(VOCATIONAL_NOTE, text="Employment specialist's request to the clinical team")
_INFORMATION: AskedFor = "job_match_information"

# Task.status, and that of the CommunicationRequest.
_STATUS: Mapping[RequestState, tuple[str, str]] = {
    "asked": ("requested", "active"),
    "taken_up": ("accepted", "active"),
    "answered": ("completed", "completed"),
    "declined": ("rejected", "revoked"),
    "closed": ("cancelled", "revoked"),
    "withdrawn": ("cancelled", "revoked"),
}


def team_request_to_resources(request: TeamRequest, frame: Frame, earlier: Sequence[Resource]) -> tuple[Resource, ...]:
    """`earlier` tells whether the Task says anything new: what the team did is not written over for less."""
    information = (_information(request, frame),) if request.asked_for == _INFORMATION else ()
    task = as_it_was(_task(request, frame, information), earlier, but_for="lastModified")
    period = {"start": instant(request.happened_at)}
    context: Json = {"period": period, "related": [reference_to(one) for one in (*information, task)]}
    text = request_text(request, frame.note)
    written = document(frame, "team-request-document", _DOCUMENT_TYPE, REQUEST_TITLE, text, context)
    return (*information, task, written)


def _statuses(request: TeamRequest) -> tuple[str, str]:
    """Closed after an answer is as complete as answered; closed without one, nothing was done."""
    answered = request.state == "closed" and request.answer is not None
    return _STATUS["answered" if answered else request.state]


def _reason(request: TeamRequest) -> Json:
    """An R4 `statusReason`: a team that declines may say why in its answer; what was done needs no reason."""
    declined = request.answer.words if request.state == "declined" and request.answer else None
    why = None if "completed" in _statuses(request) else request.why or declined
    return {"statusReason": {"text": why}} if why else {}


def _information(request: TeamRequest, frame: Frame) -> Resource:
    """https://hl7.org/fhir/R4/communicationrequest.html"""
    body = frame.opened("CommunicationRequest", "information", "job-match-information")
    body["status"] = _statuses(request)[1]
    body |= _reason(request)
    body["subject"] = frame.patient
    if request.job_id:
        body["about"] = [_job(request)]
    body["payload"] = [{"contentString": request.words}]
    if request.by_when:
        body["occurrencePeriod"] = {"end": request.by_when.isoformat()}
    body["authoredOn"] = instant(request.happened_at)
    body["requester"] = frame.specialist
    body["recipient"] = [frame.specialist]
    body["sender"] = {"display": named_with_role(request.of_name, request.of_role)}
    body["reasonCode"] = [_asked_for(request, frame)]
    return finished(body)


def _task(request: TeamRequest, frame: Frame, information: Sequence[Resource]) -> Resource:
    """https://hl7.org/fhir/R4/task.html"""
    body = frame.opened("Task", "request", "team-request")
    if request.goal_id:
        goal = {"reference": f"Goal/{role_id(request.goal_id, 'goal')}"}
        body["extension"] = [{"url": PERTAINS_TO_GOAL, "valueReference": goal}]
    body["status"] = _statuses(request)[0]
    body |= _reason(request)
    body["intent"] = "order"
    body["code"] = _code(request, frame)
    body["description"] = request.words
    if information:
        body["focus"] = reference_to(information[0])
    body["for"] = frame.patient
    if done := _done(request):
        body["executionPeriod"] = done
    body["authoredOn"] = instant(request.happened_at)
    # R4 wants it not before authoredOn; a form is never written before it happened.
    body["lastModified"] = instant(request.written_at)
    body["requester"] = frame.specialist
    body["performerType"] = [concept(our_coding(frame.names, "clinical-role", CLINICAL_ROLE[request.of_role]))]
    if owner := request.taken_up_by or request.of_name:
        body["owner"] = {"display": owner}
    if request.job_id:
        body["reasonReference"] = _job(request)
    if request.by_when:
        body["restriction"] = {"period": {"end": request.by_when.isoformat()}}
    return finished(body | _answered(request, frame))


def _answered(request: TeamRequest, frame: Frame) -> Json:
    """Twice: as what the Task brought, and as a note, which more screens show, with its author and its day."""
    answer = request.answer
    if answer is None:
        return {}
    author = named_with_role(answer.by, answer.role)
    note = {"authorString": author, "time": answer.on.isoformat(), "text": answer.words}
    if request.state == "declined":
        return {"note": [note]}
    brought = {"type": concept(our_coding(frame.names, "task-output", TEAM_ANSWER)), "valueString": answer.words}
    return {"note": [note], "output": [brought]}


def _done(request: TeamRequest) -> Json:
    """An R4 `Period` in days: taken up, and answered."""
    ended = request.answer.on if request.answer else None
    days = {"start": request.taken_up_on, "end": ended}
    return {name: day.isoformat() for name, day in days.items() if day}


def _code(request: TeamRequest, frame: Frame) -> Json:
    return concept(our_coding(frame.names, "task-type", TEAM_REQUEST), *_asked_for(request, frame)["coding"])


def _asked_for(request: TeamRequest, frame: Frame) -> Json:
    return concept(our_coding(frame.names, "asked-of-team", ASKED_OF_TEAM[request.asked_for]))


def _job(request: TeamRequest) -> Json:
    """The job's document, which it has from the offer on; what is coded of it begins with the first day."""
    return {"reference": f"DocumentReference/{role_id(request.job_id, 'document')}"} if request.job_id else {}
