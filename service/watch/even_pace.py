"""So many calls a second and no more, evenly: who comes too soon waits for their moment."""

import asyncio
import time
from collections.abc import Awaitable, Callable


class EvenPace:
    """`per_second` None is without a bound. `clock` in seconds; `pause` waits so many."""

    def __init__(
        self,
        per_second: float | None = None,
        clock: Callable[[], float] = time.monotonic,
        pause: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._apart = 1 / per_second if per_second else 0.0
        self._clock = clock
        self._pause = pause
        self._next = 0.0

    async def wait(self) -> None:
        """Until it is our turn."""
        now = self._clock()
        mine = max(self._next, now)
        self._next = mine + self._apart
        if mine > now:
            await self._pause(mine - now)
