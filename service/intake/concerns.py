"""What somebody should look at, though each note is in order by itself: what no decision allows, what contradicts.

Worked out when it is asked for, since the other note may arrive days later. The notes stay as they were written.
Beside them what the clinical team did in the record and a note cannot say (`team_concerns.py`).
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Final
from uuid import UUID

from fastapi import APIRouter, Query, Response
from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncSession

from service.auth.admit import TheAdmitted
from service.auth.session import Session
from service.errors import FieldFault, NotValid
from service.forms.days import uk_date
from service.forms.heading import SPECIALIST_ID
from service.intake.answers import json_response
from service.intake.concern import Concern
from service.intake.consistency_rule import READ, contradictions
from service.intake.disclosure_rule import Decision, may_tell
from service.intake.history import NEWEST, forms_of
from service.intake.team_concerns import beyond_the_note

router = APIRouter(tags=["concerns"])

_MOST_CONTACTS: Final = 2_000
_NOT_ALLOWED: Final = (
    "An employer was spoken to about this person, and no disclosure decision in force that day allows it. "
    "Ask the person what may be told, and write their decision down."
)

_CONTACTS = text(f"""
    SELECT id, client_id, specialist_id, happened_at, form #>> '{{employer,name}}' AS employer,
           CAST(form ->> 'client_took_part' AS boolean) AS with_client
      FROM notes
     WHERE kind = 'contact' AND form ->> 'with_whom' = 'employer' AND {NEWEST}
       AND coalesce(form ->> 'attendance', 'on_time') IN ('on_time', 'late_but_seen')
       AND (CAST(:specialist AS text) IS NULL OR specialist_id = CAST(:specialist AS text))
       AND (CAST(:client AS uuid) IS NULL OR client_id = CAST(:client AS uuid))
       AND (CAST(:note AS uuid) IS NULL OR id = CAST(:note AS uuid))
     ORDER BY happened_at DESC, id
     LIMIT :most
""")  # noqa: S608 - constants of ours

_DECISIONS = text(f"""
    SELECT client_id, happened_at, form ->> 'employer' AS employer, CAST(form ->> 'until' AS date) AS until,
           coalesce(form -> 'by_whom', '[]') AS tellers
      FROM notes
     WHERE kind = 'disclosure_decision' AND client_id = ANY (CAST(:clients AS uuid[])) AND {NEWEST}
     ORDER BY happened_at DESC, received_at DESC
""")  # noqa: S608 - constants of ours

_WHOSE = text("""
    SELECT DISTINCT client_id
      FROM notes
     WHERE kind = ANY (CAST(:kinds AS text[]))
       AND (CAST(:specialist AS text) IS NULL OR specialist_id = CAST(:specialist AS text))
       AND (CAST(:client AS uuid) IS NULL OR client_id = CAST(:client AS uuid))
       AND (CAST(:note AS uuid) IS NULL OR id = CAST(:note AS uuid))
""")


@router.get("/concerns")
async def get_concerns(
    session: Session,
    admitted: TheAdmitted,
    specialist: Annotated[str | None, Query(pattern=SPECIALIST_ID, description="Whose notes.")] = None,
    client: Annotated[UUID | None, Query(description="About whom.")] = None,
    limit: Annotated[int, Query(ge=1, le=200, description="How many at the most.")] = 50,
) -> Response:
    """What should be looked at, the newest first: employer contacts (of the last 2,000) that nobody allowed, notes that
    contradict one another, and what the clinical team did in the record that a note cannot say."""
    if specialist is None and client is None:
        sentence = "Say whose: ?specialist= or ?client=."
        raise NotValid("Nothing was looked up.", [FieldFault("specialist", sentence)])
    found = (await raised(session, specialist=specialist, client=client))[:limit]
    admitted.trail.saw(concern.client_id for concern in found)
    return json_response({"concerns": found})


async def raised(
    session: AsyncSession, *, specialist: str | None = None, client: UUID | None = None, note: UUID | None = None
) -> list[Concern]:
    """The concerns about these notes, the newest first; a note that nobody has to look at has none."""
    binds = {"specialist": specialist, "client": client, "note": note}
    concerns = [
        *await _not_allowed(session, binds),
        *await _contradicting(session, binds),
        *await beyond_the_note(session, specialist, client, note, _MOST_CONTACTS),
    ]
    return sorted(concerns, key=lambda concern: (concern.happened_at, concern.note_id), reverse=True)


async def _not_allowed(session: AsyncSession, binds: Mapping[str, Any]) -> list[Concern]:
    contacts = (await session.execute(_CONTACTS, {**binds, "most": _MOST_CONTACTS})).all()
    if not contacts:
        return []
    decisions = await _decisions(session, [contact.client_id for contact in contacts])
    return [_concern(contact) for contact in contacts if not _allowed(contact, decisions[contact.client_id])]


async def _contradicting(session: AsyncSession, binds: Mapping[str, Any]) -> list[Concern]:
    """Of whole clients, since one note contradicts another; then of the notes that were asked for."""
    clients = (await session.scalars(_WHOSE, {**binds, "kinds": list(READ)})).all()
    if not clients:
        return []
    return [
        Concern(found.code, found.note.id, client_id, found.note.specialist.id, found.note.happened_at, found.sentence)
        for client_id, forms in (await forms_of(session, clients, READ)).items()
        for found in contradictions(forms)
        if binds["note"] in (None, found.note.id) and binds["specialist"] in (None, found.note.specialist.id)
    ]


async def _decisions(session: AsyncSession, clients: Sequence[UUID]) -> dict[UUID, list[Decision]]:
    found: dict[UUID, list[Decision]] = defaultdict(list)
    for row in await session.execute(_DECISIONS, {"clients": list(set(clients))}):
        decision = Decision(uk_date(row.happened_at), row.employer, row.until, frozenset(row.tellers))
        found[row.client_id].append(decision)
    return found


def _allowed(contact: Row[Any], decisions: Sequence[Decision]) -> bool:
    tellers = frozenset({"specialist", "client"} if contact.with_client else {"specialist"})
    return may_tell(tellers, contact.employer, uk_date(contact.happened_at), decisions)


def _concern(contact: Row[Any]) -> Concern:
    whose = (contact.id, contact.client_id, contact.specialist_id, contact.happened_at)
    return Concern("disclosure_not_allowed", *whose, _NOT_ALLOWED)
