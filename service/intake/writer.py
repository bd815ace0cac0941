"""Whose note may this caller bring? A specialist's own; an EHR's, whoever wrote it there.

Comes before a note is received, or changed by `routes.py`.
"""

from typing import Final
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from service.auth.admit import Admitted
from service.auth.policy import SPECIALIST
from service.auth.session import widen
from service.errors import NoSuchNote, NotAllowed
from service.forms.note import Form

_NO_ID: Final = (
    "Your sign-in does not say which specialist you are, so that nobody could see whose note this is. Keep it, and ask "
    "whoever gives out access in your trust (the claim that JOINEDUP_ISSUERS calls practitioner_claim)."
)
_ANOTHERS: Final = (
    "This note names another specialist than the one who is signed in. Keep it; whoever wrote it signs in and sends it."
)
_ANOTHER_TEAMS_NOW: Final = (
    "Another team looks after this person and has changed this note since: it is theirs to change now. Tell them what "
    "is wrong with it."
)
_NEWEST = text("SELECT max(version) FROM notes WHERE id = :note_id")


def refuse_anothers(admitted: Admitted, form: Form) -> None:
    """`NotAllowed` where a specialist sends what another has written."""
    refuse_who_is_no_specialist(admitted)
    if _writes_their_own(admitted) and form.specialist.id != admitted.caller.practitioner_id:
        raise NotAllowed(_ANOTHERS)


def refuse_who_is_no_specialist(admitted: Admitted) -> None:
    """`NotAllowed` where a specialist has no id by which notes could name them."""
    if _writes_their_own(admitted) and admitted.caller.practitioner_id is None:
        raise NotAllowed(_NO_ID)


def _writes_their_own(admitted: Admitted) -> bool:
    """And not for others, as an EHR does."""
    return SPECIALIST in admitted.roles and not admitted.caller.is_at_this_machine


async def open_to_change(session: AsyncSession, note_id: UUID, based_on: int | None = None) -> None:
    """From here on the session sees everything. `NoSuchNote` where its caller sees no such note: is there one or not?

    `NotAllowed` where what they would replace is a version that they do not see, by whoever has the person now.
    """
    seen = await session.scalar(_NEWEST, {"note_id": note_id})
    if seen is None:
        raise NoSuchNote("No note has this id. A new note is sent by POST /notes.")
    await widen(session)
    newest = await session.scalar(_NEWEST, {"note_id": note_id})
    if newest > seen and (based_on is None or based_on > seen):
        raise NotAllowed(_ANOTHER_TEAMS_NOW)
