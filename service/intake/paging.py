"""Where a page of notes ended, as an opaque text: pages stay stable while notes arrive."""

import base64
import binascii
from datetime import datetime, timedelta
from typing import NamedTuple
from uuid import UUID

from service.errors import FieldFault, NotValid


class Position(NamedTuple):
    """The last row of a page: notes are ordered by when they were received, then by id."""

    received_at: datetime
    id: UUID


def position_of(position: Position) -> str:
    """As it goes into `next`."""
    return base64.urlsafe_b64encode(f"{position.received_at.isoformat()} {position.id}".encode()).decode()


def read_position(words: str) -> Position:
    """Back from `after`; anything else than a `next` of ours is refused."""
    try:
        received_at, _, note_id = base64.urlsafe_b64decode(words.encode()).decode().partition(" ")
        position = Position(datetime.fromisoformat(received_at), UUID(note_id))
    except (binascii.Error, ValueError):
        position = None
    # Ours are in UTC. Another offset could take the first or the last day out of the calendar.
    if position is None or position.received_at.utcoffset() != timedelta():
        raise NotValid("Nothing was looked up.", [FieldFault("after", "Send the `next` of the page before, as it is.")])
    return position
