"""What somebody changed in the EHR, once the note says so by now: our ledger knows that version as the current one.

Intake comes before it, in the same transaction. After it nothing goes over the change: what the new note version says
by it counts as there, and what else is written is written over theirs, element by element (`push/over_theirs.py`).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from service.outbox.by_hand import only, retry
from service.push.sending import Link
from service.rows import rows_as_json


@dataclass(frozen=True, slots=True)
class KnownLink:
    """Where the EHR had it, and since when we know: whoever has written it meanwhile is not overtaken."""

    link: Link
    linked_at: datetime


@dataclass(frozen=True, slots=True)
class Versions:
    """The note's version before the change was taken in, and the newest: the same where the note says none of it."""

    note_id: UUID
    before: int
    now: int


_LOCK = text("SELECT FROM lanes WHERE client_id = :client_id FOR UPDATE")

# A statement after the lock, so that it sees all that was written before it was ours. With a call of ours under way, or
# one whose answer was lost, what the EHR shows may be our own.
_AT_REST = text("""
    SELECT lease_token IS NULL AND NOT EXISTS (
        SELECT FROM deliveries JOIN ehr_calls ON ehr_calls.delivery_id = deliveries.id AND answered_at IS NULL
        WHERE deliveries.note_id = :note_id AND deliveries.state IN ('waiting', 'sending'))
    FROM lanes WHERE client_id = :client_id
""")

_BODIES = text("""
    SELECT version, body FROM resources
    WHERE note_id = :note_id AND version IN (:before, :now) AND type || '/' || id = :key
""")

_KEEP = text("""
    UPDATE ehr_links SET
        ehr_version = seen.ehr_version, theirs = seen.theirs, sent = seen.sent, note_version = seen.note_version,
        linked_at = clock_timestamp()
    FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS seen (
        key text, ehr_version text, theirs jsonb, sent jsonb, note_version integer)
    WHERE ehr_links.key = seen.key AND ehr_links.linked_at = CAST(:linked_at AS timestamptz)
    RETURNING ehr_links.key
""")

_STOPPED_BY_IT = text("""
    SELECT id FROM deliveries WHERE note_id = :note_id AND note_version = :now
        AND state = 'needs_attention' AND reason_code = 'changed_in_ehr'
""")


async def keep_theirs(
    session: AsyncSession,
    client_id: UUID,
    known: KnownLink,
    theirs: Mapping[str, Any],
    ehr_version: str | None,
    versions: Versions,
) -> bool:
    """Whether it could be: not while we write there ourselves, nor when somebody else has done it.

    What the change had stopped of ours goes on.
    """
    await session.execute(_LOCK, {"client_id": client_id})
    where = {"client_id": client_id, "note_id": versions.note_id}
    if not await session.scalar(_AT_REST, where):
        return False
    row = {
        "key": known.link.key,
        "ehr_version": ehr_version,
        "theirs": theirs,
        "sent": await _as_sent(session, known.link, versions),
        "note_version": versions.now,
    }
    kept = await session.scalar(_KEEP, {"rows": rows_as_json([row]), "linked_at": known.linked_at})
    if kept is None:
        return False
    for delivery_id in await session.scalars(_STOPPED_BY_IT, {"note_id": versions.note_id, "now": versions.now}):
        await retry(session, only(delivery_id))
    return True


async def _as_sent(session: AsyncSession, link: Link, versions: Versions) -> Mapping[str, Any]:
    """What counts as sent: of the resource, what the change in the EHR brought. Our own changes are still to go."""
    binds = {"note_id": versions.note_id, "before": versions.before, "now": versions.now, "key": link.key}
    bodies = {row.version: row.body for row in await session.execute(_BODIES, binds)}
    before, now = bodies.get(versions.before), bodies.get(versions.now)
    if before is None or now is None:
        return link.sent
    brought = {name for name in {*before, *now} if before.get(name) != now.get(name)}
    sent = {name: value for name, value in link.sent.items() if name not in brought}
    return sent | {name: now[name] for name in brought & now.keys()}
