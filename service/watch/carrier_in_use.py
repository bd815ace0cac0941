"""Calls at the carrier of messages once a day, for a mailbox that nobody calls at may be taken for abandoned.

The worker asks for it once a minute, beside the reconciliation.
"""

import time
from collections.abc import Callable
from typing import Final

import structlog

from service.push.messages.adapter import Messages

log = structlog.get_logger()

_A_DAY: Final = 24 * 3600.0


class CarrierInUse:
    """`clock` in seconds. Without messages there is nothing to do."""

    def __init__(self, messages: Messages | None, clock: Callable[[], float] = time.monotonic) -> None:
        self._messages = messages
        self._clock = clock
        self._called_at: float | None = None

    async def call_if_due(self) -> None:
        """At first, and a day after the last time; the log says where it does not take messages."""
        now = self._clock()
        if self._messages is None or (self._called_at is not None and now - self._called_at < _A_DAY):
            return
        self._called_at = now
        if failure := await self._messages.adapter.check():
            log.warning("the carrier takes no messages", reason_code=failure.reason.code)
