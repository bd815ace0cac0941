"""Note versions take their places in their clients' lanes, inside the very statement that stores the notes.

Intake comes before it; `claim.py` finds the lane due.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal
from uuid import UUID, uuid4

CHANNEL = "joinedup_deliveries"  # also spelt out in ENQUEUE


@dataclass(frozen=True, slots=True)
class FirstState:
    """How a delivery begins: waiting, or with the reason why it cannot be sent."""

    state: Literal["waiting", "needs_attention", "cancelled"]
    reason_code: str | None = None
    reason: str | None = None

    def as_row(self, refers_to: Sequence[UUID]) -> dict[str, Any]:
        """The columns FIRST_STATE; `refers_to` are the notes that must be in the record before this one."""
        return {
            "delivery_id": uuid4(),
            "refers_to": list(refers_to),
            "first_state": self.state,
            "first_reason_code": self.reason_code,
            "first_reason": self.reason,
        }


# What ENQUEUE wants to know of each note, as `FirstState.as_row` says it.
FIRST_STATE = "delivery_id uuid, refers_to uuid[], first_state text, first_reason_code text, first_reason text"

# CTEs for intake's single statement, to stand after a CTE `stored`: the id, version, client_id and FIRST_STATE of each
# note version just stored; where there is none, nothing is enqueued. No two of them may be about one client.
#
# The lane comes first: its row lock makes the sequence the commit order within a client. The locks are taken in the
# order of the clients, as `settle.py` takes them, so that two statements do not wait for one another. Whether the
# new delivery waits behind another is judged when it is claimed, for this statement's snapshot is older than
# the lock it waited for. NOTIFY serialises commits, so it is sent only when the lane was idle, which is
# when `due_at` is this transaction's own now().
ENQUEUE = """
lane AS (
    INSERT INTO lanes AS lane (client_id, last_sequence, due_at)
    SELECT client_id, 1, CASE WHEN first_state = 'waiting' THEN now() END FROM stored ORDER BY client_id
    ON CONFLICT (client_id) DO UPDATE SET
        last_sequence = lane.last_sequence + 1,
        due_at = coalesce(lane.due_at, excluded.due_at)
    RETURNING client_id, last_sequence,
        CASE WHEN due_at = now() THEN CAST(pg_notify('joinedup_deliveries', '') AS text) END AS woken
),
delivery AS (
    INSERT INTO deliveries
        (id, note_id, note_version, client_id, sequence, refers_to, state, reason_code, reason, ended_at)
    SELECT stored.delivery_id, stored.id, stored.version, lane.client_id, lane.last_sequence,
        -- Another person's note is never followed into the EHR, nor waited for, whatever a form names.
        ARRAY(SELECT named FROM unnest(stored.refers_to) AS named
               WHERE NOT EXISTS (SELECT FROM notes AS theirs
                                  WHERE theirs.id = named AND theirs.client_id <> stored.client_id)),
        stored.first_state, stored.first_reason_code, stored.first_reason,
        CASE WHEN stored.first_state = 'cancelled' THEN clock_timestamp() END
    FROM stored JOIN lane USING (client_id)
    RETURNING id, note_id, note_version
),
replaced AS (
    UPDATE deliveries AS earlier SET
        state = 'cancelled', ended_at = clock_timestamp(), next_try_at = NULL, reason_code = 'replaced',
        reason = 'Version ' || delivery.note_version || ' of this note replaces it.'
    FROM delivery
    WHERE earlier.note_id = delivery.note_id
        AND earlier.note_version < delivery.note_version
        AND earlier.state = 'needs_attention'
    RETURNING earlier.id, earlier.note_id, delivery.id AS by_id
),
repointed AS (
    UPDATE deliveries AS behind SET
        -- What refers to the note needs it in the record: it now waits for the version that replaces it.
        waits_behind = CASE WHEN behind.note_id = replaced.note_id THEN NULL ELSE replaced.by_id END
    FROM replaced
    WHERE behind.waits_behind = replaced.id
)
"""
