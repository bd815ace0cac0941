"""A pretended push, and looks at the outbox's rows, for the tests of the outbox."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import text

from service.db import Sessions
from service.outbox.claim import Claimant
from service.outbox.deliver import Outbox, open_outbox
from service.push.outcome import Delivered, Outcome, Reason, Refused, TryLater, Unknown
from service.push.sending import Ledger, Sending
from tests.notes import person, receive

DOWN = TryLater(Reason("ehr_down", "The EHR did not answer."), ehr_wide=True)
LOST = Unknown(Reason("answer_lost", "The answer was lost."))
BUSY = TryLater(Reason("busy", "The EHR was busy with this record."))
REFUSED = Refused(Reason("refused", "The EHR did not take it."), {"resourceType": "OperationOutcome"})

LEASE = timedelta(seconds=90)
CLAIMANT = Claimant("worker-1", LEASE, timedelta(minutes=15))


@dataclass
class PretendedPush:
    """Answers what it is told to, and remembers what it was asked to send, in order."""

    answer: Callable[[Sending], Outcome] = field(default=lambda sending: Delivered())
    sent: list[Sending] = field(default_factory=list)

    async def __call__(self, sending: Sending, ledger: Ledger, now: datetime) -> Outcome:
        self.sent.append(sending)
        return self.answer(sending)

    @property
    def versions(self) -> list[tuple[UUID, int]]:
        return [(sending.note_id, sending.note_version) for sending in self.sent]


def always(outcome: Outcome) -> PretendedPush:
    """A push that ends in this outcome whatever it is given."""
    return PretendedPush(lambda sending: outcome)


def outbox_of(sessions: Sessions, worker: str = "worker-1", at: datetime | None = None) -> Outbox:
    """The outbox as this worker sees it."""
    return open_outbox(sessions, Claimant(worker, LEASE, CLAIMANT.patient_check_age), at)


async def rows(sessions: Sessions, sql: str, **binds: Any) -> list[tuple[Any, ...]]:
    """What the database says."""
    async with sessions() as session:
        return [tuple(row) for row in await session.execute(text(sql), binds)]


async def change(sessions: Sessions, sql: str, **binds: Any) -> None:
    """What happened meanwhile."""
    async with sessions.begin() as session:
        await session.execute(text(sql), binds)


async def received(sessions: Sessions, client: int = 1, **more: Any) -> UUID:
    """A note of this client's that waits, or was `stopped` for a reason; its delivery."""
    async with sessions.begin() as session:
        return await receive(session, person(client), **more)


async def state_of(sessions: Sessions, delivery: UUID) -> str:
    """One delivery's state."""
    found: str = (await rows(sessions, "SELECT state FROM deliveries WHERE id = :id", id=delivery))[0][0]
    return found


async def clock(sessions: Sessions) -> datetime:
    """The database's clock."""
    found: datetime = (await rows(sessions, "SELECT clock_timestamp()"))[0][0]
    return found
