"""Amending and retracting: the next version of a note, through the same door. No version is ever overwritten."""

from dataclasses import replace
from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from service.caller import AT_THIS_MACHINE, Caller
from service.errors import NoSuchNote
from service.forms.note import Form, NoteVersion
from service.forms.referral import Referral
from service.intake.door import Door
from service.intake.look import Known, earlier_resources, ever_queued, look, stored_form
from service.intake.receipt import Taken
from service.intake.receive import MOST_LOOKS, receipt_of, to_store, too_busy
from service.intake.rules import (
    corrects_birth_date,
    must_be_current,
    refuse_change_of_person,
    refuse_other_birth_date,
    refuse_to_turn_away,
)
from service.intake.store import correct_birth_date, store, written_out


async def amend_note(
    session: AsyncSession,
    door: Door,
    form: Form,
    based_on: int,
    reason: str,
    received_at: datetime,
    *,
    writer: Caller = AT_THIS_MACHINE,
    written_by: str | None = None,
) -> Taken:
    """The version after `based_on`. The same base and content again: the same receipt. A stale base: 412.

    `written_by` is who of the clinical team made it in the record; None for the specialist.
    """
    written = written_out(form)
    for _ in range(MOST_LOOKS):
        known = await look(session, form, writer)
        if not known.versions:
            raise NoSuchNote("No note has this id. A new note is sent by POST /notes.")
        again = _the_same_again(known, based_on, written.digest)
        if again:
            return again
        current = must_be_current(known.versions, based_on)
        refuse_change_of_person(current, known, form)
        refuse_other_birth_date(known, form)
        if isinstance(form, Referral):
            refuse_to_turn_away(await stored_form(session, form.id), form)
        note = NoteVersion(form, current.version + 1, current.client_id, received_at, reason, written_by)
        what = to_store(door, known, note, written, await earlier_resources(session, form.id), writer=writer)
        if await store(session, [what]):
            if corrects_birth_date(known, current, form):
                await correct_birth_date(session, current.client_id, form.client.birth_date)
            return Taken(receipt_of(note), new=True)
    raise too_busy()


async def retract_note(
    session: AsyncSession,
    door: Door,
    note_id: UUID,
    reason: str,
    received_at: datetime,
    *,
    writer: Caller = AT_THIS_MACHINE,
) -> Taken:
    """Entered in error, in our record and in the EHR. Again: the same receipt."""
    for _ in range(MOST_LOOKS):
        form = await stored_form(session, note_id)
        if form is None:
            raise NoSuchNote("No note has this id, so there is nothing to retract.")
        known = await look(session, form, writer)
        current = known.versions[-1]
        if current.retracted:
            return Taken(current.receipt(), new=False)
        note = NoteVersion(form, current.version + 1, current.client_id, received_at, reason)
        earlier = await earlier_resources(session, note_id)
        never_sent = not await ever_queued(session, note_id)
        written = replace(written_out(form), digest=current.digest)
        what = to_store(door, known, note, written, earlier, writer=writer, retracted=True, never_sent=never_sent)
        if await store(session, [what]):
            return Taken(receipt_of(note, retracted=True), new=True)
    raise too_busy()


def _the_same_again(known: Known, based_on: int, digest: bytes) -> Taken | None:
    """What this amendment made when it came before; or its base, where it changes nothing."""
    newest = known.versions[-1]
    for stored in known.versions:
        made_by_it = stored.version == based_on + 1
        changes_nothing = stored is newest and stored.version == based_on
        if stored.digest == digest and not stored.retracted and (made_by_it or changes_nothing):
            return Taken(stored.receipt(), new=False)
    return None
