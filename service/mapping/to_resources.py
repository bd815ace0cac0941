"""The way in: a note version becomes its FHIR resources, in the order in which they can be written.

Called by `intake/receive.py`, which stores what comes out. Bodies share parts with one another and with
constants: nothing below changes a body, a change is made on a copy.
"""

from collections.abc import Sequence
from typing import assert_never

from service.forms.benefits_advice import BenefitsAdvice
from service.forms.contact import Contact
from service.forms.disclosure_decision import DisclosureDecision
from service.forms.employment_status import EmploymentStatusNote
from service.forms.job import JobNote
from service.forms.note import NoteVersion
from service.forms.referral import Referral
from service.forms.support_plan import SupportPlan
from service.forms.team_request import TeamRequest
from service.forms.vocational_profile import VocationalProfile
from service.forms.work_goal import WorkGoal
from service.mapping.benefits_advice import benefits_advice_to_resources
from service.mapping.contact import contact_to_resources
from service.mapping.disclosure_decision import disclosure_decision_to_resources
from service.mapping.employment_status import employment_status_to_resources
from service.mapping.frame import Frame, frame_of
from service.mapping.job import job_to_resources
from service.mapping.names import Names
from service.mapping.provenance import provenance
from service.mapping.referral import referral_to_resources
from service.mapping.support_plan import support_plan_to_resources
from service.mapping.team_request import team_request_to_resources
from service.mapping.terms import CREATED, NULLIFIED, REVISED
from service.mapping.vocational_profile import vocational_profile_to_resources
from service.mapping.withdraw import withdraw
from service.mapping.work_goal import work_goal_to_resources
from service.r4.resource import Resource


def to_resources(note: NoteVersion, names: Names, earlier: Sequence[Resource] = ()) -> tuple[Resource, ...]:
    """The whole state of the note. `earlier` is what the version before it became, and () for version 1.

    A resource references only those before it; Provenance is last. What the version before had and this one
    has not comes back as entered in error.
    """
    frame = frame_of(note, names)
    made = _made_from(frame, earlier)
    kept = {resource.key for resource in made}
    withdrawn = (withdraw(resource) for resource in _written(earlier) if resource.key not in kept)
    resources = (*made, *withdrawn)
    return (*resources, provenance(frame, CREATED if note.version == 1 else REVISED, resources))


def retract(note: NoteVersion, names: Names, earlier: Sequence[Resource]) -> tuple[Resource, ...]:
    """Everything the version before became, entered in error; `note.reason` says why. Nothing of nothing."""
    resources = tuple(withdraw(resource) for resource in _written(earlier))
    if not resources:
        return ()
    return (*resources, provenance(frame_of(note, names), NULLIFIED, resources))


def _made_from(frame: Frame, earlier: Sequence[Resource]) -> tuple[Resource, ...]:  # noqa: C901 - one case a kind
    form = frame.note.form
    match form:
        case BenefitsAdvice():
            return benefits_advice_to_resources(form, frame)
        case Contact():
            return contact_to_resources(form, frame)
        case DisclosureDecision():
            return disclosure_decision_to_resources(form, frame)
        case EmploymentStatusNote():
            return employment_status_to_resources(form, frame)
        case JobNote():
            return job_to_resources(form, frame, earlier)
        case Referral():
            return referral_to_resources(form, frame)
        case SupportPlan():
            return support_plan_to_resources(form, frame, earlier)
        case TeamRequest():
            return team_request_to_resources(form, frame, earlier)
        case VocationalProfile():
            return vocational_profile_to_resources(form, frame)
        case WorkGoal():
            return work_goal_to_resources(form, frame, earlier)
        case _ as never:
            assert_never(never)


def _written(earlier: Sequence[Resource]) -> tuple[Resource, ...]:
    """A Provenance says what happened and stays true: it is never withdrawn."""
    return tuple(resource for resource in earlier if resource.type != "Provenance")
