"""The union of all kinds. Adding a kind: its file here, its name below, and what then does not compile."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, TypeAlias, get_args
from uuid import UUID

from pydantic import Field, TypeAdapter

from service.forms.benefits_advice import BenefitsAdvice
from service.forms.contact import Contact
from service.forms.disclosure_decision import DisclosureDecision
from service.forms.employment_status import EmploymentStatusNote
from service.forms.job import JobNote
from service.forms.referral import Referral
from service.forms.support_plan import SupportPlan
from service.forms.team_request import TeamRequest
from service.forms.vocational_profile import VocationalProfile
from service.forms.work_goal import WorkGoal

Form: TypeAlias = (
    BenefitsAdvice
    | Contact
    | DisclosureDecision
    | EmploymentStatusNote
    | JobNote
    | Referral
    | SupportPlan
    | TeamRequest
    | VocationalProfile
    | WorkGoal
)

FORM: TypeAdapter[Form] = TypeAdapter(Annotated[Form, Field(discriminator="kind")])

FORMS: Mapping[str, type[Form]] = {get_args(form.model_fields["kind"].annotation)[0]: form for form in get_args(Form)}
"""By kind."""

KINDS: tuple[str, ...] = tuple(FORMS)


@dataclass(frozen=True, slots=True)
class NoteVersion:
    """One version of a note, with what intake knows about it: `received_at` is our clock, `reason` the change's.

    `written_by` is who of the clinical team wrote it, in the record; None for the form's specialist.
    """

    form: Form
    version: int
    client_id: UUID
    received_at: datetime
    reason: str | None = None
    written_by: str | None = None
