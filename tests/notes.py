"""Notes put straight into the tables, for the tests of what comes after intake."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any
from uuid import NAMESPACE_OID, UUID, uuid4, uuid5

from sqlalchemy import bindparam, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.types import Date, LargeBinary, String, Uuid

from service.outbox.queue import ENQUEUE, FirstState

BORN = date(1990, 5, 17)
RECEIVED = datetime(2026, 11, 1, 9, 0, tzinfo=UTC)

_STORE = text(
    """
    WITH client AS (
        INSERT INTO clients (id, nhs_number, birth_date) VALUES (:client_id, :nhs_number, :birth_date)
        ON CONFLICT DO NOTHING
    ),
    specialist AS (INSERT INTO specialists (id, name) VALUES ('es-1', 'Robin Vale') ON CONFLICT DO NOTHING),
    note AS (
        INSERT INTO notes (id, version, kind, client_id, specialist_id, birth_date, happened_at, written_at,
            received_at, form, digest, reason)
        VALUES (:note_id, :version, :kind, :client_id, 'es-1', :birth_date, :received_at, :received_at,
            :received_at, '{}', :digest, CASE WHEN :version > 1 THEN 'put right' END)
        ON CONFLICT DO NOTHING
        RETURNING id, version, client_id
    ),
    stored AS (
        SELECT note.*, CAST(:delivery_id AS uuid) AS delivery_id, CAST(:refers_to AS uuid[]) AS refers_to,
            CAST(:first_state AS text) AS first_state, CAST(:first_reason_code AS text) AS first_reason_code,
            CAST(:first_reason AS text) AS first_reason
        FROM note
    ),
    resource AS (
        INSERT INTO resources (type, id, version, note_id, client_id, position, body)
        SELECT body ->> 'resourceType', CAST(body ->> 'id' AS uuid), stored.version, stored.id, stored.client_id,
            position, body
        FROM stored, jsonb_array_elements(:bodies) WITH ORDINALITY AS made (body, position)
    ),
    """
    + ENQUEUE
    + "SELECT id FROM delivery"
).bindparams(
    bindparam("client_id", type_=Uuid()),
    bindparam("note_id", type_=Uuid()),
    bindparam("birth_date", type_=Date()),
    bindparam("kind", type_=String()),
    bindparam("digest", type_=LargeBinary()),
    bindparam("bodies", type_=JSONB()),
)


@dataclass(frozen=True, slots=True)
class Person:
    """A fictional client."""

    id: UUID
    nhs_number: str


def person(number: int) -> Person:
    """The n-th fictional client, with an NHS number of the synthetic range."""
    return Person(uuid5(NAMESPACE_OID, f"client {number}"), _nhs_number(number))


def _nhs_number(number: int) -> str:
    # A tenth of the numbers has check digit 10, which does not exist: the last digit searches for one that does.
    for last in range(10):
        digits = f"999{number:05d}{last}"
        check = 11 - sum(int(digit) * weight for digit, weight in zip(digits, range(10, 1, -1), strict=True)) % 11
        if check != 10:
            return digits + str(check % 11)
    raise AssertionError(number)


def bodies_of(note_id: UUID, client: Person, count: int = 1) -> list[dict[str, Any]]:
    """As many Encounters as asked, with ids made from the note's."""
    return [
        {
            "resourceType": "Encounter",
            "id": str(uuid5(note_id, f"encounter/{position}")),
            "subject": {"reference": f"Patient/{client.id}"},
        }
        for position in range(count)
    ]


async def receive(
    session: AsyncSession,
    client: Person,
    note_id: UUID | None = None,
    version: int = 1,
    refers_to: Sequence[UUID] = (),
    stopped: str | None = None,
    birth_date: date = BORN,
    bodies: list[dict[str, Any]] | None = None,
    kind: str = "contact",
) -> UUID:
    """Store a note version, its resources and its delivery in one statement; the delivery's id."""
    note_id = note_id or uuid4()
    binds = _first_state(stopped).as_row(refers_to)
    await session.execute(
        _STORE,
        {
            "client_id": client.id,
            "nhs_number": client.nhs_number,
            "birth_date": birth_date,
            "note_id": note_id,
            "version": version,
            "kind": kind,
            "received_at": RECEIVED,
            "digest": hashlib.sha256(note_id.bytes + bytes([version])).digest(),
            "bodies": bodies_of(note_id, client) if bodies is None else bodies,
            **binds,
        },
    )
    delivery_id: UUID = binds["delivery_id"]
    return delivery_id


def _first_state(stopped: str | None) -> FirstState:
    if stopped is None:
        return FirstState("waiting")
    return FirstState("needs_attention", stopped, "A person has to look at it.")
