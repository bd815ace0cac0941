"""`joinedup audit`: is it whole, what is in it for the SIEM, and who looked at one person's record."""

import sys
from pathlib import Path
from typing import Annotated
from uuid import UUID

import orjson
import typer
from sqlalchemy.ext.asyncio import AsyncSession

from service.audit import Act, Person, write_acts_of
from service.audit_lines import Asked, stream_lines
from service.commands.options import AsJson, By, Since, Until
from service.commands.running import in_session, in_sessions, read_settings
from service.db import Sessions
from service.errors import CannotStart
from service.watch.audit_chain import fingerprint_of, read, verify, written
from service.watch.audit_export import flat
from service.watch.looked_at import Look, as_json, as_text, looked_at

audit = typer.Typer(no_args_is_help=True)


@audit.command("verify")
def verify_(
    since: Annotated[
        Path | None,
        typer.Option("--since-fingerprint", help="One kept earlier: has anything been rewritten since?"),
    ] = None,
    fingerprint: Annotated[
        bool, typer.Option("--fingerprint", help="Write the whole fingerprint, to be kept away from the database.")
    ] = False,
) -> None:
    """Is every line of the audit there, as it was written? Exit status 1 if not, with what is wrong."""
    known = read(_text(since)) if since else None
    found = in_session(lambda session: verify(session, known))
    for fault in found.faults:
        typer.echo(fault, err=True)
    if found.faults:
        raise typer.Exit(1)
    told = f"All {found.lines} lines in {len(found.heads)} chains are as they were written."
    typer.echo(f"{told} Fingerprint: {fingerprint_of(found.heads)}", err=fingerprint)
    if fingerprint:
        sys.stdout.write(written(found.heads))


@audit.command()
def export(since: Since = None, until: Until = None, by: By = "somebody") -> None:
    """The lines as NDJSON, for a SIEM, the oldest first. That they were exported is a line as well."""

    async def export_them(sessions: Sessions) -> None:
        async with sessions.begin() as session:
            await write_acts_of(session, Person(by), [Act("export")])
        async with sessions() as session:
            async for line in stream_lines(session, Asked(since=since, until=until)):
                sys.stdout.write(f"{orjson.dumps(flat(line), default=str).decode()}\n")

    in_sessions(export_them, read_settings())


@audit.command("of-client")
def of_client(
    client_id: Annotated[UUID, typer.Argument(metavar="CLIENT", help="An id.")],
    by: By = "somebody",
    as_json_: AsJson = False,
) -> None:
    """Who looked at this person's record, for the person: to be printed. That it was asked for is a line as well."""

    async def look(session: AsyncSession) -> list[Look]:
        looks = await looked_at(session, client_id)
        await write_acts_of(session, Person(by), [Act("export", clients=(client_id,))])
        return looks

    looks = in_session(look, keep=True)
    typer.echo(orjson.dumps(as_json(looks), option=orjson.OPT_INDENT_2).decode() if as_json_ else as_text(looks))


def _text(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        raise CannotStart(f"{file} cannot be read.") from None
