"""What `push/` writes down during an attempt: the patient it found, each call's intent, and its result.

The `Ledger` of `push/sending.py`, for one claimed delivery; the statements are in `writes.py`.
"""

from collections.abc import Awaitable, Callable, Sequence
from typing import Any
from uuid import UUID

from service.outbox.claim import Claimed
from service.outbox.writes import Answered, Forgotten, Found, Intended, Write
from service.push.sending import Call, Link, PatientFound


class LeasedLedger:
    """The ledger of one claimed delivery."""

    def __init__(self, claimed: Claimed, write: Callable[[Write], Awaitable[Any]]) -> None:
        self._lease = claimed.lease
        self._sending = claimed.sending
        self._write = write

    async def patient_found(self, client_id: UUID, patient: PatientFound) -> None:  # noqa: ARG002 - the lease's own
        """See `Ledger`."""
        await self._write(Found(self._lease, patient, self._sending.client.birth_date))

    async def forget_patient(self, client_id: UUID) -> None:  # noqa: ARG002 - the lease's own
        """See `Ledger`."""
        await self._write(Forgotten(self._lease))

    async def intend(self, keys: tuple[str, ...]) -> Call:
        """See `Ledger`."""
        return Call(await self._write(Intended(self._lease, keys)), keys)

    async def record(self, call: Call, links: Sequence[Link]) -> None:
        """See `Ledger`."""
        await self._write(Answered(self._lease, self._sending.note_id, call.number, tuple(links)))

    async def not_taken(self, call: Call) -> None:
        """See `Ledger`."""
        await self._write(Answered(self._lease, self._sending.note_id, call.number, ()))
