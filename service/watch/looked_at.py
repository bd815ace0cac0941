"""Who looked at my record: a person's own list, day by day, in plain words.

From the lines of the audit that name them; `audit_lines.py` reads those.
"""

from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any, Final
from uuid import UUID

from fastapi import APIRouter, Response
from sqlalchemy.ext.asyncio import AsyncSession

from service.audit import Action
from service.audit_lines import Asked, Line, stream_lines
from service.auth.admit import TheAdmitted
from service.auth.session import Session
from service.caller import Role
from service.errors import NoSuchClient
from service.forms.days import uk_date
from service.intake.answers import json_response
from service.tables import Client

router = APIRouter(tags=["clients"])

_ROLES: Final[Mapping[Role, str]] = {
    "specialist": "employment specialist",
    "clinician": "clinician",
    "service_manager": "service manager",
    "operator": "operator of this service",
    "privacy_officer": "privacy officer",
    "system": "computer system",
}
WHAT: Final[Mapping[Action, str]] = {
    "read": "read your record",
    "search": "found you in a list",
    "create": "wrote a note about you",
    "update": "changed a note about you",
    "retract": "took back a note about you",
    "deliver": "sent a note about you to your mental-health record",
    "export": "made a list of who looked at your record",
    "refused": "asked for your record",
    "sign_in_refused": "tried to sign in",
    "content_shown": "looked at what was sent to your mental-health record",
    "delivery_retried": "had a note about you sent again",
    "delivery_cancelled": "stopped a note about you from being sent",
    "delivery_resolved": "looked in your mental-health record for a note that was sent there",
    "employer_copy_handed_out": "took the copy of a note that your employer may have",
    "break_glass_opened": "opened your record from outside your team, and said why",
    "break_glass_closed": "closed your record, opened from outside your team",
    "team_changed": "changed which team looks after you",
    "system_registered": "let a computer system in",
    "system_removed": "shut a computer system out",
    "token_issued": "let a computer system in for a few minutes",
    "backed_up": "made a copy of everything, to be safe",
}
_NOT_DONE: Final = {"done": "", "refused": ", and was refused", "failed": ", and it did not work"}


@dataclass(frozen=True, slots=True)
class Look:
    """Once or more on one day: somebody, in a role, did something with the record."""

    day: date
    name: str
    role: str
    what: str


@router.get("/clients/{client_id}/looked-at", response_class=Response)
async def get_looked_at(client_id: UUID, session: Session, admitted: TheAdmitted) -> Response:
    """Who looked at this person's record, or did something with it, the newest day first: for the person."""
    looks = await looked_at(session, client_id)
    admitted.trail.saw([client_id])
    response = json_response({"client_id": client_id, "looked_at": as_json(looks)})
    response.headers["Cache-Control"] = "no-store"
    return response


async def looked_at(session: AsyncSession, client_id: UUID) -> list[Look]:
    """What is the same on one day is said once. `NoSuchClient` where nobody has this id."""
    if await session.get(Client, client_id) is None:
        raise NoSuchClient("No client has this id. GET /clients lists those whom you may see.")
    looks = await _looks(stream_lines(session, Asked(client_id=client_id)))
    return sorted(looks, key=lambda look: look.day, reverse=True)


def as_json(looks: Iterable[Look]) -> list[dict[str, Any]]:
    """For machines."""
    return [asdict(look) for look in looks]


def as_text(looks: Sequence[Look]) -> str:
    """To be printed and handed over."""
    if not looks:
        return "Nobody has looked at your record here."
    lines = (f"{look.day:%d %B %Y}: {look.name} ({look.role}) {look.what}." for look in looks)
    return "\n".join(("Who looked at your record, and what they did", "", *lines))


async def _looks(lines: AsyncIterator[Line]) -> dict[Look, None]:
    """In the order in which they are first met."""
    return {_look(line): None async for line in lines}


def _look(line: Line) -> Look:
    roles = ", ".join(_ROLES.get(role, role) for role in line.roles)
    return Look(uk_date(line.at), line.name or line.who, roles, f"{WHAT[line.action]}{_NOT_DONE[line.outcome]}")
