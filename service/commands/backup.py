"""`joinedup backup` and `joinedup restore`: everything that is in the database, in one file, and back.

As the database's owner, for the role that serves sees only whom it is told. docs/operations/backup.md has the drill.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from tempfile import mkstemp
from typing import Annotated, Final

import asyncpg
import typer
from sqlalchemy import text

from service.audit import Act, Person, write_acts_of
from service.commands.options import By
from service.commands.pg_tools import Tool, environment_of, programs, run_tool, that_fits
from service.commands.running import read_settings, run, unprepared_database
from service.db import opened
from service.errors import CannotStart
from service.migrate import migrate_database, newest_migration

_FOR_ITS_OWNER_ALONE: Final = 0o600
# Whoever restores owns it, and the role that serves is granted what it needs by the migration.
_OURS_ANYWHERE: Final = ("--no-owner", "--no-privileges")

_THERE_ALREADY: Final = "{file} is there already, and is not written over. Name another file."
_NOT_WRITTEN: Final = "{file} cannot be written ({why}). Name a file in a folder that can."
_NOTHING_THERE: Final = "The database has no tables of ours: there is nothing to back up."
_NOT_EMPTY: Final = (
    "The database has tables already, and nothing is restored over them. Name an empty database: create one, or, "
    "for the embedded one, set JOINEDUP_DATA_FOLDER to a new folder."
)
_NO_BACKUP: Final = "{file} is not a backup that can be read. Name one that `joinedup backup` has written."
_SAY_EMPTY: Final = "Nothing is done without --into-empty: a restore fills an empty database, and no other."
_FAILED: Final = "{tool} failed. What it said is in {log}; it may name people, so only you can read it."
_UNREACHABLE: Final = (
    "The database cannot be reached ({why}). See that it runs, and that JOINEDUP_DATABASE_OWNER_URL names it."
)

_KNOWS_LINES: Final = text("SELECT to_regprocedure('write_audit(jsonb)') IS NOT NULL")

File = Annotated[Path, typer.Argument(help="The file.", show_default=False)]


def backup_(file: File, by: By = "somebody") -> None:
    """Write everything into one file, for its owner alone to read. The service may go on meanwhile."""
    with _new_file(file) as beside, unprepared_database(read_settings()) as urls:
        major, tables = run(_look(urls.owner))
        if not tables:
            raise CannotStart(_NOTHING_THERE)
        run(_write_down(urls.owner, by))
        # Not to its stdout: only in a file that it has opened itself can a missing end be told.
        _run("pg_dump", major, ["--format=custom", *_OURS_ANYWHERE, f"--file={beside}"], urls.owner)
        _check(beside, file)
    typer.echo(f"{file} has everything ({file.stat().st_size:,} bytes). It holds patient data: keep it as the record.")


def restore_(
    file: File,
    into_empty: Annotated[bool, typer.Option("--into-empty", help="Yes, the database is empty.")] = False,
) -> None:
    """Put a backup into an empty database, and bring that to this program's tables."""
    if not into_empty:
        raise CannotStart(_SAY_EMPTY)
    settings = read_settings()
    _check(file, file)
    with unprepared_database(settings) as urls:
        major, tables = run(_look(urls.owner))
        if tables:
            raise CannotStart(_NOT_EMPTY)
        name = environment_of(urls.owner, {}).get("PGDATABASE", "")
        whole = ["--single-transaction", "--exit-on-error", *_OURS_ANYWHERE, f"--dbname={name}", str(file)]
        _run("pg_restore", major, whole, urls.owner)
        run(migrate_database(urls.owner, urls.serving))
        run(_mark(urls.owner, datetime.now(UTC)))
    typer.echo(f"The database has what {file} had, at migration {newest_migration()}.")
    typer.echo("Start the service, have the phones send again what they sent since, then run: joinedup reconcile")


async def _write_down(owner_url: str, by: str) -> None:
    """Before it is done: whoever takes everything away leaves a line. Tables of long ago know no such lines."""
    async with opened(owner_url, 1) as sessions, sessions.begin() as session:
        if await session.scalar(_KNOWS_LINES):
            await write_acts_of(session, Person(by), [Act("backed_up")])


@contextmanager
def _new_file(file: Path) -> Iterator[Path]:
    """Written beside, then given its name in one step, so that half a backup is never taken for one."""
    if file.exists():
        raise CannotStart(_THERE_ALREADY.format(file=file))
    beside = file.with_name(f".{file.name}.{os.getpid()}")
    try:
        _make(beside)
        yield beside
        _make(file)  # ours from here on: nobody's is replaced
        beside.replace(file)
    finally:
        beside.unlink(missing_ok=True)


def _make(file: Path) -> None:
    try:
        os.close(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _FOR_ITS_OWNER_ALONE))
    except FileExistsError:
        raise CannotStart(_THERE_ALREADY.format(file=file)) from None
    except OSError as fault:
        raise CannotStart(_NOT_WRITTEN.format(file=file, why=fault.strerror)) from None


def _run(tool: Tool, major: int, arguments: list[str], url: str) -> None:
    """The tool to its end; where it fails, what it said is kept for its owner alone."""
    program = that_fits(tool, major, programs(tool))
    number, log = mkstemp(prefix=f"joinedup-{tool}-", suffix=".log")
    with os.fdopen(number, "wb") as said:
        status = run_tool([program, *arguments], environment_of(url, os.environ), said)
    if status:
        raise CannotStart(_FAILED.format(tool=tool, log=log))
    Path(log).unlink()


def _check(written: Path, file: Path) -> None:
    """That all of it can be read, to its end. PostgreSQL keeps a checksum of the rows, none of the list of tables."""
    newest = sorted(programs("pg_restore"), key=lambda program: program.major)[-1:]
    program = that_fits("pg_restore", 0, newest)
    with Path(os.devnull).open("wb") as nowhere:
        if run_tool([program, f"--file={os.devnull}", written], os.environ, nowhere):
            raise CannotStart(_NO_BACKUP.format(file=file))


async def _mark(owner_url: str, now: datetime) -> None:
    """What was written before may be in the EHR without our knowing: `outbox/claim.py` reads this, and it is looked
    for there before it is sent. A comment, which later backups keep as well."""
    database = await asyncpg.connect(owner_url)
    try:
        await database.execute(f"COMMENT ON TABLE notes IS 'Restored at {now.isoformat()}; by joinedup restore.'")
    finally:
        await database.close()


async def _look(owner_url: str) -> tuple[int, bool]:
    """The server's release, and whether the database has anything in it."""
    try:
        database = await asyncpg.connect(owner_url)
    except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError) as fault:
        raise CannotStart(_UNREACHABLE.format(why=type(fault).__name__)) from None
    try:
        there = await database.fetchval(
            "SELECT EXISTS (SELECT FROM pg_class JOIN pg_namespace ON pg_namespace.oid = relnamespace"
            " WHERE nspname <> 'information_schema' AND nspname NOT LIKE 'pg\\_%')"
        )
    finally:
        await database.close()
    return database.get_server_version().major, bool(there)
