"""The statements behind the ledger, each for many rows: what is written at one moment shares a transaction.

Each row is guarded by its own lease: a statement returns the tokens that still hold, with its result for each.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, TypeAlias
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from service.outbox.claim import Lease
from service.outbox.settle import Ending, settle
from service.push.sending import Link, PatientFound
from service.rows import rows_as_json


@dataclass(frozen=True, slots=True)
class Found:
    """The EHR's patient matched, on this date of birth."""

    lease: Lease
    patient: PatientFound
    birth_date: date

    def as_row(self) -> dict[str, Any]:
        """One record of the statement's input."""
        return {
            **self.lease.as_row(),
            "ehr_patient_id": self.patient.ehr_patient_id,
            "name": self.patient.name,
            "birth_date": self.birth_date,
        }


@dataclass(frozen=True, slots=True)
class Forgotten:
    """A remembered match is not trusted any more."""

    lease: Lease

    def as_row(self) -> dict[str, Any]:
        """One record of the statement's input."""
        return self.lease.as_row()


@dataclass(frozen=True, slots=True)
class Held:
    """A call waited for its place since its intent. Renews the lease."""

    lease: Lease

    def as_row(self) -> dict[str, Any]:
        """One record of the statement's input."""
        return self.lease.as_row()


@dataclass(frozen=True, slots=True)
class Intended:
    """A call is about to be made: its number is the result. Renews the lease."""

    lease: Lease
    keys: tuple[str, ...]

    def as_row(self) -> dict[str, Any]:
        """One record of the statement's input."""
        return {**self.lease.as_row(), "keys": self.keys}


@dataclass(frozen=True, slots=True)
class Answered:
    """A call's result is known: where the EHR keeps what it took, if it took anything."""

    lease: Lease
    note_id: UUID
    number: int
    links: tuple[Link, ...]

    def as_row(self) -> dict[str, Any]:
        """One record of the statement's input."""
        return {**self.lease.as_row(), "note_id": self.note_id, "number": self.number, "links": self.links}


Write: TypeAlias = Found | Forgotten | Held | Intended | Answered | Ending


# All lanes at once, in the order of their clients, as whoever brings notes takes them: else two transactions could
# each hold a lane that the other waits for.
_LOCK = text("""
    SELECT lanes.lease_token
    FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS mine (client_id uuid, token uuid)
    JOIN lanes ON lanes.client_id = mine.client_id AND lanes.lease_token = mine.token
    ORDER BY lanes.client_id
    FOR UPDATE OF lanes
""")

# A confirmed date of birth also settles what waited for the question which date is right.
_FOUND = text("""
    WITH held AS (
        SELECT found.* FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS found (
            client_id uuid, token uuid, ehr_patient_id text, name text, birth_date date)
        JOIN lanes ON lanes.client_id = found.client_id AND lanes.lease_token = found.token
    ),
    confirmed AS (
        UPDATE clients SET
            ehr_patient_id = held.ehr_patient_id, name = held.name, birth_date = held.birth_date,
            confirmed_at = coalesce(clients.confirmed_at, moment.now), matched_at = moment.now
        FROM held, (SELECT coalesce(CAST(:at AS timestamptz), clock_timestamp()) AS now) AS moment
        WHERE clients.id = held.client_id
    ),
    agreed AS (
        UPDATE deliveries SET state = 'waiting', reason_code = NULL, reason = NULL
        FROM held JOIN notes ON notes.client_id = held.client_id AND notes.birth_date = held.birth_date
        WHERE deliveries.client_id = held.client_id AND deliveries.state = 'needs_attention'
            AND deliveries.reason_code = 'birth_date_differs'
            AND notes.id = deliveries.note_id AND notes.version = deliveries.note_version
        RETURNING deliveries.id
    ),
    let_go AS (
        UPDATE deliveries SET waits_behind = NULL, reason_code = NULL, reason = NULL
        FROM agreed WHERE deliveries.waits_behind = agreed.id
    )
    SELECT token, NULL AS result FROM held
""")

_FORGOTTEN = text("""
    UPDATE clients SET matched_at = CASE WHEN confirmed_at IS NOT NULL THEN to_timestamp(0) END
    FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS mine (client_id uuid, token uuid)
    JOIN lanes ON lanes.client_id = mine.client_id AND lanes.lease_token = mine.token
    WHERE clients.id = mine.client_id
    RETURNING mine.token, NULL AS result
""")

_HELD = text("""
    UPDATE lanes SET due_at = coalesce(CAST(:at AS timestamptz), clock_timestamp()) + CAST(:lease AS interval)
    FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS mine (client_id uuid, token uuid)
    WHERE lanes.client_id = mine.client_id AND lanes.lease_token = mine.token
    RETURNING mine.token, NULL AS result
""")

_INTENDED = text("""
    WITH renewed AS (
        UPDATE lanes SET due_at = coalesce(CAST(:at AS timestamptz), clock_timestamp()) + CAST(:lease AS interval)
        FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS mine (
            client_id uuid, delivery_id uuid, token uuid, keys text[])
        WHERE lanes.client_id = mine.client_id AND lanes.lease_token = mine.token
        RETURNING mine.*
    ),
    kept AS (
        INSERT INTO ehr_calls (delivery_id, number, keys)
        SELECT delivery_id, coalesce(
            (SELECT max(number) + 1 FROM ehr_calls WHERE ehr_calls.delivery_id = renewed.delivery_id), 0), keys
        FROM renewed
        RETURNING delivery_id, number
    )
    SELECT token, number AS result FROM renewed JOIN kept USING (delivery_id)
""")

_ANSWERED = text("""
    WITH held AS (
        SELECT mine.* FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS mine (
            client_id uuid, delivery_id uuid, token uuid, number integer, note_id uuid, links jsonb)
        JOIN lanes ON lanes.client_id = mine.client_id AND lanes.lease_token = mine.token
    ),
    closed AS (
        UPDATE ehr_calls SET answered_at = clock_timestamp()
        FROM held WHERE ehr_calls.delivery_id = held.delivery_id AND ehr_calls.number = held.number
    ),
    linked AS (
        INSERT INTO ehr_links (key, note_id, note_version, ehr_type, ehr_id, ehr_version, sent, theirs)
        SELECT key, held.note_id, note_version, ehr_type, ehr_id, ehr_version, sent, theirs
        FROM held, jsonb_to_recordset(held.links) AS link (
            key text, note_version integer, ehr_type text, ehr_id text, ehr_version text, sent jsonb, theirs jsonb)
        ON CONFLICT (key) DO UPDATE SET
            note_version = excluded.note_version, ehr_type = excluded.ehr_type, ehr_id = excluded.ehr_id,
            ehr_version = excluded.ehr_version, sent = excluded.sent, theirs = excluded.theirs,
            linked_at = clock_timestamp()
    )
    SELECT token, NULL AS result FROM held
""")

_STATEMENTS = {Found: _FOUND, Forgotten: _FORGOTTEN, Held: _HELD, Intended: _INTENDED, Answered: _ANSWERED}


async def write_all(
    session: AsyncSession, writes: Sequence[Write], lease: timedelta, at: datetime | None = None
) -> dict[UUID, Any]:
    """The result of each write whose lease still holds, by its token. One write a lease, for each awaits the last."""
    held = set(await session.scalars(_LOCK, {"rows": rows_as_json([write.lease.as_row() for write in writes])}))
    ours = [write for write in writes if write.lease.token in held]
    results: dict[UUID, Any] = {}
    for kind, statement in _STATEMENTS.items():
        rows = [write.as_row() for write in ours if isinstance(write, kind)]
        if rows:
            binds = {"rows": rows_as_json(rows), "at": at, "lease": lease}
            results |= {row.token: row.result for row in await session.execute(statement, binds)}
    endings = [write for write in ours if isinstance(write, Ending)]
    return results | (await settle(session, endings) if endings else {})
