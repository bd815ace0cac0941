"""Brings a database to this program's tables, or says which command does.

`cli.py` calls it before anything is served; the steps are in `migrations/`.
"""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from asyncpg import PostgresError
from sqlalchemy import Connection, text
from sqlalchemy.exc import ArgumentError, DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection

from service.db import open_engine
from service.errors import CannotStart
from service.settings import shipped_folder
from service.tables.privileges import grants

_LOCK = 5_107_216_873  # any number that nobody else in the database takes

_NO_TABLES = "The database has no tables of ours yet. Run: joinedup migrate"
_OLDER = "The database is at migration {found} and this program needs {newest}. Run: joinedup migrate"
_NEWER = "The database was migrated to {found} by a newer Joined Up, which this one does not know. Install that one."
_SILENT = "The database cannot be reached ({why}). See that it runs, and that {setting} names it."
_UNREADABLE = "{setting} cannot be read. It looks like postgresql://user:password@host:5432/database."
_NOT_LIMITED = (
    "The database role {role} owns our tables, or is a superuser: what it sees and changes could not be limited. "
    "Name another role in JOINEDUP_DATABASE_URL, and the owner in JOINEDUP_DATABASE_OWNER_URL; "
    "docs/running.md says how to make both."
)

_ROLE = text("SELECT current_user")
_CANNOT_BE_LIMITED = text("""
    SELECT rolsuper OR rolbypassrls
           OR pg_has_role(rolname, (SELECT relowner FROM pg_class WHERE oid = 'notes'::regclass), 'MEMBER')
      FROM pg_roles WHERE rolname = :role
""")


def newest_migration() -> str:
    """The revision that this program needs."""
    return _revisions()[0]


async def migrate_database(owner_url: str, serving_url: str) -> None:
    """To the newest revision, all or nothing, and what the role that serves may do there.

    Of several processes at once one migrates, and the others wait.
    """
    role = await _role_of(serving_url)
    async with _connected(owner_url, "JOINEDUP_DATABASE_OWNER_URL") as connection:
        await connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
        found = await connection.run_sync(_revision)
        if found is not None and found not in _revisions():
            raise CannotStart(_NEWER.format(found=found))
        await connection.run_sync(_upgrade)
        if refusal := await _why_not_limited(connection, role):
            raise CannotStart(refusal)
        quoted = connection.dialect.identifier_preparer.quote(role)
        for statement in grants(quoted):
            await connection.execute(text(statement))


async def check_database(database_url: str) -> None:
    """`CannotStart` where the database is not at the revision that this program needs, or our role may do too much."""
    async with _connected(database_url) as connection:
        role = str(await connection.scalar(_ROLE))
        found = await connection.run_sync(_revision)
        refusal = refusal_of(found, _revisions()) or await _why_not_limited(connection, role)
    if refusal:
        raise CannotStart(refusal)


async def _why_not_limited(connection: AsyncConnection, role: str) -> str | None:
    """Our tables are there."""
    return _NOT_LIMITED.format(role=role) if await connection.scalar(_CANNOT_BE_LIMITED, {"role": role}) else None


def refusal_of(found: str | None, known: Sequence[str]) -> str | None:
    """Why a database at revision `found` cannot be used; `known` are this program's, the newest first."""
    if found is None:
        return _NO_TABLES
    if found not in known:
        return _NEWER.format(found=found)
    return _OLDER.format(found=found, newest=known[0]) if found != known[0] else None


@asynccontextmanager
async def _connected(database_url: str, setting: str = "JOINEDUP_DATABASE_URL") -> AsyncIterator[AsyncConnection]:
    """One transaction on one connection; `CannotStart` where there is no way to the database."""
    try:
        engine = open_engine(database_url, 1)
    except ArgumentError:
        raise CannotStart(_UNREADABLE.format(setting=setting)) from None
    try:
        connection = await engine.connect()
    except (DBAPIError, PostgresError, OSError) as fault:
        raise CannotStart(_SILENT.format(why=type(fault).__name__, setting=setting)) from None
    try:
        async with connection.begin():
            yield connection
    finally:
        await connection.close()
        await engine.dispose()


async def _role_of(database_url: str) -> str:
    async with _connected(database_url) as connection:
        return str(await connection.scalar(_ROLE))


def _revision(connection: Connection) -> str | None:
    return MigrationContext.configure(connection).get_current_revision()


def _upgrade(connection: Connection) -> None:
    config = _config()
    config.attributes["connection"] = connection
    command.upgrade(config, "head")


def _revisions() -> list[str]:
    return [step.revision for step in ScriptDirectory.from_config(_config()).walk_revisions()]


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(shipped_folder("migrations")).replace("%", "%%"))
    return config
