"""The command `joinedup`: reads the settings, wires what each command needs, and says in a sentence what went wrong.

Exit status: 0 done and well; 1 done, and something is not well; 2 could not be done.
"""

import asyncio
import os
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Iterator
from contextlib import asynccontextmanager, contextmanager
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated, Any, TypeVar
from uuid import UUID

import typer
from dotenv import dotenv_values
from fastapi import FastAPI
from pydantic import ValidationError
from sqlalchemy.ext.asyncio import AsyncSession
from uvicorn.loops.auto import auto_loop_factory

from service.app import make_app
from service.db import Sessions, opened
from service.embedded_postgres import embedded_postgres
from service.errors import CallerError, CannotStart
from service.intake.door import Door
from service.logs import configure_logs
from service.loopback import listen_on_loopback, serve_app, until_told_to_stop
from service.mapping.names import Names
from service.meters import Meters
from service.migrate import check_version, migrate_database, newest_migration
from service.outbox import by_hand
from service.push.capability import Capability
from service.r4.gate import compile_gate
from service.sandbox.app import run_sandbox
from service.sandbox.demo.story import run_demo
from service.settings import Settings, in_a_sentence, misspelt, shipped_folder
from service.watch import in_tables
from service.watch.deliveries import OPEN, State, Wanted, list_deliveries, show_deliveries
from service.watch.ehr_check import check_ehr
from service.watch.read_back import EhrNotReadable
from service.watch.reconcile import Reconciler, reconcile
from service.watch.reconciliation import Reconciliation
from service.watch.remap import remap
from service.watch.watched import Watched
from service.watch.window import watch_app
from service.worker import ehr_of, worker_beside

COULD_NOT_BE_DONE = 2

_Done = TypeVar("_Done")

joinedup = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False)
deliveries = typer.Typer(no_args_is_help=True)
ehr = typer.Typer(no_args_is_help=True)
joinedup.add_typer(deliveries, name="deliveries", help="What waits, what needs a person, and a person's moves.")
joinedup.add_typer(ehr, name="ehr", help="The trust's EHR.")


def _moment(text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise typer.BadParameter("Write it as 2026-11-22 or 2026-11-22T09:30.") from None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


Since = Annotated[datetime | None, typer.Option(parser=_moment, metavar="TIME", help="From then on, in UTC.")]
Until = Annotated[datetime | None, typer.Option(parser=_moment, metavar="TIME", help="Before then, in UTC.")]
ReasonCode = Annotated[str | None, typer.Option(help="Only those with this reason code.")]
Yes = Annotated[bool, typer.Option("--yes", help="Do it. Without it, what would be done is shown and nothing is.")]
AsJson = Annotated[bool, typer.Option("--json", help="For machines.")]


def main() -> None:
    """What is expected to go wrong ends in one sentence; a fault of ours in the log."""
    try:
        typer.main.get_command(joinedup)(prog_name="joinedup")
    except (CannotStart, CallerError, EhrNotReadable) as fault:
        typer.echo(str(fault), err=True)
        sys.exit(COULD_NOT_BE_DONE)


@joinedup.command()
def serve() -> None:
    """Take notes over HTTP, and deliver them by one worker inside."""
    settings = _settings(log=True)
    with (
        until_told_to_stop(),
        listen_on_loopback(settings.host, settings.port) as listener,
        _database(settings) as url,
    ):
        here = f"http://{settings.host}:{listener.getsockname()[1]}"
        typer.echo(f"joinedup takes notes on {here} ({here}/openapi.json says how).")
        typer.echo("It listens on loopback only until access control is built.")
        serve_app(make_app(settings, url), listener)


@joinedup.command()
def worker(
    metrics_port: Annotated[int, typer.Option(min=0, max=65535, help="Of its /metrics; 0 takes a free one.")] = 0,
) -> None:
    """Deliver what waits, beside `serve` and as many other workers as you like."""
    settings = _settings(log=True)
    with until_told_to_stop(), listen_on_loopback("127.0.0.1", metrics_port) as listener, _database(settings) as url:
        typer.echo(f"A worker delivers; its metrics are on http://127.0.0.1:{listener.getsockname()[1]}/metrics.")
        serve_app(watch_app(partial(_working, settings, url)), listener)


@joinedup.command()
def migrate() -> None:
    """Bring the trust's database to this program's tables. The embedded one is migrated by itself."""
    settings = _settings()
    if settings.database_url is None:
        raise CannotStart("JOINEDUP_DATABASE_URL is not set, and the embedded database is migrated by itself.")
    _run(migrate_database(settings.database_url.get_secret_value()))
    typer.echo(f"The database is at migration {newest_migration()}.")


@joinedup.command()
def sandbox(
    port: Annotated[int, typer.Option(min=1, max=65535)] = 8090,
    store: Annotated[Path | None, typer.Option(help="File that keeps what it is sent. Else it forgets.")] = None,
    seed: Annotated[bool, typer.Option(help="Begin with fictional people.")] = True,
) -> None:
    """A stand-in EHR: a small FHIR R4 server on loopback, able to misbehave on request."""
    with until_told_to_stop(), TemporaryDirectory(prefix="joinedup-sandbox-") as folder:
        typer.echo(f"The sandbox EHR is on http://127.0.0.1:{port}/fhir")
        run_sandbox("127.0.0.1", port, store or Path(folder) / "ehr.sqlite", seed)


@joinedup.command()
def demo(once: Annotated[bool, typer.Option("--once", help="End by itself instead of staying up.")] = False) -> None:
    """See notes travel from a phone into an EHR, survive its outage, and be reconciled."""
    raise typer.Exit(run_demo(once))


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
    found = _in_session(lambda session: list_deliveries(session, wanted, after, most))
    in_tables.show(found, in_tables.deliveries_table(found, most), as_json=as_json)


@deliveries.command()
def show(
    any_id: Annotated[UUID, typer.Argument(metavar="ID", help="Of a delivery or of a note.")],
    answer: Annotated[bool, typer.Option("--answer", help="What the EHR said, too: may hold patient data.")] = False,
    as_json: AsJson = False,
) -> None:
    """One delivery, or each version of a note: its attempts, its calls, and where the EHR has it."""
    found = _in_session(lambda session: show_deliveries(session, any_id, with_answers=answer))
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
        moves = [_in_session(lambda session: by_hand.retry_one(session, delivery), keep=yes)]
    else:
        move = by_hand.retry_many if yes else by_hand.would_retry
        moves = _in_session(lambda session: move(session, chosen), keep=yes)
    in_tables.show(moves, in_tables.moves_table(moves, "goes again now", done=yes), as_json=False)


@deliveries.command()
def cancel(
    delivery: Annotated[UUID, typer.Argument()],
    reason: Annotated[str, typer.Option(help="Why it is not to be sent. Its writer reads it. No patient data.")],
    yes: Yes = False,
) -> None:
    """Never send this one; what waits behind it goes on."""
    move = _in_session(lambda session: by_hand.cancel_one(session, delivery, reason), keep=yes)
    in_tables.show([move], in_tables.moves_table([move], "is cancelled", done=yes), as_json=False)


@joinedup.command("reconcile")
def reconcile_(since: Since = None, as_json: AsJson = False) -> None:
    """Is every accepted note in the EHR, once, as it was delivered? Reads only."""
    settings = _settings()
    found = _in_sessions(lambda sessions: _reconcile(settings, sessions, since), settings)
    in_tables.show(found.as_json(), in_tables.reconciliation_table(found), as_json=as_json)
    raise typer.Exit(0 if found.all_is_well else 1)


@joinedup.command("remap")
def remap_(yes: Yes = False) -> None:
    """After a fault of our mapping is mended: map the notes that it stopped, and let them go."""
    settings = _settings()
    gate = compile_gate(shipped_folder("fhir_profiles"), settings.fhir_base)
    door = Door(Names(settings.fhir_base, settings.ods_code), gate, Meters())
    mapped = _in_sessions(lambda sessions: remap(sessions, door, dry_run=not yes), settings)
    in_tables.show(mapped, in_tables.remapped_table(mapped, done=yes), as_json=False)
    raise typer.Exit(0 if all(one.mapped for one in mapped) else 1)


@ehr.command()
def check(as_json: AsJson = False) -> None:
    """What the EHR allows for each resource type, and which strategy follows."""
    settings = _settings()
    found = _run(_check(settings))
    in_tables.show(found, in_tables.capability_table(found), as_json=as_json)
    raise typer.Exit(1 if found.faults else 0)


def _settings(*, log: bool = False) -> Settings:
    """From the environment and .env. A command that ends by itself logs only what went wrong."""
    if sentence := misspelt([*os.environ, *dotenv_values(".env")]):
        raise CannotStart(sentence)
    try:
        settings = Settings()
    except ValidationError as error:
        raise CannotStart(in_a_sentence(error)) from None
    configure_logs(settings.log_level if log else "WARNING")
    return settings


@contextmanager
def _database(settings: Settings) -> Iterator[str]:
    """The URL of a database that has this program's tables: the trust's, else an embedded one."""
    if settings.database_url:
        url = settings.database_url.get_secret_value()
        _run(check_version(url))
        yield url
        return
    with embedded_postgres(settings.data_folder) as url:
        _run(migrate_database(url))
        yield url


@asynccontextmanager
async def _working(settings: Settings, url: str, app: FastAPI) -> AsyncIterator[None]:
    meters = Meters()
    async with opened(url, settings.database_connections) as sessions:
        app.state.watched = Watched(sessions, meters, newest_migration(), settings.waiting_alarm)
        async with worker_beside(settings, sessions, meters):
            yield


def _run(job: Coroutine[Any, Any, _Done]) -> _Done:
    with asyncio.Runner(loop_factory=auto_loop_factory()) as runner:
        return runner.run(job)


def _in_sessions(job: Callable[[Sessions], Awaitable[_Done]], settings: Settings) -> _Done:
    async def with_sessions(url: str) -> _Done:
        async with opened(url, settings.database_connections) as sessions:
            return await job(sessions)

    with _database(settings) as url:
        return _run(with_sessions(url))


def _in_session(job: Callable[[AsyncSession], Awaitable[_Done]], *, keep: bool = False) -> _Done:
    """One transaction; unless it is kept, whatever it did is undone, so a dry run is the very thing."""

    async def with_session(sessions: Sessions) -> _Done:
        async with sessions.begin() if keep else sessions() as session:
            return await job(session)

    return _in_sessions(with_session, _settings())


async def _reconcile(settings: Settings, sessions: Sessions, since: datetime | None) -> Reconciliation:
    with in_tables.counting() as told:
        async with ehr_of(settings) as there:
            return await reconcile(Reconciler(sessions, there, settings.ehr_in_flight, told), since)


async def _check(settings: Settings) -> Capability:
    async with ehr_of(settings) as there:
        return await check_ehr(there, datetime.now(UTC))
