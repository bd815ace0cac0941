"""A note version, its client, its resources and its delivery: stored together by one statement, or not at all.

Comes after mapping; the outbox adds the lane and the delivery to the same statement.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

import orjson
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from service.forms.note import NoteVersion
from service.outbox.queue import ENQUEUE, FirstState
from service.r4.resource import Resource


@dataclass(frozen=True, slots=True)
class ToStore:
    """All that one statement stores. `register_client` and `name_specialist` say what is new to us."""

    note: NoteVersion
    digest: bytes
    resources: Sequence[Resource]
    first_state: FirstState
    retracted: bool = False
    register_client: bool = False
    correct_birth_date: bool = False
    name_specialist: bool = False


# After a CTE `note` of the version they were made from: their order is the order in which they are sent.
RESOURCES_OF_NOTE = """
    INSERT INTO resources (type, id, version, note_id, client_id, position, body)
    SELECT made.body ->> 'resourceType', CAST(made.body ->> 'id' AS uuid), note.version, note.id, note.client_id,
           made.position, made.body
      FROM note, jsonb_array_elements(CAST(:resources AS jsonb)) WITH ORDINALITY AS made (body, position)
"""

# A note whose client or whose own id was stored by somebody else a moment ago stores nothing and returns nothing:
# the caller looks again. That, and the primary key, is what makes parallel repeats harmless.
_STORE = text(f"""
    WITH specialist AS (
        INSERT INTO specialists (id, name)
        SELECT :specialist_id, :specialist_name WHERE :name_specialist
        ON CONFLICT (id) DO UPDATE SET name = excluded.name
    ), client AS (
        INSERT INTO clients (id, nhs_number, birth_date)
        SELECT CAST(:client_id AS uuid), :nhs_number, CAST(:birth_date AS date) WHERE :register_client
        ON CONFLICT (nhs_number) DO NOTHING
        RETURNING id
    ), corrected AS (
        UPDATE clients SET birth_date = CAST(:birth_date AS date)
         WHERE :correct_birth_date AND id = CAST(:client_id AS uuid) AND confirmed_at IS NULL
    ), note AS (
        INSERT INTO notes (id, version, kind, client_id, specialist_id, birth_date, happened_at, written_at,
                           received_at, form, digest, retracted, reason)
        SELECT :note_id, :version, :kind, CAST(:client_id AS uuid), :specialist_id, CAST(:birth_date AS date),
               :happened_at, :written_at, :received_at, CAST(:form AS jsonb), :digest, :retracted, :reason
         WHERE NOT :register_client OR EXISTS (SELECT FROM client)
        ON CONFLICT (id, version) DO NOTHING
        RETURNING id, version, client_id
    ), resource AS ({RESOURCES_OF_NOTE}), {ENQUEUE}
    SELECT version FROM note
""")  # noqa: S608 - ENQUEUE is a constant of ours


async def store(session: AsyncSession, what: ToStore) -> bool:
    """False where another request stored this note, or first met this client, a moment ago: look again."""
    form = what.note.form
    stored = await session.execute(
        _STORE,
        {
            "note_id": form.id,
            "version": what.note.version,
            "kind": form.kind,
            "client_id": what.note.client_id,
            "nhs_number": form.client.nhs_number,
            "birth_date": form.client.birth_date,
            "specialist_id": form.specialist.id,
            "specialist_name": form.specialist.name,
            "happened_at": form.happened_at,
            "written_at": form.written_at,
            "received_at": what.note.received_at,
            "form": form.model_dump_json(),
            "digest": what.digest,
            "retracted": what.retracted,
            "reason": what.note.reason,
            "resources": orjson.dumps([resource.body for resource in what.resources]).decode(),
            "register_client": what.register_client,
            "correct_birth_date": what.correct_birth_date,
            "name_specialist": what.name_specialist,
            **what.first_state.as_binds(form.refers_to()),
        },
    )
    return stored.scalar_one_or_none() is not None


_KEEP_CONFLICT = text("""
    INSERT INTO conflicting_notes (note_id, digest, form, received_at)
    VALUES (:note_id, :digest, CAST(:form AS jsonb), clock_timestamp())
    ON CONFLICT (note_id, digest) DO NOTHING
""")


async def keep_conflict(session: AsyncSession, note_id: UUID, digest: bytes, form: str) -> None:
    """Keep what came under an id that is taken, once."""
    await session.execute(_KEEP_CONFLICT, {"note_id": note_id, "digest": digest, "form": form})
