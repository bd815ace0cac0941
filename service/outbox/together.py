"""What the deliveries of one worker write at the same moment shares a transaction: one commit for all of them."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy.exc import DBAPIError

from service.db import Sessions
from service.outbox.writes import Write, write_all
from service.push.sending import LeaseLost


@dataclass(slots=True)
class _Batch:
    """Writes that wait for the transaction they will share, and that transaction."""

    writes: list[Write] = field(default_factory=list)
    written: "asyncio.Task[dict[UUID, Any]] | None" = None


class Together:
    """Takes single writes; while one transaction is under way, those that come gather for the next."""

    def __init__(self, sessions: Sessions, lease: timedelta, at: datetime | None = None) -> None:
        self._sessions = sessions
        self._lease = lease
        self._at = at
        self._gathering = _Batch()
        self._turn = asyncio.Lock()

    async def write(self, write: Write) -> Any:
        """Committed when this returns; `LeaseLost` where another worker has the delivery now."""
        results = await self._in_one_commit(write)
        if write.lease.token not in results:
            raise LeaseLost
        return results[write.lease.token]

    async def _in_one_commit(self, write: Write) -> dict[UUID, Any]:
        batch = self._gathering
        batch.writes.append(write)
        if batch.written is None:
            batch.written = asyncio.create_task(self._in_turn())
        try:
            # Shielded: who gives up waiting does not take the others' transaction down.
            return await asyncio.shield(batch.written)
        except DBAPIError:
            if len(batch.writes) == 1:
                raise
            # One of them cannot be written, and must not stop the others.
            return await self._commit([write])

    async def _in_turn(self) -> dict[UUID, Any]:
        async with self._turn:
            batch, self._gathering = self._gathering, _Batch()
            return await self._commit(batch.writes)

    async def _commit(self, writes: Sequence[Write]) -> dict[UUID, Any]:
        async with self._sessions.begin() as session:
            return await write_all(session, writes, self._lease, self._at)
