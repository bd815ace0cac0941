"""Long outages lose nothing, and whatever goes wrong, each client's notes go in their order."""

import asyncio
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random
from uuid import UUID, uuid4

import pytest

from service.db import Sessions
from service.outbox.deliver import claim_next, deliver_next
from service.push.outcome import Delivered, Outcome, Refused
from service.push.sending import Ledger, Sending
from tests.notes import person, receive
from tests.outbox import BUSY, DOWN, LOST, REFUSED, PretendedPush, always, clock, outbox_of, rows

FORTNIGHT = timedelta(days=14)
CLIENTS = 12


async def _note_about(sessions: Sessions, number: int) -> tuple[UUID, UUID]:
    """The client, and the note."""
    note = uuid4()
    async with sessions.begin() as session:
        await receive(session, person(number), note)
    return person(number).id, note


async def _drain(sessions: Sessions, push: PretendedPush, at: datetime) -> None:
    while await deliver_next(outbox_of(sessions, at=at), push, 8):
        pass


async def test_an_outage_of_fourteen_days_loses_nothing_and_the_backlog_goes_in_order(sessions: Sessions) -> None:
    started = await clock(sessions)
    arrived: dict[UUID, list[UUID]] = defaultdict(list)
    down = always(DOWN)
    for hour in range(14 * 24):
        if hour % 3 == 0:
            client, note = await _note_about(sessions, hour % CLIENTS)
            arrived[client].append(note)
        await deliver_next(outbox_of(sessions, at=started + timedelta(hours=hour)), down, 8)
    assert await rows(sessions, "SELECT DISTINCT state FROM deliveries") == [("waiting",)]

    up = PretendedPush()
    await _drain(sessions, up, at=started + FORTNIGHT)
    sent: dict[UUID, list[UUID]] = defaultdict(list)
    for sending in up.sent:
        sent[sending.client.client_id].append(sending.note_id)
    assert sent == arrived
    assert await rows(sessions, "SELECT state, count(*) FROM deliveries GROUP BY 1") == [("delivered", 112)]


async def test_an_outage_burns_next_to_no_tries_and_sends_one_probe_at_a_time(sessions: Sessions) -> None:
    for number in range(CLIENTS):
        await _note_about(sessions, number)
    started = await clock(sessions)
    down = always(DOWN)
    for hour in range(14 * 24):
        before = len(down.sent)
        await deliver_next(outbox_of(sessions, at=started + timedelta(hours=hour)), down, 8)
        assert hour == 0 or len(down.sent) - before <= 1
    assert await rows(sessions, "SELECT max(tries) <= 1 FROM deliveries") == [(True,)]


async def test_a_note_that_fails_for_fourteen_days_is_tried_hourly_and_never_given_up(sessions: Sessions) -> None:
    _, note = await _note_about(sessions, 1)
    at = await clock(sessions)
    end = at + FORTNIGHT
    busy = always(BUSY)
    while at < end:
        await deliver_next(outbox_of(sessions, at=at), busy)
        ((at,),) = await rows(sessions, "SELECT due_at FROM lanes")
    assert 14 * 24 <= len(busy.sent) <= 2 * 14 * 24 + 20
    up = PretendedPush()
    await _drain(sessions, up, at=end + timedelta(hours=1))
    assert [sending.note_id for sending in up.sent] == [note]


@dataclass
class Unreliable:
    """An EHR of moods: what it was sent, and what became of it, in the order in which that happened."""

    random: Random
    under_way: set[UUID] = field(default_factory=set)
    ended: dict[UUID, list[UUID]] = field(default_factory=lambda: defaultdict(list))
    sent: list[tuple[UUID, UUID, list[UUID]]] = field(default_factory=list)

    async def __call__(self, sending: Sending, ledger: Ledger, now: datetime) -> Outcome:
        client = sending.client.client_id
        assert client not in self.under_way
        self.under_way.add(client)
        self.sent.append((client, sending.note_id, list(self.ended[client])))
        for _ in range(self.random.randrange(3)):
            await asyncio.sleep(0)
        outcome = self.random.choices((Delivered(), DOWN, LOST, BUSY, REFUSED), (10, 3, 3, 4, 1))[0]
        if isinstance(outcome, Delivered | Refused):
            self.ended[client].append(sending.note_id)
        self.under_way.discard(client)
        return outcome


@pytest.mark.parametrize("seed", range(4))
async def test_several_workers_and_every_kind_of_failure_never_disturb_a_clients_order(
    sessions: Sessions, seed: int
) -> None:
    random = Random(seed)
    arrived: dict[UUID, list[UUID]] = defaultdict(list)
    ehr = Unreliable(random)
    at = await clock(sessions)
    for turn in range(60):
        if turn < 30:
            client, note = await _note_about(sessions, random.randrange(5))
            arrived[client].append(note)
        at += timedelta(minutes=random.choice((0, 1, 70)))
        if random.random() < 0.2:
            await claim_next(outbox_of(sessions, "worker-that-dies", at=at), 1)
        await asyncio.gather(*(_turn(sessions, f"worker-{number}", ehr, at) for number in range(3)))
    for client, note, ended_before in ehr.sent:
        assert ended_before == arrived[client][: arrived[client].index(note)]
    for _ in range(200):
        at += timedelta(hours=2)
        await _turn(sessions, "worker-1", ehr, at)
    assert ehr.ended == arrived


async def _turn(sessions: Sessions, worker: str, ehr: Unreliable, at: datetime) -> None:
    await deliver_next(outbox_of(sessions, worker, at), ehr, 2)
