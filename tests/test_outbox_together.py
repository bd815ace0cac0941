"""What one worker writes and claims shares transactions: when one begins, what it flushes, and what a claim sees."""

import asyncio
from datetime import timedelta

import pytest

from service.db import Sessions
from service.outbox import together
from service.outbox.claim import Claimant, Claimed
from service.outbox.deliver import Outbox, claim_next, end_attempt, open_outbox
from service.outbox.ledger import LeasedLedger
from service.push.outcome import Delivered
from tests.outbox import LEASE, change, received, rows

FOR_EVER = 3600.0


async def _in_hand(sessions: Sessions, clients: int, enough: int = 1) -> tuple[Outbox, tuple[Claimed, ...]]:
    for client in range(clients):
        await received(sessions, client)
    outbox = open_outbox(sessions, Claimant("worker-1", LEASE, timedelta(minutes=15)), enough=enough)
    return outbox, await claim_next(outbox, clients)


def _ledger(outbox: Outbox, claimed: Claimed, just_now: float = FOR_EVER) -> LeasedLedger:
    return LeasedLedger(claimed, outbox.writes.write, just_now, has_its_place=outbox.writes.has_its_place)


async def _intend(ledger: LeasedLedger) -> None:
    await ledger.intend(("Encounter/1",))


async def _waits(task: "asyncio.Task[None]") -> bool:
    """It would be done by then, if it did not wait for something that is yet to come."""
    return not (await asyncio.wait({task}, timeout=0.3))[0]


async def _open_calls(sessions: Sessions) -> int:
    found: int = (await rows(sessions, "SELECT count(*) FROM ehr_calls"))[0][0]
    return found


async def test_while_a_call_waits_for_its_place_the_next_transaction_waits_for_more(
    sessions: Sessions, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(together, "_A_MOMENT", FOR_EVER)
    outbox, claimed = await _in_hand(sessions, 2, enough=10)
    first, second = (_ledger(outbox, one) for one in claimed)
    await _intend(first)  # no call waits: at once
    coming = asyncio.create_task(_intend(second))
    assert await _waits(coming)
    assert await _open_calls(sessions) == 1
    await first.about_to_send()  # now none waits any more
    await coming
    assert await _open_calls(sessions) == 2


async def test_enough_of_them_do_not_wait(sessions: Sessions, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(together, "_A_MOMENT", FOR_EVER)
    outbox, claimed = await _in_hand(sessions, 4, enough=3)
    await _intend(_ledger(outbox, claimed[0]))
    await asyncio.gather(*(_intend(_ledger(outbox, one)) for one in claimed[1:]))
    coming = asyncio.create_task(claim_next(outbox, 3))  # room for three counts as three
    assert await coming == ()
    assert await _open_calls(sessions) == 4


async def test_nothing_waits_longer_than_a_moment(sessions: Sessions) -> None:
    outbox, claimed = await _in_hand(sessions, 2, enough=10)
    for one in claimed:
        await _intend(_ledger(outbox, one))
    assert await _open_calls(sessions) == 2


async def test_a_call_that_holds_its_place_does_not_wait(sessions: Sessions, monkeypatch: pytest.MonkeyPatch) -> None:
    outbox, claimed = await _in_hand(sessions, 2, enough=10)
    first, second = (_ledger(outbox, one, just_now=0) for one in claimed)
    await _intend(first)
    await _intend(second)
    monkeypatch.setattr(together, "_A_MOMENT", FOR_EVER)
    await first.about_to_send()  # renews its lease, while the second still waits for its place


async def test_a_call_that_is_over_waits_for_no_place(sessions: Sessions, monkeypatch: pytest.MonkeyPatch) -> None:
    outbox, (first, second) = await _in_hand(sessions, 2, enough=10)
    await _intend(_ledger(outbox, first))
    monkeypatch.setattr(together, "_A_MOMENT", FOR_EVER)
    await end_attempt(outbox, first, Delivered(), first.claimed_at)
    await _intend(_ledger(outbox, second))
    assert await _open_calls(sessions) == 2


async def test_a_claim_takes_what_the_same_transaction_settled(sessions: Sessions) -> None:
    outbox, (claimed,) = await _in_hand(sessions, 1)
    later = await received(sessions, 0)
    assert await claim_next(outbox, 1) == ()
    _, (following,) = await asyncio.gather(
        end_attempt(outbox, claimed, Delivered(), claimed.claimed_at), claim_next(outbox, 1)
    )
    assert following.lease.delivery_id == later


async def test_without_room_nothing_is_claimed(sessions: Sessions) -> None:
    await received(sessions)
    outbox, _ = await _in_hand(sessions, 0)
    assert await claim_next(outbox, 0) == ()
    assert len(await claim_next(outbox, 1)) == 1


async def test_a_transaction_with_an_intent_is_flushed_whatever_else_is_in_it(
    sessions: Sessions, owners: Sessions
) -> None:
    outbox, (first, second) = await _in_hand(sessions, 2)
    await received(sessions, 2)
    await change(owners, "CREATE TABLE committed (flushed text)")
    await change(owners, "GRANT ALL ON committed TO PUBLIC")
    await change(
        owners,
        "CREATE FUNCTION note() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
        "INSERT INTO committed VALUES (current_setting('synchronous_commit')); RETURN NULL; END $$",
    )
    await change(owners, "CREATE TRIGGER note AFTER UPDATE ON lanes FOR EACH STATEMENT EXECUTE FUNCTION note()")
    await asyncio.gather(
        _intend(_ledger(outbox, first)),
        end_attempt(outbox, second, Delivered(), second.claimed_at),
        claim_next(outbox, 1),
    )
    assert {setting for (setting,) in await rows(sessions, "SELECT flushed FROM committed")} == {"on"}
    await change(sessions, "DELETE FROM committed")
    await end_attempt(outbox, first, Delivered(), first.claimed_at)
    assert {setting for (setting,) in await rows(sessions, "SELECT flushed FROM committed")} == {"off"}
