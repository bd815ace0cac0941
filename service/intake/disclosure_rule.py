"""Whether somebody may tell an employer something on a day: the person's decision in force says so, or nobody may.

Pure. The decision for that employer counts before a general one, and of several the latest. Asked by `concerns.py`
about what has happened, and by `make_employer_copy.py` about what is to be handed out.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import TypeVar


@dataclass(frozen=True, slots=True)
class Decision:
    """As the person decided on the day `made_on`; without an `employer` it holds for all. It ends with `until`."""

    made_on: date
    employer: str | None
    until: date | None
    tellers: frozenset[str]

    def is_for(self, employer: str | None) -> bool:
        return self.employer is None or _same(self.employer, employer)

    def holds(self, on: date, employer: str | None) -> bool:
        """On this day, for this employer."""
        return self.made_on <= on and (self.until is None or on <= self.until) and self.is_for(employer)


AnyDecision = TypeVar("AnyDecision", bound=Decision)


def in_force(decisions: Iterable[AnyDecision], employer: str | None, on: date) -> AnyDecision | None:
    """The one that counts for this employer on that day. Of several of the same day, the first that is given."""
    holding = (decision for decision in decisions if decision.holds(on, employer))
    return max(holding, key=lambda one: (one.employer is not None, one.made_on), default=None)


def may_tell(tellers: frozenset[str], employer: str | None, on: date, decisions: Iterable[Decision]) -> bool:
    """Whether any of these (client, specialist, clinician) may tell this employer; with no decision, nobody may."""
    decision = in_force(decisions, employer, on)
    return decision is not None and bool(decision.tellers & tellers)


def _same(one: str, another: str | None) -> bool:
    """A name that two people typed on two days."""
    return another is not None and one.casefold().split() == another.casefold().split()
