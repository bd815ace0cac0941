"""Whether somebody might tell an employer something on that day: the person's decision in force says so, or nobody may.

Pure. The decision for that employer counts before a general one, and of several the latest. `concerns.py` asks it.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True)
class Decision:
    """As the person decided on the day `made_on`; without an `employer` it holds for all. It ends with `until`."""

    made_on: date
    employer: str | None
    until: date | None
    tellers: frozenset[str]

    def holds(self, on: date, employer: str | None) -> bool:
        """On this day, for this employer."""
        in_time = self.made_on <= on and (self.until is None or on <= self.until)
        return in_time and (self.employer is None or _same(self.employer, employer))


def may_tell(tellers: frozenset[str], employer: str | None, on: date, decisions: Iterable[Decision]) -> bool:
    """Whether any of these (client, specialist, clinician) may tell this employer; with no decision, nobody may."""
    holding = [decision for decision in decisions if decision.holds(on, employer)]
    if not holding:
        return False
    decision = max(holding, key=lambda one: (one.employer is not None, one.made_on))
    return bool(decision.tellers & tellers)


def _same(one: str, another: str | None) -> bool:
    """A name that two people typed on two days."""
    return another is not None and one.casefold().split() == another.casefold().split()
