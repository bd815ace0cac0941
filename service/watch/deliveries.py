"""Deliveries as those who run the service look at them: a list by what is asked for, and one with all it went through.

Ids and sentences of ours; what the EHR itself said, which may hold patient data, only where it is asked for.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncSession

from service.outbox.in_words import in_words


class State(StrEnum):
    """As `deliveries.state` spells it."""

    WAITING = "waiting"
    SENDING = "sending"
    DELIVERED = "delivered"
    NEEDS_ATTENTION = "needs_attention"
    CANCELLED = "cancelled"


OPEN = (State.WAITING, State.SENDING, State.NEEDS_ATTENTION)


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which deliveries: all that is given must hold. Times are those at which the delivery was made."""

    states: Sequence[str] = OPEN
    reason_code: str | None = None
    client_id: UUID | None = None
    note_id: UUID | None = None
    since: datetime | None = None
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Listed:
    """One delivery; `sentence` says where it stands and what to do."""

    id: UUID
    note_id: UUID
    note_version: int
    kind: str
    client_id: UUID
    state: str
    reason_code: str | None
    sentence: str
    tries: int
    created_at: datetime
    next_try_at: datetime | None
    ended_at: datetime | None
    waits_behind: UUID | None


@dataclass(frozen=True, slots=True)
class Shown:
    """One delivery and its history, oldest first."""

    delivery: Listed
    attempts: tuple[dict[str, Any], ...]
    calls: tuple[dict[str, Any], ...]
    links: tuple[dict[str, Any], ...]


_COLUMNS = """
    deliveries.id, deliveries.note_id, deliveries.note_version, notes.kind, deliveries.client_id, deliveries.state,
    deliveries.reason_code, deliveries.reason, deliveries.tries, deliveries.created_at, deliveries.next_try_at,
    deliveries.ended_at, deliveries.waits_behind
"""
_WITH_NOTES = "JOIN notes ON notes.id = deliveries.note_id AND notes.version = deliveries.note_version"

_LIST = text(f"""
    SELECT {_COLUMNS} FROM deliveries {_WITH_NOTES}
     WHERE deliveries.state = ANY (CAST(:states AS text[]))
       AND (CAST(:reason_code AS text) IS NULL OR deliveries.reason_code = :reason_code)
       AND (CAST(:client_id AS uuid) IS NULL OR deliveries.client_id = CAST(:client_id AS uuid))
       AND (CAST(:note_id AS uuid) IS NULL OR deliveries.note_id = CAST(:note_id AS uuid))
       AND (CAST(:since AS timestamptz) IS NULL OR deliveries.created_at >= CAST(:since AS timestamptz))
       AND (CAST(:until AS timestamptz) IS NULL OR deliveries.created_at < CAST(:until AS timestamptz))
       AND (CAST(:after AS uuid) IS NULL OR (deliveries.created_at, deliveries.id) >
            (SELECT created_at, id FROM deliveries AS last WHERE last.id = CAST(:after AS uuid)))
     ORDER BY deliveries.created_at, deliveries.id
     LIMIT :most
""")  # noqa: S608 - constants of ours

_FIND = text(f"""
    SELECT {_COLUMNS} FROM deliveries {_WITH_NOTES}
     WHERE deliveries.id = :id OR deliveries.note_id = :id
     ORDER BY deliveries.note_version
""")  # noqa: S608 - constants of ours

_ATTEMPTS = text("""
    SELECT ended_at, worker, outcome, reason_code, reason, CASE WHEN :with_answers THEN answer END AS answer
      FROM attempts WHERE delivery_id = :id ORDER BY id
""")
_CALLS = text("SELECT number, keys, intended_at, answered_at FROM ehr_calls WHERE delivery_id = :id ORDER BY number")
_LINKS = text("""
    SELECT key, ehr_type || '/' || ehr_id AS in_ehr, ehr_version, note_version, linked_at
      FROM ehr_links WHERE note_id = :note_id ORDER BY linked_at, key
""")


async def list_deliveries(
    session: AsyncSession, wanted: Wanted, after: UUID | None = None, most: int = 50
) -> list[Listed]:
    """Oldest first; `after` is the last id of the page before."""
    binds = {
        "states": list(wanted.states),
        "reason_code": wanted.reason_code,
        "client_id": wanted.client_id,
        "note_id": wanted.note_id,
        "since": wanted.since,
        "until": wanted.until,
        "after": after,
        "most": most,
    }
    return [_listed(row) for row in await session.execute(_LIST, binds)]


async def show_deliveries(session: AsyncSession, any_id: UUID, *, with_answers: bool = False) -> list[Shown]:
    """By the id of a delivery, or of a note: then each of its versions. `with_answers`: the EHR's own words too."""
    found = (await session.execute(_FIND, {"id": any_id})).all()
    return [await _shown(session, _listed(row), with_answers=with_answers) for row in found]


async def _shown(session: AsyncSession, delivery: Listed, *, with_answers: bool) -> Shown:
    return Shown(
        delivery,
        attempts=await _rows(session, _ATTEMPTS, id=delivery.id, with_answers=with_answers),
        calls=await _rows(session, _CALLS, id=delivery.id),
        links=await _rows(session, _LINKS, note_id=delivery.note_id),
    )


async def _rows(session: AsyncSession, query: Any, **binds: Any) -> tuple[dict[str, Any], ...]:
    return tuple(dict(row._mapping) for row in await session.execute(query, binds))


def _listed(row: Row[Any]) -> Listed:
    return Listed(
        id=row.id,
        note_id=row.note_id,
        note_version=row.note_version,
        kind=row.kind,
        client_id=row.client_id,
        state=row.state,
        reason_code=row.reason_code,
        sentence=in_words(row.state, row.reason, row.next_try_at, row.ended_at),
        tries=row.tries,
        created_at=row.created_at,
        next_try_at=row.next_try_at,
        ended_at=row.ended_at,
        waits_behind=row.waits_behind,
    )
