"""Delivers one note version as one message, where the record has no FHIR API but an inbox.

Handed over once, by the ledger and by the carrier's own memory; delivered when the other side has acknowledged it, and
no sooner, so that a client's notes arrive in their order. What comes back as not delivered is a person's to judge.
"""

from dataclasses import dataclass
from datetime import datetime

import orjson

from service.push.meaning import Failure
from service.push.messages.adapter import Adapter, Message, Messages, Standing
from service.push.messages.document import document_of
from service.push.outcome import Delivered, Outcome, Reason, Refused, TryLater
from service.push.sending import Call, Ledger, Link, Sending

UNDER_WAY = Reason("message_under_way", "The message is with the carrier; the record has not acknowledged it yet.")
NOT_DELIVERED = Reason(
    "message_not_delivered",
    "The record did not take the message. `joinedup deliveries show --with-content` has what it said; once that is put "
    "right, retry the delivery: it goes as a new message.",
)
# What a link says of its message in place of the EHR's version: how many messages of this note version came back
# before it, or with it.
_RETURNED = "not delivered "


async def send_message(sending: Sending, through: Messages, ledger: Ledger, now: datetime) -> Outcome:
    """Raises `LeaseLost` as soon as another worker has taken the delivery over."""
    post = _Post(sending, through.adapter, ledger)
    standing = await post.standing()
    if not isinstance(standing, Standing):
        return standing
    if standing.state == "under_way":
        return TryLater(UNDER_WAY, not_before=now + through.look_every)
    if standing.state == "not_delivered":
        await post.has_come_back(standing)
    await through.adapter.settled(standing)
    if standing.state == "arrived":
        return Delivered()
    return Refused(NOT_DELIVERED, {"carrier": through.adapter.name, "said": standing.why})


@dataclass(frozen=True, slots=True)
class _Post:
    sending: Sending
    adapter: Adapter
    ledger: Ledger

    async def standing(self) -> Standing | Failure:
        """How far it has come: of what was handed over before, else of what is handed over now."""
        if self.sending.open_call:
            found = await self.adapter.find(self._local_id())
            if not isinstance(found, Standing | None):
                return found
            if found:
                await self._record(self.sending.open_call, found.message_id, str(self._came_back()))
                return found
            await self.ledger.not_taken(self.sending.open_call)
        elif message_id := self._handed_over():
            return await self.adapter.look(message_id)
        return await self._hand_over()

    async def has_come_back(self, standing: Standing) -> None:
        """Kept, so that a retry sends a new message under a new name."""
        call = await self.ledger.intend(self._keys())
        await self._record(call, standing.message_id, f"{_RETURNED}{self._came_back() + 1}")

    async def _hand_over(self) -> Standing | Failure:
        sending = self.sending
        message = Message(
            local_id=self._local_id(),
            note_id=sending.note_id,
            note_version=sending.note_version,
            body=orjson.dumps(document_of(sending)),
            told_as="employment specialist's note",
        )
        call = await self.ledger.intend(self._keys())
        await self.ledger.about_to_send()
        handed = await self.adapter.send(message)
        match handed:
            case Standing():
                await self._record(call, handed.message_id, str(self._came_back()))
            case TryLater() | Refused():
                await self.ledger.not_taken(call)
            case _:
                """The answer was lost: the intent stays open, and the carrier is asked first next time."""
        return handed

    def _keys(self) -> tuple[str, ...]:
        return tuple(resource.key for resource in self.sending.resources)

    def _links(self) -> list[Link]:
        """Of this very version: an earlier one went as a message of its own."""
        links = (self.sending.links.get(key) for key in self._keys())
        return [link for link in links if link and link.note_version == self.sending.note_version]

    def _handed_over(self) -> str | None:
        return next((link.ehr_id for link in self._links() if not (link.ehr_version or "").startswith(_RETURNED)), None)

    def _came_back(self) -> int:
        """How many messages of this version were not delivered."""
        return max((int((link.ehr_version or "0").removeprefix(_RETURNED)) for link in self._links()), default=0)

    def _local_id(self) -> str:
        return f"{self.sending.note_id}.{self.sending.note_version}.{self._came_back()}"

    async def _record(self, call: Call, message_id: str, told: str) -> None:
        version, sent = self.sending.note_version, self.sending.resources
        links = (Link(one.key, self.adapter.name, message_id, told, version, one.body) for one in sent)
        await self.ledger.record(call, tuple(links))
