"""A referral becomes a ServiceRequest and a Task that closes its loop; once accepted, an EpisodeOfCare, a CareTeam too.

The Task tells whoever asked how it stands, and why it was declined or closed: in a code, never in words.
"""

from collections.abc import Sequence

from service.forms.referral import Colleague, Referral
from service.mapping.code_lists import (
    CLINICAL_ROLE,
    CLOSE_REASON,
    DECLINE_REASON,
    NHS_EMPLOYMENT_SUPPORT,
    NHS_IPS_TEAM,
    REFERRAL_SOURCE,
    TASK_EPISODE,
    concept,
    our_coding,
)
from service.mapping.document import document
from service.mapping.frame import Frame, finished, reference_to
from service.mapping.referral_states import ReferralState, days, phases_of_episode, state_of_referral
from service.mapping.referral_text import REFERRAL_TITLE, TEAM_NAME, asked_by, referral_text
from service.mapping.terms import (
    FULFIL,
    GRAVITY_EMPLOYMENT_STATUS,
    IPS,
    REFERRAL_TO_IPS,
    REFERRED_BY,
    REFERRED_BY_CLINICIAN,
    SOURCE_OF_SERVICE_REQUEST,
    VOCATIONAL_NOTE,
)
from service.mapping.times import instant
from service.r4.resource import Json, Resource

_DOCUMENT_TYPE = concept(VOCATIONAL_NOTE, text=REFERRAL_TITLE)
_SPECIALIST_ROLE: Json = {"text": "Employment specialist"}  # no code for the role was found


def referral_to_resources(referral: Referral, frame: Frame) -> tuple[Resource, ...]:
    """All of it is in days but the document: a resource that no turn has changed is the same in the next version."""
    state = state_of_referral(referral)
    request = _request(referral, frame, state)
    episode = _episode_and_team(referral, frame, state, request)
    task = _task(referral, frame, state, request, episode)
    made = (request, *episode, task)
    context: Json = {
        "period": {"start": instant(referral.happened_at)},
        "related": [reference_to(one) for one in made],
    }
    text = referral_text(referral, frame.note)
    return (*made, document(frame, "referral-document", _DOCUMENT_TYPE, REFERRAL_TITLE, text, context))


def _request(referral: Referral, frame: Frame, state: ReferralState) -> Resource:
    """https://hl7.org/fhir/R4/servicerequest.html"""
    body = frame.opened("ServiceRequest", "request", "referral")
    body["extension"] = [{"url": SOURCE_OF_SERVICE_REQUEST, "valueCodeableConcept": _source(referral, frame)}]
    body["status"] = state.request
    body["intent"] = "order"
    body["category"] = [concept(GRAVITY_EMPLOYMENT_STATUS, text="Employment")]
    body["code"] = concept(REFERRAL_TO_IPS, text=REFERRAL_TITLE)
    body["subject"] = frame.patient
    body["authoredOn"] = referral.asked_on.isoformat()
    body["requester"] = _whoever_asked(referral, frame)
    body["performerType"] = _SPECIALIST_ROLE
    body["performer"] = [frame.specialist]
    body["reasonCode"] = [concept(our_coding(frame.names, "nhs-reason-for-referral", NHS_EMPLOYMENT_SUPPORT))]
    if referral.why:
        body["reasonCode"].append({"text": referral.why})
    return finished(body)


def _source(referral: Referral, frame: Frame) -> Json:
    """SNOMED CT where it has the word, then ours; and the role of the clinician who asked."""
    if referral.clinical_role:
        role = our_coding(frame.names, "clinical-role", CLINICAL_ROLE[referral.clinical_role])
        known = [REFERRED_BY_CLINICIAN.get(referral.clinical_role), role]
    else:
        known = [REFERRED_BY.get(referral.asked_by)]
    ours = our_coding(frame.names, "referral-source", REFERRAL_SOURCE[referral.asked_by])
    return concept(*(one for one in known if one), ours, text=asked_by(referral))


def _whoever_asked(referral: Referral, frame: Frame) -> Json:
    return frame.patient if referral.asked_by == "client" else {"display": asked_by(referral)}


def _episode_and_team(
    referral: Referral, frame: Frame, state: ReferralState, request: Resource
) -> tuple[Resource, ...]:
    """The team first: the episode names it. Neither is there before the referral was accepted."""
    if state.episode is None:
        return ()
    team = _team(referral, frame, state)
    return (team, _episode(referral, frame, state, request, team))


def _team(referral: Referral, frame: Frame, state: ReferralState) -> Resource:
    """https://hl7.org/fhir/R4/careteam.html"""
    body = frame.opened("CareTeam", "team", "ips-care-team")
    body["status"] = state.team
    body["category"] = [concept(IPS, our_coding(frame.names, "nhs-team-type", NHS_IPS_TEAM))]
    body["name"] = TEAM_NAME
    body["subject"] = frame.patient
    if referral.started_on:
        body["period"] = days(referral.started_on, referral.closed_on)
    specialist = {"role": [_SPECIALIST_ROLE], "member": frame.specialist}
    body["participant"] = [specialist, *(_colleague(one, frame) for one in referral.team)]
    if frame.trust:
        body["managingOrganization"] = [frame.trust]
    return finished(body)


def _colleague(colleague: Colleague, frame: Frame) -> Json:
    role = our_coding(frame.names, "clinical-role", CLINICAL_ROLE[colleague.role])
    return {"role": [concept(role)], "member": {"display": colleague.name}}


def _episode(referral: Referral, frame: Frame, state: ReferralState, request: Resource, team: Resource) -> Resource:
    """https://hl7.org/fhir/R4/episodeofcare.html"""
    body = frame.opened("EpisodeOfCare", "episode", "ips-episode")
    body["status"] = state.episode
    body["statusHistory"] = phases_of_episode(referral)
    body["type"] = [concept(IPS)]
    body["patient"] = frame.patient
    if frame.trust:
        body["managingOrganization"] = frame.trust
    if referral.started_on:
        body["period"] = days(referral.started_on, referral.closed_on)
    body["referralRequest"] = [reference_to(request)]
    body["careManager"] = frame.specialist
    body["team"] = [reference_to(team)]
    return finished(body)


def _task(
    referral: Referral, frame: Frame, state: ReferralState, request: Resource, episode: Sequence[Resource]
) -> Resource:
    """https://hl7.org/fhir/R4/task.html"""
    turns = (referral.asked_on, referral.answered_on, referral.started_on, referral.closed_on)
    body = frame.opened("Task", "task", "referral-progress")
    body["status"] = state.task
    if reason := _reason(referral, frame):
        body["statusReason"] = reason
    body["intent"] = "order"
    body["code"] = concept(FULFIL, text=REFERRAL_TITLE)
    body["focus"] = reference_to(request)
    body["for"] = frame.patient
    if referral.started_on:
        body["executionPeriod"] = days(referral.started_on, referral.closed_on)
    body["authoredOn"] = referral.asked_on.isoformat()
    body["lastModified"] = max(day for day in turns if day).isoformat()
    body["requester"] = _whoever_asked(referral, frame)
    body["performerType"] = [_SPECIALIST_ROLE]
    body["owner"] = frame.specialist
    if episode:
        kind = concept(our_coding(frame.names, "task-output", TASK_EPISODE))
        body["output"] = [{"type": kind, "valueReference": reference_to(episode[-1])}]
    return finished(body)


def _reason(referral: Referral, frame: Frame) -> Json | None:
    """A code and nothing beside it: there is no room for a reason that zero exclusion does not know."""
    if referral.decline_reason:
        return concept(our_coding(frame.names, "referral-decline-reason", DECLINE_REASON[referral.decline_reason]))
    if referral.close_reason:
        return concept(our_coding(frame.names, "referral-close-reason", CLOSE_REASON[referral.close_reason]))
    return None
