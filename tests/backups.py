"""The commands `backup` and `restore` as the database's owner, and what a database has before and after."""

from typing import Any

import asyncpg
import pytest

from service.db import opened
from service.embedded_postgres import Urls
from tests.commands import Run
from tests.door import phone_at
from tests.outbox import rows

Json = dict[str, Any]


@pytest.fixture
def owner(run: Run, bare: pytest.MonkeyPatch, urls: Urls) -> Run:
    """The command, where the settings name the owner too."""
    bare.setenv("JOINEDUP_DATABASE_OWNER_URL", urls.owner)
    return run


async def send_notes(urls: Urls, notes: list[Json]) -> list[int]:
    """As phones do: each note as it is, and the same again if nobody answered."""
    async with phone_at(urls.serving) as phone:
        return [(await phone.post("/notes", json=note)).status_code for note in notes]


async def count_notes(urls: Urls) -> int:
    async with opened(urls.serving, 1) as sessions:
        return int((await rows(sessions, "SELECT count(*) FROM notes"))[0][0])


async def everything_in(urls: Urls) -> dict[str, list[str]]:
    database = await asyncpg.connect(urls.owner)
    try:
        tables = await database.fetch("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
        return {
            name: sorted(str(row[0]) for row in await database.fetch(f"SELECT t::text FROM {name} AS t"))
            for (name,) in tables
        }
    finally:
        await database.close()
