"""What `push/` writes down during an attempt: the patient it found, each call's intent, and its result.

The `Ledger` of `push/sending.py`, for one claimed delivery; the statements are in `writes.py`.
"""

from collections.abc import Awaitable, Callable, Sequence
from time import monotonic
from typing import Any
from uuid import UUID

from service.outbox.claim import Claimed, Lease
from service.outbox.writes import Answered, Forgotten, Found, Held, Intended, Write
from service.push.sending import Call, Link, PatientFound


def _nobody_minds(_lease: Lease) -> None:
    """Where nobody counts the calls that wait."""


class LeasedLedger:
    """The ledger of one claimed delivery. A lease renewed `just_now`, in seconds, outlives a call by its setting."""

    def __init__(
        self,
        claimed: Claimed,
        write: Callable[[Write], Awaitable[Any]],
        just_now: float = 0.5,
        *,
        has_its_place: Callable[[Lease], None] = _nobody_minds,
    ) -> None:
        self._lease = claimed.lease
        self._sending = claimed.sending
        self._write = write
        self._just_now = just_now
        self._has_its_place = has_its_place
        self._renewed = monotonic()

    async def patient_found(self, client_id: UUID, patient: PatientFound) -> None:  # noqa: ARG002 - the lease's own
        """See `Ledger`."""
        await self._write(Found(self._lease, patient, self._sending.client.birth_date))

    async def forget_patient(self, client_id: UUID) -> None:  # noqa: ARG002 - the lease's own
        """See `Ledger`."""
        await self._write(Forgotten(self._lease))

    async def intend(self, keys: tuple[str, ...]) -> Call:
        """See `Ledger`."""
        self._renewed = monotonic()
        return Call(await self._write(Intended(self._lease, keys)), keys)

    async def about_to_send(self) -> None:
        """See `Ledger`."""
        self._has_its_place(self._lease)
        if monotonic() - self._renewed > self._just_now:
            await self._write(Held(self._lease))

    async def record(self, call: Call, links: Sequence[Link]) -> None:
        """See `Ledger`."""
        await self._write(Answered(self._lease, self._sending.note_id, call.number, tuple(links)))

    async def not_taken(self, call: Call) -> None:
        """See `Ledger`."""
        await self._write(Answered(self._lease, self._sending.note_id, call.number, ()))
