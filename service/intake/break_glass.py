"""A clinician opens the record of somebody outside their teams: with a reason, for a while, seldom, and seen by others.

What is opened is seen by the database's own rule (migration 0008); who did so is shown to the service manager.
"""

from datetime import UTC, date, datetime, timedelta
from typing import Annotated, Any, Final
from uuid import UUID

from fastapi import APIRouter, Query, Request, Response
from pydantic import StringConstraints, TypeAdapter
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from service.audit import Act, Outcome
from service.auth.admit import Admitted, TheAdmitted
from service.auth.session import Session, widen
from service.errors import NoSuchClient, TooOften
from service.forms.heading import ClientNamed
from service.forms.text import Line, Part
from service.intake.answers import json_response, problem_response
from service.intake.read_body import parse, read_body

router = APIRouter(tags=["clients"])

_LARGEST: Final = 16 * 1024
_LASTS: Final = timedelta(hours=1)
_MOST_A_DAY: Final = 5
_DAY: Final = timedelta(days=1)
_NOT_OPENED: Final = "Nothing was opened. Put right what is listed in `faults`."
_TOO_OFTEN: Final = (
    f"You have opened, or tried to open, {_MOST_A_DAY} records outside your teams within a day. Ask the team that "
    "looks after this person, or your service manager."
)
_NOBODY: Final = (
    "Nobody with this NHS number and this date of birth is known here. Check both. The attempt was written down."
)

# One clinician at a time: of two at the same moment the second is counted, too.
_ONE_AT_A_TIME = text("SELECT pg_advisory_xact_lock(hashtextextended(:who, 5107216874))")
_TODAY = text("SELECT count(*) FROM break_glass WHERE who = :who AND opened_at > CAST(:since AS timestamptz)")
_FIND = text("SELECT id FROM clients WHERE nhs_number = :nhs_number AND birth_date = :birth_date")
_OPEN = text("""
    INSERT INTO break_glass (who, name, client_id, reason, opened_at, until)
    VALUES (:who, :name, :client_id, :reason, :now, :until)
""")
_OPENED = text("""
    SELECT who, name, client_id, reason, opened_at, until FROM break_glass
     WHERE client_id IS NOT NULL ORDER BY opened_at DESC, id DESC LIMIT :limit
""")
# Written by somebody whose teams do not look after the person: in the record, and for the team to know.
_FROM_OUTSIDE = text("""
    SELECT id AS note_id, version, client_id, specialist_id, received_at FROM notes
     WHERE from_outside ORDER BY received_at DESC, id LIMIT :limit
""")


class Opening(Part):
    """Whom to open, and why."""

    client: ClientNamed
    reason: Annotated[Line, StringConstraints(min_length=10)]


_OPENING: Final = TypeAdapter(Opening)


@router.post("/break-glass", status_code=201, response_class=Response)
async def post_break_glass(request: Request, session: Session, admitted: TheAdmitted) -> Response:
    """Open the record of somebody outside your teams, for an hour. Your reason is shown to their service manager."""
    opening = parse(_OPENING, await read_body(request, _LARGEST), _NOT_OPENED)
    now = datetime.now(UTC)
    # By who somebody is, not by what the caller may see: from here on only this one person is looked for.
    await widen(session)
    one_more = await _may_once_more(session, admitted, now)
    client_id = await _find(session, opening.client.nhs_number, opening.client.birth_date)
    if not one_more:
        # Answered, not raised: whom they were after is written down, and they are not told whether there is such a one.
        whose = (client_id,) if client_id else ()
        admitted.trail.did(_act(admitted, opening, "refused", whose, "too_often"))
        return problem_response(TooOften(_TOO_OFTEN, int(_DAY.total_seconds())))
    await _keep(session, admitted, client_id, opening.reason, now)
    if client_id is None:
        # Answered, not raised: the attempt counts.
        admitted.trail.did(_act(admitted, opening, "refused"))
        return problem_response(NoSuchClient(_NOBODY))
    admitted.trail.did(_act(admitted, opening, "done", (client_id,)))
    return json_response({"client_id": client_id, "until": now + _LASTS}, 201)


@router.get("/break-glass", response_class=Response)
async def get_break_glass(
    session: Session,
    admitted: TheAdmitted,
    limit: Annotated[int, Query(ge=1, le=200, description="How many of each at the most.")] = 50,
) -> Response:
    """Who opened the record of one of your teams' people from outside, and which notes came from outside: the newest
    first."""
    opened = [dict(row._mapping) for row in await session.execute(_OPENED, {"limit": limit})]
    written = [dict(row._mapping) for row in await session.execute(_FROM_OUTSIDE, {"limit": limit})]
    admitted.trail.saw(one["client_id"] for one in [*opened, *written])
    return json_response({"opened": opened, "notes_from_outside": written})


def _act(
    admitted: Admitted, opening: Opening, outcome: Outcome, whose: tuple[UUID, ...] = (), code: str | None = None
) -> Act:
    return Act(
        "break_glass_opened",
        outcome,
        clients=whose,
        route=admitted.route,
        reason_code=code,
        reason=opening.reason,
    )


async def _may_once_more(session: AsyncSession, admitted: Admitted, now: datetime) -> bool:
    who = admitted.caller.key
    await session.execute(_ONE_AT_A_TIME, {"who": who})
    return bool(await session.scalar(_TODAY, {"who": who, "since": now - _DAY}) < _MOST_A_DAY)


async def _find(session: AsyncSession, nhs_number: str, birth_date: date) -> UUID | None:
    found: UUID | None = await session.scalar(_FIND, {"nhs_number": nhs_number, "birth_date": birth_date})
    return found


async def _keep(session: AsyncSession, admitted: Admitted, client_id: UUID | None, reason: str, now: datetime) -> None:
    kept: dict[str, Any] = {"who": admitted.caller.key, "name": admitted.caller.name, "client_id": client_id}
    await session.execute(_OPEN, {**kept, "reason": reason, "now": now, "until": now + _LASTS})
