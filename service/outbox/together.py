"""What the deliveries of one worker write at the same moment shares a transaction: one commit for all of them."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from service.db import Sessions
from service.group_commit import GroupCommit
from service.outbox.writes import Write, write_all
from service.push.sending import LeaseLost

# More than a worker has in hand, which is what bounds it.
_MOST = 10_000


class Together:
    """Takes single writes, each guarded by its lease."""

    def __init__(self, sessions: Sessions, lease: timedelta, at: datetime | None = None) -> None:
        self._lease = lease
        self._at = at
        self._group = GroupCommit(sessions, self._write_all, _MOST)

    async def write(self, write: Write) -> Any:
        """Committed when this returns; `LeaseLost` where another worker has the delivery now."""
        results = await self._group.write(write)
        if write.lease.token not in results:
            raise LeaseLost
        return results[write.lease.token]

    async def _write_all(self, session: AsyncSession, writes: Sequence[Write]) -> Sequence[dict[UUID, Any]]:
        results = await write_all(session, writes, self._lease, self._at)
        return [results] * len(writes)
