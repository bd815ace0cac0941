"""The one door: a note is checked against what we know, mapped, and stored with its delivery.

Everything that enters the record enters here (amendments and retractions by `change.py`, in the same way). All
is stored by one statement in the caller's transaction, committed before the phone hears of it.
"""

import hashlib
from collections.abc import Sequence
from datetime import datetime
from uuid import uuid4

import structlog
from sqlalchemy.ext.asyncio import AsyncSession

from service.errors import NotTakenNow, SameIdOtherContent
from service.forms.note import Form, NoteVersion
from service.intake.door import Door
from service.intake.look import Known, StoredVersion, look
from service.intake.receipt import Answer, Conflict, Receipt, Taken
from service.intake.rules import first_state, refuse_other_birth_date
from service.intake.store import ToStore, keep_conflict, store
from service.mapping.to_resources import retract, to_resources
from service.r4.resource import Resource

# Parallel posts of one note, or of the first notes about one client, each lose one race at most.
MOST_LOOKS = 4

log = structlog.get_logger()


async def receive_note(session: AsyncSession, door: Door, form: Form, received_at: datetime) -> Answer:
    """A new note, or the same one again. Other content under its id is a conflict: kept, and refused."""
    digest = digest_of(form)
    for _ in range(MOST_LOOKS):
        known = await look(session, form)
        if known.versions:
            return await _came_before(session, known.versions[0], form, digest)
        refuse_other_birth_date(known, form)
        note = NoteVersion(form, 1, known.client.id if known.client else uuid4(), received_at)
        if await store(session, to_store(door, known, note, digest, earlier=())):
            return take(door, note)
    raise too_busy()


def to_store(
    door: Door, known: Known, note: NoteVersion, digest: bytes, earlier: Sequence[Resource], *, retracted: bool = False
) -> ToStore:
    """A version mapped and gated, with the state its delivery begins in."""
    resources = resources_of(door, note, earlier, retracted=retracted)
    return ToStore(
        note=note,
        digest=digest,
        resources=resources or (),
        first_state=first_state(known, note, mapped=resources is not None, retracted=retracted),
        retracted=retracted,
        register_client=known.client is None,
        name_specialist=known.specialist_name != note.form.specialist.name,
    )


def resources_of(
    door: Door, note: NoteVersion, earlier: Sequence[Resource], *, retracted: bool
) -> tuple[Resource, ...] | None:
    """The gated resources of a note version; None where our mapping failed, which is our fault, not the note's."""
    make = retract if retracted else to_resources
    try:
        with door.meters.mapping_seconds.time():
            resources = make(note, door.names, earlier)
            door.gate.check(resources)
    except Exception:  # whatever it is, the note itself must be kept
        log.exception("mapping_failed", note_id=str(note.form.id), note_version=note.version, kind=note.form.kind)
        return None
    return resources


def digest_of(form: Form) -> bytes:
    """SHA-256 of what the form says, whatever the order of its fields or its white space."""
    return hashlib.sha256(form.model_dump_json().encode()).digest()


def take(door: Door, note: NoteVersion, *, retracted: bool = False) -> Taken:
    """Counted, and answered with its receipt."""
    form = note.form
    door.meters.accepted.labels(form.kind).inc()
    receipt = Receipt(form.id, note.version, form.kind, note.client_id, note.received_at, retracted)
    return Taken(receipt, new=True)


def too_busy() -> NotTakenNow:
    """Only ever seen when a note is changed again and again while it is being read."""
    return NotTakenNow("Others are changing this note at this moment. Keep it, and send it again in a minute.")


async def _came_before(session: AsyncSession, stored: StoredVersion, form: Form, digest: bytes) -> Answer:
    if stored.digest == digest:
        return Taken(stored.receipt(), new=False)
    await keep_conflict(session, form.id, digest, form.model_dump_json())
    return Conflict(
        SameIdOtherContent(
            "A note with this id and other content is stored already. Yours was kept beside it, but is not in the "
            "record. If it corrects the stored note, send it by PUT /notes/{id} with If-Match and a reason; if it is "
            "another note, send it under an id of its own.",
            stored=stored.receipt().as_json(),
            stored_digest=stored.digest.hex(),
            sent_digest=digest.hex(),
        )
    )
