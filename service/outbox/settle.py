"""An attempt has ended: its row, the delivery's state, what it held up, and when its lane is due next.

`deliver.py` comes before it. Guarded by the lease: who lost it writes nothing.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, assert_never
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from service.outbox.claim import WAITS_BEHIND, Lease
from service.push.outcome import Delivered, Outcome, Refused, TryLater, Unknown
from service.rows import rows_as_json


@dataclass(frozen=True, slots=True)
class Ending:
    """How one attempt ended, and what follows: `due_at` if it waits, `tried` if it counts as a try."""

    lease: Lease
    note_id: UUID
    worker: str
    outcome: Outcome
    ended_at: datetime
    due_at: datetime
    tried: bool

    def as_row(self) -> dict[str, Any]:
        """One record of the statement's input."""
        return {
            **self.lease.as_row(),
            "worker": self.worker,
            "ended_at": self.ended_at,
            "due_at": self.due_at,
            "tried": int(self.tried),
            **_in_columns(self.outcome),
        }


def name_of(outcome: Outcome) -> str:
    """As `attempts.outcome` and the metrics spell it."""
    match outcome:
        case Delivered():
            return "delivered"
        case TryLater():
            return "try_later"
        case Refused():
            return "refused"
        case Unknown():
            return "unknown"
        case _:
            assert_never(outcome)


def _in_columns(outcome: Outcome) -> dict[str, Any]:
    match outcome:
        case Delivered(left_out):
            return {"outcome": name_of(outcome), "state": "delivered", "left_out": list(left_out)}
        case Refused(reason, answer):
            state, held_until = "needs_attention", None
        case TryLater(reason, not_before, ehr_wide, answer):
            # The breaker holds what the EHR as a whole asked us to hold.
            state, held_until = "waiting", None if ehr_wide else not_before
        case Unknown(reason, _, answer):
            state, held_until = "waiting", None
        case _:
            assert_never(outcome)
    return {
        "outcome": name_of(outcome),
        "state": state,
        "held_until": held_until,
        "reason_code": reason.code,
        "reason": reason.sentence,
        "answer": answer,
    }


# A statement of its own, after the lanes were locked: its snapshot holds all that was enqueued before the lock was
# ours, and one that comes later finds the lane as we leave it. Else a lane could rest with a delivery in it.
_SETTLE = text("""
    WITH ended AS MATERIALIZED (
        SELECT ended.*, deliveries.note_id, deliveries.sequence,
            later.id AS replaced_by, later.note_version AS by_version
        FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS ended (
            delivery_id uuid, client_id uuid, token uuid, worker text, outcome text, state text, reason_code text,
            reason text, answer jsonb, ended_at timestamptz, due_at timestamptz, held_until timestamptz, tried integer,
            left_out text[])
        JOIN deliveries ON deliveries.id = ended.delivery_id
        -- An amendment that is here already is what a person would have done about it.
        LEFT JOIN LATERAL (
            SELECT id, note_version FROM deliveries AS amended
            WHERE ended.state = 'needs_attention' AND amended.note_id = deliveries.note_id
                AND amended.note_version > deliveries.note_version AND amended.state = 'waiting'
            ORDER BY amended.note_version LIMIT 1
        ) AS later ON true
    ),
    attempt AS (
        INSERT INTO attempts (delivery_id, worker, ended_at, outcome, reason_code, reason, answer)
        SELECT delivery_id, worker, ended_at, outcome, reason_code, reason, answer FROM ended
    ),
    moved AS (
        UPDATE deliveries SET
            state = CASE WHEN replaced_by IS NULL THEN ended.state ELSE 'cancelled' END,
            reason_code = CASE WHEN replaced_by IS NULL THEN ended.reason_code ELSE 'replaced' END,
            reason = CASE WHEN replaced_by IS NULL THEN ended.reason
                          ELSE 'Version ' || by_version || ' of this note replaces it.' END,
            tries = tries + ended.tried,
            left_out = coalesce(ended.left_out, '{}'),
            next_try_at = CASE WHEN ended.state = 'waiting' THEN ended.due_at END,
            ended_at = CASE WHEN ended.state = 'delivered' OR replaced_by IS NOT NULL THEN ended.ended_at END
        FROM ended WHERE deliveries.id = ended.delivery_id
    ),
    held_up AS (
        UPDATE deliveries SET
            waits_behind = coalesce(ended.replaced_by, ended.delivery_id), next_try_at = NULL,
            reason_code = 'waits_behind', reason = CAST(:waits_behind AS text)
        FROM ended
        WHERE ended.state = 'needs_attention'
            AND deliveries.client_id = ended.client_id AND deliveries.sequence > ended.sequence
            AND deliveries.state IN ('waiting', 'sending') AND deliveries.waits_behind IS NULL
            AND (ended.note_id = ANY (deliveries.refers_to)
                 OR (deliveries.note_id = ended.note_id AND ended.replaced_by IS NULL))
    ),
    repointed AS (
        UPDATE deliveries SET waits_behind = ended.replaced_by
        FROM ended WHERE ended.replaced_by IS NOT NULL AND deliveries.waits_behind = ended.delivery_id
    ),
    let_go AS (
        UPDATE deliveries SET waits_behind = NULL, reason_code = NULL, reason = NULL
        FROM ended WHERE ended.state = 'delivered' AND deliveries.waits_behind = ended.delivery_id
    )
    UPDATE lanes SET
        lease_token = NULL, leased_by = NULL, held_until = ended.held_until,
        due_at = CASE
            WHEN ended.state = 'waiting' THEN ended.due_at
            WHEN EXISTS (
                SELECT FROM deliveries
                WHERE client_id = ended.client_id AND state IN ('waiting', 'sending') AND waits_behind IS NULL
                    AND id <> ended.delivery_id
            ) OR EXISTS (SELECT FROM deliveries WHERE waits_behind = ended.delivery_id) THEN ended.ended_at
        END
    FROM ended WHERE lanes.client_id = ended.client_id
    RETURNING ended.token, (SELECT open_since IS NOT NULL OR failures > 0 FROM breaker) AS breaker_disturbed
""")


_GIVE_BACK = text("""
    WITH given AS (
        UPDATE lanes SET lease_token = NULL, leased_by = NULL, due_at = coalesce(CAST(:at AS timestamptz), now())
        FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS mine (client_id uuid, delivery_id uuid, token uuid)
        WHERE lanes.client_id = mine.client_id AND lanes.lease_token = mine.token
        RETURNING mine.delivery_id
    )
    UPDATE deliveries SET state = 'waiting' FROM given WHERE deliveries.id = given.delivery_id
""")


async def settle(session: AsyncSession, endings: Sequence[Ending]) -> dict[UUID, bool]:
    """Settle deliveries whose locked lanes the caller holds; by token: is the breaker open, or counting failures?"""
    rows = rows_as_json([ending.as_row() for ending in endings])
    settled = await session.execute(_SETTLE, {"rows": rows, "waits_behind": WAITS_BEHIND})
    return {row.token: row.breaker_disturbed for row in settled}


async def give_back(session: AsyncSession, leases: Sequence[Lease], at: datetime | None = None) -> None:
    """Let go of what was claimed, as if it had not been: no try is counted, and a call left open stays open."""
    await session.execute(_GIVE_BACK, {"rows": rows_as_json([lease.as_row() for lease in leases]), "at": at})
