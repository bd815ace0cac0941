"""A delivery from claim to settle: in order, one at a time per client, each ending in a state of its own."""

import asyncio
from datetime import date, timedelta
from uuid import UUID, uuid4

from service.db import Sessions
from service.outbox.deliver import claim_next, deliver_next
from service.push.outcome import Delivered, Outcome, Reason, TryLater
from service.push.sending import Sending
from tests.notes import BORN, bodies_of, person, receive
from tests.outbox import (
    BUSY,
    LOST,
    REFUSED,
    PretendedPush,
    always,
    change,
    clock,
    outbox_of,
    rows,
    state_of,
)


async def _received(sessions: Sessions, number: int, **more: object) -> UUID:
    async with sessions.begin() as session:
        return await receive(session, person(number), **more)  # type: ignore[arg-type]


async def _drain(sessions: Sessions, push: PretendedPush, most: int = 8) -> None:
    while await deliver_next(outbox_of(sessions), push, most):
        pass


async def test_a_waiting_note_is_sent_and_delivered(sessions: Sessions) -> None:
    delivery = await _received(sessions, 1)
    assert await deliver_next(outbox_of(sessions), always(Delivered())) == [Delivered()]
    assert await state_of(sessions, delivery) == "delivered"
    assert await rows(sessions, "SELECT due_at, lease_token, leased_by FROM lanes") == [(None, None, None)]
    assert await rows(sessions, "SELECT worker, outcome, reason FROM attempts") == [("worker-1", "delivered", None)]


async def test_nothing_is_claimed_where_nothing_waits(sessions: Sessions) -> None:
    assert await deliver_next(outbox_of(sessions), always(Delivered())) == []


async def test_push_is_given_all_it_needs(sessions: Sessions) -> None:
    note = uuid4()
    bodies = bodies_of(note, person(1), 3)
    delivery = await _received(sessions, 1, note_id=note, bodies=bodies, birth_date=date(1991, 2, 3))
    push = always(Delivered())
    await deliver_next(outbox_of(sessions), push)
    sending = push.sent[0]
    assert (sending.delivery_id, sending.note_id, sending.note_version) == (delivery, note, 1)
    assert [resource.body for resource in sending.resources] == bodies
    assert [resource.key for resource in sending.resources] == [f"Encounter/{body['id']}" for body in bodies]
    assert sending.client.client_id == person(1).id
    assert sending.client.nhs_number == person(1).nhs_number
    assert sending.client.birth_date == date(1991, 2, 3)
    assert sending.client.ehr_patient_id is None
    assert (dict(sending.links), sending.open_call) == ({}, None)


async def test_the_notes_of_a_client_go_one_at_a_time_in_the_order_they_came(sessions: Sessions) -> None:
    notes = [uuid4() for _ in range(4)]
    for note in notes:
        await _received(sessions, 1, note_id=note)
    push = always(Delivered())
    for turn in range(4):
        assert len(await deliver_next(outbox_of(sessions), push, most=8)) == 1, turn
    assert [sending.note_id for sending in push.sent] == notes


async def test_many_clients_go_at_once(sessions: Sessions) -> None:
    for number in range(5):
        await _received(sessions, number)
    push = always(Delivered())
    assert len(await deliver_next(outbox_of(sessions), push, most=3)) == 3
    assert len(await deliver_next(outbox_of(sessions), push, most=8)) == 2


async def test_a_client_who_floods_the_queue_takes_turns_with_the_others(sessions: Sessions) -> None:
    for number in (1, 1, 1, 2, 3):
        await _received(sessions, number)
    push = always(Delivered())
    for _ in range(3):
        await deliver_next(outbox_of(sessions), push)
    assert {sending.client.client_id for sending in push.sent} == {person(number).id for number in (1, 2, 3)}


async def test_what_failed_for_now_waits_with_its_reason_and_the_next_try(sessions: Sessions) -> None:
    delivery = await _received(sessions, 1)
    await deliver_next(outbox_of(sessions), always(BUSY))
    found = await rows(sessions, "SELECT id, state, reason_code, reason, tries FROM deliveries")
    assert found == [(delivery, "waiting", "busy", "The EHR was busy with this record.", 1)]
    assert await rows(sessions, "SELECT due_at = next_try_at, due_at > now() FROM lanes, deliveries") == [(True, True)]
    assert await rows(sessions, "SELECT outcome, reason_code FROM attempts") == [("try_later", "busy")]
    assert await deliver_next(outbox_of(sessions), always(Delivered())) == []


async def test_what_failed_for_now_is_tried_again_before_any_later_note_of_the_client(sessions: Sessions) -> None:
    first, second = uuid4(), uuid4()
    await _received(sessions, 1, note_id=first)
    await deliver_next(outbox_of(sessions), always(BUSY))
    await _received(sessions, 1, note_id=second)
    push = always(Delivered())
    assert await deliver_next(outbox_of(sessions), push) == []
    later = await clock(sessions) + timedelta(hours=2)
    await deliver_next(outbox_of(sessions, at=later), push)
    await deliver_next(outbox_of(sessions, at=later), push)
    assert [sending.note_id for sending in push.sent] == [first, second]


async def test_the_time_the_ehr_asks_for_is_obeyed(sessions: Sessions) -> None:
    await _received(sessions, 1)
    now = await clock(sessions)
    until = now + timedelta(hours=7)
    await deliver_next(outbox_of(sessions), always(TryLater(Reason("busy", "Later."), not_before=until)))
    push = always(Delivered())
    assert await deliver_next(outbox_of(sessions, at=until - timedelta(seconds=1)), push) == []
    assert len(await deliver_next(outbox_of(sessions, at=until), push)) == 1


async def test_a_lost_answer_waits_and_is_counted_as_unknown(sessions: Sessions) -> None:
    delivery = await _received(sessions, 1)
    await deliver_next(outbox_of(sessions), always(LOST))
    assert await state_of(sessions, delivery) == "waiting"
    assert await rows(sessions, "SELECT outcome, reason_code FROM attempts") == [("unknown", "answer_lost")]


async def test_a_refused_note_stands_in_front_of_a_person_with_what_the_ehr_said(sessions: Sessions) -> None:
    delivery = await _received(sessions, 1)
    await deliver_next(outbox_of(sessions), always(REFUSED))
    assert await state_of(sessions, delivery) == "needs_attention"
    answer = await rows(sessions, "SELECT outcome, reason_code, answer FROM attempts")
    assert answer == [("refused", "refused", {"resourceType": "OperationOutcome"})]
    assert await rows(sessions, "SELECT due_at FROM lanes") == [(None,)]


async def test_what_the_ehr_said_is_kept_even_with_characters_that_postgresql_cannot_hold(sessions: Sessions) -> None:
    await _received(sessions, 1)
    said = {"text": "a\x00b \\u0000 \\\x00"}
    refused = type(REFUSED)(REFUSED.reason, said)
    await deliver_next(outbox_of(sessions), always(refused))
    assert await rows(sessions, "SELECT answer FROM attempts") == [({"text": "ab \\u0000 \\"},)]


async def test_a_refused_note_steps_aside_and_the_clients_others_go_on(sessions: Sessions) -> None:
    refused, other = uuid4(), uuid4()
    await _received(sessions, 1, note_id=refused)
    await _received(sessions, 1, note_id=other)
    push = PretendedPush(lambda sending: REFUSED if sending.note_id == refused else Delivered())
    await _drain(sessions, push)
    assert [sending.note_id for sending in push.sent] == [refused, other]


async def test_only_notes_that_refer_to_a_refused_note_wait_behind_it(sessions: Sessions) -> None:
    goal, other = uuid4(), uuid4()
    first = await _received(sessions, 1, note_id=goal)
    contact = await _received(sessions, 1, refers_to=[goal])
    await _received(sessions, 1, note_id=other)
    push = PretendedPush(lambda sending: REFUSED if sending.note_id == goal else Delivered())
    await _drain(sessions, push)
    assert push.versions == [(goal, 1), (other, 1)]
    behind = await rows(sessions, "SELECT id, reason_code FROM deliveries WHERE waits_behind = :first", first=first)
    assert behind == [(contact, "waits_behind")]


async def test_an_amendment_that_has_come_already_takes_the_place_of_a_refused_version(sessions: Sessions) -> None:
    goal, contact = uuid4(), uuid4()
    first = await _received(sessions, 1, note_id=goal)
    await _received(sessions, 1, note_id=contact, refers_to=[goal])
    await _received(sessions, 1, note_id=goal, version=2)
    await _received(sessions, 1, note_id=goal, version=3)
    push = PretendedPush(
        lambda sending: REFUSED if (sending.note_version < 3 and sending.note_id == goal) else Delivered()
    )
    await _drain(sessions, push)
    assert push.versions == [(goal, 1), (goal, 2), (goal, 3), (contact, 1)]
    found = await rows(sessions, "SELECT state, reason_code, reason FROM deliveries WHERE id = :first", first=first)
    assert found == [("cancelled", "replaced", "Version 2 of this note replaces it.")]


async def test_a_note_that_comes_later_waits_behind_a_refused_one_it_refers_to(sessions: Sessions) -> None:
    goal = uuid4()
    refused = await _received(sessions, 1, note_id=goal)
    await deliver_next(outbox_of(sessions), always(REFUSED))
    contact, other = uuid4(), uuid4()
    behind = await _received(sessions, 1, note_id=contact, refers_to=[goal])
    amended = await _received(sessions, 1, note_id=contact, version=2)
    await _received(sessions, 1, note_id=other)
    push = always(Delivered())
    await _drain(sessions, push)
    assert [sending.note_id for sending in push.sent] == [other]
    found = await rows(sessions, "SELECT id FROM deliveries WHERE waits_behind = :refused", refused=refused)
    assert {row[0] for row in found} == {behind, amended}
    assert await rows(sessions, "SELECT due_at FROM lanes") == [(None,)]


async def test_an_amendment_puts_a_refused_note_right_and_lets_go_what_refers_to_it(sessions: Sessions) -> None:
    goal, contact = uuid4(), uuid4()
    await _received(sessions, 1, note_id=goal)
    await deliver_next(outbox_of(sessions), always(REFUSED))
    await _received(sessions, 1, note_id=contact, refers_to=[goal])
    await _drain(sessions, always(Delivered()))
    await _received(sessions, 1, note_id=goal, version=2)
    push = always(Delivered())
    await _drain(sessions, push)
    assert push.versions == [(goal, 2), (contact, 1)]


async def test_what_refers_to_an_amended_note_goes_on_waiting_when_the_amendment_is_refused_too(
    sessions: Sessions,
) -> None:
    goal = uuid4()
    await _received(sessions, 1, note_id=goal)
    await deliver_next(outbox_of(sessions), always(REFUSED))
    contact = await _received(sessions, 1, refers_to=[goal])
    await _drain(sessions, always(Delivered()))
    second = await _received(sessions, 1, note_id=goal, version=2)
    await _drain(sessions, always(REFUSED))
    assert await rows(sessions, "SELECT waits_behind FROM deliveries WHERE id = :id", id=contact) == [(second,)]


async def test_a_later_version_that_only_just_missed_the_refusal_waits_behind_it(sessions: Sessions) -> None:
    # The refusal and the amendment pass one another: neither saw the other when it was written.
    note = uuid4()
    await _received(sessions, 1, note_id=note)
    await _received(sessions, 1, note_id=note, version=2)
    await change(
        sessions,
        "UPDATE deliveries SET state = 'needs_attention', reason = 'x', reason_code = 'x' WHERE note_version = 1",
    )
    push = always(Delivered())
    await _drain(sessions, push)
    assert push.sent == []


async def test_a_dead_workers_delivery_comes_back_when_its_lease_ends(sessions: Sessions) -> None:
    await _received(sessions, 1)
    (claimed,) = await claim_next(outbox_of(sessions), 1)
    push = always(Delivered())
    now = await clock(sessions)
    assert await deliver_next(outbox_of(sessions, "worker-2", at=now + timedelta(seconds=80)), push) == []
    await deliver_next(outbox_of(sessions, "worker-2", at=now + timedelta(seconds=100)), push)
    assert [sending.delivery_id for sending in push.sent] == [claimed.sending.delivery_id]
    assert await rows(sessions, "SELECT worker, outcome FROM attempts") == [("worker-2", "delivered")]


async def test_a_match_of_the_patient_is_trusted_for_a_while_and_for_that_date_of_birth_only(
    sessions: Sessions,
) -> None:
    await _received(sessions, 1)
    await _received(sessions, 1, birth_date=date(1990, 5, 18))
    await _received(sessions, 1)
    await change(
        sessions, "UPDATE clients SET ehr_patient_id = 'p1', confirmed_at = now(), matched_at = now(), name = 'A'"
    )
    push = always(Delivered())
    await deliver_next(outbox_of(sessions), push)
    await deliver_next(outbox_of(sessions), push)
    await deliver_next(outbox_of(sessions, at=await clock(sessions) + timedelta(minutes=16)), push)
    assert [sending.client.ehr_patient_id for sending in push.sent] == ["p1", None, None]
    assert [sending.client.birth_date for sending in push.sent] == [BORN, date(1990, 5, 18), BORN]


async def test_several_workers_share_the_work_and_none_is_sent_twice(sessions: Sessions) -> None:
    for number in range(40):
        await _received(sessions, number % 10)
    push = PretendedPush()

    async def work(name: str) -> None:
        quiet = 0
        while quiet < 3:
            quiet = 0 if await deliver_next(outbox_of(sessions, name), push, 2) else quiet + 1
            await asyncio.sleep(0)

    await asyncio.gather(*(work(f"worker-{number}") for number in range(4)))
    assert len(push.versions) == len(set(push.versions)) == 40
    assert await rows(sessions, "SELECT DISTINCT state FROM deliveries") == [("delivered",)]


async def test_no_connection_is_held_while_the_ehr_is_called(sessions: Sessions, database_url: str) -> None:
    await _received(sessions, 1)
    seen: list[object] = []

    async def look(sending: Sending, ledger: object, now: object) -> Outcome:
        seen.append(sessions.kw["bind"].pool.checkedout())
        seen.append(
            await rows(
                sessions,
                "SELECT count(*) FROM pg_stat_activity"
                " WHERE datname = current_database() AND state LIKE 'idle in transaction%'",
            )
        )
        return Delivered()

    await deliver_next(outbox_of(sessions), look)
    assert seen == [0, [(0,)]]
