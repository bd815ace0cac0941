"""Hands out the copy of a note that an employer may have, and writes down who was handed it.

From the database come only the fields that face an employer: what else the note says is never read.
"""

import asyncio
from datetime import UTC, date, datetime
from typing import Annotated, Any, Final, Literal, TypeAlias, assert_never
from uuid import UUID

import orjson
from fastapi import APIRouter, Query, Response
from fastapi.responses import PlainTextResponse
from pydantic import TypeAdapter
from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncSession

from service.auth.admit import TheAdmitted
from service.auth.session import Session
from service.errors import CallerError, NoSuchNote
from service.forms.days import uk_date
from service.forms.disclosure_decision import Said, Teller
from service.intake.answers import json_response
from service.intake.employer_copy import TITLES, ShownLine, as_json, as_text
from service.intake.make_employer_copy import Facing, HandedOut, StandingDecision, make_employer_copy, not_to_be_told
from service.typeset import set_as_pdf

router = APIRouter(tags=["notes"])

_LINES: Final = TypeAdapter(tuple[ShownLine, ...])
_SAID: Final = TypeAdapter(tuple[Said, ...])

_FACING = text("""
    SELECT notes.id, notes.version, notes.kind, notes.client_id, notes.retracted, clients.name AS person,
           form ->> 'sort' AS sort, coalesce(form ->> 'status', 'active') = 'active' AS active,
           form #>> '{specialist,name}' AS specialist, form ->> 'employer' AS employer,
           coalesce((SELECT jsonb_agg(jsonb_build_object(
                              'id', line -> 'id',
                              'shown', line -> 'shown_to_employer',
                              'since', line -> 'since',
                              'by_when', line -> 'by_when',
                              'how_far', line -> 'how_far',
                              'agreed_on', CASE WHEN line #> '{employer_answer,agreed}' = 'true'
                                                THEN line #> '{employer_answer,on}' END) ORDER BY place)
                       FROM jsonb_array_elements(form -> 'lines') WITH ORDINALITY AS numbered (line, place)
                      WHERE jsonb_typeof(line -> 'shown_to_employer') = 'object' AND line ->> 'how_far' <> 'dropped'),
                    '[]') AS lines
      FROM notes
      JOIN clients ON clients.id = notes.client_id
     WHERE notes.id = :note_id AND kind IN ('support_plan', 'disclosure_decision')
       AND NOT EXISTS (SELECT FROM notes AS later WHERE later.id = notes.id AND later.version = notes.version + 1)
""")

_KNOWN = text("SELECT EXISTS (SELECT FROM notes WHERE id = :note_id)")

_DECISIONS = text("""
    SELECT id, version, retracted, happened_at, form ->> 'employer' AS employer,
           CAST(form ->> 'until' AS date) AS until, form ->> 'decision' AS decided,
           coalesce(form -> 'by_whom', '[]') AS tellers, coalesce(form -> 'may_be_told', '[]') AS said
      FROM notes
     WHERE kind = 'disclosure_decision' AND client_id = :client_id
       AND NOT EXISTS (SELECT FROM notes AS later WHERE later.id = notes.id AND later.version = notes.version + 1)
     ORDER BY happened_at DESC, received_at DESC
""")

Format: TypeAlias = Literal["json", "text", "pdf"]
ToldBy = Annotated[Teller, Query(description="Who hands it to the employer; the decision has to let them.")]
AsFormat = Annotated[Format, Query(alias="format", description="How it is written.")]


@router.get("/notes/{note_id}/employer-copy", response_class=Response)
async def get_employer_copy(
    note_id: UUID,
    session: Session,
    admitted: TheAdmitted,
    told_by: ToldBy = "specialist",
    written_as: AsFormat = "json",
) -> Response:
    """The copy that an employer may have of a decision or a plan: what the decision in force today allows, word for
    word. 403 says why there is none. Who was handed one is written down."""
    client_id, made = await hand_out(session, note_id, told_by, uk_date(datetime.now(UTC)))
    admitted.trail.saw([client_id], note_id=note_id)
    response = await _written(made, written_as)
    # The decision may be taken back tomorrow: no cache keeps what it allowed today.
    response.headers["Cache-Control"] = "no-store"
    return response


async def hand_out(session: AsyncSession, note_id: UUID, told_by: Teller, on: date) -> tuple[UUID, HandedOut]:
    """Whose it is, and the copy: made anew each time, from the newest versions."""
    row = (await session.execute(_FACING, {"note_id": note_id})).one_or_none()
    if row is None:
        raise await _no_copy(session, note_id)
    made = make_employer_copy(_facing(row), await _decisions(session, row.client_id), told_by, on)
    return row.client_id, made


async def _no_copy(session: AsyncSession, note_id: UUID) -> CallerError:
    if await session.scalar(_KNOWN, {"note_id": note_id}):
        return not_to_be_told("no_copy_of_this_kind")
    return NoSuchNote("No note has this id. If you sent it and have no receipt, send it again: it is stored once.")


def _facing(row: Row[Any]) -> Facing:
    return Facing(
        note_id=row.id,
        version=row.version,
        retracted=row.retracted,
        kind=row.kind,
        sort=row.sort,
        active=row.active,
        employer=row.employer,
        person=row.person,
        specialist=row.specialist,
        lines=_LINES.validate_json(orjson.dumps(row.lines)),
    )


async def _decisions(session: AsyncSession, client_id: UUID) -> list[StandingDecision]:
    return [
        StandingDecision(
            made_on=uk_date(row.happened_at),
            employer=row.employer,
            until=row.until,
            tellers=frozenset(row.tellers),
            note_id=row.id,
            version=row.version,
            retracted=row.retracted,
            decided=row.decided,
            said=_SAID.validate_json(orjson.dumps(row.said)),
        )
        for row in await session.execute(_DECISIONS, {"client_id": client_id})
    ]


async def _written(made: HandedOut, written_as: Format) -> Response:
    match written_as:
        case "json":
            return json_response({"copy": as_json(made.copy), "left_out": made.left_out})
        case "text":
            return PlainTextResponse(as_text(made.copy))
        case "pdf":
            pdf = await asyncio.to_thread(set_as_pdf, TITLES[made.copy.subject], as_text(made.copy))
            return Response(pdf, media_type="application/pdf")
        case _ as never:
            assert_never(never)
