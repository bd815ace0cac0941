"""What this process has learnt of the EHR's offer: its CapabilityStatement, and where its answers contradicted it.

Made once a process, in `plan.py`; `push.py` asks it before it chooses how each resource goes. The statement is read
again when it is old, and as soon as an answer contradicts it.
"""

import asyncio
from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta

from service.push.capability import Capability, Chosen, Contradiction, capability_of
from service.push.ehr import Ehr
from service.push.meaning import answer_to_read
from service.push.outcome import Reason, TryLater

_NOT_READABLE = Reason(
    "ehr_capability_unreadable",
    "The EHR does not let us read what it offers (its CapabilityStatement). Have our access put right; "
    "`joinedup ehr check` shows what it says. It is tried again by itself.",
)


class Negotiation:
    """`chosen` are the settings' strategies; what was learnt is `trusted_for` so long."""

    def __init__(self, chosen: Chosen | None = None, trusted_for: timedelta = timedelta(hours=1)) -> None:
        self._chosen = chosen or {}
        self._trusted_for = trusted_for
        self._read_at: datetime | None = None
        self._contradicted: dict[Contradiction, datetime] = {}
        self._capability: Capability | None = None
        self._reading = asyncio.Lock()

    async def capability(self, ehr: Ehr, now: datetime) -> Capability | TryLater:
        """What the EHR takes, as far as is known; one reading for all who wait for it."""
        if capability := self._known(now):
            return capability
        async with self._reading:
            if capability := self._known(now):
                return capability
            answer = answer_to_read(await ehr.metadata(), "CapabilityStatement", now)
            if isinstance(answer, TryLater):
                return replace(answer, ehr_wide=True)
            if not isinstance(answer, dict):
                return TryLater(_NOT_READABLE, ehr_wide=True, operation_outcome=answer.operation_outcome)
            self._contradicted = {what: at for what, at in self._contradicted.items() if self._is_fresh(at, now)}
            self._capability = capability_of(answer, self._chosen, self._contradicted.keys())
            self._read_at = now
            return self._capability

    def contradict(self, resource_types: Iterable[str], interaction: str, now: datetime) -> bool:
        """The EHR refused an interaction that it states. Whether that leaves another way for each of these types."""
        types = [name for name in resource_types if not self._is_chosen(name)]
        self._contradicted.update({(name, interaction): now for name in types})
        self._read_at = None
        return bool(types)

    def _known(self, now: datetime) -> Capability | None:
        fresh = self._read_at is not None and self._is_fresh(self._read_at, now)
        return self._capability if fresh else None

    def _is_fresh(self, at: datetime, now: datetime) -> bool:
        return now - at <= self._trusted_for

    def _is_chosen(self, resource_type: str) -> bool:
        return resource_type in self._chosen or "*" in self._chosen
