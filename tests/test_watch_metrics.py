"""/metrics: what this process counted, and what the database says is waiting."""

from collections.abc import AsyncIterator
from datetime import timedelta

import httpx
import pytest
from sqlalchemy import text

from service.db import Sessions, open_engine, sessions_of
from service.meters import Meters
from service.watch.watched import Watched
from service.watch.window import watch_app
from tests.notes import person, receive


@pytest.fixture
def meters() -> Meters:
    return Meters()


@pytest.fixture
async def client(sessions: Sessions, meters: Meters) -> AsyncIterator[httpx.AsyncClient]:
    async with watching(sessions, meters) as opened:
        yield opened


def watching(sessions: Sessions, meters: Meters) -> httpx.AsyncClient:
    app = watch_app()
    app.state.watched = Watched(sessions, meters, "0001", timedelta(hours=24))
    return httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://service")


async def scrape(client: httpx.AsyncClient) -> dict[str, float]:
    """Every sample of ours by its name and labels."""
    answer = await client.get("/metrics")
    assert answer.status_code == 200
    lines = [line for line in answer.text.splitlines() if line.startswith("joinedup_")]
    return {name: float(value) for name, _, value in (line.rpartition(" ") for line in lines)}


async def test_a_quiet_service_waits_for_nothing(client: httpx.AsyncClient) -> None:
    told = await scrape(client)
    assert told["joinedup_database_up"] == 1
    assert told["joinedup_oldest_waiting_seconds"] == 0
    assert told["joinedup_breaker_open"] == 0
    assert told["joinedup_sending"] == 0
    assert not [name for name in told if name.startswith("joinedup_waiting{")]


async def test_what_waits_is_told_by_its_reason(sessions: Sessions, client: httpx.AsyncClient) -> None:
    await _receive(sessions, 4)
    await _set(sessions, "reason_code = 'ehr_down', reason = 'The EHR does not answer.'", "IN (1, 2)")
    await _set(sessions, "state = 'sending'", "= 3")
    told = await scrape(client)
    assert told['joinedup_waiting{reason_code="ehr_down"}'] == 2
    assert told['joinedup_waiting{reason_code="none"}'] == 1
    assert told["joinedup_sending"] == 1
    assert told["joinedup_oldest_waiting_seconds"] > 0


async def test_what_needs_attention_is_told_by_its_reason(sessions: Sessions, client: httpx.AsyncClient) -> None:
    await _receive(sessions, 2, stopped="no_patient")
    await _receive(sessions, 1)
    told = await scrape(client)
    assert told['joinedup_needs_attention{reason_code="no_patient"}'] == 2
    assert told['joinedup_waiting{reason_code="none"}'] == 1


async def test_what_is_delivered_waits_no_more(sessions: Sessions, client: httpx.AsyncClient) -> None:
    await _receive(sessions, 1)
    await _set(sessions, "state = 'delivered', ended_at = now()", "= 1")
    told = await scrape(client)
    assert told["joinedup_oldest_waiting_seconds"] == 0
    assert not [name for name in told if name.startswith("joinedup_waiting{")]


async def test_an_open_breaker_is_told(sessions: Sessions, client: httpx.AsyncClient) -> None:
    async with sessions.begin() as session:
        await session.execute(
            text("UPDATE breaker SET open_since = now(), probe_at = now(), reason_code = 'down', reason = '.'")
        )
    assert (await scrape(client))["joinedup_breaker_open"] == 1


async def test_counting_is_not_repeated_while_the_last_count_is_fresh(sessions: Sessions, meters: Meters) -> None:
    watched = Watched(sessions, meters, "0001", timedelta(hours=24))
    async with sessions() as session:
        first = await watched.backlog.count(session)
        await receive(session, person(1))
        assert await watched.backlog.count(session) is first


async def test_what_the_process_counted_is_told(client: httpx.AsyncClient, meters: Meters) -> None:
    meters.accepted.labels("contact").inc()
    with meters.mapping_seconds.time():
        pass
    meters.attempt_ended("delivered", 0.25)
    meters.attempt_ended("try_later", 30.0)
    meters.request_ended("POST", "/notes", 201, 0.01)
    told = await scrape(client)
    assert told['joinedup_notes_accepted_total{kind="contact"}'] == 1
    assert told["joinedup_mapping_seconds_count"] == 1
    assert told["joinedup_notes_delivered_total"] == 1
    assert told['joinedup_attempts_total{outcome="delivered"}'] == 1
    assert told['joinedup_attempts_total{outcome="try_later"}'] == 1
    assert told['joinedup_push_seconds_sum{outcome="try_later"}'] == 30
    assert told['joinedup_request_seconds_count{method="POST",route="/notes",status="201"}'] == 1


async def test_a_database_that_does_not_answer_leaves_the_counters(meters: Meters) -> None:
    meters.accepted.labels("contact").inc()
    engine = open_engine("postgresql://nobody@127.0.0.1:1/nothing", 1)
    async with watching(sessions_of(engine), meters) as client:
        told = await scrape(client)
    await engine.dispose()
    assert told["joinedup_database_up"] == 0
    assert told['joinedup_notes_accepted_total{kind="contact"}'] == 1
    assert "joinedup_oldest_waiting_seconds" not in told


async def test_two_processes_count_by_themselves(client: httpx.AsyncClient) -> None:
    Meters().attempt_ended("delivered", 1.0)
    assert (await scrape(client))["joinedup_notes_delivered_total"] == 0


async def _receive(sessions: Sessions, count: int, stopped: str | None = None) -> None:
    async with sessions.begin() as session:
        for _ in range(count):
            await receive(session, person(1), stopped=stopped)


async def _set(sessions: Sessions, what: str, sequences: str) -> None:
    async with sessions.begin() as session:
        await session.execute(text(f"UPDATE deliveries SET {what} WHERE sequence {sequences}"))
