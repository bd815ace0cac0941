"""/healthz and /readyz: alive, and able to take notes. An EHR that is down turns no phone away."""

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import httpx
import pytest
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import text

from service.db import Sessions, open_engine, sessions_of
from service.meters import Meters
from service.watch.watched import Watched
from service.watch.window import watch_app
from tests.conftest import MIGRATIONS
from tests.notes import person, receive


def head() -> str:
    """The newest migration."""
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    newest = ScriptDirectory.from_config(config).get_current_head()
    assert newest
    return newest


def watching(sessions: Sessions, migrated_to: str | None = None) -> httpx.AsyncClient:
    app = watch_app()
    app.state.watched = Watched(sessions, Meters(), migrated_to or head(), timedelta(hours=24))
    return httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://service")


@pytest.fixture
async def client(sessions: Sessions) -> AsyncIterator[httpx.AsyncClient]:
    async with watching(sessions) as opened:
        yield opened


@pytest.fixture
async def nowhere() -> AsyncIterator[httpx.AsyncClient]:
    """A service whose database does not answer."""
    engine = open_engine("postgresql://nobody@127.0.0.1:1/nothing", 1)
    async with watching(sessions_of(engine)) as opened:
        yield opened
    await engine.dispose()


async def ready(client: httpx.AsyncClient) -> dict[str, Any]:
    answer = await client.get("/readyz")
    assert answer.status_code == 200
    body: dict[str, Any] = answer.json()
    return body


async def test_the_process_is_alive_even_while_the_database_is_down(nowhere: httpx.AsyncClient) -> None:
    assert (await nowhere.get("/healthz")).json() == {"status": "alive"}


async def test_a_migrated_database_with_nothing_waiting_is_ready(client: httpx.AsyncClient) -> None:
    assert await ready(client) == {
        "ready": True,
        "sentence": "Notes are taken and delivered.",
        "migrations": {"found": head(), "expected": head()},
        "waiting": {"oldest_seconds": None, "alarm": False},
        "breaker": {"open": False, "open_seconds": None, "reason_code": None},
    }


async def test_a_database_that_does_not_answer_is_not_ready(nowhere: httpx.AsyncClient) -> None:
    answer = await nowhere.get("/readyz")
    assert answer.status_code == 503
    assert answer.json() == {
        "ready": False,
        "sentence": "The database does not answer. Look whether it runs and can be reached from here.",
    }


async def test_a_server_without_our_database_is_not_ready(database_url: str) -> None:
    engine = open_engine(database_url.replace("/test_", "/gone_"), 1)
    async with watching(sessions_of(engine)) as client:
        answer = await client.get("/readyz")
    await engine.dispose()
    assert answer.status_code == 503


async def test_a_database_of_another_version_is_not_ready(sessions: Sessions) -> None:
    async with watching(sessions, migrated_to="9999") as client:
        answer = await client.get("/readyz")
    assert answer.status_code == 503
    assert "needs 9999. Run `joinedup migrate`." in answer.json()["sentence"]


async def test_a_database_without_our_tables_is_not_ready(owners: Sessions, client: httpx.AsyncClient) -> None:
    async with owners.begin() as session:
        await session.execute(text("DROP TABLE alembic_version"))
    answer = await client.get("/readyz")
    assert answer.status_code == 503
    assert "has no tables of ours" in answer.json()["sentence"]


async def test_a_note_that_waits_is_no_alarm_at_first(sessions: Sessions, client: httpx.AsyncClient) -> None:
    await _receive_one(sessions)
    body = await ready(client)
    assert 0 < body["waiting"]["oldest_seconds"] < 3600
    assert body["waiting"]["alarm"] is False


async def test_a_note_that_waits_too_long_raises_the_alarm_and_notes_are_still_taken(
    sessions: Sessions, client: httpx.AsyncClient
) -> None:
    await _receive_one(sessions)
    await _do(sessions, "UPDATE deliveries SET created_at = now() - interval '25 hours'")
    body = await ready(client)
    assert body["waiting"]["alarm"] is True
    assert "Run `joinedup deliveries list`" in body["sentence"]


async def test_a_note_in_front_of_a_person_is_not_one_that_waits_for_the_ehr(
    sessions: Sessions, client: httpx.AsyncClient
) -> None:
    await _receive_one(sessions, stopped="refused")
    assert (await ready(client))["waiting"]["oldest_seconds"] is None


async def test_an_open_breaker_is_told_and_notes_are_still_taken(sessions: Sessions, client: httpx.AsyncClient) -> None:
    await _open_breaker(sessions)
    body = await ready(client)
    assert body["breaker"]["open"] is True
    assert body["breaker"]["open_seconds"] >= 60
    assert body["breaker"]["reason_code"] == "no_answer"
    assert "They go by themselves when it does" in body["sentence"]


async def test_an_ehr_that_is_down_for_too_long_is_told_as_such(sessions: Sessions, client: httpx.AsyncClient) -> None:
    await _receive_one(sessions)
    await _do(sessions, "UPDATE deliveries SET created_at = now() - interval '25 hours'")
    await _open_breaker(sessions)
    assert "has not answered for too long" in (await ready(client))["sentence"]


async def _receive_one(sessions: Sessions, stopped: str | None = None) -> None:
    async with sessions.begin() as session:
        await receive(session, person(1), stopped=stopped)


async def _open_breaker(sessions: Sessions) -> None:
    await _do(
        sessions,
        "UPDATE breaker SET open_since = now() - interval '1 minute', probe_at = now(), reason_code = 'no_answer',"
        " reason = 'The EHR does not answer.'",
    )


async def _do(sessions: Sessions, sql: str) -> None:
    async with sessions.begin() as session:
        await session.execute(text(sql))
