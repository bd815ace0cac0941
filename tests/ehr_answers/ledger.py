"""A ledger in memory that behaves as the one in the database: what it was told, in order, and what it kept."""

from collections.abc import Sequence
from dataclasses import replace
from uuid import UUID

from service.push.sending import Call, LeaseLost, Link, PatientFound, Sending


class InMemoryLedger:
    """`story` has one word or sentence a call; `lose_lease_at` makes the lease be lost at that word."""

    def __init__(self, lose_lease_at: str | None = None) -> None:
        self.story: list[str] = []
        self.links: dict[str, Link] = {}
        self.open_call: Call | None = None
        self.patient: PatientFound | None = None
        self._lose_lease_at = lose_lease_at
        self._calls = 0

    async def patient_found(self, client_id: UUID, patient: PatientFound) -> None:
        self._tell("patient_found")
        self.patient = patient

    async def forget_patient(self, client_id: UUID) -> None:
        self._tell("forget_patient")
        self.patient = None

    async def intend(self, keys: tuple[str, ...]) -> Call:
        self._tell("intend", keys)
        assert self.open_call is None, "a call was left open, and another one was begun"
        self.open_call = Call(self._calls, keys)
        self._calls += 1
        return self.open_call

    async def about_to_send(self) -> None:
        assert self.open_call is not None, "a call is sent without its intent"
        if self._lose_lease_at == "about_to_send":
            raise LeaseLost

    async def record(self, call: Call, links: Sequence[Link]) -> None:
        self._tell("record", [link.key for link in links])
        self._close(call)
        self.links.update({link.key: link for link in links})

    async def not_taken(self, call: Call) -> None:
        self._tell("not_taken")
        self._close(call)

    def next_try(self, sending: Sending) -> Sending:
        """The same delivery as the next attempt gets it."""
        return replace(sending, links=dict(self.links), open_call=self.open_call)

    def types_written(self) -> list[str]:
        """The types of what is linked, in the order it was written."""
        return [key.partition("/")[0] for key in self.links]

    def _tell(self, word: str, keys: Sequence[str] = ()) -> None:
        if word == self._lose_lease_at:
            raise LeaseLost
        types = ", ".join(key.partition("/")[0] for key in keys)
        self.story.append(f"{word} {types}" if types else word)

    def _close(self, call: Call) -> None:
        assert self.open_call is None or self.open_call.number == call.number, "another call was closed"
        self.open_call = None
