"""What an adapter has to do. A new one is one file beside this, and one case in `from_settings.py`.

`send_message.py` calls it with every delivery, after the intent and before the result are stored.
"""

from dataclasses import dataclass
from datetime import timedelta
from typing import Literal, Protocol
from uuid import UUID

from service.push.meaning import Failure


@dataclass(frozen=True, slots=True)
class Message:
    """One note version on its way. `local_id` is our own name for it (letters, digits, `-`, `.`), never given twice.

    `body` is a FHIR document Bundle as JSON; `told_as` a name for it that holds nothing of a patient.
    """

    local_id: str
    note_id: UUID
    note_version: int
    body: bytes
    told_as: str


@dataclass(frozen=True, slots=True)
class Standing:
    """How far a message has come. `message_id` is the carrier's name for it.

    `arrived`: the other side has acknowledged that it has it. `not_delivered`: it never will be; `why` is what the
    carrier or the other side said, and stays in the database.
    """

    message_id: str
    state: Literal["under_way", "arrived", "not_delivered"]
    why: str = ""


class Adapter(Protocol):
    """Links say by `name` where a message went. No exception of the carrier's leaves it."""

    @property
    def name(self) -> str:
        """Of the carrier."""

    async def send(self, message: Message) -> Standing | Failure:
        """Hand it over. `Unknown` where it may have been taken: `find` is asked before it is sent again."""

    async def find(self, local_id: str) -> Standing | Failure | None:
        """What became of the message of this name; None where the carrier never had it."""

    async def look(self, message_id: str) -> Standing | Failure:
        """How far it has come."""

    async def settled(self, standing: Standing) -> None:
        """What this standing says is stored on our side: a report about it may be let go."""

    async def check(self) -> Failure | None:
        """Whether messages can be handed over now; None if they can."""


@dataclass(frozen=True, slots=True)
class Messages:
    """The carrier, and how soon after one look at a message the next is worth while."""

    adapter: Adapter
    look_every: timedelta = timedelta(minutes=1)
