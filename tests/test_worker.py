"""The worker's loop: many at a time, woken by a bell, never stopped by one fault, stopping gracefully."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from uuid import UUID, uuid4

import pytest
from pydantic import SecretStr

from service.db import Sessions, open_engine, sessions_of
from service.meters import Meters
from service.outbox.claim import Claimant
from service.outbox.deliver import Send, claim_next, open_outbox
from service.push.outcome import Delivered, Outcome
from service.push.sending import Ledger, Sending
from service.settings import Settings
from service.worker import Pace, Worker, worker_beside
from tests.notes import person, receive
from tests.outbox import LEASE, REFUSED, PretendedPush, always, change, outbox_of, rows, state_of
from tests.sandbox_server import SandboxServer

AT_ONCE = 60.0  # a poll this slow means: whatever happens soon, the bell did it


async def _received(sessions: Sessions, number: int) -> UUID:
    async with sessions.begin() as session:
        return await receive(session, person(number))


@asynccontextmanager
async def _working(
    sessions: Sessions, send: Send, in_flight: int = 4, poll: float = 0.02, grace: float = 5.0, lease: timedelta = LEASE
) -> AsyncIterator[asyncio.Event]:
    stop = asyncio.Event()
    outbox = open_outbox(sessions, Claimant("worker-1", lease, timedelta(minutes=15)))
    task = asyncio.create_task(Worker(outbox, send, Pace(in_flight, poll, grace), Meters()).run(stop))
    try:
        yield stop
    finally:
        stop.set()
        await task


async def _eventually(condition: Callable[[], Awaitable[bool]]) -> None:
    for _ in range(1_000):
        if await condition():
            return
        await asyncio.sleep(0.01)
    raise AssertionError("it never came true")


async def _all_delivered(sessions: Sessions) -> bool:
    return await rows(sessions, "SELECT DISTINCT state FROM deliveries") == [("delivered",)]


class Slow:
    """A push that waits to be let go."""

    def __init__(self) -> None:
        self.under_way = 0
        self.most = 0
        self.go = asyncio.Event()

    async def __call__(self, sending: Sending, ledger: Ledger, now: datetime) -> Outcome:
        self.under_way += 1
        self.most = max(self.most, self.under_way)
        await ledger.intend(("Encounter/1",))
        await self.go.wait()
        self.under_way -= 1
        return Delivered()


async def test_everything_that_waits_is_delivered_a_few_at_a_time(sessions: Sessions) -> None:
    for number in range(9):
        await _received(sessions, number)
    slow = Slow()
    async with _working(sessions, slow, in_flight=3):
        await _eventually(lambda: _true(slow.under_way == 3))
        slow.go.set()
        await _eventually(lambda: _all_delivered(sessions))
    assert slow.most == 3


async def _true(fact: bool) -> bool:
    return fact


async def test_a_new_note_wakes_an_idle_worker(sessions: Sessions) -> None:
    push = always(Delivered())
    async with _working(sessions, push, poll=AT_ONCE):
        await _listening(sessions)
        delivery = await _received(sessions, 1)
        await _eventually(lambda: _is(sessions, delivery, "delivered"))


async def _listening(sessions: Sessions) -> None:
    listening = "SELECT pid FROM pg_stat_activity WHERE query LIKE 'LISTEN%' AND datname = current_database()"
    await _eventually(lambda: _true_rows(sessions, listening))


async def _true_rows(sessions: Sessions, sql: str) -> bool:
    return bool(await rows(sessions, sql))


async def _is(sessions: Sessions, delivery: UUID, state: str) -> bool:
    return await state_of(sessions, delivery) == state


async def test_a_note_whose_bell_nobody_heard_is_found_by_polling(sessions: Sessions) -> None:
    push = always(Delivered())
    async with _working(sessions, push, poll=0.05):
        await _listening(sessions)
        await change(
            sessions,
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            "WHERE query LIKE 'LISTEN%' AND datname = current_database()",
        )
        delivery = await _received(sessions, 1)
        await _eventually(lambda: _is(sessions, delivery, "delivered"))


async def test_a_worker_that_lost_its_bell_listens_again(sessions: Sessions) -> None:
    async with _working(sessions, always(Delivered()), poll=0.05):
        await _listening(sessions)
        listening = "FROM pg_stat_activity WHERE query LIKE 'LISTEN%' AND datname = current_database()"
        before = await rows(sessions, f"SELECT pid {listening}")
        await change(sessions, f"SELECT pg_terminate_backend(pid) {listening}")

        async def another() -> bool:
            now = await rows(sessions, f"SELECT pid {listening}")
            return bool(now) and now != before

        await _eventually(another)


async def test_the_next_note_of_a_client_goes_as_soon_as_the_one_before_is_done(sessions: Sessions) -> None:
    for _ in range(5):
        await _received(sessions, 1)
    async with _working(sessions, always(Delivered()), poll=AT_ONCE):
        await _eventually(lambda: _all_delivered(sessions))


async def test_a_worker_with_a_single_connection_works_too(database_url: str) -> None:
    engine = open_engine(database_url, 1)
    sessions = sessions_of(engine)
    for number in range(4):
        await _received(sessions, number)
    async with _working(sessions, always(Delivered()), in_flight=4):
        await _eventually(lambda: _all_delivered(sessions))
    await engine.dispose()


async def test_a_fault_of_ours_stops_one_delivery_for_now_and_no_other(sessions: Sessions) -> None:
    broken = await _received(sessions, 1)
    fine = await _received(sessions, 2)

    async def send(sending: Sending, ledger: Ledger, now: datetime) -> Outcome:
        if sending.delivery_id == broken:
            raise KeyError("a fault of ours")
        return Delivered()

    async with _working(sessions, send):
        await _eventually(lambda: _is(sessions, fine, "delivered"))
        await _eventually(lambda: _true_rows(sessions, "SELECT 1 FROM deliveries WHERE tries = 1"))
    found = await rows(sessions, "SELECT state, reason_code FROM deliveries WHERE id = :id", id=broken)
    assert found == [("waiting", "fault_of_ours")]


async def test_a_worker_that_lost_a_lease_leaves_the_delivery_to_the_other(sessions: Sessions) -> None:
    delivery = await _received(sessions, 1)
    slow = Slow()
    async with _working(sessions, slow):
        await _eventually(lambda: _true(slow.under_way == 1))
        await change(sessions, "UPDATE lanes SET lease_token = gen_random_uuid(), leased_by = 'worker-2'")
        slow.go.set()
        await _eventually(lambda: _true(slow.under_way == 0))
    assert await rows(sessions, "SELECT leased_by FROM lanes") == [("worker-2",)]
    assert await rows(sessions, "SELECT count(*) FROM attempts") == [(0,)]
    assert await state_of(sessions, delivery) == "sending"


async def test_a_slow_ehr_does_not_cost_a_living_worker_its_lease(sessions: Sessions) -> None:
    await _received(sessions, 1)
    slow = Slow()
    async with _working(sessions, slow, lease=timedelta(seconds=2)):
        await _eventually(lambda: _true(slow.under_way == 1))
        first = (await rows(sessions, "SELECT due_at FROM lanes"))[0][0]

        async def renewed() -> bool:
            due: datetime = (await rows(sessions, "SELECT due_at FROM lanes"))[0][0]
            return bool(due > first + timedelta(seconds=1))

        await _eventually(renewed)
        assert await claim_next(outbox_of(sessions, "worker-2"), 1) == ()
        slow.go.set()
        await _eventually(lambda: _all_delivered(sessions))


async def test_a_database_that_goes_away_for_a_while_is_waited_for(database_url: str, sessions: Sessions) -> None:
    engine = open_engine(database_url, 2)
    own = sessions_of(engine)
    async with _working(own, always(Delivered())):
        await _listening(sessions)
        await change(
            sessions,
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            "WHERE pid <> pg_backend_pid() AND datname = current_database()",
        )
        delivery = await _received(sessions, 1)
        await _eventually(lambda: _is(sessions, delivery, "delivered"))
    await engine.dispose()


async def test_a_worker_told_to_stop_finishes_what_is_in_flight(sessions: Sessions) -> None:
    delivery = await _received(sessions, 1)
    slow = Slow()
    async with _working(sessions, slow, in_flight=1) as stop:
        await _eventually(lambda: _true(slow.under_way == 1))
        await _received(sessions, 2)  # there is room for it only once the first is done, and by then it is to stop
        stop.set()
        slow.go.set()
    assert await state_of(sessions, delivery) == "delivered"
    assert await rows(sessions, "SELECT state FROM deliveries WHERE id <> :id", id=delivery) == [("waiting",)]


async def test_a_worker_told_to_stop_gives_back_what_takes_too_long(sessions: Sessions) -> None:
    await _received(sessions, 1)
    slow = Slow()
    async with _working(sessions, slow, grace=0.05) as stop:
        await _eventually(lambda: _true(slow.under_way == 1))
        stop.set()
    assert await rows(sessions, "SELECT state, tries FROM deliveries") == [("waiting", 0)]
    (again,) = await claim_next(outbox_of(sessions, "worker-2"), 1)
    assert again.sending.open_call is not None


async def test_a_worker_with_nothing_to_do_stops_at_once(sessions: Sessions) -> None:
    async with _working(sessions, always(Delivered()), poll=AT_ONCE):
        await _listening(sessions)


async def test_attempts_are_counted_by_outcome(sessions: Sessions) -> None:
    refused = person(1).id
    for number in (1, 2, 3):
        await _received(sessions, number)
    push = PretendedPush(lambda sending: REFUSED if sending.client.client_id == refused else Delivered())
    meters = Meters()
    stop = asyncio.Event()
    task = asyncio.create_task(Worker(outbox_of(sessions), push, Pace(4, 0.02), meters).run(stop))
    await _eventually(lambda: _true(len(push.sent) == 3))
    stop.set()
    await task
    counted = {
        name: meters.registry.get_sample_value("joinedup_attempts_total", {"outcome": name})
        for name in ("delivered", "refused")
    }
    assert counted == {"delivered": 2, "refused": 1}


async def test_serve_has_a_worker_beside_it_that_delivers_to_the_ehr(
    sessions: Sessions, sandbox: SandboxServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = person(1)
    sandbox.add_patient(client.nhs_number, "1990-05-17")
    settings = Settings(
        database_url=SecretStr("postgresql://unused"),
        ehr_url=sandbox.url,
        poll_every=0.02,
        _env_file=None,
    )
    async with worker_beside(settings, sessions, Meters()):
        async with sessions.begin() as session:
            body = {"resourceType": "Encounter", "id": str(uuid4())}
            delivery = await receive(session, client, bodies=[body])
        await _eventually(lambda: _is_not(sessions, delivery, {"waiting", "sending"}))


async def _is_not(sessions: Sessions, delivery: UUID, states: set[str]) -> bool:
    return await state_of(sessions, delivery) not in states
