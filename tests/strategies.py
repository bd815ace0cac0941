"""Hypothesis strategies: every valid form of every kind, made of synthetic people.

`forms()` is any of them, `note_versions()` a form with what intake adds. Everything that a form's validators
allow can come out; nothing is made and then thrown away.
"""

from collections.abc import Callable
from datetime import UTC, datetime
from uuid import UUID

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.strategies import DrawFn, SearchStrategy

from service.forms.note import Form, NoteVersion
from tests.form_strategies import (
    benefits_advices,
    contacts,
    disclosure_decisions,
    employment_statuses,
    vocational_profiles,
    work_goals,
)
from tests.job_strategies import job_notes
from tests.plain_strategies import PASSAGES
from tests.referral_strategies import referrals
from tests.support_plan_strategies import support_plans
from tests.team_request_strategies import team_requests

# The first draw of a fresh machine builds Hypothesis' table of characters, which takes more than a second.
PATIENT = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])

EVERY_KIND: dict[str, Callable[[], SearchStrategy[Form]]] = {
    "benefits_advice": benefits_advices,
    "contact": contacts,
    "disclosure_decision": disclosure_decisions,
    "employment_status": employment_statuses,
    "job": job_notes,
    "referral": referrals,
    "support_plan": support_plans,
    "team_request": team_requests,
    "vocational_profile": vocational_profiles,
    "work_goal": work_goals,
}


def forms() -> SearchStrategy[Form]:
    return st.one_of([strategy() for strategy in EVERY_KIND.values()])


@st.composite
def note_versions(draw: DrawFn, form: SearchStrategy[Form] | None = None, version: int = 1) -> NoteVersion:
    """A form with what intake adds to it; a later version has its reason."""
    chosen = draw(forms() if form is None else form)
    return NoteVersion(
        form=chosen,
        version=version,
        client_id=client_id_of(chosen),
        received_at=draw(st.datetimes(datetime(2000, 1, 1), datetime(2200, 1, 1), timezones=st.just(UTC))),  # noqa: DTZ001
        reason=draw(PASSAGES) if version > 1 else None,
    )


def client_id_of(form: Form) -> UUID:
    """The same person, the same id."""
    return UUID(int=int(form.client.nhs_number))
