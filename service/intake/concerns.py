"""What somebody should look at, though the notes are in order: an employer was spoken to, and no decision allows that.

Worked out when it is asked for, since a decision may arrive days after the contact. The note stays as it was written.
Beside it what the clinical team did in the record and a note cannot say (`team_concerns.py`).
"""

from collections import defaultdict
from collections.abc import Sequence
from typing import Annotated, Any, Final
from uuid import UUID

from fastapi import APIRouter, Query, Response
from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncSession

from service.db import Session
from service.errors import FieldFault, NotValid
from service.intake.answers import json_response
from service.intake.disclosure_rule import Decision, may_tell
from service.intake.team_concerns import beyond_the_note
from service.mapping.times import uk_date

router = APIRouter(tags=["concerns"])

_MOST_CONTACTS: Final = 2_000
_NOT_ALLOWED: Final = (
    "An employer was spoken to about this person, and no disclosure decision in force that day allows it. "
    "Ask the person what may be told, and write their decision down."
)

_NEWEST: Final = """
    NOT notes.retracted AND NOT EXISTS (SELECT FROM notes AS later
        WHERE later.id = notes.id AND later.version = notes.version + 1)
"""

_CONTACTS = text(f"""
    SELECT id, client_id, specialist_id, happened_at, form #>> '{{employer,name}}' AS employer,
           CAST(form ->> 'client_took_part' AS boolean) AS with_client
      FROM notes
     WHERE kind = 'contact' AND form ->> 'with_whom' = 'employer' AND {_NEWEST}
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
     WHERE kind = 'disclosure_decision' AND client_id = ANY (CAST(:clients AS uuid[])) AND {_NEWEST}
""")  # noqa: S608 - constants of ours


@router.get("/concerns")
async def get_concerns(
    session: Session,
    specialist: Annotated[str | None, Query(max_length=64, description="Whose notes.")] = None,
    client: Annotated[UUID | None, Query(description="About whom.")] = None,
    limit: Annotated[int, Query(ge=1, le=200, description="How many at the most.")] = 50,
) -> Response:
    """What should be looked at, the newest first: of the last 2,000 employer contacts, those that nobody allowed; and
    what the clinical team did in the record with a request that its note cannot say."""
    if specialist is None and client is None:
        sentence = "Say whose: ?specialist= or ?client=."
        raise NotValid("Nothing was looked up.", [FieldFault("specialist", sentence)])
    return json_response({"concerns": (await raised(session, specialist=specialist, client=client))[:limit]})


async def raised(
    session: AsyncSession, *, specialist: str | None = None, client: UUID | None = None, note: UUID | None = None
) -> list[dict[str, Any]]:
    """The concerns about these notes; a note that nobody has to look at has none."""
    binds = {"specialist": specialist, "client": client, "note": note, "most": _MOST_CONTACTS}
    contacts = (await session.execute(_CONTACTS, binds)).all()
    decisions = await _decisions(session, [contact.client_id for contact in contacts])
    found = [_concern(contact) for contact in contacts if not _allowed(contact, decisions[contact.client_id])]
    found += await beyond_the_note(session, specialist, client, note, _MOST_CONTACTS)
    return sorted(found, key=lambda concern: concern["happened_at"], reverse=True)


async def _decisions(session: AsyncSession, clients: Sequence[UUID]) -> dict[UUID, list[Decision]]:
    found: dict[UUID, list[Decision]] = defaultdict(list)
    for row in await session.execute(_DECISIONS, {"clients": list(set(clients))}):
        decision = Decision(uk_date(row.happened_at), row.employer, row.until, frozenset(row.tellers))
        found[row.client_id].append(decision)
    return found


def _allowed(contact: Row[Any], decisions: Sequence[Decision]) -> bool:
    tellers = frozenset({"specialist", "client"} if contact.with_client else {"specialist"})
    return may_tell(tellers, contact.employer, uk_date(contact.happened_at), decisions)


def _concern(contact: Row[Any]) -> dict[str, Any]:
    return {
        "code": "disclosure_not_allowed",
        "note_id": contact.id,
        "client_id": contact.client_id,
        "specialist_id": contact.specialist_id,
        "happened_at": contact.happened_at,
        "sentence": _NOT_ALLOWED,
    }
