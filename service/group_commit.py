"""Group commit: what is to be written at the same moment shares a transaction, and waits for the disk once.

The deliveries of one worker write so (`outbox/together.py`), and the notes at the door (`intake/routes.py`).
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextvars import Context
from dataclasses import dataclass, field
from typing import Generic, TypeAlias, TypeVar

from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncSession

from service.db import Sessions

Item = TypeVar("Item")
Result = TypeVar("Result")

# Writes all of them in the session's transaction; one result for each, in order.
WriteAll: TypeAlias = Callable[[AsyncSession, Sequence[Item]], Awaitable[Sequence[Result]]]


async def _at_once() -> None:
    """Where a transaction waits for nothing but the one before it."""


@dataclass(slots=True)
class _Batch(Generic[Item, Result]):
    """Items that wait for the transaction they will share, and that transaction: a result or an error for each."""

    items: list[Item] = field(default_factory=list)
    written: "asyncio.Task[Sequence[Result | DBAPIError]] | None" = None


class GroupCommit(Generic[Item, Result]):
    """Takes single items, `most` at once, so that nobody waits long for the others.

    While one transaction is under way, those that come gather for the next, in order; and until `gather` returns.
    """

    def __init__(
        self,
        sessions: Sessions,
        write_all: WriteAll[Item, Result],
        most: int,
        gather: Callable[[], Awaitable[None]] = _at_once,
    ) -> None:
        self._sessions = sessions
        self._write_all = write_all
        self._most = most
        self._gather = gather
        self._gathering: _Batch[Item, Result] = _Batch()
        self._turn = asyncio.Lock()  # who waits for it is served in order

    async def write(self, item: Item) -> Result:
        """Committed when this returns. What the database refuses about this item alone is raised."""
        batch = self._gathering
        place = len(batch.items)
        batch.items.append(item)
        if batch.written is None:
            # In no context of a caller's: what is logged there would bear the ids of one of several requests.
            batch.written = asyncio.create_task(self._in_turn(batch), context=Context())
        if len(batch.items) == self._most:
            self._gathering = _Batch()
        # Shielded: who gives up waiting does not take the others' transaction down.
        result = (await asyncio.shield(batch.written))[place]
        if isinstance(result, DBAPIError):
            raise result
        return result

    async def _in_turn(self, batch: _Batch[Item, Result]) -> Sequence[Result | DBAPIError]:
        async with self._turn:
            await self._gather()
            if self._gathering is batch:
                self._gathering = _Batch()
            try:
                return await self._commit(batch.items)
            except DBAPIError:
                if len(batch.items) == 1:
                    raise
            # One of them cannot be written, and must not stop the others.
            return [await self._alone(item) for item in batch.items]

    async def _alone(self, item: Item) -> Result | DBAPIError:
        try:
            (result,) = await self._commit([item])
        except DBAPIError as refused:
            return refused
        return result

    async def _commit(self, items: Sequence[Item]) -> Sequence[Result]:
        async with self._sessions.begin() as session:
            return await self._write_all(session, items)
