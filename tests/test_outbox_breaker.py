"""When the EHR as a whole does not answer: one probe at a time, no try burnt, and everything at once afterwards."""

from datetime import datetime, timedelta
from uuid import UUID, uuid4

import pytest

from service.db import Sessions
from service.outbox.breaker import FAILURES_TO_OPEN
from service.outbox.deliver import Outbox, claim_next, deliver, deliver_next
from service.push.outcome import Delivered, Outcome, Reason, Refused, TryLater
from tests.notes import person, receive
from tests.outbox import BUSY, DOWN, LOST, REFUSED, PretendedPush, always, clock, outbox_of, rows

MANY = 12


async def _receive(sessions: Sessions, *numbers: int) -> list[UUID]:
    notes = []
    for number in numbers:
        notes.append(uuid4())
        async with sessions.begin() as session:
            await receive(session, person(number), notes[-1])
    return notes


async def _is_open(sessions: Sessions) -> bool:
    found: bool = (await rows(sessions, "SELECT open_since IS NOT NULL FROM breaker"))[0][0]
    return found


async def _go_down(sessions: Sessions) -> datetime:
    """Notes of many clients, and as many failures as open the breaker; the time at which the first probe is due."""
    await _receive(sessions, *range(MANY))
    await deliver_next(outbox_of(sessions), always(DOWN), FAILURES_TO_OPEN)
    assert await _is_open(sessions)
    return await _probe_at(sessions)


async def _probe_at(sessions: Sessions) -> datetime:
    found: datetime = (await rows(sessions, "SELECT probe_at FROM breaker"))[0][0]
    return found


@pytest.mark.parametrize("failure", [DOWN, LOST])
async def test_it_opens_after_three_failures_in_a_row_of_the_ehr_as_a_whole(
    sessions: Sessions, failure: Outcome
) -> None:
    await _receive(sessions, *range(MANY))
    outbox = outbox_of(sessions)
    for expected in (False, False, True):
        await deliver_next(outbox, always(failure))
        assert await _is_open(sessions) == expected
    assert await deliver_next(outbox, always(Delivered()), MANY) == []


async def test_an_answer_between_failures_keeps_it_closed(sessions: Sessions) -> None:
    await _receive(sessions, *range(MANY))
    outbox = outbox_of(sessions)
    for outcome in (DOWN, DOWN, REFUSED, DOWN, DOWN, Delivered(), DOWN, DOWN, BUSY):
        await deliver_next(outbox, always(outcome))
    assert not await _is_open(sessions)
    assert await rows(sessions, "SELECT failures FROM breaker") == [(0,)]


async def test_it_opens_at_once_where_the_ehr_says_when_to_come_back(sessions: Sessions) -> None:
    await _receive(sessions, *range(MANY))
    until = await clock(sessions) + timedelta(hours=1)
    busy = TryLater(Reason("busy", "The EHR asks us to come back later."), not_before=until, ehr_wide=True)
    await deliver_next(outbox_of(sessions), always(busy))
    assert await _probe_at(sessions) == until
    push = always(Delivered())
    assert await deliver_next(outbox_of(sessions, at=until - timedelta(seconds=1)), push, MANY) == []
    assert len(await deliver_next(outbox_of(sessions, at=until), push, MANY)) == 1


async def test_one_delivery_at_a_time_probes(sessions: Sessions) -> None:
    due = await _go_down(sessions)
    assert await claim_next(outbox_of(sessions, at=due - timedelta(milliseconds=1)), MANY) == ()
    (probe,) = await claim_next(outbox_of(sessions, at=due), MANY)
    assert await claim_next(outbox_of(sessions, "worker-2", at=due + timedelta(seconds=1)), MANY) == ()
    await deliver(outbox_of(sessions, at=due), always(DOWN), probe)
    assert await _probe_at(sessions) > due


async def test_a_probe_whose_worker_died_makes_room_for_another(sessions: Sessions) -> None:
    due = await _go_down(sessions)
    await claim_next(outbox_of(sessions, at=due), MANY)
    later = due + timedelta(seconds=91)
    assert len(await claim_next(outbox_of(sessions, "worker-2", at=later), MANY)) == 1


async def test_every_probe_is_another_delivery_so_a_poisonous_one_cannot_hold_it_open(sessions: Sessions) -> None:
    due = await _go_down(sessions)
    push = always(DOWN)
    for _ in range(MANY):
        await deliver_next(outbox_of(sessions, at=due), push, MANY)
        due = await _probe_at(sessions)
    assert len({sending.client.client_id for sending in push.sent}) == MANY


async def test_probes_are_spaced_out_but_never_by_more_than_a_minute(sessions: Sessions) -> None:
    due = await _go_down(sessions)
    for _ in range(10):
        before = due
        await deliver_next(outbox_of(sessions, at=before), always(DOWN), MANY)
        due = await _probe_at(sessions)
        assert timedelta(seconds=2) <= due - before <= timedelta(minutes=1)


async def test_no_try_is_burnt_while_it_is_open(sessions: Sessions) -> None:
    due = await _go_down(sessions)
    before = await rows(sessions, "SELECT id, tries FROM deliveries ORDER BY id")
    for _ in range(20):
        await deliver_next(outbox_of(sessions, at=due), always(DOWN), MANY)
        due = await _probe_at(sessions)
    assert await rows(sessions, "SELECT id, tries FROM deliveries ORDER BY id") == before
    assert {tries for _, tries in before} == {0, 1}


@pytest.mark.parametrize("answer", [Delivered(), REFUSED, BUSY])
async def test_any_answer_closes_it_and_everything_that_waited_goes_at_once(
    sessions: Sessions, answer: Outcome
) -> None:
    due = await _go_down(sessions)
    await deliver_next(outbox_of(sessions, at=due), always(answer), MANY)
    assert not await _is_open(sessions)
    push = always(Delivered())
    await deliver_next(outbox_of(sessions, at=due), push, MANY)
    assert len(push.sent) == MANY - 1


async def test_what_was_in_back_off_goes_at_once_too_and_says_so(sessions: Sessions) -> None:
    await _receive(sessions, 1)
    now = await clock(sessions)
    for hours in range(12):
        await deliver_next(outbox_of(sessions, at=now + timedelta(hours=hours)), always(BUSY))
    now += timedelta(hours=11, seconds=1)
    assert await deliver_next(outbox_of(sessions, at=now), always(Delivered())) == []
    await _receive(sessions, 2, 3, 4)
    await deliver_next(outbox_of(sessions, at=now), always(DOWN), MANY)
    due = await _probe_at(sessions)
    await deliver_next(outbox_of(sessions, at=due), always(Delivered()), MANY)
    waiting = await rows(sessions, "SELECT DISTINCT next_try_at FROM deliveries WHERE state = 'waiting'")
    assert [row[0] for row in waiting if row[0]] and all(row[0] <= due for row in waiting if row[0])
    push = always(Delivered())
    await deliver_next(outbox_of(sessions, at=due), push, MANY)
    assert person(1).id in {sending.client.client_id for sending in push.sent}


async def test_what_the_ehr_asked_to_hold_for_itself_is_held_even_then(sessions: Sessions) -> None:
    (held,) = await _receive(sessions, 1)
    now = await clock(sessions)
    until = now + timedelta(hours=5)
    await deliver_next(outbox_of(sessions), always(TryLater(Reason("locked", "The record is locked."), until)))
    await _receive(sessions, 2, 3, 4)
    await deliver_next(outbox_of(sessions), always(DOWN), MANY)
    due = await _probe_at(sessions)
    push = always(Delivered())
    for _ in range(4):
        await deliver_next(outbox_of(sessions, at=due), push, MANY)
    assert held not in {sending.note_id for sending in push.sent}
    await deliver_next(outbox_of(sessions, at=until), push, MANY)
    assert push.sent[-1].note_id == held


async def test_an_answer_to_a_call_from_before_closes_it_as_well(sessions: Sessions) -> None:
    await _receive(sessions, *range(MANY))
    outbox = outbox_of(sessions)
    (slow,) = await claim_next(outbox, 1)
    await deliver_next(outbox, always(DOWN), FAILURES_TO_OPEN)
    assert await _is_open(sessions)
    await deliver(outbox, always(Refused(Reason("refused", "No."))), slow)
    assert not await _is_open(sessions)


async def test_a_failure_of_a_call_from_before_neither_hurries_nor_burns_anything(sessions: Sessions) -> None:
    await _receive(sessions, *range(MANY))
    outbox = outbox_of(sessions)
    (slow,) = await claim_next(outbox, 1)
    await deliver_next(outbox, always(DOWN), FAILURES_TO_OPEN)
    due = await _probe_at(sessions)
    await deliver(outbox, always(DOWN), slow)
    assert await _probe_at(sessions) == due
    assert await rows(sessions, "SELECT tries FROM deliveries WHERE id = :id", id=slow.sending.delivery_id) == [(0,)]


async def test_a_single_delivery_that_always_times_out_backs_off_while_the_others_go(sessions: Sessions) -> None:
    await _receive(sessions, 0)
    push = PretendedPush(lambda sending: LOST if sending.client.client_id == person(0).id else Delivered())
    now = await clock(sessions)
    for number in range(1, 200):
        await _receive(sessions, number)
        await _drain(outbox_of(sessions, at=now + timedelta(seconds=number)), push)
    assert not await _is_open(sessions)
    mine = [sending for sending in push.sent if sending.client.client_id == person(0).id]
    assert 5 <= len(mine) <= 12


async def _drain(outbox: Outbox, push: PretendedPush) -> None:
    while await deliver_next(outbox, push, MANY):
        pass
