"""Deliveries as those who run the service look at them: a list by what is asked for, and one with all it went through.

Ids and sentences of ours; what was sent and what the EHR itself said, patient data, only where that is asked for
(`acts.py` writes down by whom).
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncSession

from service.outbox.chosen import CHOSEN, Chosen
from service.outbox.in_words import in_words


@dataclass(frozen=True, slots=True)
class Listed:
    """One delivery; `sentence` says where it stands and what to do.

    `left_out`: the resources (`Type/id`) that the EHR takes as none of their own: only the document says them.
    """

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
    left_out: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Shown:
    """One delivery and its history, oldest first. `sent`: with content only, the resources that it carries."""

    delivery: Listed
    attempts: tuple[dict[str, Any], ...]
    calls: tuple[dict[str, Any], ...]
    links: tuple[dict[str, Any], ...]
    sent: tuple[dict[str, Any], ...]


_COLUMNS = """
    deliveries.id, deliveries.note_id, deliveries.note_version, notes.kind, deliveries.client_id, deliveries.state,
    deliveries.reason_code, deliveries.reason, deliveries.tries, deliveries.created_at, deliveries.next_try_at,
    deliveries.ended_at, deliveries.waits_behind, deliveries.left_out
"""
_WITH_NOTES = "JOIN notes ON notes.id = deliveries.note_id AND notes.version = deliveries.note_version"

_LIST = text(f"""
    SELECT {_COLUMNS} FROM deliveries {_WITH_NOTES}
     WHERE {CHOSEN}
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
    SELECT ended_at, worker, outcome, reason_code, reason, CASE WHEN :with_content THEN answer END AS answer
      FROM attempts WHERE delivery_id = :id ORDER BY id
""")
_CALLS = text("SELECT number, keys, intended_at, answered_at FROM ehr_calls WHERE delivery_id = :id ORDER BY number")
_LINKS = text("""
    SELECT key, ehr_type || '/' || ehr_id AS in_ehr, ehr_version, note_version, linked_at
      FROM ehr_links WHERE note_id = :note_id ORDER BY linked_at, key
""")
_SENT = text("""
    SELECT type || '/' || id AS key, body FROM resources
     WHERE :with_content AND note_id = :note_id AND version = :note_version ORDER BY position
""")


async def list_deliveries(
    session: AsyncSession, chosen: Chosen, after: UUID | None = None, most: int = 50
) -> list[Listed]:
    """Oldest first; `after` is the last id of the page before."""
    binds = {**chosen.binds(), "after": after, "most": most}
    return [_listed(row) for row in await session.execute(_LIST, binds)]


async def show_deliveries(session: AsyncSession, any_id: UUID, *, with_content: bool = False) -> list[Shown]:
    """By the id of a delivery, or of a note: then each of its versions. `with_content`: patient data, too."""
    found = (await session.execute(_FIND, {"id": any_id})).all()
    return [await _shown(session, _listed(row), with_content=with_content) for row in found]


async def _shown(session: AsyncSession, delivery: Listed, *, with_content: bool) -> Shown:
    return Shown(
        delivery,
        attempts=await _rows(session, _ATTEMPTS, id=delivery.id, with_content=with_content),
        calls=await _rows(session, _CALLS, id=delivery.id),
        links=await _rows(session, _LINKS, note_id=delivery.note_id),
        sent=await _rows(
            session,
            _SENT,
            note_id=delivery.note_id,
            note_version=delivery.note_version,
            with_content=with_content,
        ),
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
        left_out=tuple(row.left_out),
    )
