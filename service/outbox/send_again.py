"""What the EHR has lost of a delivered note goes again; what it has is left as it is.

`watch/reconcile.py` comes before it. Only the newest version of a note is sent again: an older one would undo it.
"""

from collections.abc import Collection
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

# What refers to a lost resource by the id that it had is written anew with the id that it gets, unless somebody has
# changed it: with another body than ours as what was sent last, it counts as still to send.
_SEND_AGAIN = text("""
    WITH again AS (
        SELECT deliveries.id, deliveries.client_id FROM deliveries
        WHERE note_id = :note_id AND note_version = :note_version AND state = 'delivered'
            AND NOT EXISTS (SELECT FROM notes WHERE notes.id = :note_id AND notes.version > :note_version)
    ),
    lane AS (
        SELECT lanes.client_id FROM lanes JOIN again USING (client_id) FOR UPDATE OF lanes
    ),
    lost AS (
        SELECT resources.type || '/' || resources.id AS key FROM resources, lane
        WHERE resources.note_id = :note_id AND resources.version = :note_version
            AND resources.type || '/' || resources.id = ANY (CAST(:lost AS text[]))
    ),
    unlinked AS (
        DELETE FROM ehr_links USING lost WHERE ehr_links.key = lost.key
    ),
    referring AS (
        UPDATE ehr_links SET sent = '{}'
        FROM resources
        WHERE resources.note_id = :note_id AND resources.version = :note_version
            AND resources.type <> 'Provenance' AND ehr_links.theirs IS NULL
            AND ehr_links.key = resources.type || '/' || resources.id
            AND ehr_links.key <> ALL (CAST(:faulty AS text[]))
            AND EXISTS (SELECT FROM lost WHERE jsonb_path_exists(
                resources.body, '$.** ? (@.reference == $lost)', jsonb_build_object('lost', lost.key)))
    ),
    moved AS (
        UPDATE deliveries SET
            state = 'waiting', tries = 0, next_try_at = NULL, ended_at = NULL,
            reason_code = 'sent_again', reason = 'The EHR did not have all of it, so that is sent again.'
        FROM again JOIN lane USING (client_id)
        WHERE deliveries.id = again.id AND deliveries.state = 'delivered' AND EXISTS (SELECT FROM lost)
    ),
    due AS (
        UPDATE lanes SET due_at = now(), held_until = NULL
        FROM lane WHERE lanes.client_id = lane.client_id AND lanes.lease_token IS NULL AND EXISTS (SELECT FROM lost)
    )
    SELECT key, CAST(pg_notify('joinedup_deliveries', '') AS text) AS rung FROM lost
""")


async def send_again(
    session: AsyncSession, note_id: UUID, note_version: int, lost: Collection[str], faulty: Collection[str]
) -> list[str]:
    """Which of the `lost` resources (`Type/id`) go again now; of the `faulty`, none is written over."""
    binds = {"note_id": note_id, "note_version": note_version, "lost": list(lost), "faulty": list(faulty)}
    return sorted(row.key for row in await session.execute(_SEND_AGAIN, binds))
