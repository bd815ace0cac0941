"""Note versions, their clients, resources and deliveries: each stored whole by one statement, or not at all.

Comes after mapping; the outbox adds the lanes and the deliveries to the same statement.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from service.forms.note import Form, NoteVersion
from service.outbox.queue import ENQUEUE, FIRST_STATE, FirstState
from service.r4.resource import Resource
from service.rows import rows_as_json


@dataclass(frozen=True, slots=True)
class Written:
    """A form as it is stored, and the SHA-256 of it: what it says, whatever the order of its fields as it came."""

    json: str
    digest: bytes


@dataclass(frozen=True, slots=True)
class ToStore:
    """All that is stored of one note version. `register_client` and `name_specialist` say what is new to us.

    `teams` are the writer's (`look.py`): a client who is new to us joins the caseload of the first.
    """

    note: NoteVersion
    written: Written
    resources: Sequence[Resource]
    first_state: FirstState
    retracted: bool = False
    register_client: bool = False
    name_specialist: bool = False
    teams: str | None = None
    from_outside: bool = False

    def as_row(self) -> dict[str, Any]:
        """One record of the statement's input."""
        form = self.note.form
        return {
            "note_id": form.id,
            "version": self.note.version,
            "kind": form.kind,
            "client_id": self.note.client_id,
            "nhs_number": form.client.nhs_number,
            "birth_date": form.client.birth_date,
            "specialist_id": form.specialist.id,
            "specialist_name": form.specialist.name,
            "happened_at": form.happened_at,
            "written_at": form.written_at,
            "received_at": self.note.received_at,
            "form": orjson.Fragment(self.written.json),
            "digest": f"\\x{self.written.digest.hex()}",
            "retracted": self.retracted,
            "reason": self.note.reason,
            "written_by": self.note.written_by,
            "resources": [resource.body for resource in self.resources],
            "register_client": self.register_client,
            "name_specialist": self.name_specialist,
            "teams": self.teams,
            "from_outside": self.from_outside,
            **self.first_state.as_row(form.refers_to()),
        }


def written_out(form: Form) -> Written:
    """Once a note: writing it is a good part of what taking it costs."""
    written = form.model_dump_json()
    return Written(written, hashlib.sha256(written.encode()).digest())


# After a CTE `stored` of the versions they were made from: their order is the order in which they are sent.
RESOURCES_OF_NOTE = """
    INSERT INTO resources (type, id, version, note_id, client_id, position, body)
    SELECT made.body ->> 'resourceType', CAST(made.body ->> 'id' AS uuid), stored.version, stored.id, stored.client_id,
           made.position, made.body
      FROM stored, jsonb_array_elements(stored.resources) WITH ORDINALITY AS made (body, position)
"""

# The colleague on whose caseload the client is, unless the writer has them, too.
_COVERED = """
    CASE WHEN teams <> '' AND NOT EXISTS (
             SELECT FROM caseloads AS own
              WHERE own.client_id = arrived.client_id AND own.specialist_id = arrived.specialist_id)
         THEN (SELECT theirs.specialist_id FROM caseloads AS theirs
                WHERE theirs.client_id = arrived.client_id AND theirs.team_id = ANY (string_to_array(teams, chr(31)))
                ORDER BY since LIMIT 1) END
"""

# An EHR that writes for a specialist has no teams: theirs is the one in which they were last given somebody.
_CASELOAD = """
    INSERT INTO caseloads (client_id, team_id, specialist_id)
    SELECT client_id, team_id, specialist_id
      FROM (SELECT client_id, specialist_id,
                   coalesce(split_part(teams, chr(31), 1),
                            (SELECT last.team_id FROM caseloads AS last
                              WHERE last.specialist_id = stored.specialist_id ORDER BY since DESC LIMIT 1)) AS team_id
              FROM stored
             WHERE register_client) AS met
     WHERE team_id <> ''
"""

# A note whose client or whose own id was stored by somebody else a moment ago stores nothing and returns nothing:
# the caller looks again. That, and the primary key, is what makes parallel repeats harmless. Each ORDER BY is the
# order in which rows are locked, the same in every statement: so two of them do not wait for one another.
_STORE = text(f"""
    WITH arrived AS (
        SELECT * FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS arrived (
            note_id uuid, version integer, kind text, client_id uuid, nhs_number text, birth_date date,
            specialist_id text, specialist_name text, happened_at timestamptz, written_at timestamptz,
            received_at timestamptz, form jsonb, digest bytea, retracted boolean, reason text, written_by text,
            resources jsonb, register_client boolean, name_specialist boolean, teams text, from_outside boolean,
            {FIRST_STATE})
    ), specialist AS (
        INSERT INTO specialists (id, name)
        SELECT specialist_id, specialist_name FROM arrived WHERE name_specialist ORDER BY specialist_id
        ON CONFLICT (id) DO UPDATE SET name = excluded.name
    ), client AS (
        INSERT INTO clients (id, nhs_number, birth_date)
        SELECT client_id, nhs_number, birth_date FROM arrived WHERE register_client ORDER BY nhs_number
        ON CONFLICT (nhs_number) DO NOTHING
        RETURNING id
    ), note AS (
        INSERT INTO notes (id, version, kind, client_id, specialist_id, birth_date, happened_at, written_at,
                           received_at, form, digest, retracted, reason, written_by, from_outside, cover_for)
        SELECT note_id, version, kind, client_id, specialist_id, birth_date, happened_at, written_at,
               received_at, form, digest, retracted, reason, written_by, from_outside, {_COVERED}
          FROM arrived
         WHERE NOT register_client OR client_id IN (SELECT id FROM client)
         ORDER BY note_id
        ON CONFLICT (id, version) DO NOTHING
        RETURNING id, version, client_id
    ), stored AS (
        SELECT arrived.*, note.id FROM note JOIN arrived ON arrived.note_id = note.id
    ), resource AS ({RESOURCES_OF_NOTE}), caseload AS ({_CASELOAD}), {ENQUEUE}
    SELECT id FROM stored
""")  # noqa: S608 - ENQUEUE is a constant of ours


async def store(session: AsyncSession, several: Sequence[ToStore]) -> frozenset[UUID]:
    """The ids of those that are stored now, with their deliveries. No two may be of one note or about one client.

    One that is not among them was stored, or its client first met, by somebody else a moment ago: look again.
    """
    if not several:
        return frozenset()
    # The name that came last is the specialist's, as if they had come one by one.
    last = {what.note.form.specialist.id: what for what in several}
    rows = [
        {**what.as_row(), "name_specialist": what.name_specialist and last[what.note.form.specialist.id] is what}
        for what in several
    ]
    return frozenset(await session.scalars(_STORE, {"rows": rows_as_json(rows)}))


_CORRECT_BIRTH_DATE = text("""
    UPDATE clients SET birth_date = :birth_date WHERE id = :client_id AND confirmed_at IS NULL
""")


async def correct_birth_date(session: AsyncSession, client_id: UUID, birth_date: date) -> None:
    """An amendment says which date is right; what the EHR has confirmed stays."""
    await session.execute(_CORRECT_BIRTH_DATE, {"client_id": client_id, "birth_date": birth_date})


_KEEP_CONFLICT = text("""
    INSERT INTO conflicting_notes (note_id, digest, form, received_at)
    VALUES (:note_id, :digest, CAST(:form AS jsonb), clock_timestamp())
    ON CONFLICT (note_id, digest) DO NOTHING
""")


async def keep_conflict(session: AsyncSession, note_id: UUID, written: Written) -> None:
    """Keep what came under an id that is taken, once."""
    await session.execute(_KEEP_CONFLICT, {"note_id": note_id, "digest": written.digest, "form": written.json})
