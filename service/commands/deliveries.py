"""`joinedup deliveries`: what waits, what needs a person, and a person's moves."""

import sys
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Annotated, Final
from uuid import UUID

import typer

from service.audit import Person
from service.commands.options import AsJson, By, Client, DryRun, Note, OlderThan, ReasonCode, Since, Until
from service.commands.running import in_session, in_sessions, read_settings
from service.db import Sessions
from service.errors import CannotStart
from service.outbox.by_hand import Move
from service.outbox.chosen import OPEN, Chosen, State
from service.outbox.resolve import InTheEhr, NotInTheEhr, Resolution, TheirsStands
from service.watch import in_tables
from service.watch.acts import Asked, carry_out, look, open_content, resolve
from service.watch.deliveries import list_deliveries, show_deliveries

deliveries = typer.Typer(no_args_is_help=True)

_DONE: Final = {"retry": "goes again now", "cancel": "is cancelled"}

_Delivery = Annotated[UUID | None, typer.Argument(metavar="[DELIVERY]", help="One; else all that fit.")]
_States = Annotated[list[State] | None, typer.Option("--state", help="Again for more; else needs_attention.")]
_Count = Annotated[
    int | None, typer.Option(min=0, help="How many they are: they are moved if so many still fit. Else it is asked.")
]
_Reason = Annotated[str, typer.Option(help="Why they are not to be sent. Their writers read it. No patient data.")]


@deliveries.command("list")
def list_(
    state: Annotated[list[State] | None, typer.Option(help="Again for more; else all that is open.")] = None,
    reason_code: ReasonCode = None,
    client: Client = None,
    note: Note = None,
    since: Since = None,
    until: Until = None,
    older_than: OlderThan = None,
    after: Annotated[UUID | None, typer.Option(help="The last delivery of the page before.")] = None,
    most: Annotated[int, typer.Option(min=1, max=1000)] = 50,
    as_json: AsJson = False,
) -> None:
    """What waits or needs a person, oldest first, each with a sentence that says what to do."""
    chosen = Chosen(tuple(state or OPEN), reason_code, client, note, since, _before(until, older_than))
    found = in_session(lambda session: list_deliveries(session, chosen, after, most))
    in_tables.show(found, in_tables.deliveries_table(found, most), as_json=as_json)


@deliveries.command()
def show(
    any_id: Annotated[UUID, typer.Argument(metavar="ID", help="Of a delivery or of a note.")],
    with_content: Annotated[
        bool, typer.Option("--with-content", help="What was sent and what the EHR said: patient data. Written down.")
    ] = False,
    by: By = "somebody",
    as_json: AsJson = False,
) -> None:
    """One delivery, or each version of a note: its attempts, its calls, and where the EHR has it."""
    if with_content:
        found = in_session(lambda session: open_content(session, any_id, Person(by)), keep=True)
    else:
        found = in_session(lambda session: show_deliveries(session, any_id))
    if not found:
        raise CannotStart("There is no delivery and no note with this id. `joinedup deliveries list` has them.")
    in_tables.show(found, in_tables.delivery_pages(found), as_json=as_json)


@deliveries.command()
def retry(
    delivery: _Delivery = None,
    state: _States = None,
    reason_code: ReasonCode = None,
    client: Client = None,
    note: Note = None,
    since: Since = None,
    until: Until = None,
    older_than: OlderThan = None,
    dry_run: DryRun = False,
    count: _Count = None,
    by: By = "somebody",
) -> None:
    """Send again now: one delivery, or all that fit."""
    chosen = _chosen(delivery, Chosen((), reason_code, client, note, since, _before(until, older_than)), state)
    _move(Asked("retry", chosen), dry_run=dry_run, count=count, by=by)


@deliveries.command()
def cancel(
    reason: _Reason,
    delivery: _Delivery = None,
    state: _States = None,
    reason_code: ReasonCode = None,
    client: Client = None,
    note: Note = None,
    since: Since = None,
    until: Until = None,
    older_than: OlderThan = None,
    dry_run: DryRun = False,
    count: _Count = None,
    by: By = "somebody",
) -> None:
    """Never send these: one delivery, or all that fit; what waits behind them goes on."""
    chosen = _chosen(delivery, Chosen((), reason_code, client, note, since, _before(until, older_than)), state)
    _move(Asked("cancel", chosen, reason), dry_run=dry_run, count=count, by=by)


@deliveries.command("resolve")
def resolve_(
    delivery: Annotated[UUID, typer.Argument()],
    reason: Annotated[str, typer.Option(help="Who looked, and where. No patient data.")],
    found: Annotated[list[str] | None, typer.Option(metavar="TYPE/ID", help="It is in the EHR: here.")] = None,
    not_found: Annotated[bool, typer.Option("--not-found", help="Nothing of it is in the EHR.")] = False,
    theirs_stands: Annotated[bool, typer.Option("--theirs-stands", help="What the EHR has stays.")] = False,
    dry_run: DryRun = False,
    by: By = "somebody",
) -> None:
    """After a person looked in the EHR: say what is there, and the delivery goes on from that."""
    said: list[Resolution] = [InTheEhr(tuple(found))] if found else []
    said += [NotInTheEhr()] if not_found else []
    said += [TheirsStands()] if theirs_stands else []
    if len(said) != 1:
        raise CannotStart("Say one of --found, --not-found and --theirs-stands.")
    move = in_session(lambda session: resolve(session, delivery, said[0], reason, Person(by)), keep=not dry_run)
    in_tables.show([move], in_tables.moves_table([move], "goes on from there", done=not dry_run), as_json=False)


def _before(until: datetime | None, older_than: timedelta | None) -> datetime | None:
    bounds = [until] if until else []
    bounds += [datetime.now(UTC) - older_than] if older_than else []
    return min(bounds, default=None)


def _chosen(delivery: UUID | None, chosen: Chosen, states: list[State] | None) -> Chosen:
    if delivery:
        return replace(chosen, states=tuple(states or State), delivery_id=delivery)
    return replace(chosen, states=tuple(states or [State.NEEDS_ATTENTION]))


def _move(asked: Asked, *, dry_run: bool, count: int | None, by: str) -> None:
    moves = in_sessions(lambda sessions: _look_and_do(sessions, asked, dry_run, count, Person(by)), read_settings())
    in_tables.show(moves, in_tables.moves_table(moves, _DONE[asked.move], done=not dry_run), as_json=False)


async def _look_and_do(
    sessions: Sessions, asked: Asked, dry_run: bool, count: int | None, person: Person
) -> list[Move]:
    async with sessions() as session:
        moves = await look(session, asked)
    if dry_run or not moves:
        return moves
    if asked.chosen.delivery_id:
        count = 1
    elif count is None:
        count = _ask_how_many(moves, asked)
    async with sessions.begin() as session:
        return await carry_out(session, asked, count, person)


def _ask_how_many(moves: list[Move], asked: Asked) -> int:
    """A person says the number that they have seen; a script gives it."""
    if not sys.stdin.isatty():
        raise CannotStart(f"Nothing was done. Look with --dry-run, then say how many they are: --count {len(moves)}")
    in_tables.show(moves, in_tables.moves_table(moves, _DONE[asked.move], done=False), as_json=False)
    return int(typer.prompt("How many are they? Their number does it", type=int))
