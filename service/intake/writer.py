"""Whose note may this caller bring? A specialist's own; an EHR's, whoever wrote it there.

Comes before a note is received, or changed by `routes.py`.
"""

from typing import Final
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from service.auth.admit import Admitted
from service.auth.policy import SPECIALIST
from service.errors import NoSuchNote, NotAllowed
from service.forms.note import Form

_NO_ID: Final = (
    "Your sign-in does not say which specialist you are, so that nobody could see whose note this is. Keep it, and ask "
    "whoever gives out access in your trust (the claim that JOINEDUP_ISSUERS calls practitioner_claim)."
)
_ANOTHERS: Final = (
    "This note names another specialist than the one who is signed in. Keep it; whoever wrote it signs in and sends it."
)
_SEEN = text("SELECT EXISTS (SELECT FROM notes WHERE id = :note_id)")


def refuse_anothers(admitted: Admitted, form: Form) -> None:
    """`NotAllowed` where a specialist sends what another has written."""
    caller = admitted.caller
    if caller.is_at_this_machine or SPECIALIST not in admitted.roles:
        return
    if caller.practitioner_id is None:
        raise NotAllowed(_NO_ID)
    if form.specialist.id != caller.practitioner_id:
        raise NotAllowed(_ANOTHERS)


async def must_be_seen(session: AsyncSession, note_id: UUID) -> None:
    """`NoSuchNote` where there is no such note, or none that the session's caller may see: they cannot tell which."""
    if not await session.scalar(_SEEN, {"note_id": note_id}):
        raise NoSuchNote("No note has this id. A new note is sent by POST /notes.")
