"""What a reconciliation found: totals that are exact, and the notes behind each of them."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Literal, TypeAlias
from uuid import UUID

Fault: TypeAlias = Literal["missing", "doubled", "different"]
FAULTS: Final[tuple[Fault, ...]] = ("missing", "doubled", "different")
STANDINGS: Final = ("in_ehr", "waiting", "needs_attention", "cancelled")
SENT_AGAIN: Final = "sent_again"
LISTED: Final = ("waiting", "needs_attention", "cancelled", *FAULTS, SENT_AGAIN)

# Lists are for people and for the next command; a million ids are neither, and would have to be held.
MOST_LISTED: Final = 10_000


@dataclass(slots=True)
class Reconciliation:
    """Filled note by note. Where a note stands and what is wrong with it are counted apart."""

    accepted: int = 0
    totals: dict[str, int] = field(default_factory=lambda: dict.fromkeys((*STANDINGS, *FAULTS, SENT_AGAIN), 0))
    notes: dict[str, list[UUID]] = field(default_factory=lambda: {name: [] for name in LISTED})
    resources: dict[UUID, dict[Fault, list[str]]] = field(default_factory=dict)

    @property
    def all_is_well(self) -> bool:
        """Nothing missing, doubled or different: what waits, or is in front of a person, is not lost."""
        return not any(self.totals[fault] for fault in FAULTS)

    def count(self, note_id: UUID, state: str | None, faults: Mapping[str, Fault], *, sent_again: bool = False) -> None:
        """One note: how its newest version stands, and what is wrong, by resource (`Type/id`)."""
        self.accepted += 1
        by_fault: dict[Fault, list[str]] = defaultdict(list)
        for key, fault in faults.items():
            by_fault[fault].append(key)
        for fault in by_fault:
            self._note(fault, note_id)
        if by_fault:
            self._keep(note_id, dict(by_fault))
        standing = None if state == "delivered" and by_fault else _STANDING.get(state)
        if standing:
            self._note(standing, note_id)
        if sent_again:
            self._note(SENT_AGAIN, note_id)

    def add(self, page: "Reconciliation") -> None:
        """What was found of the next notes."""
        self.accepted += page.accepted
        for name, count in page.totals.items():
            self.totals[name] += count
        for name, ids in page.notes.items():
            self._list(name, ids)
        for note_id, by_fault in page.resources.items():
            self._keep(note_id, by_fault)

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
            again = self.totals[SENT_AGAIN]
            repaired = f"{again} {'go' if again > 1 else 'goes'} again now: run this once more in a minute. " * bool(
                again
            )
            return (
                f"Of {self.accepted} notes, the EHR does not hold as they were delivered: {', '.join(wrong)}. "
                f"{repaired}Look at each with `joinedup deliveries show <note id>`, and in the EHR."
            )
        if self.totals["needs_attention"]:
            return "Nothing is lost. Some notes need a person: `joinedup deliveries list --state needs_attention`."
        if self.totals["waiting"]:
            return "Nothing is lost. What waits goes by itself; run this again when it has."
        return f"All is well: the EHR holds each of {self.accepted} notes once, as it was delivered."

    def _note(self, name: str, note_id: UUID) -> None:
        self.totals[name] += 1
        self._list(name, [note_id])

    def _list(self, name: str, ids: Sequence[UUID]) -> None:
        listed = self.notes.get(name)
        if listed is not None:
            listed += ids[: MOST_LISTED - len(listed)]

    def _keep(self, note_id: UUID, by_fault: dict[Fault, list[str]]) -> None:
        if len(self.resources) < MOST_LISTED:
            self.resources[note_id] = by_fault


_STANDING: Final[Mapping[str | None, str]] = {
    "delivered": "in_ehr",
    "waiting": "waiting",
    "sending": "waiting",
    "needs_attention": "needs_attention",
    "cancelled": "cancelled",
}
