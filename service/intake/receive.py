"""The one door: notes are checked against what we know, mapped, and stored with their deliveries.

Everything that enters the record enters here (amendments and retractions by `change.py`, in the same way). Notes
that arrive at the same moment share the caller's transaction, committed before any phone hears of it.
"""

from collections.abc import Iterable, Iterator, Sequence
from contextvars import Context, copy_context
from dataclasses import dataclass, field
from datetime import datetime
from typing import assert_never
from uuid import uuid4

import structlog
from sqlalchemy.ext.asyncio import AsyncSession

from service.audit import Act, Line, write_lines
from service.caller import AT_THIS_MACHINE, NOWHERE, Caller, Whence
from service.errors import NotTakenNow, NotValid, SameIdOtherContent
from service.forms.note import Form, NoteVersion
from service.intake.door import Door
from service.intake.look import Known, StoredVersion, look_at_all, teams_of
from service.intake.receipt import Answer, NotTaken, Receipt, Taken
from service.intake.rules import first_state, refuse_other_birth_date
from service.intake.store import ToStore, Written, keep_conflict, store, written_out
from service.mapping.to_resources import retract, to_resources
from service.r4.resource import Resource

# Parallel posts of one note, or of the first notes about one client, each lose one race at most.
MOST_LOOKS = 4

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Arrival:
    """A note at the door, and who brings it. `request` holds the ids of that request, for what is logged about it."""

    form: Form
    received_at: datetime
    writer: Caller = AT_THIS_MACHINE
    whence: Whence = NOWHERE
    route: str | None = None
    request: Context = field(default_factory=copy_context)


@dataclass(slots=True)
class _Waiting:
    """An arrival until it has its answer."""

    arrival: Arrival
    written: Written
    looks: int = 0
    answer: Answer | None = None


async def receive_notes(session: AsyncSession, door: Door, arrivals: Sequence[Arrival]) -> list[Answer]:
    """For each, in order: a new note, the same one again, or other content under its id: kept, and refused.

    As if they had come one by one: of two that concern one another, the second sees what the first one stored.
    """
    notes = [_Waiting(arrival, written_out(arrival.form)) for arrival in arrivals]
    while waiting := [note for note in notes if note.answer is None]:
        await _receive_unlike(session, door, _first_of_each(waiting))
    # The last statement: the audit's chain is locked from here to the commit.
    await write_lines(session, [line for note in notes if note.answer for line in _lines(note.arrival, note.answer)])
    return [note.answer for note in notes if note.answer is not None]


def _lines(arrival: Arrival, answer: Answer) -> Iterator[Line]:
    """What the audit says of it: whose record it went to, or that it was not taken and stays the phone's."""
    form, whose = arrival.form, (arrival.writer, arrival.whence)
    match answer:
        case Taken(receipt, new):
            code = None if new else "same_again"
            yield Line(
                *whose,
                Act("create", clients=(receipt.client_id,), note_id=form.id, route=arrival.route, reason_code=code),
            )
        case NotTaken(problem):
            yield Line(
                *whose,
                Act("create", "refused", note_id=form.id, route=arrival.route, reason_code=problem.issue_code),
            )
        case _ as never:
            assert_never(never)


def _first_of_each(waiting: Iterable[_Waiting]) -> list[_Waiting]:
    """No two of one note, nor about one client; who comes after one that has to wait waits too."""
    now: list[_Waiting] = []
    seen: set[object] = set()
    for note in waiting:
        concerns = {note.arrival.form.id, note.arrival.form.client.nhs_number}
        if seen.isdisjoint(concerns):
            now.append(note)
        seen |= concerns
    return now


async def _receive_unlike(session: AsyncSession, door: Door, notes: Sequence[_Waiting]) -> None:
    """One look and one statement for all of them. Who loses a race has no answer yet, and has to look again."""
    prepared: list[tuple[_Waiting, ToStore]] = []
    for note, known in zip(notes, await _look(session, notes), strict=True):
        note.looks += 1
        if known.versions:
            note.answer = await _came_before(session, known.versions[0], note)
            continue
        try:
            refuse_other_birth_date(known, note.arrival.form)
        except NotValid as refused:
            note.answer = NotTaken(refused)
            continue
        prepared.append((note, note.arrival.request.run(_prepare, door, known, note)))
    stored = await store(session, [what for _, what in prepared])
    for note, what in prepared:
        if what.note.form.id in stored:
            note.answer = Taken(receipt_of(what.note), new=True)
        elif note.looks == MOST_LOOKS:
            note.answer = NotTaken(too_busy())


async def _look(session: AsyncSession, notes: Sequence[_Waiting]) -> list[Known]:
    arrivals = [note.arrival for note in notes]
    return await look_at_all(session, [one.form for one in arrivals], [one.writer for one in arrivals])


def _prepare(door: Door, known: Known, note: _Waiting) -> ToStore:
    form, received_at = note.arrival.form, note.arrival.received_at
    version = NoteVersion(form, 1, known.client.id if known.client else uuid4(), received_at)
    return to_store(door, known, version, note.written, earlier=(), writer=note.arrival.writer)


def to_store(
    door: Door,
    known: Known,
    note: NoteVersion,
    written: Written,
    earlier: Sequence[Resource],
    *,
    writer: Caller,
    retracted: bool = False,
    never_sent: bool = False,
) -> ToStore:
    """A version mapped and gated, with the state its delivery begins in."""
    resources = resources_of(door, note, earlier, retracted=retracted)
    return ToStore(
        note=note,
        written=written,
        resources=resources or (),
        first_state=first_state(known, note, mapped=resources is not None, never_sent=never_sent),
        retracted=retracted,
        register_client=known.client is None,
        name_specialist=known.specialist_name != note.form.specialist.name,
        teams=teams_of(writer),
        from_outside=known.outside,
    )


def resources_of(
    door: Door, note: NoteVersion, earlier: Sequence[Resource], *, retracted: bool
) -> tuple[Resource, ...] | None:
    """The gated resources of a note version; None where our mapping failed, which is our fault, not the note's."""
    make = retract if retracted else to_resources
    try:
        with door.meters.mapping_seconds.time():
            resources = make(note, door.names, earlier)
            door.gate.check(resources)
    except Exception:  # whatever it is, the note itself must be kept
        log.exception("mapping_failed", note_id=str(note.form.id), note_version=note.version, kind=note.form.kind)
        return None
    return resources


def receipt_of(note: NoteVersion, *, retracted: bool = False) -> Receipt:
    """What a version that is stored is answered with."""
    return Receipt(note.form.id, note.version, note.form.kind, note.client_id, note.received_at, retracted)


def too_busy() -> NotTakenNow:
    """Only ever seen when a note is changed again and again while it is being read."""
    return NotTakenNow("Others are changing this note at this moment. Keep it, and send it again in a minute.")


async def _came_before(session: AsyncSession, stored: StoredVersion, note: _Waiting) -> Answer:
    if stored.digest == note.written.digest:
        return Taken(stored.receipt(), new=False)
    await keep_conflict(session, stored.id, note.written)
    if not stored.seen_by_writer:
        return NotTaken(SameIdOtherContent("This id is taken. Send the note again, under an id of its own."))
    return NotTaken(
        SameIdOtherContent(
            "A note with this id and other content is stored already. Yours was kept beside it, but is not in the "
            "record. If it corrects the stored note, send it by PUT /notes/{id} with If-Match and a reason; if it is "
            "another note, send it under an id of its own.",
            stored=stored.receipt().as_json(),
            stored_digest=stored.digest.hex(),
            sent_digest=note.written.digest.hex(),
        )
    )
