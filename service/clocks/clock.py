"""One clock: from which day, to which day, and how long that is. Days are the UK's, whatever offset a phone used."""

from dataclasses import dataclass
from datetime import date
from typing import Literal
from uuid import UUID

from service.clocks.definitions import Definition

State = Literal["not_started", "running", "reached", "closed"]


@dataclass(frozen=True, slots=True)
class Clock:
    """`reached` on `ended_on`, or `closed` on it without having been reached; `days` runs as far as that, or `on`.

    `note_id` is the note that it is about, where a client may have several such clocks (a job, a goal).
    """

    definition: Definition
    state: State
    started_on: date | None
    ended_on: date | None
    days: int | None
    note_id: UUID | None = None

    @property
    def over_the_limit(self) -> bool:
        """It took longer than its definition allows, or already has."""
        limit = self.definition.limit
        return limit is not None and self.days is not None and self.days > limit


def measured(
    definition: Definition,
    on: date,
    *,
    start: date | None,
    reached: date | None = None,
    closed: date | None = None,
    note_id: UUID | None = None,
) -> Clock:
    """As it stands on the day `on`: what lies after that day is not known yet."""
    if start is None or start > on:
        return Clock(definition, "not_started", None, None, None, note_id)
    if reached is not None and reached <= on:
        return Clock(definition, "reached", start, reached, (reached - start).days, note_id)
    if closed is not None and closed <= on:
        return Clock(definition, "closed", start, closed, (closed - start).days, note_id)
    return Clock(definition, "running", start, None, (on - start).days, note_id)
