"""Compares accepted notes with what the EHR holds, note by note. Reads only; changes nothing anywhere.

Notes come a page at a time (`reconcile.py`) and are read back by identifier, or by where they are kept if the EHR
cannot be searched for them (`read_back.py`).
"""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Final
from uuid import UUID

from service.db import Sessions
from service.push.address import Addresses, addressed, with_our_links
from service.push.compare import is_held_by
from service.push.ehr import Ehr
from service.push.find_specialist import Directory, Specialists
from service.push.negotiation import Negotiation
from service.push.outcome import TryLater
from service.push.sending import Link
from service.push.transaction import identifier_of
from service.r4.resource import Json, Resource
from service.watch.accepted import AcceptedNote, ExpectedNote, expected
from service.watch.even_pace import EvenPace
from service.watch.filed_documents import current_of, says_the_same, was_filed
from service.watch.read_back import EhrNotReadable, Found, Reader, read_back, read_back_provenance, read_where_kept
from service.watch.reconciliation import Fault

_NO_DELIVERY: Final[Mapping[str, Fault]] = {"delivery": "missing"}
_NO_RESOURCES: Final[Mapping[str, Fault]] = {"resources": "missing"}


def _now() -> datetime:
    return datetime.now(UTC)


def _nobody_is_told(_count: int) -> None:
    """Where nobody watches."""


@dataclass(frozen=True, slots=True)
class Reconciler:
    """Both sides, and how hard the EHR may be asked: so many reads at once, so many a second.

    `told` hears how many notes have been compared so far; `who` is the process, as kept runs name it. With a `carrier`
    the record has no API to be read back by: what it has acknowledged, and we have kept, is what can be compared.
    """

    sessions: Sessions
    ehr: Ehr
    in_flight: int
    told: Callable[[int], None] = _nobody_is_told
    directory: Directory = field(default_factory=Directory)
    negotiation: Negotiation = field(default_factory=Negotiation)
    now: Callable[[], datetime] = _now
    reads_per_second: float | None = None
    who: str = "reconcile"
    carrier: str | None = None

    async def reader(self) -> Reader | None:
        """For one run; None where the record cannot be read back."""
        if self.carrier:
            return None
        offer = await self.negotiation.capability(self.ehr, self.now())
        if isinstance(offer, TryLater):
            raise EhrNotReadable(offer.reason.code)
        searchable = frozenset(row.resource_type for row in offer.rows if row.can_be_looked_up)
        pace = EvenPace(self.reads_per_second)
        return Reader(self.ehr, searchable, asyncio.Semaphore(self.in_flight), self.now, pace=pace)


async def compare(
    notes: Sequence[AcceptedNote], reader: Reader | None, with_: Reconciler
) -> dict[UUID, Mapping[str, Fault]]:
    """What is wrong with each of these notes, by resource. Raises `EhrNotReadable`."""
    page = await expected(with_.sessions, notes)
    faults = await _faults_of(page, reader, with_) if reader else {one.note.id: _not_kept(one, with_) for one in page}
    return {note.id: _NO_DELIVERY if note.state is None else faults.get(note.id, {}) for note in notes}


async def _faults_of(
    page: Sequence[ExpectedNote], reader: Reader, with_: Reconciler
) -> dict[UUID, Mapping[str, Fault]]:
    found = await read_back((resource for one in page for resource in one.resources), reader)
    found |= await read_back_provenance(_provenance_targets(page, found), reader)
    found |= await read_where_kept(_kept(page, reader), reader)
    specialists = await _specialists(page, with_)
    return {one.note.id: _faults(one, found, specialists) for one in page}


def _not_kept(one: ExpectedNote, with_: Reconciler) -> Mapping[str, Fault]:
    """A delivered note was acknowledged by the record: the message that carried it must be known."""
    if not one.resources:
        return _NO_RESOURCES
    carried = {key for key, link in one.links.items() if link.ehr_type == with_.carrier}
    return {resource.key: "missing" for resource in one.resources if resource.key not in carried}


def _kept(page: Sequence[ExpectedNote], reader: Reader) -> list[Link]:
    """Where the EHR has what it cannot be searched for."""
    return [
        link
        for one in page
        for resource in one.resources
        if resource.type not in reader.searchable and (link := one.links.get(resource.key))
    ]


async def _specialists(page: Sequence[ExpectedNote], with_: Reconciler) -> Specialists:
    resources = [resource for one in page for resource in one.resources]
    specialists = await with_.directory.find(resources, with_.ehr, with_.now())
    if isinstance(specialists, TryLater):
        raise EhrNotReadable(specialists.reason.code)
    return specialists


def _provenance_targets(page: Sequence[ExpectedNote], found: Found) -> dict[str, tuple[Resource, str]]:
    """By key: each Provenance with something it is about, as the EHR names it. Without any, it cannot be there."""
    targets = {}
    for one in page:
        links = _links(one, found)
        for resource in one.resources:
            about = (links.get(target["reference"]) for target in resource.body.get("target", ()))
            if identifier_of(resource.body) is None and (link := next(filter(None, about), None)):
                targets[resource.key] = (resource, f"{link.ehr_type}/{link.ehr_id}")
    return targets


def _faults(one: ExpectedNote, found: Found, specialists: Specialists) -> Mapping[str, Fault]:
    if not one.resources:
        return _NO_RESOURCES
    to = _addresses(one, found, specialists)
    faults: dict[str, Fault] = {}
    for resource in one.resources:
        if fault := _fault(resource, found.get(resource.key, []), to, one.note):
            faults[resource.key] = fault
    return faults


def _fault(resource: Resource, theirs: Sequence[Json], to: Addresses, note: AcceptedNote) -> Fault | None:
    """While a newer version is on its way, the EHR may hold either: only what is settled is compared."""
    theirs = current_of(theirs)
    if not theirs:
        return "missing"
    if len(theirs) > 1:
        return "doubled"
    if resource.type == "Provenance" or not note.settled:
        return None
    link = to.links.get(resource.key)
    ours = dict(link.theirs) if link and link.theirs else addressed(resource.body, to)
    same = says_the_same(theirs[0], ours) if was_filed(theirs[0]) else is_held_by(with_our_links(theirs[0], to), ours)
    return None if same else "different"


def _addresses(one: ExpectedNote, found: Found, specialists: Specialists) -> Addresses:
    systems = [identifier[0] for resource in one.resources if (identifier := identifier_of(resource.body))]
    return Addresses(
        client=f"Patient/{one.note.client_id}",
        patient=f"Patient/{one.note.ehr_patient_id}",
        links=_links(one, found),
        specialists=specialists,
        system=systems[0] if systems else "",
    )


def _links(one: ExpectedNote, found: Found) -> dict[str, Link]:
    """As kept; where a link was lost, as found."""
    links = dict(one.links)
    for resource in one.resources:
        theirs = found.get(resource.key, [])
        if resource.key not in links and len(theirs) == 1:
            links[resource.key] = Link(resource.key, resource.type, theirs[0]["id"], None, 0, {})
    return links
