"""What a person may do with deliveries: try them again, or cancel them with a reason; one, or all that fit.

The commands and the desk come before it. Every move is one guarded UPDATE under the lane's lock, and lets go what
waited behind; a move that cannot be made says why.
"""

from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncSession

from service.errors import DeliveryCannotMove
from service.outbox.chosen import CHOSEN, Chosen, State


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

_PARTLY_SENT = """
    EXISTS (SELECT FROM ehr_calls WHERE ehr_calls.delivery_id = deliveries.id AND answered_at IS NULL)
    OR EXISTS (SELECT FROM ehr_links WHERE ehr_links.note_id = deliveries.note_id
               AND ehr_links.note_version = deliveries.note_version)
"""
_CAN_BE_CANCELLED = f"state IN ('waiting', 'needs_attention') AND NOT ({_PARTLY_SENT})"

_THESE = f"SELECT id, client_id, note_id, note_version, state, reason_code FROM deliveries WHERE {CHOSEN}"  # noqa: S608 - constants of ours

_LOOK_RETRY = text(f"{_THESE} AND {_CAN_BE_TRIED} ORDER BY client_id, sequence")
_LOOK_CANCEL = text(f"{_THESE} AND {_CAN_BE_CANCELLED} ORDER BY client_id, sequence")

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
    f"WITH chosen AS ({_THESE} AND {_CAN_BE_TRIED}),"
    + _MOVE.format(
        update="""
        UPDATE deliveries SET
            state = 'waiting', tries = 0, next_try_at = NULL, reason_code = NULL, reason = NULL, ended_at = NULL
        """
    )
)

_CANCEL = text(
    f"WITH chosen AS ({_THESE} AND {_CAN_BE_CANCELLED}),"
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


def only(delivery_id: UUID) -> Chosen:
    """This one, wherever it stands."""
    return Chosen(tuple(State), delivery_id=delivery_id)


async def would_retry(session: AsyncSession, chosen: Chosen) -> list[Move]:
    """What `retry` would move, in the order in which it would go. Moves nothing; `DeliveryCannotMove` as it says."""
    moves = _moves(await session.execute(_LOOK_RETRY, chosen.binds()))
    return moves or await _none(session, chosen, _why_not_retried)


async def would_cancel(session: AsyncSession, chosen: Chosen) -> list[Move]:
    """What `cancel` would move. Moves nothing; `DeliveryCannotMove` as it says."""
    moves = _moves(await session.execute(_LOOK_CANCEL, chosen.binds()))
    return moves or await _none(session, chosen, _why_not_cancelled)


async def retry(session: AsyncSession, chosen: Chosen, count: int = 1) -> list[Move]:
    """All of these go again now, each client's in their order.

    `DeliveryCannotMove` says why the only one cannot, or that they are not so many: who opened the transaction then
    undoes it, for nobody moves more than they have looked at.
    """
    moves = _moves(await session.execute(_RETRY, chosen.binds()))
    return _so_many(moves or await _none(session, chosen, _why_not_retried), count)


async def cancel(session: AsyncSession, chosen: Chosen, reason: str, count: int = 1) -> list[Move]:
    """None of these is sent, for this reason; `DeliveryCannotMove` as `retry` has it."""
    moves = _moves(await session.execute(_CANCEL, {**chosen.binds(), "reason": reason}))
    return _so_many(moves or await _none(session, chosen, _why_not_cancelled), count)


async def _none(session: AsyncSession, chosen: Chosen, why_not: Callable[..., Awaitable[str]]) -> list[Move]:
    if chosen.delivery_id:
        raise DeliveryCannotMove(await why_not(session, chosen.delivery_id))
    return []


def _so_many(moves: list[Move], count: int) -> list[Move]:
    if len(moves) != count:
        raise DeliveryCannotMove(f"{len(moves)} fit now, and not {count}: nothing was moved. Look at them again.")
    return moves


def _moves(rows: Iterable[Row[Any]]) -> list[Move]:
    return [_move(row) for row in rows]


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
