"""What a phone may ask: where its notes stand, and whom its specialist looks after."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query, Response
from sqlalchemy import Row, Select, and_, exists, select, tuple_
from sqlalchemy.orm import aliased

from service.auth.admit import TheAdmitted
from service.auth.session import Session
from service.errors import FieldFault, NoSuchNote, NotValid
from service.forms.heading import SPECIALIST_ID
from service.intake.answers import json_response
from service.intake.concerns import raised
from service.intake.paging import Position, position_of, read_position
from service.outbox.in_words import in_words
from service.tables import Client, ConflictingNote, Delivery, Note, OnCaseload

router = APIRouter(tags=["notes"])

Limit = Annotated[int, Query(ge=1, le=200, description="How many at the most.")]
SpecialistId = Annotated[str, Query(pattern=SPECIALIST_ID, description="The specialist's id, as the notes give it.")]


@router.get("/notes/{note_id}")
async def get_note(note_id: UUID, session: Session, admitted: TheAdmitted) -> Response:
    """One note's receipt: where its delivery stands, in a sentence, every version, refused conflicts, concerns."""
    rows = (await session.execute(_notes().where(Note.id == note_id).order_by(Note.version))).all()
    if not rows:
        raise NoSuchNote("No note has this id. If you sent it and have no receipt, send it again: it is stored once.")
    refused = await session.execute(
        select(ConflictingNote.digest, ConflictingNote.received_at)
        .where(ConflictingNote.note_id == note_id)
        .order_by(ConflictingNote.received_at)
    )
    admitted.trail.saw([rows[-1].client_id], note_id=note_id)
    newest = _receipt(rows[-1])
    versions = [_receipt(row) for row in rows]
    conflicts = [{"digest": row.digest.hex(), "received_at": row.received_at} for row in refused]
    told = {**newest, "versions": versions, "conflicts": conflicts, "concerns": await raised(session, note=note_id)}
    return json_response(told, ETag=f'"{rows[-1].version}"')


@router.get("/notes")
async def get_notes(
    session: Session,
    admitted: TheAdmitted,
    specialist: SpecialistId | None = None,
    client: UUID | None = None,
    limit: Limit = 50,
    after: Annotated[str | None, Query(max_length=100, description="`next` of the page before.")] = None,
) -> Response:
    """Receipts of a specialist's or a client's notes, the newest first."""
    if specialist is None and client is None:
        sentence = "Say whose notes: ?specialist= or ?client=."
        raise NotValid("Nothing was looked up.", [FieldFault("specialist", sentence)])
    wanted = _newest_versions().order_by(Note.received_at.desc(), Note.id.desc()).limit(limit + 1)
    if specialist is not None:
        wanted = wanted.where(Note.specialist_id == specialist)
    if client is not None:
        wanted = wanted.where(Note.client_id == client)
    if after is not None:
        wanted = wanted.where(tuple_(Note.received_at, Note.id) < tuple_(*read_position(after)))
    rows = (await session.execute(wanted)).all()
    page = rows[:limit]
    admitted.trail.saw(row.client_id for row in page)
    following = position_of(Position(page[-1].received_at, page[-1].id)) if len(rows) > limit else None
    return json_response({"notes": [_receipt(row) for row in page], "next": following})


@router.get("/clients", tags=["clients"])
async def get_clients(session: Session, admitted: TheAdmitted, specialist: SpecialistId | None = None) -> Response:
    """Everybody whom a specialist has written about, or on whose caseload they are; without one, all of the caller's
    teams. The name is the EHR's, once it has confirmed."""
    wanted = select(Client).order_by(Client.name, Client.id)
    if specialist is not None:
        written_about = exists().where(and_(Note.client_id == Client.id, Note.specialist_id == specialist))
        on_caseload = exists().where(and_(OnCaseload.client_id == Client.id, OnCaseload.specialist_id == specialist))
        wanted = wanted.where(written_about | on_caseload)
    clients = (await session.scalars(wanted)).all()
    admitted.trail.saw(client.id for client in clients)
    return json_response({"clients": [_client(client) for client in clients]})


def _notes() -> Select[*tuple[Any, ...]]:
    return select(
        Note.id,
        Note.version,
        Note.kind,
        Note.client_id,
        Note.specialist_id,
        Note.happened_at,
        Note.written_at,
        Note.received_at,
        Note.retracted,
        Note.reason.label("change_reason"),
        Note.written_by,
        Note.cover_for,
        Delivery.state,
        Delivery.reason_code,
        Delivery.reason,
        Delivery.next_try_at,
        Delivery.tries,
        Delivery.ended_at,
    ).join(Delivery, and_(Delivery.note_id == Note.id, Delivery.note_version == Note.version))


def _newest_versions() -> Select[*tuple[Any, ...]]:
    later = aliased(Note)
    return _notes().where(~exists().where(and_(later.id == Note.id, later.version == Note.version + 1)))


def _receipt(row: Row[*tuple[Any, ...]]) -> dict[str, Any]:
    return {
        "id": row.id,
        "version": row.version,
        "kind": row.kind,
        "client_id": row.client_id,
        "specialist_id": row.specialist_id,
        "happened_at": row.happened_at,
        "written_at": row.written_at,
        "received_at": row.received_at,
        "retracted": row.retracted,
        "change_reason": row.change_reason,
        "by": row.written_by,
        "cover_for": row.cover_for,
        "delivery": {
            "state": row.state,
            "sentence": in_words(row.state, row.reason, row.next_try_at, row.ended_at),
            "reason_code": row.reason_code,
            "reason": row.reason,
            "next_try_at": row.next_try_at,
            "tries": row.tries,
        },
    }


def _client(client: Client) -> dict[str, Any]:
    return {
        "id": client.id,
        "confirmed": client.confirmed_at is not None,
        "name": client.name,
        "nhs_number": client.nhs_number,
        "birth_date": client.birth_date,
    }
