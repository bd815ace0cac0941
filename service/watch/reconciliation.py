"""What a reconciliation found: totals that are exact, and the notes behind each of them."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Literal, TypeAlias
from uuid import UUID

Fault: TypeAlias = Literal["missing", "doubled", "different"]
FAULTS: Final[tuple[Fault, ...]] = ("missing", "doubled", "different")
STANDINGS: Final = ("in_ehr", "waiting", "needs_attention", "cancelled")
LISTED: Final = ("waiting", "needs_attention", "cancelled", *FAULTS)

# Lists are for people and for the next command; a million ids are neither, and would have to be held.
MOST_LISTED: Final = 10_000


@dataclass(slots=True)
class Reconciliation:
    """Filled note by note. Where a note stands and what is wrong with it are counted apart."""

    accepted: int = 0
    totals: dict[str, int] = field(default_factory=lambda: dict.fromkeys((*STANDINGS, *FAULTS), 0))
    notes: dict[str, list[UUID]] = field(default_factory=lambda: {name: [] for name in LISTED})
    resources: dict[UUID, dict[Fault, list[str]]] = field(default_factory=dict)

    @property
    def all_is_well(self) -> bool:
        """Nothing missing, doubled or different: what waits, or is in front of a person, is not lost."""
        return not any(self.totals[fault] for fault in FAULTS)

    def count(self, note_id: UUID, state: str | None, faults: Mapping[str, Fault]) -> None:
        """One note: how its newest version stands, and what is wrong, by resource (`Type/id`)."""
        self.accepted += 1
        by_fault: dict[Fault, list[str]] = defaultdict(list)
        for key, fault in faults.items():
            by_fault[fault].append(key)
        for fault in by_fault:
            self._note(fault, note_id)
        if by_fault and len(self.resources) < MOST_LISTED:
            self.resources[note_id] = dict(by_fault)
        standing = None if state == "delivered" and by_fault else _STANDING.get(state)
        if standing:
            self._note(standing, note_id)

    def as_json(self) -> dict[str, Any]:
        """For machines: totals, lists of note ids, and the resources behind each fault."""
        return {
            "all_is_well": self.all_is_well,
            "totals": {"accepted": self.accepted, **self.totals},
            **self.notes,
            "resources": [{"note_id": note_id, **by_fault} for note_id, by_fault in self.resources.items()],
            "lists_end_after": MOST_LISTED,
        }

    def sentence(self) -> str:
        """What to do next."""
        wrong = [f"{self.totals[fault]} {fault}" for fault in FAULTS if self.totals[fault]]
        if wrong:
            return (
                f"Of {self.accepted} notes, the EHR does not hold as they were delivered: {', '.join(wrong)}. "
                "Look at each with `joinedup deliveries show <note id>`, and in the EHR."
            )
        if self.totals["needs_attention"]:
            return "Nothing is lost. Some notes need a person: `joinedup deliveries list --state needs_attention`."
        if self.totals["waiting"]:
            return "Nothing is lost. What waits goes by itself; run this again when it has."
        return f"All is well: the EHR holds each of {self.accepted} notes once, as it was delivered."

    def _note(self, name: str, note_id: UUID) -> None:
        self.totals[name] += 1
        ids = self.notes.get(name)
        if ids is not None and len(ids) < MOST_LISTED:
            ids.append(note_id)


_STANDING: Final[Mapping[str | None, str]] = {
    "delivered": "in_ehr",
    "waiting": "waiting",
    "sending": "waiting",
    "needs_attention": "needs_attention",
    "cancelled": "cancelled",
}
