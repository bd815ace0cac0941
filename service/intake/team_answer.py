"""What the clinical team did in the record with a request enters here, by the one door: as an amendment of the note.

`watch/team_answers.py` has read it. In one transaction: the next version of the note with its delivery, what our ledger
knows of the EHR's, and what only a person can see there. Read twice, it is taken once.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal, TypeAlias
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from service.errors import AlreadyRetracted, NotTakenNow, NotValid, StaleVersion
from service.forms.team_request import TeamRequest
from service.intake.change import amend_note
from service.intake.door import Door
from service.mapping.team_answer import Beyond, Heard, hear, what_they_did, who_did_it
from service.outbox.taken_in import KnownLink, Versions, keep_theirs
from service.push.compare import is_about
from service.push.searchset import carries
from service.push.transaction import identifier_of
from service.push.written import version_of
from service.r4.resource import Json

NotOurs: TypeAlias = Literal["another_record", "not_recognised"]
Finding: TypeAlias = Beyond | NotOurs
TakenIn: TypeAlias = Literal["taken_in", "taken_in_part", "needs_a_person", "nothing_new", "later"]


@dataclass(frozen=True, slots=True)
class TaskSeen:
    """A Task of ours as the EHR shows it; `patient` is who it must be about there (`Patient/7`)."""

    note_id: UUID
    client_id: UUID
    patient: str
    known: KnownLink
    body: Json


class Overtaken(Exception):
    """The note is being amended, or written in the EHR: nothing of this transaction may be kept; it is read again."""


# As text: a form is parsed from JSON, strictly, as it was when it came.
_NEWEST = text("""
    SELECT version, retracted, CAST(form AS text) AS form, specialists.name
    FROM notes JOIN specialists ON specialists.id = notes.specialist_id
    WHERE notes.id = :note_id ORDER BY version DESC LIMIT 1
""")

_FOUND = text("""
    UPDATE team_readings SET
        beyond = CAST(:beyond AS text),
        note_version = CASE WHEN CAST(:beyond AS text) IS NOT NULL THEN CAST(:version AS integer) END,
        found_at = CASE WHEN CAST(:beyond AS text) IS NOT NULL THEN clock_timestamp() END
    WHERE note_id = :note_id
""")


async def take_in(session: AsyncSession, door: Door, seen: TaskSeen, received_at: datetime) -> TakenIn:
    """What came of it, on top of the newest version. Raises `Overtaken`."""
    newest = (await session.execute(_NEWEST, {"note_id": seen.note_id})).one()
    if newest.retracted:
        return "nothing_new"
    request = _named_as_now(TeamRequest.model_validate_json(newest.form), newest.name)
    if not_ours := _why_not_ours(seen):
        await _keep_finding(session, seen.note_id, newest.version, not_ours)
        return "needs_a_person"
    heard = hear(seen.body, _known(seen), request)
    heard, version = await _enter(session, door, request, heard, newest.version, received_at)
    versions = Versions(seen.note_id, newest.version, version)
    if not await keep_theirs(session, seen.client_id, seen.known, seen.body, version_of(None, seen.body), versions):
        raise Overtaken
    await _keep_finding(session, seen.note_id, version, heard.beyond)
    if version > newest.version:
        return "taken_in_part" if heard.beyond else "taken_in"
    return "needs_a_person" if heard.beyond else "nothing_new"


async def _enter(
    session: AsyncSession, door: Door, before: TeamRequest, heard: Heard, version: int, received_at: datetime
) -> tuple[Heard, int]:
    """The version that says it: the one there is, where it says so already, or cannot."""
    if heard.request == before:
        return heard, version
    try:
        reason, by = what_they_did(before, heard.request), who_did_it(before, heard.request)
        taken = await amend_note(session, door, heard.request, version, reason, received_at, written_by=by)
    except NotValid:
        return Heard(before, "not_understood"), version
    except (StaleVersion, AlreadyRetracted, NotTakenNow):
        raise Overtaken from None
    return heard, taken.receipt.version


def _named_as_now(request: TeamRequest, name: str) -> TeamRequest:
    """The specialist's name may have changed since: an amendment of ours does not bring the old one back."""
    return request.model_copy(update={"specialist": request.specialist.model_copy(update={"name": name})})


def _known(seen: TaskSeen) -> Json:
    link = seen.known.link
    return dict(link.theirs or link.sent)


def _why_not_ours(seen: TaskSeen) -> NotOurs | None:
    """None where it bears our identifier, and says by a literal reference that it is about our client."""
    about = seen.body.get("for")
    if not isinstance(about, dict) or "Patient/" not in str(about.get("reference")):
        return "not_recognised"
    if not is_about(seen.body, seen.patient):
        return "another_record"
    system, value = identifier_of(dict(seen.known.link.sent)) or ("", "")
    return None if carries(seen.body, system, value) else "not_recognised"


async def _keep_finding(session: AsyncSession, note_id: UUID, version: int, beyond: Finding | None) -> None:
    await session.execute(_FOUND, {"note_id": note_id, "version": version, "beyond": beyond})
