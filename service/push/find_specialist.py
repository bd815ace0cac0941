"""Finds the EHR's own Practitioner or PractitionerRole for each specialist that the resources name.

Where the EHR has none, the logical reference (identifier and name) stays; none is ever created. The answer is
remembered in the process for a while, so that a busy worker asks once an hour, not once a note.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TypeAlias

from service.push.answer import Answer
from service.push.ehr import Ehr
from service.push.meaning import answer_to_read
from service.push.outcome import TryLater
from service.push.references import references_in
from service.push.searchset import carries, has_more, matches
from service.r4.resource import Json, Resource

Identifier: TypeAlias = tuple[str, str]
Specialists: TypeAlias = dict[Identifier, str]

_NOT_OFFERED = frozenset({400, 403, 404, 405, 410, 422, 501})


@dataclass(frozen=True, slots=True)
class _Known:
    reference: str | None
    since: datetime


class Directory:
    """What this process has learnt about the EHR's staff."""

    def __init__(self, trusted_for: timedelta = timedelta(hours=1)) -> None:
        self._trusted_for = trusted_for
        self._known: dict[Identifier, _Known] = {}

    async def find(self, resources: Sequence[Resource], ehr: Ehr, now: datetime) -> Specialists | TryLater:
        """A literal reference (`Practitioner/7`) for each specialist that the EHR has."""
        found: Specialists = {}
        for identifier in sorted(named_in(resource.body for resource in resources)):
            known = self._known.get(identifier)
            if known is None or now - known.since > self._trusted_for:
                reference = await _search(identifier, ehr, now)
                if isinstance(reference, TryLater):
                    return reference
                known = self._known[identifier] = _Known(reference, now)
            if known.reference:
                found[identifier] = known.reference
        return found


def named_in(bodies: Iterable[Json]) -> set[Identifier]:
    """The specialists that are referred to by identifier alone."""
    return {
        specialist_of(reference)
        for body in bodies
        for _, reference in references_in(body)
        if "reference" not in reference
    }


def specialist_of(reference: Json) -> Identifier:
    """The (system, value) in a logical reference."""
    identifier = reference["identifier"]
    return identifier["system"], identifier["value"]


async def _search(identifier: Identifier, ehr: Ehr, now: datetime) -> str | TryLater | None:
    for resource_type in ("Practitioner", "PractitionerRole"):
        found = await _search_as(resource_type, identifier, ehr, now)
        if found is not None:
            return found
    return None


async def _search_as(resource_type: str, identifier: Identifier, ehr: Ehr, now: datetime) -> str | TryLater | None:
    system, value = identifier
    reply = await ehr.search(resource_type, {"identifier": f"{system}|{value}"})
    if isinstance(reply, Answer) and reply.status in _NOT_OFFERED:
        return None
    bundle = answer_to_read(reply, "Bundle", now)
    if isinstance(bundle, TryLater):
        return bundle
    if not isinstance(bundle, dict) or has_more(bundle):
        return None
    found = [one for one in matches(bundle, resource_type) if carries(one, system, value)]
    return f"{resource_type}/{found[0]['id']}" if len(found) == 1 else None
