"""The worker: claims what is due, sends it, and settles it, many at a time, until it is told to stop.

`serve` runs one beside itself, `joinedup worker` runs nothing else. All it knows is in the database, so it may
be killed at any moment.
"""

import asyncio
import os
import socket
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache, partial
from time import monotonic
from typing import Any

import structlog

from service.db import Sessions, listen
from service.intake.door import Door, make_door
from service.meters import Meters
from service.outbox.claim import Claimant, Claimed
from service.outbox.deliver import Outbox, Send, deliver, end_attempt, keep, open_outbox, release
from service.outbox.queue import CHANNEL
from service.outbox.settle import name_of
from service.push.ehr import Ehr
from service.push.from_settings import carrier_of, ehr_of, plan_of
from service.push.outcome import Delivered, Outcome, Reason, TryLater
from service.push.plan import PushPlan
from service.push.push import push
from service.push.sending import LeaseLost, Ledger, Sending
from service.settings import Settings
from service.watch.carrier_in_use import CarrierInUse
from service.watch.compare_notes import Reconciler
from service.watch.habit import Habit, reconcile_if_due
from service.watch.team_answers import TeamAnswers

log = structlog.get_logger()

# While one delivery's call is under way, others are claimed, written down or settled: the EHR never waits for us.
_IN_HAND_A_CALL = 4

# Seconds between two looks whether the reconciliation, or reading answers, is due.
_NOW_AND_THEN = 60.0

_FAULT = TryLater(
    Reason("fault_of_ours", "A fault of ours stopped this attempt, and is in the log. It is tried again.")
)


@dataclass(frozen=True, slots=True)
class Pace:
    """How many deliveries are in hand at once, and how patiently. Seconds."""

    in_hand: int
    poll_every: float
    grace: float = 8.0


@dataclass(frozen=True, slots=True)
class Beside:
    """What a worker does beside its deliveries, again and again; seconds in between."""

    step: Callable[[], Awaitable[None]]
    pause: float = _NOW_AND_THEN


@asynccontextmanager
async def worker_beside(
    settings: Settings, sessions: Sessions, meters: Meters, door: Door | None = None
) -> AsyncIterator[None]:
    """One worker in this process, from here to the end of the block, where it stops gracefully."""
    stop = asyncio.Event()
    working = asyncio.create_task(run_worker(settings, sessions, meters, stop, door))
    try:
        yield
    finally:
        stop.set()
        await working


async def run_worker(
    settings: Settings, sessions: Sessions, meters: Meters, stop: asyncio.Event, door: Door | None = None
) -> None:
    """Deliver until `stop` is set; then finish what is in flight, or give it back."""
    plan = plan_of(settings)
    claimant = Claimant(name_of_worker(), settings.lease, settings.patient_check_age)
    async with ehr_of(settings, meters) as ehr:

        async def send(sending: Sending, ledger: Ledger, now: datetime) -> Outcome:
            return await push(sending, ehr, ledger, plan, now)

        pace = Pace(_IN_HAND_A_CALL * settings.ehr_in_flight, settings.poll_every)
        habit = Habit(settings.reconcile_every, settings.reconcile_full_every)
        with_ = _reconciler(settings, sessions, ehr, plan)
        carrier = CarrierInUse(plan.messages)

        async def now_and_then() -> None:
            await carrier.call_if_due()
            await reconcile_if_due(with_, habit)

        answers = _team_answers(settings, sessions, ehr, plan, _door_of(settings, meters, door))
        beside = (Beside(now_and_then), Beside(answers.read_if_due, _often_enough(settings.team_answers_every)))
        # Half of what is in hand moves while the other half is under way.
        outbox = open_outbox(sessions, claimant, enough=pace.in_hand // 2)
        await Worker(outbox, send, pace, meters, beside).run(stop)


def _team_answers(
    settings: Settings, sessions: Sessions, ehr: Ehr, plan: PushPlan, door: Callable[[], Door]
) -> TeamAnswers:
    """Where notes go as messages there is no Task to be answered."""
    every = timedelta() if plan.messages else settings.team_answers_every
    return TeamAnswers(sessions, ehr, plan.negotiation, door, every, settings.reconcile_reads_per_second)


def _often_enough(every: timedelta) -> float:
    """Seconds between two looks at what is due so often."""
    return min(_NOW_AND_THEN, max(1.0, every.total_seconds() or _NOW_AND_THEN))


def _door_of(settings: Settings, meters: Meters, door: Door | None) -> Callable[[], Door]:
    """The one that the service has; else one that is made once it is needed, for that takes a while."""

    @cache
    def made() -> Door:
        return door or make_door(settings, meters)

    return made


def _reconciler(settings: Settings, sessions: Sessions, ehr: Ehr, plan: PushPlan) -> Reconciler:
    """Beside the deliveries, which it must not hold up."""
    return Reconciler(
        sessions,
        ehr,
        max(1, settings.ehr_in_flight // 4),
        directory=plan.directory,
        negotiation=plan.negotiation,
        reads_per_second=settings.reconcile_reads_per_second,
        who=name_of_worker(),
        carrier=carrier_of(settings),
    )


def name_of_worker() -> str:
    """As leases, attempts and log lines name it."""
    return f"{socket.gethostname()}-{os.getpid()}"


class Worker:
    """The loop, and what it has in hand."""

    def __init__(
        self,
        outbox: Outbox,
        send: Send,
        pace: Pace,
        meters: Meters,
        beside: Sequence[Beside] = (),
    ) -> None:
        self._outbox = outbox
        self._send = send
        self._pace = pace
        self._meters = meters
        self._beside = beside
        self._in_hand: dict[asyncio.Task[None], Claimed] = {}
        self._delivered: set[asyncio.Task[None]] = set()  # still in hand, until that is written down
        self._bell = asyncio.Event()
        self._log = log.bind(worker=outbox.claimant.worker)

    async def run(self, stop: asyncio.Event) -> None:
        """Until `stop` is set."""
        self._log.info("worker started")
        lease = self._outbox.claimant.lease
        beside = [
            asyncio.create_task(self._again_and_again(self._listen, pause=self._pace.poll_every)),
            asyncio.create_task(self._again_and_again(self._keep, pause=lease / timedelta(seconds=3))),
            *(asyncio.create_task(self._again_and_again(each.step, each.pause)) for each in self._beside),
            asyncio.create_task(self._ring_at(stop)),
        ]
        while not stop.is_set():
            await self._guarded(self._take)
            await self._rest()
        await self._finish_or_release()
        for task in beside:
            task.cancel()
        await asyncio.gather(*beside, return_exceptions=True)
        self._log.info("worker stopped")

    async def _take(self) -> None:
        """Claim as much as there is room for, and begin with it."""
        self._bell.clear()
        if self._room() < 1:
            return
        for claimed in await self._outbox.writes.claim(self._room):
            task = asyncio.create_task(self._attempt(claimed))
            self._in_hand[task] = claimed
            task.add_done_callback(self._put_down)

    def _room(self) -> int:
        """What is delivered is settled by the very transaction that claims, so others may take its place."""
        return self._pace.in_hand - len(self._in_hand) + len(self._delivered)

    async def _rest(self) -> None:
        """Until somebody rings: a note has come, or something in hand is done. Polling stands behind it."""
        with suppress(TimeoutError):
            async with asyncio.timeout(self._pace.poll_every):
                await self._bell.wait()
        await asyncio.sleep(0)  # what was settled by the same transaction is put down together

    async def _attempt(self, claimed: Claimed) -> None:
        told = self._log.bind(**_which(claimed))
        began = monotonic()
        try:
            outcome = await deliver(self._outbox, self._timed_send, claimed)
        except LeaseLost:
            told.warning("another worker has taken this delivery over")
        except Exception:  # noqa: BLE001 - the worker's loop: no fault of one delivery stops the others
            told.exception("attempt stopped by a fault of ours")
            await end_attempt(self._outbox, claimed, _FAULT, claimed.claimed_at + _since(began))
        else:
            told.info("attempt ended", outcome=name_of(outcome), reason_code=_reason_code(outcome))

    async def _timed_send(self, sending: Sending, ledger: Ledger, now: datetime) -> Outcome:
        began = monotonic()
        outcome = await self._send(sending, ledger, now)
        self._meters.attempt_ended(name_of(outcome), monotonic() - began)
        if isinstance(outcome, Delivered) and (task := asyncio.current_task()) in self._in_hand:
            self._delivered.add(task)
            self._bell.set()
        return outcome

    def _put_down(self, task: asyncio.Task[None]) -> None:
        claimed = self._in_hand.pop(task)
        self._delivered.discard(task)
        if not task.cancelled() and (fault := task.exception()):
            # Not even the fault could be settled: the lease ends, and the delivery comes back by itself.
            self._log.error("delivery could not be settled", exc_info=fault, **_which(claimed))
        self._bell.set()

    async def _finish_or_release(self) -> None:
        in_hand = dict(self._in_hand)
        if not in_hand:
            return
        _, unfinished = await asyncio.wait(in_hand, timeout=self._pace.grace)
        for task in unfinished:
            task.cancel()
        await asyncio.gather(*unfinished, return_exceptions=True)
        for task in unfinished:
            await self._guarded(partial(release, self._outbox, in_hand[task]))
        self._log.info("given back what was not finished", count=len(unfinished))

    async def _listen(self) -> None:
        await listen(self._outbox.sessions, CHANNEL, self._bell.set)

    async def _keep(self) -> None:
        if self._in_hand:
            await keep(self._outbox, self._in_hand.values())

    async def _ring_at(self, stop: asyncio.Event) -> None:
        await stop.wait()
        self._bell.set()

    async def _again_and_again(self, step: Callable[[], Awaitable[None]], pause: float) -> None:
        while True:
            await self._guarded(step)
            await asyncio.sleep(pause)

    async def _guarded(self, step: Callable[[], Awaitable[None]]) -> None:
        """Whatever goes wrong, most often a database that does not answer: tell it, and go on."""
        try:
            await step()
        except Exception:  # noqa: BLE001 - the worker's loop
            self._log.exception("the worker goes on after a fault")


def _since(began: float) -> timedelta:
    return timedelta(seconds=monotonic() - began)


def _which(claimed: Claimed) -> dict[str, Any]:
    sending = claimed.sending
    return {
        "delivery_id": sending.delivery_id,
        "note_id": sending.note_id,
        "note_version": sending.note_version,
        "tries": claimed.tries,
    }


def _reason_code(outcome: Outcome) -> str | None:
    reason: Reason | None = getattr(outcome, "reason", None)
    return reason.code if reason else None
