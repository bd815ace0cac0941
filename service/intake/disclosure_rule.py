"""Whether somebody may tell an employer something on a day: the person's decision in force says so, or nobody may.

Pure. The decision for that employer counts before a general one, and of several the latest: it has replaced the others
for good, so where it has run out none of them comes back. Asked by `concerns.py` about what has happened, and by
`make_employer_copy.py` about what is to be handed out.
"""

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Final, TypeVar

# Marks that phones put in by themselves, or people leave out, and characters that nobody sees.
_PASSED_OVER: Final = re.compile("[.,'`´ʹʼ‘’‛′\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]")
_DASHES: Final = re.compile("[‐-―−]")


@dataclass(frozen=True, slots=True)
class Decision:
    """As the person decided on the day `made_on`; without an `employer` it holds for all. It ends with `until`."""

    made_on: date
    employer: str | None
    until: date | None
    tellers: frozenset[str]

    def is_for(self, employer: str | None) -> bool:
        return self.employer is None or _same(self.employer, employer)

    def has_run_out(self, on: date) -> bool:
        """Before this day."""
        return self.until is not None and self.until < on


AnyDecision = TypeVar("AnyDecision", bound=Decision)


def in_force(decisions: Iterable[AnyDecision], employer: str | None, on: date) -> AnyDecision | None:
    """The one that counts for this employer on that day. Of several of the same day, the first that is given.

    The person's last word alone: what it replaced may have allowed more, and is not gone back to.
    """
    made = (decision for decision in decisions if decision.made_on <= on and decision.is_for(employer))
    last = max(made, key=lambda one: (one.employer is not None, one.made_on), default=None)
    return None if last is None or last.has_run_out(on) else last


def may_tell(tellers: frozenset[str], employer: str | None, on: date, decisions: Iterable[Decision]) -> bool:
    """Whether any of these (client, specialist, clinician) may tell this employer; with no decision, nobody may."""
    decision = in_force(decisions, employer, on)
    return decision is not None and bool(decision.tellers & tellers)


def _same(one: str, another: str | None) -> bool:
    """A name that two people typed on two days."""
    return another is not None and _as_known(one) == _as_known(another)


def _as_known(name: str) -> list[str]:
    """Without what makes no other employer of it: case, spaces, accents written in two ways, apostrophes, dashes."""
    plain = _DASHES.sub("-", _PASSED_OVER.sub("", name)).replace("&", " and ")
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", plain).casefold()).split()
