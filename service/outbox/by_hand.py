"""What a person may do with deliveries: try them again, one or many, or cancel one with a reason.

The commands come before it. Every move is one guarded UPDATE under the lane's lock, and lets go what waited
behind; a move that cannot be made says why.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncSession

from service.errors import DeliveryCannotMove


@dataclass(frozen=True, slots=True)
class Chosen:
    """Which deliveries: all that is given must hold. Times are those at which the delivery was made."""

    states: Sequence[str] = ("needs_attention",)
    reason_code: str | None = None
    since: datetime | None = None
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Move:
    """One delivery that was moved or would be, and the state and reason it is moved from."""

    delivery_id: UUID
    note_id: UUID
    note_version: int
    state: str
    reason_code: str | None


# What can be tried again: it must have resources (else our mapping failed), and a cancelled one must be the
# newest version of its note, for an older one would undo what a newer has written.
_CAN_BE_TRIED = """
    waits_behind IS NULL AND state IN ('waiting', 'needs_attention', 'cancelled')
    AND EXISTS (SELECT FROM resources
                WHERE resources.note_id = deliveries.note_id AND resources.version = deliveries.note_version)
    AND (state <> 'cancelled' OR NOT EXISTS (
        SELECT FROM notes WHERE notes.id = deliveries.note_id AND notes.version > deliveries.note_version))
"""

_CHOSEN = f"""
    SELECT id, client_id, note_id, note_version, state, reason_code FROM deliveries
    WHERE (CAST(:id AS uuid) IS NULL OR id = CAST(:id AS uuid))
        AND state = ANY (CAST(:states AS text[]))
        AND (CAST(:reason_code AS text) IS NULL OR reason_code = CAST(:reason_code AS text))
        AND (CAST(:since AS timestamptz) IS NULL OR created_at >= CAST(:since AS timestamptz))
        AND (CAST(:until AS timestamptz) IS NULL OR created_at < CAST(:until AS timestamptz))
        AND {_CAN_BE_TRIED}
"""  # noqa: S608 - constants of ours

_LOOK = text(f"{_CHOSEN} ORDER BY client_id, sequence")

# What has changed since it was chosen is judged anew by the UPDATE; a lane in a worker's hands is left to it.
_MOVE = """
    lane AS (
        SELECT client_id FROM lanes WHERE client_id IN (SELECT client_id FROM chosen) ORDER BY client_id FOR UPDATE
    ),
    moved AS (
        {update}
        FROM chosen JOIN lane USING (client_id)
        WHERE deliveries.id = chosen.id AND deliveries.state = chosen.state
        RETURNING deliveries.id, deliveries.client_id, chosen.note_id, chosen.note_version,
            chosen.state AS moved_from, chosen.reason_code AS moved_because
    ),
    let_go AS (
        UPDATE deliveries SET waits_behind = NULL, reason_code = NULL, reason = NULL
        FROM moved WHERE deliveries.waits_behind = moved.id
    ),
    due AS (
        UPDATE lanes SET due_at = now(), held_until = NULL
        FROM moved WHERE lanes.client_id = moved.client_id AND lanes.lease_token IS NULL
    )
    SELECT id, note_id, note_version, moved_from AS state, moved_because AS reason_code,
        CAST(pg_notify('joinedup_deliveries', '') AS text) AS rung
    FROM moved
"""

_RETRY = text(
    f"WITH chosen AS ({_CHOSEN}),"
    + _MOVE.format(
        update="""
        UPDATE deliveries SET
            state = 'waiting', tries = 0, next_try_at = NULL, reason_code = NULL, reason = NULL, ended_at = NULL
        """
    )
)

_PARTLY_SENT = """
    EXISTS (SELECT FROM ehr_calls WHERE ehr_calls.delivery_id = deliveries.id AND answered_at IS NULL)
    OR EXISTS (SELECT FROM ehr_links WHERE ehr_links.note_id = deliveries.note_id
               AND ehr_links.note_version = deliveries.note_version)
"""

_CANCEL = text(
    f"""
    WITH chosen AS (
        SELECT id, client_id, note_id, note_version, state, reason_code FROM deliveries
        WHERE id = CAST(:id AS uuid) AND state IN ('waiting', 'needs_attention') AND NOT ({_PARTLY_SENT})
    ),"""  # noqa: S608 - constants of ours
    + _MOVE.format(
        update="""
        UPDATE deliveries SET
            state = 'cancelled', reason_code = 'cancelled_by_a_person', reason = CAST(:reason AS text),
            next_try_at = NULL, waits_behind = NULL, ended_at = clock_timestamp()
        """
    )
)

_STANDING = text(f"""
    SELECT state, waits_behind, {_PARTLY_SENT} AS partly_sent,
        EXISTS (SELECT FROM notes
                WHERE notes.id = deliveries.note_id AND notes.version > deliveries.note_version) AS superseded
    FROM deliveries WHERE id = CAST(:id AS uuid)
""")  # noqa: S608 - constants of ours


async def would_retry(session: AsyncSession, chosen: Chosen) -> list[Move]:
    """What `retry_many` would move, in the order in which it would go. Moves nothing."""
    return [_move(row) for row in await session.execute(_LOOK, _binds(chosen))]


async def retry_many(session: AsyncSession, chosen: Chosen) -> list[Move]:
    """All of these go again now, each client's in their order; what has been moved."""
    return [_move(row) for row in await session.execute(_RETRY, _binds(chosen))]


async def retry_one(session: AsyncSession, delivery_id: UUID) -> Move:
    """This one goes again now; `DeliveryCannotMove` says why it cannot."""
    chosen = Chosen(states=("waiting", "needs_attention", "cancelled"))
    moved = (await session.execute(_RETRY, _binds(chosen, delivery_id))).one_or_none()
    if moved is None:
        raise DeliveryCannotMove(await _why_not_retried(session, delivery_id))
    return _move(moved)


async def cancel_one(session: AsyncSession, delivery_id: UUID, reason: str) -> Move:
    """This one is not sent, for this reason; `DeliveryCannotMove` says why it cannot be cancelled."""
    moved = (await session.execute(_CANCEL, {"id": delivery_id, "reason": reason})).one_or_none()
    if moved is None:
        raise DeliveryCannotMove(await _why_not_cancelled(session, delivery_id))
    return _move(moved)


def _binds(chosen: Chosen, delivery_id: UUID | None = None) -> dict[str, Any]:
    return {
        "id": delivery_id,
        "states": list(chosen.states),
        "reason_code": chosen.reason_code,
        "since": chosen.since,
        "until": chosen.until,
    }


def _move(row: Row[Any]) -> Move:
    return Move(row.id, row.note_id, row.note_version, row.state, row.reason_code)


async def _why_not_retried(session: AsyncSession, delivery_id: UUID) -> str:
    standing = await _standing(session, delivery_id)
    if standing.waits_behind:
        return f"It waits behind delivery {standing.waits_behind}. Retry or cancel that one, and this one follows."
    match standing.state:
        case "sending":
            return "It is on its way to the EHR at this moment."
        case "delivered":
            return "It is in the EHR already. Run `joinedup reconcile` to compare."
        case "cancelled" if standing.superseded:
            return "A later version of the note has taken its place; it would undo what that one says."
        case _:
            return "We could not make FHIR of this note, a fault of ours. Once it is mended, run: joinedup remap"


async def _why_not_cancelled(session: AsyncSession, delivery_id: UUID) -> str:
    standing = await _standing(session, delivery_id)
    match standing.state:
        case "sending":
            return "It is on its way to the EHR at this moment. Look again in a minute."
        case "delivered":
            return "It is in the EHR already. To take it back, retract the note."
        case "cancelled":
            return "It has been cancelled before."
        case _:
            return "The EHR may hold a part of it. Retry it, or retract the note: then that part is withdrawn as well."


async def _standing(session: AsyncSession, delivery_id: UUID) -> Row[Any]:
    standing = (await session.execute(_STANDING, {"id": delivery_id})).one_or_none()
    if standing is None:
        raise DeliveryCannotMove("No delivery has this id. `joinedup deliveries list` shows those that are open.")
    return standing
