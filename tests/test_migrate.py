"""Migrating a database, and refusing one of another version."""

import asyncio

import pytest

from service.db import Sessions
from service.embedded_postgres import Urls
from service.errors import CannotStart
from service.migrate import check_database, migrate_database, newest_migration, refusal_of
from tests.conftest import empty, new_database
from tests.outbox import change


async def _empty_database() -> Urls:
    urls = await new_database()
    await empty(urls)
    return urls


async def _refusal(url: str) -> str:
    with pytest.raises(CannotStart) as refused:
        await check_database(url)
    return str(refused.value)


async def test_a_migrated_database_is_of_our_version(database_url: str) -> None:
    await check_database(database_url)


async def test_a_database_without_tables_is_refused_with_the_command_to_run() -> None:
    assert "Run: joinedup migrate" in await _refusal((await _empty_database()).serving)


def test_an_older_database_is_refused_with_the_command_to_run() -> None:
    refusal = refusal_of("0001", ["0003", "0002", "0001"])
    assert refusal == "The database is at migration 0001 and this program needs 0003. Run: joinedup migrate"


async def test_a_database_of_a_newer_version_is_refused_and_left_alone(urls: Urls, owners: Sessions) -> None:
    await change(owners, "UPDATE alembic_version SET version_num = '9999'")
    assert "newer Joined Up" in await _refusal(urls.serving)
    with pytest.raises(CannotStart, match="newer Joined Up"):
        await migrate_database(*urls)


async def test_migrating_builds_everything_and_migrating_again_changes_nothing() -> None:
    urls = await _empty_database()
    await migrate_database(*urls)
    await migrate_database(*urls)
    await check_database(urls.serving)


async def test_processes_that_migrate_at_the_same_moment_do_it_once() -> None:
    urls = await _empty_database()
    await asyncio.gather(*(migrate_database(*urls) for _ in range(4)))
    await check_database(urls.serving)


async def test_the_owner_of_the_tables_is_not_taken_for_serving(urls: Urls) -> None:
    assert "JOINEDUP_DATABASE_OWNER_URL" in await _refusal(urls.owner)
    with pytest.raises(CannotStart, match="what it sees and changes could not be limited"):
        await migrate_database(urls.owner, urls.owner)


async def test_a_superuser_is_not_taken_for_serving(urls: Urls) -> None:
    assert "or is a superuser" in await _refusal(urls.owner.replace("//joinedup@", "//postgres@"))


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://nobody@127.0.0.1:1/joinedup",
        "postgresql://nobody@/joinedup?host=/no/such/folder",
    ],
)
async def test_a_database_that_is_not_there_is_told_in_a_sentence(url: str) -> None:
    assert "cannot be reached" in await _refusal(url)


async def test_a_database_name_that_is_not_there_is_told_in_a_sentence(database_url: str) -> None:
    assert "cannot be reached" in await _refusal(database_url.replace("/test_", "/no_such_"))


async def test_a_url_that_cannot_be_read_is_told_in_a_sentence() -> None:
    assert "It looks like postgresql://" in await _refusal("nonsense")


def test_the_newest_migration_is_the_last_one_in_the_folder() -> None:
    assert newest_migration() == "0010"
