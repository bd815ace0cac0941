"""Whose people are whose: looked at and moved by those who run the service, and written down.

A client who is new joins the caseload of whoever writes first (`intake/store.py`); all else is a person's decision.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from service.audit import Act, Person, write_acts_of


@dataclass(frozen=True, slots=True)
class OnTeam:
    """One person on one team's caseload."""

    client_id: UUID
    team_id: str
    specialist_id: str | None
    since: datetime


_LIST = text("""
    SELECT client_id, team_id, specialist_id, since FROM caseloads
     WHERE (CAST(:team AS text) IS NULL OR team_id = CAST(:team AS text))
       AND (CAST(:client AS uuid) IS NULL OR client_id = CAST(:client AS uuid))
     ORDER BY team_id, since, client_id
""")
# Of a specialist: all they have written about and whom no team looks after yet.
_NOBODYS = text("""
    SELECT DISTINCT client_id FROM notes
     WHERE specialist_id = :specialist
       AND NOT EXISTS (SELECT FROM caseloads WHERE caseloads.client_id = notes.client_id)
     ORDER BY client_id
""")
_ASSIGN = text("""
    INSERT INTO caseloads (client_id, team_id, specialist_id)
    SELECT id, :team, :specialist FROM clients WHERE id = ANY (CAST(:clients AS uuid[]))
    ON CONFLICT (client_id, team_id) DO UPDATE SET specialist_id = excluded.specialist_id
    RETURNING client_id
""")
_LEAVE = text("DELETE FROM caseloads WHERE client_id = :client AND team_id = :team RETURNING client_id")


async def list_caseloads(session: AsyncSession, team: str | None = None, client: UUID | None = None) -> list[OnTeam]:
    """By team, the longest there first."""
    return [_on_team(row) for row in await session.execute(_LIST, {"team": team, "client": client})]


async def nobodys_of(session: AsyncSession, specialist: str) -> Sequence[UUID]:
    """Whom this specialist has written about, and whom no team looks after."""
    return (await session.scalars(_NOBODYS, {"specialist": specialist})).all()


async def assign(
    session: AsyncSession, clients: Sequence[UUID], team: str, specialist: str | None, person: Person
) -> list[UUID]:
    """They are on this team's caseload now, and on this specialist's; those who are known to us."""
    binds = {"clients": list(clients), "team": team, "specialist": specialist}
    moved = list(await session.scalars(_ASSIGN, binds))
    await _write_down(session, moved, person)
    return moved


async def leave(session: AsyncSession, client: UUID, team: str, person: Person) -> list[UUID]:
    """They are on this team's caseload no longer; empty if they were not."""
    moved = list(await session.scalars(_LEAVE, {"client": client, "team": team}))
    await _write_down(session, moved, person)
    return moved


async def _write_down(session: AsyncSession, moved: Sequence[UUID], person: Person) -> None:
    acts = [Act("team_changed", clients=(client,)) for client in moved]
    await write_acts_of(session, person, acts)


def _on_team(row: Any) -> OnTeam:
    return OnTeam(row.client_id, row.team_id, row.specialist_id, row.since)
