"""A note version takes its place in its client's lane, inside the very statement that stores the note.

Intake comes before it; `claim.py` finds the lane due.
"""

CHANNEL = "joinedup_deliveries"  # also spelt out in ENQUEUE

# Two CTEs (and one more) for intake's single INSERT statement. It must provide, before them, a CTE
#
#   arrival (delivery_id uuid, note_id uuid, note_version integer, client_id uuid, refers_to uuid[],
#            stopped_code text, stopped_reason text)
#
# of at most one row; no row, and nothing is enqueued. `stopped_code` and `stopped_reason` are null, or say
# why a person has to look before it can be sent. The CTE `delivery` returns id, state, reason_code, reason
# and next_try_at, as a receipt shows them.
#
# The lane comes first: its row lock makes the sequence the commit order within a client. Whether the new
# delivery waits behind another is judged when it is claimed, for this statement's snapshot is older than
# the lock it waited for. NOTIFY serialises commits, so it is sent only when the lane was idle, which is
# when `due_at` is this transaction's own now().
ENQUEUE = """
lane AS (
    INSERT INTO lanes AS lane (client_id, last_sequence, due_at)
    SELECT client_id, 1, CASE WHEN stopped_code IS NULL THEN now() END FROM arrival
    ON CONFLICT (client_id) DO UPDATE SET
        last_sequence = lane.last_sequence + 1,
        due_at = coalesce(lane.due_at, excluded.due_at)
    RETURNING client_id, last_sequence,
        CASE WHEN due_at = now() THEN CAST(pg_notify('joinedup_deliveries', '') AS text) END AS woken
),
delivery AS (
    INSERT INTO deliveries (id, note_id, note_version, client_id, sequence, refers_to, state, reason_code, reason)
    SELECT delivery_id, note_id, note_version, client_id, last_sequence, refers_to,
        CASE WHEN stopped_code IS NULL THEN 'waiting' ELSE 'needs_attention' END, stopped_code, stopped_reason
    FROM arrival JOIN lane USING (client_id)
    RETURNING id, note_id, note_version, client_id, state, reason_code, reason, next_try_at
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
