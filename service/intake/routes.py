"""What a phone may post: a note, several, an amendment, a retraction. The first thing that hears of a note.

Each answer is sent after the commit (`group_commit.py`, `db.py`): a receipt means stored, and its delivery with it.
"""

import asyncio
import json
from datetime import UTC, datetime
from typing import Annotated, Any, TypeAlias, assert_never
from uuid import UUID

from fastapi import APIRouter, Header, Path, Request, Response
from pydantic import TypeAdapter

from service.auth.admit import Admitted, TheAdmitted
from service.auth.refusals import keep_refusal
from service.auth.session import Session
from service.db import Sessions
from service.errors import CallerError, FieldFault, NeedsIfMatch, NotReadable, NotValid
from service.forms.note import FORM, Form
from service.group_commit import GroupCommit
from service.intake.answers import json_response, problem_json, problem_response
from service.intake.change import amend_note, retract_note
from service.intake.door import Door, door_of
from service.intake.read_body import LARGEST_BATCH, LARGEST_NOTE, parse, read_body
from service.intake.receipt import Answer, NotTaken, Taken
from service.intake.receive import Arrival, receive_notes
from service.intake.requests import Amendment, Retraction
from service.intake.writer import open_to_change, refuse_anothers, refuse_who_is_no_specialist

router = APIRouter(tags=["notes"])

_AMENDMENT: TypeAdapter[Amendment] = TypeAdapter(Amendment)
_RETRACTION: TypeAdapter[Retraction] = TypeAdapter(Retraction)
_MOST_IN_BATCH = 100
_MOST_AT_ONCE = 32

NoteId = Annotated[UUID, Path(description="The phone's own id of the note.")]


Arrivals: TypeAlias = GroupCommit[Arrival, Answer]


def arrivals_at(door: Door, sessions: Sessions) -> Arrivals:
    """Made once at start-up: the notes that arrive at the same moment are received in one transaction."""
    return GroupCommit(sessions, lambda session, arrivals: receive_notes(session, door, arrivals), _MOST_AT_ONCE)


@router.post("/notes", status_code=201)
async def post_note(request: Request, admitted: TheAdmitted) -> Response:
    """Send a note. The same note again, however often, is stored once and gets the same receipt (200)."""
    form = parse(FORM, await read_body(request, LARGEST_NOTE))
    return _respond(await hand_in(request, admitted, form))


@router.post("/notes/batch")
async def post_notes(request: Request, admitted: TheAdmitted) -> Response:
    """Send up to 100 notes: one result for each, in order. Each stands by itself: a bad one blocks no other."""
    bodies = _notes_of(await read_body(request, LARGEST_BATCH))
    # They begin in order, and nothing is awaited before they are handed in: so they arrive in order.
    results = await asyncio.gather(*(_one_of_many(request, admitted, body) for body in bodies))
    return json_response({"results": results}, 200)


@router.put("/notes/{note_id}")
async def put_note(
    request: Request,
    admitted: TheAdmitted,
    note_id: NoteId,
    session: Session,
    if_match: Annotated[str | None, Header(description="The version you read, as its ETag says it.")] = None,
) -> Response:
    """Amend a note: the whole note again, and why. Makes the next version; no version is overwritten."""
    based_on = _version_of(if_match)
    amendment = parse(_AMENDMENT, await read_body(request, LARGEST_NOTE), _not_taken("amendment"))
    if amendment.note.id != note_id:
        raise NotValid("The amendment was not taken.", [FieldFault("note.id", "This is not the id in the URL.")])
    refuse_anothers(admitted, amendment.note)
    await open_to_change(session, note_id, based_on)
    door, now = door_of(request), datetime.now(UTC)
    taken = await amend_note(session, door, amendment.note, based_on, amendment.reason, now, writer=admitted.caller)
    admitted.trail.saw([taken.receipt.client_id], note_id=note_id)
    _count(door, taken)
    return _respond(Taken(taken.receipt, new=False))


@router.post("/notes/{note_id}/retraction")
async def post_retraction(request: Request, admitted: TheAdmitted, note_id: NoteId, session: Session) -> Response:
    """Retract a note, and say why: it is marked entered in error, here and in the EHR, and never deleted."""
    retraction = parse(_RETRACTION, await read_body(request, LARGEST_NOTE), _not_taken("retraction"))
    refuse_who_is_no_specialist(admitted)
    await open_to_change(session, note_id)
    door, now = door_of(request), datetime.now(UTC)
    taken = await retract_note(session, door, note_id, retraction.reason, now, writer=admitted.caller)
    admitted.trail.saw([taken.receipt.client_id], note_id=note_id)
    _count(door, taken)
    return _respond(Taken(taken.receipt, new=False))


async def hand_in(request: Request, admitted: Admitted, form: Form) -> Answer:
    """The one door, for whatever window a form came through. Committed when this returns, with its audit line."""
    refuse_anothers(admitted, form)
    arrivals: Arrivals = request.app.state.arrivals
    arrival = Arrival(form, datetime.now(UTC), admitted.caller, admitted.whence, admitted.route)
    answer = await arrivals.write(arrival)
    if isinstance(answer, Taken):
        _count(door_of(request), answer)
    return answer


async def _one_of_many(request: Request, admitted: Admitted, body: Any) -> dict[str, Any]:
    try:
        answer = await hand_in(request, admitted, parse(FORM, json.dumps(body).encode()))
    except CallerError as error:
        await keep_refusal(request, error)
        answer = NotTaken(error)
    match answer:
        case Taken(receipt, new):
            return {"status": 201 if new else 200, "receipt": receipt.as_json()}
        case NotTaken(problem):
            return {"status": problem.status, "problem": problem_json(problem)}
        case _ as never:
            assert_never(never)


def _not_taken(what: str) -> str:
    return f"The {what} was not taken. Put right what is listed in `faults`, and send it again."


def _count(door: Door, taken: Taken) -> None:
    if taken.new:
        door.meters.accepted.labels(taken.receipt.kind).inc()


def _notes_of(body: bytes) -> list[Any]:
    """Python's own parser takes half a surrogate pair, so that one cut-off text blocks no other note."""
    try:
        batch = json.loads(body)
    except (ValueError, RecursionError):
        raise NotReadable("This is not JSON. Check that the whole body was sent.") from None
    notes = batch.get("notes") if isinstance(batch, dict) and len(batch) == 1 else None
    if not isinstance(notes, list) or not 1 <= len(notes) <= _MOST_IN_BATCH:
        sentence = f"Send an object with one field, `notes`: a list of 1 to {_MOST_IN_BATCH} notes."
        raise NotValid("No note was taken.", [FieldFault("notes", sentence)])
    return notes


def _version_of(if_match: str | None) -> int:
    number = (if_match or "").strip().removeprefix("W/").strip('"')
    if not number.isascii() or not number.isdecimal() or len(number) > 9:
        raise NeedsIfMatch('Say which version you amend, by the header If-Match: "1" (the ETag of what you read).')
    return int(number)


def _respond(answer: Answer) -> Response:
    match answer:
        case Taken(receipt, new):
            return json_response(receipt.as_json(), 201 if new else 200, ETag=f'"{receipt.version}"')
        case NotTaken(problem):
            return problem_response(problem)
        case _:
            assert_never(answer)
