"""The next delivery of each client that is due is claimed, with all that one attempt needs to know.

`queue.py` made the lane due; `deliver.py` comes after.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncSession

from service.outbox.load import load_calls, load_doubtful, load_links, load_resources
from service.push.sending import ClientToFind, Sending
from service.rows import rows_as_json


@dataclass(frozen=True, slots=True)
class Claimant:
    """Who claims, and on what terms."""

    worker: str
    lease: timedelta
    patient_check_age: timedelta


@dataclass(frozen=True, slots=True)
class Lease:
    """The right to one client's lane, until another worker claims it after the lease's end."""

    client_id: UUID
    delivery_id: UUID
    token: UUID

    def as_row(self) -> dict[str, Any]:
        """The columns that every guarded statement reads."""
        return {"client_id": self.client_id, "delivery_id": self.delivery_id, "token": self.token}


@dataclass(frozen=True, slots=True)
class Claimed:
    """One delivery in our hands. `claimed_at` is the database's clock; `tries` are those that failed before."""

    lease: Lease
    sending: Sending
    tries: int
    claimed_at: datetime


WAITS_BEHIND = "It builds on an earlier note that a person has to look at, and goes once that one is settled."

# Claiming reads `lanes` alone, by ix_lanes_due: what it costs does not depend on the backlog. While the breaker
# is open, one lane may go as its probe, when a probe is due; a worker that finds the breaker's row locked leaves
# the probe to whoever holds it.
_LOCK_DUE_LANES = text("""
    WITH moment AS (SELECT coalesce(CAST(:at AS timestamptz), clock_timestamp()) AS now),
    due AS (
        SELECT client_id FROM lanes
        WHERE due_at <= (SELECT now FROM moment)
        ORDER BY due_at
        LIMIT (SELECT CASE WHEN open_since IS NULL THEN CAST(:most AS integer) WHEN probe_at <= now THEN 1 ELSE 0 END
               FROM breaker, moment)
        FOR UPDATE SKIP LOCKED
    ),
    free AS (
        SELECT id FROM breaker, moment
        WHERE open_since IS NOT NULL AND probe_at <= now AND EXISTS (SELECT FROM due)
        FOR UPDATE OF breaker SKIP LOCKED
    ),
    probe AS (
        UPDATE breaker SET probe_at = moment.now + CAST(:lease AS interval), probe_token = CAST(:probe_token AS uuid)
        FROM free, moment WHERE breaker.id = free.id
        RETURNING breaker.id
    )
    SELECT client_id, now FROM due, moment
    WHERE (SELECT open_since FROM breaker) IS NULL OR EXISTS (SELECT FROM probe)
""")

# The lanes are locked now, so this statement's snapshot holds all that was enqueued or settled in them. The first
# that can go of each lane goes; one that builds on a note that was stopped is set aside; a lane without any rests.
# `restored` is what `joinedup restore` has left; phones' clocks may be wrong by hours.
_TAKE_HEADS = text("""
    WITH restored AS (
        SELECT CAST(substring(obj_description('notes'::regclass, 'pg_class') FROM 'Restored at (\\S+);') AS timestamptz)
               AS at
    ),
    lane AS (
        SELECT * FROM unnest(CAST(:client_ids AS uuid[]), CAST(:tokens AS uuid[])) AS lane (client_id, token)
    ),
    head AS MATERIALIZED (
        SELECT lane.token, first.*, (
            SELECT coalesce(stopped.waits_behind, stopped.id) FROM deliveries AS stopped
            WHERE stopped.client_id = first.client_id
                AND (stopped.state = 'needs_attention' OR stopped.waits_behind IS NOT NULL)
                AND stopped.sequence < first.sequence
                AND (stopped.note_id = first.note_id OR stopped.note_id = ANY (first.refers_to))
            LIMIT 1
        ) AS behind
        FROM lane CROSS JOIN LATERAL (
            SELECT id, client_id, note_id, note_version, sequence, refers_to, tries FROM deliveries
            WHERE client_id = lane.client_id AND state IN ('waiting', 'sending') AND waits_behind IS NULL
            ORDER BY sequence LIMIT 1
        ) AS first
    ),
    set_aside AS (
        UPDATE deliveries SET
            state = 'waiting', waits_behind = head.behind, next_try_at = NULL,
            reason_code = 'waits_behind', reason = CAST(:waits_behind AS text)
        FROM head WHERE deliveries.id = head.id AND head.behind IS NOT NULL
    ),
    going AS (
        UPDATE deliveries SET state = 'sending', next_try_at = NULL, reason_code = NULL, reason = NULL
        FROM head WHERE deliveries.id = head.id AND head.behind IS NULL
    ),
    leased AS (
        UPDATE lanes SET
            lease_token = head.token, leased_by = CAST(:worker AS text), held_until = NULL,
            due_at = CAST(:now AS timestamptz) + CAST(:lease AS interval)
        FROM head WHERE lanes.client_id = head.client_id AND head.behind IS NULL
    )
    SELECT head.*, notes.birth_date, clients.nhs_number,
        coalesce(notes.written_at < (SELECT at FROM restored) + interval '1 day', false) AS maybe_there,
        CASE WHEN clients.matched_at > CAST(:now AS timestamptz) - CAST(:patient_check_age AS interval)
                  AND clients.birth_date = notes.birth_date
             THEN clients.ehr_patient_id END AS ehr_patient_id
    FROM head
    JOIN notes ON notes.id = head.note_id AND notes.version = head.note_version
    JOIN clients ON clients.id = head.client_id
""")

# Such a lane was due because what was enqueued in it has been set aside, delivered or cancelled since.
_REST = text("""
    UPDATE lanes SET due_at = NULL, lease_token = NULL, leased_by = NULL
    WHERE client_id = ANY (CAST(:client_ids AS uuid[]))
""")


async def claim(
    session: AsyncSession, claimant: Claimant, most: int, at: datetime | None = None
) -> tuple[Claimed, ...]:
    """The next delivery of up to `most` clients that are due, each leased to the claimant.

    `at` is the time of a simulation; None is the database's clock, the only one that all workers share.
    """
    if most < 1:
        return ()
    tokens = [uuid4() for _ in range(most)]
    asked = {"at": at, "most": most, "lease": claimant.lease, "probe_token": tokens[0]}
    due = (await session.execute(_LOCK_DUE_LANES, asked)).all()
    if not due:
        return ()
    now: datetime = due[0].now
    lanes = dict(zip((row.client_id for row in due), tokens, strict=False))
    return await _load(session, await _take_heads(session, claimant, lanes, now), now)


async def _take_heads(
    session: AsyncSession, claimant: Claimant, lanes: Mapping[UUID, UUID], now: datetime
) -> list[Row[Any]]:
    going: list[Row[Any]] = []
    looked_at = dict(lanes)
    while looked_at:
        binds = {
            "client_ids": list(looked_at),
            "tokens": list(looked_at.values()),
            "worker": claimant.worker,
            "lease": claimant.lease,
            "patient_check_age": claimant.patient_check_age,
            "now": now,
            "waits_behind": WAITS_BEHIND,
        }
        heads = (await session.execute(_TAKE_HEADS, binds)).all()
        if len(heads) < len(looked_at):
            await session.execute(_REST, {"client_ids": list(looked_at.keys() - {head.client_id for head in heads})})
        going += [head for head in heads if head.behind is None]
        # Where the first was set aside, the next one of that lane may go.
        looked_at = {head.client_id: head.token for head in heads if head.behind is not None}
    return going


async def _load(session: AsyncSession, heads: Sequence[Row[Any]], now: datetime) -> tuple[Claimed, ...]:
    if not heads:
        return ()
    resources = await load_resources(session, [(head.note_id, head.note_version) for head in heads])
    links = await load_links(session, {note for head in heads for note in (head.note_id, *head.refers_to)})
    ids = [head.id for head in heads]
    calls = await load_calls(session, ids)
    doubtful = await load_doubtful(session, [head.note_id for head in heads if head.note_version > 1], ids)
    return tuple(
        Claimed(
            lease=Lease(head.client_id, head.id, head.token),
            sending=Sending(
                delivery_id=head.id,
                note_id=head.note_id,
                note_version=head.note_version,
                client=ClientToFind(head.client_id, head.nhs_number, head.birth_date, head.ehr_patient_id),
                resources=resources.get(head.note_id, ()),
                links={link.key: link for note in (head.note_id, *head.refers_to) for link in links.get(note, ())},
                open_call=calls.get(head.id),
                doubtful=doubtful.get(head.note_id, frozenset()),
                maybe_there=head.maybe_there,
            ),
            tries=head.tries,
            claimed_at=now,
        )
        for head in heads
    )


# Locked in the order of the clients, as `writes.py` locks them.
_RENEW = text("""
    WITH held AS (
        SELECT lanes.client_id FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS mine (client_id uuid, token uuid)
        JOIN lanes ON lanes.client_id = mine.client_id AND lanes.lease_token = mine.token
        ORDER BY lanes.client_id
        FOR UPDATE OF lanes
    )
    UPDATE lanes SET due_at = coalesce(CAST(:at AS timestamptz), clock_timestamp()) + CAST(:lease AS interval)
    FROM held WHERE lanes.client_id = held.client_id
""")


async def renew(session: AsyncSession, leases: Sequence[Lease], lease: timedelta, at: datetime | None = None) -> None:
    """Keep what is still ours for another while: an EHR may be slow without anybody having died."""
    rows = rows_as_json([each.as_row() for each in leases])
    await session.execute(_RENEW, {"rows": rows, "lease": lease, "at": at})
