"""The service with an issuer of tokens, and callers of every role: two teams, and a person of each on record.

`gated` is the app behind a gate; `token` gives a caller's headers; `two_teams` puts the people there.
"""

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from typing import Any, TypeAlias

import httpx
import pytest

from service.caller import Role
from tests.app_at import app_at
from tests.issuer import LocalIssuer
from tests.phone import NHS_NUMBERS, about, contact, disclosure_decision, work_goal

Json = dict[str, Any]
Headers: TypeAlias = dict[str, str]
SignIn: TypeAlias = Callable[..., Headers]

OURS, THEIRS = "team-north", "team-south"
# One of each role; the specialists of the two teams are es-1 and es-2.
PRACTITIONERS = {OURS: "es-1", THEIRS: "es-2"}


@pytest.fixture
def sign_in(issuer: LocalIssuer) -> SignIn:
    """`sign_in("clinician")` are the headers of one of our team; `sign_in(scope="system/…")` those of a system."""

    def headers(*roles: Role, team: str | None = OURS, **claims: Any) -> Headers:
        who = {"sub": f"{'-'.join(roles) or 'system'} of {team}", "practitioner": PRACTITIONERS.get(team or "")}
        teams = [team] if team else []
        token = issuer.token(**{"roles": list(roles), "teams": teams, **who, **claims})
        return {"Authorization": f"Bearer {token}"}

    return headers


@pytest.fixture
async def gated(database_url: str, issuer: LocalIssuer) -> AsyncIterator[httpx.AsyncClient]:
    """A client without a token."""
    unlimited: Json = {"requests_per_minute": 0, "refusals_per_minute": 0}
    async with app_at(database_url, issuers=[issuer.setting()], **unlimited) as (_, client):
        yield client


@dataclass(frozen=True, slots=True)
class OnRecord:
    """A person of a team, and what is known of them: nothing of it is for another team."""

    client_id: str
    nhs_number: str
    words: str
    contact: Json
    decision: Json
    goal: Json

    def marks(self) -> set[str]:
        """Whatever must not be seen by others."""
        notes = (self.contact, self.decision, self.goal)
        return {self.client_id, self.nhs_number, self.words, *(note["id"] for note in notes)}


@dataclass(frozen=True, slots=True)
class TwoTeams:
    """One person of each team."""

    ours: OnRecord
    theirs: OnRecord


async def put_on_record(gated: httpx.AsyncClient, headers: Headers, team: str, number: int) -> OnRecord:
    """A person with a contact, a goal and a disclosure decision, written by the team's specialist."""
    words = f"The words of {team}."
    whose = {
        "client": about(NHS_NUMBERS[number], f"198{number}-02-03"),
        "specialist": {"id": PRACTITIONERS[team], "name": f"Specialist of {team}"},
    }
    said = [{"about": "adjustments", "words": words}]
    allowed = {"employer": f"Baker of {team}", "by_whom": ["specialist"], "may_be_told": said}
    notes = (
        contact(**whose, note=words),
        disclosure_decision(**whose, decision="some_things", **allowed),
        work_goal(**whose, words=words),
    )
    for note in notes:
        answer = await gated.post("/notes", json=note, headers=headers)
        assert answer.status_code == 201, answer.text
    return OnRecord(answer.json()["client_id"], NHS_NUMBERS[number], words, *notes)


@pytest.fixture
async def two_teams(gated: httpx.AsyncClient, sign_in: SignIn) -> TwoTeams:
    ours = await put_on_record(gated, sign_in("specialist"), OURS, 0)
    theirs = await put_on_record(gated, sign_in("specialist", team=THEIRS), THEIRS, 1)
    return TwoTeams(ours, theirs)
