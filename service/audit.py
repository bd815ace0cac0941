"""Writes down who did what, in the transaction of the act itself: without the line, there is no act."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal, TypeAlias
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

Action: TypeAlias = Literal[
    "content_shown", "delivery_retried", "delivery_cancelled", "delivery_resolved", "employer_copy_handed_out"
]

_WRITE = text("""
    INSERT INTO audit (who, action, client_id, note_id, delivery_id, request_id)
    SELECT :who, :action, client_id, note_id, id, :request_id
    FROM deliveries WHERE id = ANY (CAST(:deliveries AS uuid[]))
""")

_WRITE_NOTE = text("""
    INSERT INTO audit (who, action, client_id, note_id, request_id)
    VALUES (:who, :action, :client_id, :note_id, :request_id)
""")


@dataclass(frozen=True, slots=True)
class Person:
    """Who acts, as they name themselves until the service knows its callers; over HTTP, by which request."""

    name: str
    request_id: str | None = None


async def write_down(session: AsyncSession, person: Person, action: Action, deliveries: Iterable[UUID]) -> None:
    """One line for each of these deliveries."""
    binds = {
        "who": person.name,
        "action": action,
        "request_id": person.request_id,
        "deliveries": list(deliveries),
    }
    await session.execute(_WRITE, binds)


async def write_down_note(
    session: AsyncSession, person: Person, action: Action, client_id: UUID, note_id: UUID
) -> None:
    """One line, about a note and no delivery."""
    binds = {
        "who": person.name,
        "action": action,
        "request_id": person.request_id,
        "client_id": client_id,
        "note_id": note_id,
    }
    await session.execute(_WRITE_NOTE, binds)
