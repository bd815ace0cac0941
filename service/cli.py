"""The command `joinedup`: puts the commands together, runs those that stay up, and says in a sentence what went wrong.

Exit status: 0 done and well; 1 done, and something is not well; 2 could not be done.
"""

import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, nullcontext
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated

import typer
from fastapi import FastAPI

from service.app import make_app
from service.commands.audit import audit
from service.commands.backup import backup_, restore_
from service.commands.caseload import caseload
from service.commands.clients import clients
from service.commands.deliveries import deliveries
from service.commands.ehr import ehr
from service.commands.guide import guide_
from service.commands.keys import keys
from service.commands.options import DryRun
from service.commands.reconcile import reconcile_
from service.commands.running import database, in_sessions, read_settings, run, unprepared_database
from service.db import opened
from service.errors import CallerError, CannotStart
from service.garbage import collect_seldom
from service.intake.door import make_door
from service.meters import Meters
from service.migrate import migrate_database, newest_migration
from service.push.from_settings import check_settings
from service.sandbox.app import run_sandbox
from service.sandbox.demo.story import run_demo
from service.sandbox.issuer import issuer_beside, issuers_setting
from service.serving.listen import listen
from service.serving.run import serve_app, until_told_to_stop
from service.serving.tls import tls_context
from service.settings import Settings
from service.watch import in_tables
from service.watch.read_back import EhrNotReadable
from service.watch.remap import remap
from service.watch.watched import Watched
from service.watch.window import watch_app
from service.worker import worker_beside

COULD_NOT_BE_DONE = 2

_SIGN_IN = "Callers sign in with a token of an issuer that the settings name."
_NO_SIGN_IN = (
    "No issuer of tokens is set, so it listens on loopback only: whoever is at this machine may do everything, and "
    "nobody else can reach it."
)

joinedup = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False)
joinedup.add_typer(audit, name="audit", help="Who did what, about whom: whole, exported, of one person.")
joinedup.add_typer(caseload, name="caseload", help="Which team looks after whom.")
joinedup.add_typer(clients, name="clients", help="The systems that may ask us for tokens.")
joinedup.add_typer(deliveries, name="deliveries", help="What waits, what needs a person, and a person's moves.")
joinedup.add_typer(ehr, name="ehr", help="The trust's EHR.")
joinedup.add_typer(keys, name="keys", help="Our keys towards the EHR.")
joinedup.command("backup")(backup_)
joinedup.command("guide")(guide_)
joinedup.command("reconcile")(reconcile_)
joinedup.command("restore")(restore_)


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
    settings = read_settings(log=True)
    check_settings(settings)
    certificate, key = settings.tls_certificate, settings.tls_key
    tls = tls_context(certificate, key) if certificate and key else None
    sign_in = bool(settings.issuers) or settings.issue_system_tokens
    with (
        until_told_to_stop(),
        listen(settings.host, settings.port, callers_sign_in=sign_in, encrypted=settings.reached_by_https) as listener,
        database(settings) as url,
    ):
        here = f"{'https' if tls else 'http'}://{settings.host}:{listener.getsockname()[1]}"
        typer.echo(f"joinedup takes notes on {here} ({here}/openapi.json says how).")
        typer.echo(_SIGN_IN if sign_in else _NO_SIGN_IN)
        app = make_app(settings, url, for_this_machine=not sign_in)
        serve_app(app, listener, tls, [str(network) for network in settings.trusted_proxies])


@joinedup.command()
def worker(
    metrics_port: Annotated[int, typer.Option(min=0, max=65535, help="Of its /metrics; 0 takes a free one.")] = 0,
) -> None:
    """Deliver what waits, beside `serve` and as many other workers as you like."""
    settings = read_settings(log=True)
    check_settings(settings)
    with until_told_to_stop(), listen("127.0.0.1", metrics_port) as listener, database(settings) as url:
        typer.echo(f"A worker delivers; its metrics are on http://127.0.0.1:{listener.getsockname()[1]}/metrics.")
        serve_app(watch_app(partial(_working, settings, url)), listener)


@joinedup.command()
def migrate() -> None:
    """Bring the trust's database to this program's tables. The embedded one is migrated by itself."""
    settings = read_settings()
    if settings.database_url is None:
        raise CannotStart("JOINEDUP_DATABASE_URL is not set, and the embedded database is migrated by itself.")
    with unprepared_database(settings) as urls:
        run(migrate_database(urls.owner, urls.serving))
    typer.echo(f"The database is at migration {newest_migration()}.")


@joinedup.command()
def sandbox(
    port: Annotated[int, typer.Option(min=1, max=65535)] = 8090,
    store: Annotated[Path | None, typer.Option(help="File that keeps what it is sent. Else it forgets.")] = None,
    seed: Annotated[bool, typer.Option(help="Begin with fictional people.")] = True,
    issuer_port: Annotated[
        int | None, typer.Option(min=1, max=65535, help="Give tokens to anybody who asks, on this port.")
    ] = None,
) -> None:
    """A stand-in EHR: a small FHIR R4 server on loopback, able to misbehave on request."""
    with (
        until_told_to_stop(),
        TemporaryDirectory(prefix="joinedup-sandbox-") as folder,
        issuer_beside(issuer_port) if issuer_port else nullcontext() as issuer,
    ):
        typer.echo(f"The sandbox EHR is on http://127.0.0.1:{port}/fhir")
        if issuer:
            typer.echo(f"It gives tokens: curl -X POST {issuer}/token/operator ({issuer}/people has all ids)")
            typer.echo(f"For a service that takes them: JOINEDUP_ISSUERS='{issuers_setting(issuer)}'")
        run_sandbox("127.0.0.1", port, store or Path(folder) / "ehr.sqlite", seed)


@joinedup.command()
def demo(once: Annotated[bool, typer.Option("--once", help="End by itself instead of staying up.")] = False) -> None:
    """See notes travel from a phone into an EHR, survive its outage, and be reconciled."""
    raise typer.Exit(run_demo(once))


@joinedup.command("remap")
def remap_(dry_run: DryRun = False) -> None:
    """After a fault of our mapping is mended: map the notes that it stopped, and let them go."""
    settings = read_settings()
    door = make_door(settings, Meters())
    mapped = in_sessions(lambda sessions: remap(sessions, door, dry_run=dry_run), settings)
    in_tables.show(mapped, in_tables.remapped_table(mapped, done=not dry_run), as_json=False)
    raise typer.Exit(0 if all(one.mapped for one in mapped) else 1)


@asynccontextmanager
async def _working(settings: Settings, url: str, app: FastAPI) -> AsyncIterator[None]:
    meters = Meters()
    async with opened(url, settings.database_connections) as sessions:
        app.state.watched = Watched(sessions, meters, newest_migration(), settings.waiting_alarm)
        collect_seldom()
        async with worker_beside(settings, sessions, meters):
            yield
