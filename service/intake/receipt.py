"""What the phone gets back: the same for the same note, however often and however many in parallel."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from service.errors import CallerError


@dataclass(frozen=True, slots=True)
class Receipt:
    """`received_at` is when we took it: a note with a receipt is stored, and its delivery with it."""

    id: UUID
    version: int
    kind: str
    client_id: UUID
    received_at: datetime
    retracted: bool

    def as_json(self) -> dict[str, Any]:
        """As it goes to the phone. Where the delivery stands is asked for with GET, and changes."""
        return {
            "id": self.id,
            "version": self.version,
            "kind": self.kind,
            "client_id": self.client_id,
            "received_at": self.received_at,
            "retracted": self.retracted,
            "state_at": f"/notes/{self.id}",
        }


@dataclass(frozen=True, slots=True)
class Taken:
    """The note is stored; `new` says whether it was stored just now."""

    receipt: Receipt
    new: bool


@dataclass(frozen=True, slots=True)
class NotTaken:
    """The note is refused. An answer and no exception, for it stops none of those that arrived with it."""

    problem: CallerError


Answer = Taken | NotTaken
