"""What one attempt knows while it goes on: the delivery, what the EHR takes, where things are there, and the time."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from service.push.address import Addresses
from service.push.capability import Capability
from service.push.ehr import Ehr
from service.push.look_up import Look
from service.push.over_theirs import body_to_write
from service.push.plan import PushPlan
from service.push.sending import Call, Ledger, Link, Sending
from service.r4.resource import Resource


def _loop_time() -> float:
    return asyncio.get_running_loop().time()


@dataclass(slots=True)
class Attempt:
    """`links` is the very mapping that `to` reads: what was just written is addressed by its new id."""

    sending: Sending
    ehr: Ehr
    ledger: Ledger
    plan: PushPlan
    offer: Capability
    to: Addresses
    links: dict[str, Link]
    started_at: datetime
    _started: float = field(default_factory=_loop_time)

    def now(self) -> datetime:
        """When it started, and what has passed since: `Retry-After` counts from its answer."""
        return self.started_at + timedelta(seconds=_loop_time() - self._started)

    def look(self) -> Look:
        """One look at the EHR, now."""
        return Look(self.ehr, self.offer, self.to, self.sending, self.now())

    def resources_of(self, call: Call) -> list[Resource]:
        """What the call carries, in the order of the note's resources."""
        keys = set(call.keys)
        return [resource for resource in self.sending.resources if resource.key in keys]

    def link(self, resource: Resource, ehr_id: str, ehr_version: str | None) -> Link:
        """Where the EHR has this resource, in this version of the note."""
        return Link(resource.key, resource.type, ehr_id, ehr_version, self.sending.note_version, resource.body)

    async def close(self, call: Call, found: Mapping[str, Link]) -> None:
        """Write down what the EHR has of a call, be it nothing."""
        if not found:
            await self.ledger.not_taken(call)
            return
        before = dict(self.links)
        self.links.update(found)
        self.links.update({key: self._over_theirs(link, before.get(key)) for key, link in found.items()})
        await self.ledger.record(call, tuple(self.links[key] for key in found))

    def _over_theirs(self, link: Link, known: Link | None) -> Link:
        """What was written over a change of somebody's is what the EHR has, if it was not just seen there."""
        if known is None or not known.theirs or link.theirs:
            return link
        (resource,) = (one for one in self.sending.resources if one.key == link.key)
        return replace(link, theirs=body_to_write(resource, known, self.to))
