"""One delivery from claim to settle: the worker's whole work, once.

No transaction is open and no connection is held while the EHR is called.
"""

import asyncio
from collections.abc import Awaitable, Callable, Collection
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random
from time import monotonic
from typing import TypeAlias, assert_never

from service.db import Sessions
from service.outbox.breaker import count_failure, note_answer
from service.outbox.claim import Claimant, Claimed, renew
from service.outbox.ledger import LeasedLedger
from service.outbox.schedule import when_to_retry
from service.outbox.settle import Ending, give_back
from service.outbox.together import Together
from service.push.outcome import Delivered, Outcome, Reason, Refused, TryLater, Unknown
from service.push.sending import Ledger, Sending

Send: TypeAlias = Callable[[Sending, Ledger, datetime], Awaitable[Outcome]]


# It never was mapped: to call that delivered would be a silent end.
_NOTHING_TO_SEND = Refused(Reason("mapping_failed", "We could not make FHIR of this note. Run: joinedup remap"))


@dataclass(frozen=True, slots=True)
class Outbox:
    """What one worker's deliveries share. `at` is the time of a simulation; None is the database's clock."""

    sessions: Sessions
    claimant: Claimant
    writes: Together
    random: Random = field(default_factory=Random)
    at: datetime | None = None


def open_outbox(sessions: Sessions, claimant: Claimant, at: datetime | None = None, enough: int = 1) -> Outbox:
    """The outbox as one worker sees it; `enough` as `Together` has it."""
    return Outbox(sessions, claimant, Together(sessions, claimant, at, enough), at=at)


async def deliver_next(outbox: Outbox, send: Send, most: int = 1) -> list[Outcome]:
    """Claim, send and settle the next delivery of up to `most` clients; how each ended."""
    claimed = await claim_next(outbox, most)
    return await asyncio.gather(*(deliver(outbox, send, delivery) for delivery in claimed))


async def claim_next(outbox: Outbox, most: int) -> tuple[Claimed, ...]:
    """Up to `most` deliveries, now ours."""
    return await outbox.writes.claim(lambda: most)


async def deliver(outbox: Outbox, send: Send, claimed: Claimed) -> Outcome:
    """One attempt, and what follows from it. `LeaseLost` where another worker took the delivery over meanwhile."""
    began = monotonic()
    if not claimed.sending.resources:
        outcome: Outcome = _NOTHING_TO_SEND
    else:
        outcome = await send(
            claimed.sending,
            LeasedLedger(claimed, outbox.writes.write, has_its_place=outbox.writes.has_its_place),
            claimed.claimed_at,
        )
    took = timedelta(seconds=monotonic() - began)
    await end_attempt(outbox, claimed, outcome, outbox.at or claimed.claimed_at + took)
    return outcome


async def end_attempt(outbox: Outbox, claimed: Claimed, outcome: Outcome, now: datetime) -> None:
    """Tell the breaker, and settle. A failure that the breaker answers for is no try of the delivery's own."""
    match outcome:
        case TryLater(ehr_wide=True) | Unknown(ehr_wide=True):
            is_open = await _count_failure(outbox, claimed, outcome, now)
            await outbox.writes.write(_ending(outbox, claimed, outcome, now, breaker_is_open=is_open))
        case Delivered() | Refused() | TryLater() | Unknown():
            disturbed = await outbox.writes.write(_ending(outbox, claimed, outcome, now, breaker_is_open=False))
            if disturbed:
                await _note_answer(outbox, claimed, now)
        case _:
            assert_never(outcome)


async def release(outbox: Outbox, claimed: Claimed) -> None:
    """Let another worker have it, as if it had never been claimed."""
    async with outbox.sessions.begin() as session:
        await give_back(session, [claimed.lease], outbox.at)


async def keep(outbox: Outbox, claimed: Collection[Claimed]) -> None:
    """Renew the leases of what is in hand."""
    async with outbox.sessions.begin() as session:
        await renew(session, [each.lease for each in claimed], outbox.claimant.lease, outbox.at)


def _ending(outbox: Outbox, claimed: Claimed, outcome: Outcome, now: datetime, *, breaker_is_open: bool) -> Ending:
    not_before = outcome.not_before if isinstance(outcome, TryLater) else None
    retry_at = when_to_retry(claimed.tries + 1, not_before, now, outbox.random)
    return Ending(
        lease=claimed.lease,
        note_id=claimed.sending.note_id,
        worker=outbox.claimant.worker,
        outcome=outcome,
        ended_at=now,
        # Due at once, in its turn, as soon as the breaker lets it.
        due_at=now if breaker_is_open else retry_at,
        tried=not breaker_is_open,
    )


async def _count_failure(outbox: Outbox, claimed: Claimed, failure: TryLater | Unknown, now: datetime) -> bool:
    async with outbox.sessions.begin() as session:
        return await count_failure(session, failure, claimed.lease.token, now, outbox.random)


async def _note_answer(outbox: Outbox, claimed: Claimed, now: datetime) -> None:
    async with outbox.sessions.begin() as session:
        await note_answer(session, claimed.lease.client_id, now)
