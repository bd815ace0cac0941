"""`joinedup clients`: the systems that may ask us for tokens. Every change is written to the audit.

Nothing secret is taken, kept or shown: a system keeps its private key to itself.
"""

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer
from sqlalchemy.ext.asyncio import AsyncSession

from service.auth.acts import write_change
from service.auth.client_keys import jwks_to_register, jwks_url_to_register
from service.auth.scopes import to_register
from service.auth.system_clients import Registration, all_clients, disable, enable, register
from service.commands.options import AsJson, By
from service.commands.running import in_session
from service.errors import CannotStart
from service.watch import in_tables
from service.watch.clients_table import clients_table, in_rows

clients = typer.Typer(no_args_is_help=True)

Id = Annotated[str, typer.Argument(metavar="ID", help="Its client id, such as rio-production.")]
_SOON = "Tokens that it has are refused within ten seconds."
_LARGEST_FILE = 64 * 1024


@clients.command()
def add(
    client_id: Id,
    name: Annotated[str, typer.Option(help="What people call it.")],
    scope: Annotated[str, typer.Option(help="SMART v2, such as 'system/QuestionnaireResponse.c'.")],
    by: By,
    jwks_url: Annotated[str | None, typer.Option(help="Where it publishes its keys; better than a file.")] = None,
    jwks: Annotated[Path | None, typer.Option(help="A file with its public keys.")] = None,
    replace: Annotated[bool, typer.Option("--replace", help="Change one that is there.")] = False,
) -> None:
    """Register a system, by the keys that it signs with."""
    registration = _registration(client_id, name, scope, jwks_url, jwks)

    async def add_it(session: AsyncSession) -> str:
        scopes = await register(session, registration, by, replace=replace)
        await write_change(session, client_id, scopes, "replaced" if replace else "registered", by)
        return scopes

    scopes = in_session(add_it, keep=True)
    typer.echo(f"{client_id} may now ask for {scopes}.")
    typer.echo("Its people need its id, and the address /fhir/.well-known/smart-configuration of this service.")


def _registration(client_id: str, name: str, scope: str, jwks_url: str | None, jwks: Path | None) -> Registration:
    if (jwks_url is None) == (jwks is None):
        raise CannotStart("Say where its public keys are: --jwks-url URL, or --jwks FILE, and not both.")
    try:
        scopes = to_register(scope)
        keys = jwks_to_register(_read(jwks)) if jwks else None
        url = jwks_url_to_register(jwks_url) if jwks_url is not None else None
    except ValueError as fault:
        raise CannotStart(str(fault)) from None
    return Registration(client_id, name, scopes, keys, url)


def _read(file: Path) -> bytes:
    try:
        with file.open("rb") as opened:
            return opened.read(_LARGEST_FILE)
    except OSError:
        raise CannotStart(f"{file} cannot be read. Check its name, and that you may read it.") from None


@clients.command("list")
def list_(as_json: AsJson = False) -> None:
    """Each system, what it may, and whether it is enabled."""
    rows = in_rows(in_session(all_clients))
    in_tables.show(rows, clients_table(rows), as_json=as_json)


@clients.command("disable")
def disable_(client_id: Id, by: By) -> None:
    """Give it no more tokens, and refuse those that it has."""

    async def disable_it(session: AsyncSession) -> bool:
        if not await disable(session, client_id, datetime.now(UTC)):
            return False
        await write_change(session, client_id, "", "disabled", by)
        return True

    done = in_session(disable_it, keep=True)
    typer.echo(f"{client_id} is disabled. {_SOON}" if done else f"{client_id} was disabled already.")


@clients.command("enable")
def enable_(client_id: Id, by: By) -> None:
    """Give it tokens again."""

    async def enable_it(session: AsyncSession) -> bool:
        if not await enable(session, client_id):
            return False
        await write_change(session, client_id, "", "enabled", by)
        return True

    done = in_session(enable_it, keep=True)
    typer.echo(f"{client_id} is enabled." if done else f"{client_id} was enabled already.")
