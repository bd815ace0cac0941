"""What one worker writes and claims at the same moment shares a transaction: one commit for all of it.

While calls still wait for their place at the EHR nothing here is urgent, and a transaction waits a moment for more to
come; as soon as the EHR would wait for us it begins (decision 0025).
"""

import asyncio
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, TypeAlias
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from service.db import Sessions
from service.group_commit import GroupCommit
from service.outbox.claim import Claimant, Claimed, Lease, claim
from service.outbox.endings_audited import audit_endings
from service.outbox.settle import Ending
from service.outbox.writes import Held, Intended, Write, write_all
from service.push.sending import LeaseLost

# More than a worker has in hand, which is what bounds it.
_MOST: Final = 10_000

# Seconds: the longest that a result that is known waits for others before it is written.
_A_MOMENT: Final = 0.02

# Only an intent has to reach the disk before what follows from it (decision 0010).
_WITHOUT_FLUSH: Final = text("SET LOCAL synchronous_commit TO off")


@dataclass(frozen=True, slots=True)
class _Claiming:
    """`room` is asked when the transaction claims: what it settles itself makes more of it."""

    room: Callable[[], int]


_Step: TypeAlias = Write | _Claiming


class Together:
    """Takes single writes, each guarded by its lease, and claims. With `enough` of them it does not wait for more."""

    def __init__(self, sessions: Sessions, claimant: Claimant, at: datetime | None = None, enough: int = 1) -> None:
        self._claimant = claimant
        self._at = at
        self._enough = enough
        self._gathered = 0
        self._waiting_for_place: set[UUID] = set()
        self._begin = asyncio.Event()
        self._group: GroupCommit[_Step, Any] = GroupCommit(sessions, self._take, _MOST, self._gather)

    async def write(self, write: Write) -> Any:
        """Committed when this returns; `LeaseLost` where another worker has the delivery now."""
        token = write.lease.token
        self._waiting_for_place.discard(token)
        # A call that has its place already holds it until its lease is renewed.
        self._count(self._enough if isinstance(write, Held) else 1)
        results = await self._group.write(write)
        if token not in results:
            raise LeaseLost
        return results[token]

    async def claim(self, room: Callable[[], int]) -> tuple[Claimed, ...]:
        """As many deliveries as there is room for, now ours; after the writes that share the transaction."""
        self._count(room())
        claimed: tuple[Claimed, ...] = await self._group.write(_Claiming(room))
        return claimed

    def has_its_place(self, lease: Lease) -> None:
        """The call that this lease intended waits no more."""
        self._waiting_for_place.discard(lease.token)
        self._count(0)

    def _count(self, more: int) -> None:
        self._gathered += more
        if not self._may_wait():
            self._begin.set()

    def _may_wait(self) -> bool:
        return bool(self._waiting_for_place) and self._gathered < self._enough

    async def _gather(self) -> None:
        self._begin.clear()
        if self._may_wait():
            with suppress(TimeoutError):
                async with asyncio.timeout(_A_MOMENT):
                    await self._begin.wait()
        self._gathered = 0

    async def _take(self, session: AsyncSession, steps: Sequence[_Step]) -> Sequence[Any]:
        writes = [step for step in steps if not isinstance(step, _Claiming)]
        intended = [write.lease.token for write in writes if isinstance(write, Intended)]
        if not intended:
            await session.execute(_WITHOUT_FLUSH)
        results = await write_all(session, writes, self._claimant.lease, self._at) if writes else {}
        self._waiting_for_place.update(results.keys() & set(intended))
        # Last, so that it sees what was just settled. Lanes that another transaction holds are skipped, never waited
        # for, so that the order in which the writes locked theirs is enough.
        answers = [await self._claim(session, step) if isinstance(step, _Claiming) else results for step in steps]
        # And this after all, for it holds the end of a chain that others write as well.
        settled = [write for write in writes if isinstance(write, Ending) and write.lease.token in results]
        await audit_endings(session, self._claimant.worker, settled)
        return answers

    async def _claim(self, session: AsyncSession, claiming: _Claiming) -> tuple[Claimed, ...]:
        return await claim(session, self._claimant, claiming.room(), self._at)
