"""Mapping a stored note version again, after a fault of ours was mended: what `joinedup remap` does, note by note.

The delivery, which needed attention, is let go by the outbox afterwards.
"""

from uuid import UUID

import orjson
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from service.errors import NoSuchNote
from service.forms.note import FORM, NoteVersion
from service.intake.door import Door
from service.intake.look import earlier_resources
from service.intake.receive import resources_of
from service.intake.store import RESOURCES_OF_NOTE

_STORED = text("""
    SELECT CAST(form AS text) AS form, client_id, received_at, reason, retracted, written_by
      FROM notes WHERE id = :note_id AND version = :version
""")

_STORE = text(f"""
    WITH stored AS (
        SELECT id, version, client_id, CAST(:resources AS jsonb) AS resources
          FROM notes WHERE id = :note_id AND version = :version
    )
    {RESOURCES_OF_NOTE}
""")  # noqa: S608 - a constant of ours


async def map_again(session: AsyncSession, door: Door, note_id: UUID, version: int, *, dry_run: bool = False) -> bool:
    """Whether it can be mapped now; if so, and unless it is a dry run, its resources are stored."""
    stored = (await session.execute(_STORED, {"note_id": note_id, "version": version})).one_or_none()
    if stored is None:
        raise NoSuchNote("No note has this id and version.")
    note = NoteVersion(
        FORM.validate_json(stored.form),
        version,
        stored.client_id,
        stored.received_at,
        stored.reason,
        stored.written_by,
    )
    earlier = await earlier_resources(session, note_id)
    resources = resources_of(door, note, earlier, retracted=stored.retracted)
    if resources is None or dry_run:
        return resources is not None
    bodies = orjson.dumps([resource.body for resource in resources]).decode()
    await session.execute(_STORE, {"note_id": note_id, "version": version, "resources": bodies})
    return True
