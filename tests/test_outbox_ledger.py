"""What an attempt writes down on its way, each write guarded by the lease."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from datetime import date, timedelta
from uuid import uuid4

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from service.db import Sessions
from service.outbox.claim import Claimed
from service.outbox.deliver import Outbox, claim_next, deliver_next, end_attempt, release
from service.outbox.ledger import LeasedLedger
from service.outbox.writes import Answered, Intended, Write, write_all
from service.push.outcome import Delivered
from service.push.sending import Call, LeaseLost, Link, PatientFound
from tests.notes import BORN, Person, person, receive
from tests.outbox import LEASE, always, change, clock, outbox_of, rows, state_of


async def _claimed(sessions: Sessions, number: int = 1, **more: object) -> tuple[Outbox, Claimed, LeasedLedger]:
    async with sessions.begin() as session:
        await receive(session, person(number), **more)  # type: ignore[arg-type]
    outbox = outbox_of(sessions)
    (claimed,) = await claim_next(outbox, 1)
    return outbox, claimed, LeasedLedger(claimed, outbox.writes.write, just_now=0)


def _link(claimed: Claimed, version: str | None = "1") -> Link:
    resource = claimed.sending.resources[0]
    return Link(resource.key, resource.type, "ehr-1", version, claimed.sending.note_version, resource.body)


async def test_an_intent_is_kept_before_the_call_and_closed_after_it(sessions: Sessions) -> None:
    _, claimed, ledger = await _claimed(sessions)
    call = await ledger.intend(("Encounter/1", "Provenance/2"))
    assert call == Call(0, ("Encounter/1", "Provenance/2"))
    assert await rows(sessions, "SELECT keys, answered_at FROM ehr_calls") == [(list(call.keys), None)]
    await ledger.record(call, [_link(claimed)])
    assert await rows(sessions, "SELECT answered_at IS NOT NULL FROM ehr_calls") == [(True,)]


async def test_calls_are_numbered_across_attempts(sessions: Sessions) -> None:
    outbox, claimed, ledger = await _claimed(sessions)
    await ledger.not_taken(await ledger.intend(("Encounter/1",)))
    await release(outbox, claimed)
    (again,) = await claim_next(outbox, 1)
    assert (await LeasedLedger(again, outbox.writes.write).intend(("Encounter/1",))).number == 1


async def test_what_the_ehr_took_is_known_to_the_next_attempt_and_to_notes_that_refer_to_it(sessions: Sessions) -> None:
    outbox, claimed, ledger = await _claimed(sessions)
    await ledger.record(await ledger.intend(("Encounter/1",)), [_link(claimed)])
    await end_attempt(outbox, claimed, Delivered(), claimed.claimed_at)
    push = always(Delivered())
    async with sessions.begin() as session:
        await receive(session, person(1), claimed.sending.note_id, version=2)
        await receive(session, person(1), refers_to=[claimed.sending.note_id])
    await deliver_next(outbox, push)
    await deliver_next(outbox, push)
    link = _link(claimed)
    assert [dict(sending.links) for sending in push.sent] == [{link.key: link}, {link.key: link}]


async def test_a_later_answer_replaces_what_was_known_of_a_resource(sessions: Sessions) -> None:
    _, claimed, ledger = await _claimed(sessions)
    for version in ("1", "2"):
        await ledger.record(await ledger.intend(("Encounter/1",)), [_link(claimed, version)])
    assert await rows(sessions, "SELECT ehr_id, ehr_version FROM ehr_links") == [("ehr-1", "2")]


async def test_a_call_whose_result_is_not_known_is_handed_to_the_next_worker(sessions: Sessions) -> None:
    _, _, ledger = await _claimed(sessions)
    await ledger.not_taken(await ledger.intend(("Encounter/1",)))
    call = await ledger.intend(("Encounter/2", "Provenance/3"))
    later = outbox_of(sessions, "worker-2", at=await clock(sessions) + timedelta(minutes=5))
    (again,) = await claim_next(later, 1)
    assert again.sending.open_call == call == Call(1, ("Encounter/2", "Provenance/3"))


async def test_a_found_patient_confirms_the_client_with_the_name_and_date_the_ehr_has(sessions: Sessions) -> None:
    _, claimed, ledger = await _claimed(sessions, birth_date=date(1991, 1, 1))
    await change(sessions, "UPDATE clients SET birth_date = '1980-01-01'")
    await ledger.patient_found(claimed.lease.client_id, PatientFound("p1", "Alex Moss"))
    found = await rows(sessions, "SELECT ehr_patient_id, name, birth_date FROM clients WHERE confirmed_at = matched_at")
    assert found == [("p1", "Alex Moss", date(1991, 1, 1))]


async def test_a_second_match_keeps_the_time_of_the_first(sessions: Sessions) -> None:
    _, claimed, ledger = await _claimed(sessions)
    for name in ("Alex Moss", "Alexandra Moss"):
        await ledger.patient_found(claimed.lease.client_id, PatientFound("p1", name))
    assert await rows(sessions, "SELECT name, confirmed_at < matched_at FROM clients") == [("Alexandra Moss", True)]


async def test_a_forgotten_match_is_searched_again(sessions: Sessions) -> None:
    outbox, claimed, ledger = await _claimed(sessions)
    await ledger.forget_patient(claimed.lease.client_id)
    await ledger.patient_found(claimed.lease.client_id, PatientFound("p1", None))
    await ledger.forget_patient(claimed.lease.client_id)
    await release(outbox, claimed)
    (again,) = await claim_next(outbox, 1)
    assert again.sending.client.ehr_patient_id is None
    assert await rows(sessions, "SELECT confirmed_at IS NOT NULL FROM clients") == [(True,)]


async def test_a_confirmed_date_of_birth_lets_go_the_notes_that_had_it_all_along(sessions: Sessions) -> None:
    _, claimed, ledger = await _claimed(sessions)
    goal = uuid4()
    async with sessions.begin() as session:
        right = await receive(session, person(1), goal, stopped="birth_date_differs", birth_date=BORN)
        wrong = await receive(session, person(1), stopped="birth_date_differs", birth_date=date(1990, 5, 18))
        other = await receive(session, person(1), stopped="mapping_failed", birth_date=BORN)
        behind = await receive(session, person(1), refers_to=[goal])
    await change(sessions, "UPDATE deliveries SET waits_behind = :right WHERE id = :id", right=right, id=behind)
    await ledger.patient_found(claimed.lease.client_id, PatientFound("p1", None))
    assert [await state_of(sessions, delivery) for delivery in (right, wrong, other)] == [
        "waiting",
        "needs_attention",
        "needs_attention",
    ]
    assert await rows(sessions, "SELECT waits_behind FROM deliveries WHERE id = :id", id=behind) == [(None,)]


async def test_intending_renews_the_lease(sessions: Sessions) -> None:
    _, _, ledger = await _claimed(sessions)
    before = (await rows(sessions, "SELECT due_at FROM lanes"))[0][0]
    await ledger.intend(("Encounter/1",))
    assert (await rows(sessions, "SELECT due_at FROM lanes"))[0][0] > before


async def test_who_waited_since_the_intent_renews_the_lease_again_and_who_did_not_does_not(sessions: Sessions) -> None:
    outbox, claimed, _ = await _claimed(sessions)
    due = []
    for just_now in (60, 0):
        ledger = LeasedLedger(claimed, outbox.writes.write, just_now)
        await ledger.intend(("Encounter/1",))
        due += await rows(sessions, "SELECT due_at FROM lanes")
        await ledger.about_to_send()
        due += await rows(sessions, "SELECT due_at FROM lanes")
    intended, sent, intended_again, sent_later = due
    assert intended == sent < intended_again < sent_later


Step = Callable[[LeasedLedger, Claimed], Awaitable[object]]

STEPS: dict[str, Step] = {
    "patient_found": lambda ledger, claimed: ledger.patient_found(claimed.lease.client_id, PatientFound("p", None)),
    "forget_patient": lambda ledger, claimed: ledger.forget_patient(claimed.lease.client_id),
    "intend": lambda ledger, claimed: ledger.intend(("Encounter/1",)),
    "about_to_send": lambda ledger, _: ledger.about_to_send(),
    "record": lambda ledger, claimed: ledger.record(Call(0, ("Encounter/1",)), [_link(claimed)]),
    "not_taken": lambda ledger, claimed: ledger.not_taken(Call(0, ("Encounter/1",))),
}


@pytest.mark.parametrize("step", STEPS)
async def test_who_lost_the_lease_writes_nothing(sessions: Sessions, step: str) -> None:
    _, claimed, ledger = await _claimed(sessions)
    await claim_next(outbox_of(sessions, "worker-2", at=await clock(sessions) + timedelta(minutes=5)), 1)
    before = await _everything(sessions)
    with pytest.raises(LeaseLost):
        await STEPS[step](ledger, claimed)
    assert await _everything(sessions) == before


async def test_who_lost_the_lease_settles_nothing_and_gives_nothing_back(sessions: Sessions) -> None:
    outbox, claimed, _ = await _claimed(sessions)
    await claim_next(outbox_of(sessions, "worker-2", at=await clock(sessions) + timedelta(minutes=5)), 1)
    before = await _everything(sessions)
    with pytest.raises(LeaseLost):
        await end_attempt(outbox, claimed, Delivered(), claimed.claimed_at)
    await release(outbox, claimed)
    assert await _everything(sessions) == before


async def _everything(sessions: Sessions) -> list[object]:
    tables = ("lanes", "deliveries", "attempts", "ehr_calls", "ehr_links", "clients", "breaker")
    return [await rows(sessions, f"SELECT * FROM {table} ORDER BY 1") for table in tables]


async def test_a_delivery_given_back_is_due_at_once_and_has_not_been_tried(sessions: Sessions) -> None:
    outbox, claimed, ledger = await _claimed(sessions)
    call = await ledger.intend(("Encounter/1",))
    await release(outbox, claimed)
    assert await rows(sessions, "SELECT state, tries FROM deliveries") == [("waiting", 0)]
    assert await rows(sessions, "SELECT count(*) FROM attempts") == [(0,)]
    (again,) = await claim_next(outbox_of(sessions, "worker-2"), 1)
    assert again.sending.open_call == call


async def test_what_cannot_be_written_stops_only_its_own_delivery(sessions: Sessions) -> None:
    for number in (1, 2, 3):
        async with sessions.begin() as session:
            await receive(session, person(number))
    outbox = outbox_of(sessions)
    claimed = await claim_next(outbox, 3)
    ledgers = [LeasedLedger(one, outbox.writes.write) for one in claimed]
    calls = [await ledger.intend(("Encounter/1",)) for ledger in ledgers]
    links = [_link(one) for one in claimed]
    links[1] = Link(links[1].key, "Encounter", None, None, 1, {})  # type: ignore[arg-type]
    together = (ledger.record(call, [link]) for ledger, call, link in zip(ledgers, calls, links, strict=True))
    done = await asyncio.gather(*together, return_exceptions=True)
    assert [type(one) for one in (done[0], done[2])] == [type(None), type(None)]
    assert isinstance(done[1], DBAPIError)
    assert await rows(sessions, "SELECT count(*) FROM ehr_links") == [(2,)]


async def test_who_stops_waiting_for_a_write_does_not_take_the_others_down(sessions: Sessions) -> None:
    for number in (1, 2):
        async with sessions.begin() as session:
            await receive(session, person(number))
    outbox = outbox_of(sessions)
    first, second = [LeasedLedger(one, outbox.writes.write) for one in await claim_next(outbox, 2)]
    leaving = asyncio.create_task(first.intend(("Encounter/1",)))
    staying = asyncio.create_task(second.intend(("Encounter/2",)))
    await asyncio.sleep(0)
    leaving.cancel()
    assert await staying == Call(0, ("Encounter/2",))
    assert leaving.cancelled()


async def test_a_note_that_comes_while_its_lane_is_settled_is_not_left_lying(sessions: Sessions) -> None:
    # The note is enqueued but not committed when settling begins: settling waits for the lane, and looks again.
    outbox, claimed, _ = await _claimed(sessions)
    async with sessions() as session:
        await receive(session, person(1))
        settling = asyncio.create_task(end_attempt(outbox, claimed, Delivered(), claimed.claimed_at))
        await _somebody_waits_for_a_lock(sessions)
        await session.commit()
    await settling
    assert len(await deliver_next(outbox, always(Delivered()))) == 1


async def test_a_note_that_comes_just_after_its_lane_was_settled_makes_it_due_again(sessions: Sessions) -> None:
    # Settling holds the lane when the note comes: the note waits for it, and finds the lane as it was left.
    outbox, claimed, _ = await _claimed(sessions)
    async with sessions() as holding:
        await holding.execute(text("SELECT FROM lanes FOR UPDATE"))
        coming = asyncio.create_task(_receive(sessions))
        await _somebody_waits_for_a_lock(sessions)
        settling = asyncio.create_task(end_attempt(outbox, claimed, Delivered(), claimed.claimed_at))
        await holding.commit()
    await asyncio.gather(settling, coming)
    assert len(await deliver_next(outbox, always(Delivered()))) == 1


async def test_notes_and_results_about_the_same_clients_do_not_wait_for_one_another(sessions: Sessions) -> None:
    # Both want both lanes: whoever comes second has to find the first lane taken, and hold none meanwhile.
    first, second = sorted((person(1), person(2)), key=lambda one: one.id)
    for one in (first, second):
        await _receive(sessions, one)
    outbox = outbox_of(sessions)
    leases = {one.lease.client_id: one.lease for one in await claim_next(outbox, 2)}
    await outbox.writes.write(Intended(leases[first.id], ("Encounter/1",)))
    writes: list[Write] = [Intended(leases[second.id], ("Encounter/2",)), Answered(leases[first.id], uuid4(), 0, ())]
    async with sessions() as holding:
        await holding.execute(text("SELECT FROM lanes WHERE client_id = :id FOR UPDATE"), {"id": first.id})
        coming = asyncio.create_task(_receive(sessions, first, second))
        await _somebody_waits_for_a_lock(sessions)
        writing = asyncio.create_task(_write(sessions, writes))
        await _somebody_waits_for_a_lock(sessions, how_many=2)
        await holding.commit()
    await asyncio.gather(coming, writing)
    assert await rows(sessions, "SELECT last_sequence FROM lanes") == [(2,), (2,)]
    assert await rows(sessions, "SELECT count(answered_at), count(*) FROM ehr_calls") == [(1, 2)]


async def _write(sessions: Sessions, writes: Sequence[Write]) -> None:
    async with sessions.begin() as session:
        await write_all(session, writes, LEASE)


async def _receive(sessions: Sessions, *people: Person) -> None:
    async with sessions.begin() as session:
        for one in people or (person(1),):
            await receive(session, one)


async def _somebody_waits_for_a_lock(sessions: Sessions, how_many: int = 1) -> None:
    for _ in range(500):
        waiting = await rows(
            sessions,
            "SELECT pid FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()",
        )
        if len(waiting) >= how_many:
            return
        await asyncio.sleep(0.01)
    raise AssertionError("nobody waits")
