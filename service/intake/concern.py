"""One thing that somebody should look at, whoever found it: `concerns.py` asks all of them."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID


@dataclass(frozen=True, slots=True)
class Concern:
    """About a note of that specialist. `code` is stable and may be switched on; the sentence says what to do."""

    code: str
    note_id: UUID
    client_id: UUID
    specialist_id: str
    happened_at: datetime
    sentence: str
