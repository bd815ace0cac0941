"""`joinedup deliveries`: what waits, what needs a person, and a person's moves."""

from typing import Annotated
from uuid import UUID

import typer

from service.commands.options import AsJson, ReasonCode, Since, Until, Yes
from service.commands.running import in_session
from service.errors import CannotStart
from service.outbox import by_hand
from service.outbox.resolve import InTheEhr, NotInTheEhr, Resolution, TheirsStands, resolve_one
from service.watch import in_tables
from service.watch.deliveries import OPEN, State, Wanted, list_deliveries, show_deliveries

deliveries = typer.Typer(no_args_is_help=True)


@deliveries.command("list")
def list_(
    state: Annotated[list[State] | None, typer.Option(help="Again for more; else all that is open.")] = None,
    reason_code: ReasonCode = None,
    client: Annotated[UUID | None, typer.Option(help="Id of a client.")] = None,
    note: Annotated[UUID | None, typer.Option(help="Id of a note.")] = None,
    since: Since = None,
    until: Until = None,
    after: Annotated[UUID | None, typer.Option(help="The last delivery of the page before.")] = None,
    most: Annotated[int, typer.Option(min=1, max=1000)] = 50,
    as_json: AsJson = False,
) -> None:
    """What waits or needs a person, oldest first, each with a sentence that says what to do."""
    wanted = Wanted(tuple(state or OPEN), reason_code, client, note, since, until)
    found = in_session(lambda session: list_deliveries(session, wanted, after, most))
    in_tables.show(found, in_tables.deliveries_table(found, most), as_json=as_json)


@deliveries.command()
def show(
    any_id: Annotated[UUID, typer.Argument(metavar="ID", help="Of a delivery or of a note.")],
    answer: Annotated[bool, typer.Option("--answer", help="What the EHR said, too: may hold patient data.")] = False,
    as_json: AsJson = False,
) -> None:
    """One delivery, or each version of a note: its attempts, its calls, and where the EHR has it."""
    found = in_session(lambda session: show_deliveries(session, any_id, with_answers=answer))
    if not found:
        raise CannotStart("There is no delivery and no note with this id. `joinedup deliveries list` has them.")
    in_tables.show(found, in_tables.delivery_pages(found), as_json=as_json)


@deliveries.command()
def retry(
    delivery: Annotated[UUID | None, typer.Argument(metavar="[DELIVERY]", help="One; else all that fit.")] = None,
    state: Annotated[list[State] | None, typer.Option(help="Again for more; else needs_attention.")] = None,
    reason_code: ReasonCode = None,
    since: Since = None,
    until: Until = None,
    yes: Yes = False,
) -> None:
    """Send again now: one delivery, or all of a reason or time."""
    chosen = by_hand.Chosen(tuple(state or ("needs_attention",)), reason_code, since, until)
    if delivery:
        moves = [in_session(lambda session: by_hand.retry_one(session, delivery), keep=yes)]
    else:
        move = by_hand.retry_many if yes else by_hand.would_retry
        moves = in_session(lambda session: move(session, chosen), keep=yes)
    in_tables.show(moves, in_tables.moves_table(moves, "goes again now", done=yes), as_json=False)


@deliveries.command()
def cancel(
    delivery: Annotated[UUID, typer.Argument()],
    reason: Annotated[str, typer.Option(help="Why it is not to be sent. Its writer reads it. No patient data.")],
    yes: Yes = False,
) -> None:
    """Never send this one; what waits behind it goes on."""
    move = in_session(lambda session: by_hand.cancel_one(session, delivery, reason), keep=yes)
    in_tables.show([move], in_tables.moves_table([move], "is cancelled", done=yes), as_json=False)


@deliveries.command()
def resolve(
    delivery: Annotated[UUID, typer.Argument()],
    reason: Annotated[str, typer.Option(help="Who looked, and where. No patient data.")],
    found: Annotated[list[str] | None, typer.Option(metavar="TYPE/ID", help="It is in the EHR: here.")] = None,
    not_found: Annotated[bool, typer.Option("--not-found", help="Nothing of it is in the EHR.")] = False,
    theirs_stands: Annotated[bool, typer.Option("--theirs-stands", help="What the EHR has stays.")] = False,
    by: Annotated[str, typer.Option(envvar="USER", help="Who says so.")] = "somebody",
    yes: Yes = False,
) -> None:
    """After a person looked in the EHR: say what is there, and the delivery goes on from that."""
    said: list[Resolution] = [InTheEhr(tuple(found))] if found else []
    said += [NotInTheEhr()] if not_found else []
    said += [TheirsStands()] if theirs_stands else []
    if len(said) != 1:
        raise CannotStart("Say one of --found, --not-found and --theirs-stands.")
    move = in_session(lambda session: resolve_one(session, delivery, said[0], f"{by}, by hand", reason), keep=yes)
    in_tables.show([move], in_tables.moves_table([move], "goes on from there", done=yes), as_json=False)
