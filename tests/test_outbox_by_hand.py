"""What a person may do with deliveries, and what is refused with a sentence."""

from datetime import timedelta
from functools import partial
from uuid import UUID, uuid4

import asyncpg
import pytest

from service.db import Sessions
from service.errors import DeliveryCannotMove
from service.outbox.by_hand import Move, cancel, only, retry, would_cancel, would_retry
from service.outbox.chosen import Chosen
from service.outbox.deliver import claim_next, deliver_next, release
from service.outbox.ledger import LeasedLedger
from service.outbox.queue import CHANNEL
from service.push.outcome import Delivered, Reason, Refused
from service.push.sending import Link
from tests.notes import person, receive
from tests.outbox import BUSY, REFUSED, PretendedPush, always, clock, outbox_of, rows, state_of

_STOPPED = ("needs_attention",)


async def _receive(sessions: Sessions, number: int = 1, **more: object) -> UUID:
    async with sessions.begin() as session:
        return await receive(session, person(number), **more)  # type: ignore[arg-type]


async def _refused(sessions: Sessions, number: int = 1, **more: object) -> UUID:
    delivery = await _receive(sessions, number, **more)
    await deliver_next(outbox_of(sessions), always(REFUSED), 50)
    return delivery


async def _retry(sessions: Sessions, delivery: UUID) -> Move:
    async with sessions.begin() as session:
        (move,) = await retry(session, only(delivery))
        return move


async def _cancel(sessions: Sessions, delivery: UUID) -> Move:
    async with sessions.begin() as session:
        (move,) = await cancel(session, only(delivery), "Written about the wrong person.")
        return move


async def _drained(sessions: Sessions) -> list[UUID]:
    push = always(Delivered())
    while await deliver_next(outbox_of(sessions), push, 8):
        pass
    return [sending.delivery_id for sending in push.sent]


async def test_a_refused_delivery_goes_again_when_a_person_says_so(sessions: Sessions) -> None:
    delivery = await _refused(sessions)
    moved = await _retry(sessions, delivery)
    assert (moved.delivery_id, moved.state, moved.reason_code) == (delivery, "needs_attention", "refused")
    assert await _drained(sessions) == [delivery]


async def test_what_waited_behind_a_retried_delivery_follows_it(sessions: Sessions) -> None:
    goal = uuid4()
    first = await _refused(sessions, note_id=goal)
    contact = await _receive(sessions, refers_to=[goal])
    assert await _drained(sessions) == []
    await _retry(sessions, first)
    assert await _drained(sessions) == [first, contact]


async def test_a_delivery_in_back_off_can_be_hurried(sessions: Sessions) -> None:
    delivery = await _receive(sessions)
    await deliver_next(outbox_of(sessions), always(BUSY))
    assert await _drained(sessions) == []
    await _retry(sessions, delivery)
    assert await _drained(sessions) == [delivery]


async def test_a_cancelled_delivery_can_be_taken_up_again(sessions: Sessions) -> None:
    delivery = await _refused(sessions)
    await _cancel(sessions, delivery)
    await _retry(sessions, delivery)
    assert await _drained(sessions) == [delivery]


async def test_a_cancelled_delivery_is_not_sent_and_says_why(sessions: Sessions) -> None:
    delivery = await _refused(sessions)
    await _cancel(sessions, delivery)
    found = await rows(sessions, "SELECT state, reason_code, reason, ended_at IS NOT NULL FROM deliveries")
    assert found == [("cancelled", "cancelled_by_a_person", "Written about the wrong person.", True)]
    assert await _drained(sessions) == []


async def test_what_waited_behind_a_cancelled_delivery_goes(sessions: Sessions) -> None:
    goal = uuid4()
    first = await _receive(sessions, note_id=goal)
    contact = await _receive(sessions, refers_to=[goal])
    push = PretendedPush(lambda sending: REFUSED)
    await deliver_next(outbox_of(sessions), push)
    assert await _drained(sessions) == []
    await _cancel(sessions, first)
    assert await _drained(sessions) == [contact]


async def test_cancelling_what_is_in_back_off_lets_the_clients_next_note_go(sessions: Sessions) -> None:
    first = await _receive(sessions)
    await deliver_next(outbox_of(sessions), always(BUSY))
    second = await _receive(sessions)
    await _cancel(sessions, first)
    assert await _drained(sessions) == [second]


async def _why_not_retried(sessions: Sessions, delivery: UUID) -> str:
    with pytest.raises(DeliveryCannotMove) as refused:
        await _retry(sessions, delivery)
    return refused.value.sentence


async def _why_not_cancelled(sessions: Sessions, delivery: UUID) -> str:
    with pytest.raises(DeliveryCannotMove) as refused:
        await _cancel(sessions, delivery)
    return refused.value.sentence


async def test_what_is_on_its_way_can_be_neither_retried_nor_cancelled(sessions: Sessions) -> None:
    delivery = await _receive(sessions)
    await claim_next(outbox_of(sessions), 1)
    assert "on its way" in await _why_not_retried(sessions, delivery)
    assert "on its way" in await _why_not_cancelled(sessions, delivery)


async def test_what_is_in_the_ehr_can_be_neither_retried_nor_cancelled(sessions: Sessions) -> None:
    delivery = await _receive(sessions)
    await _drained(sessions)
    assert "in the EHR already" in await _why_not_retried(sessions, delivery)
    assert "retract the note" in await _why_not_cancelled(sessions, delivery)


async def test_a_replaced_version_cannot_be_retried(sessions: Sessions) -> None:
    note = uuid4()
    first = await _refused(sessions, note_id=note)
    await _receive(sessions, note_id=note, version=2)
    assert "later version" in await _why_not_retried(sessions, first)
    assert "cancelled before" in await _why_not_cancelled(sessions, first)


async def test_what_waits_behind_another_is_not_retried_before_it(sessions: Sessions) -> None:
    goal = uuid4()
    first = await _refused(sessions, note_id=goal)
    contact = await _receive(sessions, refers_to=[goal])
    await _drained(sessions)
    assert f"waits behind delivery {first}" in await _why_not_retried(sessions, contact)


async def test_what_could_not_be_mapped_waits_for_the_mapping_to_be_mended(sessions: Sessions) -> None:
    delivery = await _receive(sessions, stopped="mapping_failed", bodies=[])
    assert "joinedup remap" in await _why_not_retried(sessions, delivery)


async def test_what_has_no_resources_is_never_called_delivered(sessions: Sessions) -> None:
    delivery = await _receive(sessions, bodies=[])
    await deliver_next(outbox_of(sessions), always(Delivered()))
    assert await state_of(sessions, delivery) == "needs_attention"


async def test_what_the_ehr_may_hold_in_part_is_not_cancelled(sessions: Sessions) -> None:
    delivery = await _receive(sessions)
    outbox = outbox_of(sessions)
    (claimed,) = await claim_next(outbox, 1)
    ledger = LeasedLedger(claimed, outbox.writes.write)
    call = await ledger.intend(("Encounter/1",))
    await release(outbox, claimed)
    assert "may hold a part" in await _why_not_cancelled(sessions, delivery)
    (claimed,) = await claim_next(outbox, 1)
    resource = claimed.sending.resources[0]
    link = Link(resource.key, resource.type, "1", None, 1, resource.body)
    await LeasedLedger(claimed, outbox.writes.write).record(call, [link])
    await release(outbox, claimed)
    assert "may hold a part" in await _why_not_cancelled(sessions, delivery)


async def test_an_id_that_no_delivery_has_is_told(sessions: Sessions) -> None:
    assert "No delivery has this id" in await _why_not_retried(sessions, uuid4())
    assert "No delivery has this id" in await _why_not_cancelled(sessions, uuid4())


async def _many(sessions: Sessions, chosen: Chosen) -> tuple[set[UUID], set[UUID]]:
    """What would be moved, and what was."""
    async with sessions.begin() as session:
        looked = {move.delivery_id for move in await would_retry(session, chosen)}
        assert await rows(sessions, "SELECT count(*) FROM deliveries WHERE state = 'waiting'") == [(0,)]
        return looked, {move.delivery_id for move in await retry(session, chosen, len(looked))}


async def test_many_are_retried_by_their_reason_after_a_look(sessions: Sessions) -> None:
    refused = {await _refused(sessions, number) for number in range(3)}
    await _receive(sessions, 7)
    await deliver_next(outbox_of(sessions), always(Refused(Reason("patient_not_found", "Nobody."))), 8)
    assert await _many(sessions, Chosen(_STOPPED, reason_code="refused")) == (refused, refused)
    assert set(await _drained(sessions)) == refused


async def test_many_are_retried_by_the_time_they_came(sessions: Sessions) -> None:
    early = await _refused(sessions, 1)
    between = await clock(sessions)
    late = await _refused(sessions, 2)
    assert await _many(sessions, Chosen(_STOPPED, since=between)) == ({late}, {late})
    await deliver_next(outbox_of(sessions), always(REFUSED), 8)
    assert await _many(sessions, Chosen(_STOPPED, until=between)) == ({early}, {early})


async def test_many_of_one_client_go_again_in_their_order(sessions: Sessions) -> None:
    deliveries = [await _refused(sessions, 1) for _ in range(4)]
    async with sessions.begin() as session:
        assert len(await retry(session, Chosen(_STOPPED), 4)) == 4
    assert await _drained(sessions) == deliveries


async def test_many_are_cancelled_after_a_look_and_what_waited_behind_them_goes(sessions: Sessions) -> None:
    goal = uuid4()
    first = await _refused(sessions, note_id=goal)
    contact = await _receive(sessions, refers_to=[goal])
    assert await _drained(sessions) == []
    other = await _refused(sessions, 2)
    async with sessions.begin() as session:
        looked = {move.delivery_id for move in await would_cancel(session, Chosen(_STOPPED))}
        done = await cancel(session, Chosen(_STOPPED), "Told on the telephone.", 2)
    assert looked == {move.delivery_id for move in done} == {first, other}
    assert await _drained(sessions) == [contact]


async def test_nobody_moves_more_than_they_have_looked_at(sessions: Sessions) -> None:
    await _refused(sessions, 1)
    await _refused(sessions, 2)
    for move in (retry, partial(cancel, reason="Said so.")):
        with pytest.raises(DeliveryCannotMove, match="2 fit now, and not 1"):
            async with sessions.begin() as session:
                await move(session, Chosen(_STOPPED), count=1)
    assert await rows(sessions, "SELECT DISTINCT state FROM deliveries") == [("needs_attention",)]


async def test_a_look_at_one_that_cannot_move_says_why(sessions: Sessions) -> None:
    delivery = await _receive(sessions)
    await _drained(sessions)
    async with sessions() as session:
        for look in (would_retry, would_cancel):
            with pytest.raises(DeliveryCannotMove, match="in the EHR already"):
                await look(session, only(delivery))


async def test_a_move_leaves_a_lane_in_a_workers_hands_alone(sessions: Sessions) -> None:
    refused = await _refused(sessions, 1)
    going = await _receive(sessions, 1)
    outbox = outbox_of(sessions)
    (claimed,) = await claim_next(outbox, 1)
    before = await rows(sessions, "SELECT * FROM lanes")
    await _retry(sessions, refused)
    assert await rows(sessions, "SELECT * FROM lanes") == before
    assert claimed.sending.delivery_id == going
    await release(outbox, claimed)
    assert await _drained(sessions) == [refused, going]


async def test_a_retried_delivery_begins_its_pauses_anew(sessions: Sessions) -> None:
    delivery = await _receive(sessions)
    now = await clock(sessions)
    for hour in range(8):
        await deliver_next(outbox_of(sessions, at=now + timedelta(hours=hour)), always(BUSY))
    await _retry(sessions, delivery)
    assert await rows(sessions, "SELECT tries FROM deliveries") == [(0,)]


async def test_a_move_wakes_an_idle_worker(sessions: Sessions, database_url: str) -> None:
    delivery = await _refused(sessions)
    heard: list[object] = []
    listener = await asyncpg.connect(database_url)
    await listener.add_listener(CHANNEL, lambda *call: heard.append(call))
    await _retry(sessions, delivery)
    await listener.execute("SELECT 1")
    await listener.close()
    assert len(heard) == 1
