"""Which deliveries somebody means: the same words for looking at them and for moving them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Final
from uuid import UUID


class State(StrEnum):
    """As `deliveries.state` spells it."""

    WAITING = "waiting"
    SENDING = "sending"
    DELIVERED = "delivered"
    NEEDS_ATTENTION = "needs_attention"
    CANCELLED = "cancelled"


OPEN: Final = (State.WAITING, State.SENDING, State.NEEDS_ATTENTION)


@dataclass(frozen=True, slots=True)
class Chosen:
    """All that is given must hold. Times are those at which the delivery was made: from `since`, before `until`."""

    states: Sequence[str] = OPEN
    reason_code: str | None = None
    client_id: UUID | None = None
    note_id: UUID | None = None
    since: datetime | None = None
    until: datetime | None = None
    delivery_id: UUID | None = None

    def binds(self) -> dict[str, Any]:
        """The parameters of `CHOSEN`."""
        return {
            "states": list(self.states),
            "reason_code": self.reason_code,
            "client_id": self.client_id,
            "note_id": self.note_id,
            "since": self.since,
            "until": self.until,
            "delivery_id": self.delivery_id,
        }


CHOSEN: Final = """
    deliveries.state = ANY (CAST(:states AS text[]))
    AND (CAST(:reason_code AS text) IS NULL OR deliveries.reason_code = CAST(:reason_code AS text))
    AND (CAST(:client_id AS uuid) IS NULL OR deliveries.client_id = CAST(:client_id AS uuid))
    AND (CAST(:note_id AS uuid) IS NULL OR deliveries.note_id = CAST(:note_id AS uuid))
    AND (CAST(:since AS timestamptz) IS NULL OR deliveries.created_at >= CAST(:since AS timestamptz))
    AND (CAST(:until AS timestamptz) IS NULL OR deliveries.created_at < CAST(:until AS timestamptz))
    AND (CAST(:delivery_id AS uuid) IS NULL OR deliveries.id = CAST(:delivery_id AS uuid))
"""
