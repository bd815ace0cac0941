"""Tries on a test patient, in the EHR itself, what its CapabilityStatement states; and takes away what it wrote.

`joinedup ehr check --probe` calls it. One resource of each of our types goes through every interaction that a
delivery may need, in dependency order, and is deleted (or marked as entered in error) in the opposite one.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

import orjson

from service.mapping.withdraw import withdraw
from service.push.address import Addresses, addressed
from service.push.answer import Answer, Reply
from service.push.compare import is_held_by
from service.push.ehr import Ehr
from service.push.searchset import matches
from service.push.sending import Link
from service.push.transaction import identifier_of, transaction
from service.push.written import Written, entries_written, resource_written, version_of
from service.r4.resource import Json, Resource

INTERACTIONS: Final = ("transaction", "create", "read", "search", "update", "stale update refused", "clean up")
NOT_TRIED: Final = "-"


@dataclass(slots=True)
class Tried:
    """One type: what each of INTERACTIONS came to, `yes` or what came instead."""

    resource_type: str
    results: dict[str, str] = field(default_factory=lambda: dict.fromkeys(INTERACTIONS, NOT_TRIED))


@dataclass(frozen=True, slots=True)
class Probed:
    """`left_behind` (`Type/id` in the EHR) could neither be deleted nor marked as entered in error. Of a type
    without an id the answer was lost, and the EHR does not show whether it has one.
    """

    rows: tuple[Tried, ...]
    left_behind: tuple[str, ...]


@dataclass(slots=True)
class _Written:
    """One resource of ours that the EHR has now."""

    resource: Resource
    tried: Tried
    link: Link


async def probe_ehr(ehr: Ehr, to: Addresses, resources: Sequence[Resource]) -> Probed:
    """`resources`: one of each type, those that others refer to first. `to` says who the test patient is."""
    links: dict[str, Link] = {}
    probe = _Probe(ehr, Addresses(to.client, to.patient, links, to.specialists, to.system), links)
    rows = []
    try:
        for resource in resources:
            rows.append(tried := Tried(resource.type))
            await probe.try_type(resource, tried)
    finally:
        left_behind = await probe.clean_up()
    return Probed(tuple(rows), tuple(left_behind))


@dataclass(slots=True)
class _Probe:
    ehr: Ehr
    to: Addresses
    links: dict[str, Link]
    written: list[_Written] = field(default_factory=list)
    unsure: list[str] = field(default_factory=list)

    async def try_type(self, resource: Resource, tried: Tried) -> None:
        """By a transaction, then by itself where that was not taken; then whatever can be done with what is there."""
        there = await self._by_transaction(resource, tried)
        if there is None and resource.type not in self.unsure:
            there = await self._create(resource, tried)
        if there is None:
            return
        self.written.append(there)
        self.links[resource.key] = there.link
        await self._read(there)
        await self._search(there)
        if resource.type != "Provenance":
            await self._update(there)

    async def clean_up(self) -> list[str]:
        """What refers to others goes first."""
        left = list(self.unsure)
        for there in reversed(self.written):
            reply = await self.ehr.delete(there.link.ehr_type, there.link.ehr_id)
            there.tried.results["clean up"] = _told(reply)
            if not _is_done(reply) and not await self._withdrawn(there):
                left.append(f"{there.link.ehr_type}/{there.link.ehr_id}")
        return left

    async def _by_transaction(self, resource: Resource, tried: Tried) -> _Written | None:
        async with self.ehr.place():
            reply = await self.ehr.transaction(transaction([resource], self.to, self.ehr.base_url))
        tried.results["transaction"] = _told(reply)
        body = reply.body if isinstance(reply, Answer) else None
        entries = entries_written(body or {}, (resource.type,))
        return await self._there(resource, tried, reply, entries[0] if entries else None)

    async def _create(self, resource: Resource, tried: Tried) -> _Written | None:
        async with self.ehr.place():
            reply = await self.ehr.create(resource.type, orjson.dumps(addressed(resource.body, self.to)))
        tried.results["create"] = _told(reply)
        written = resource_written(reply, resource.type) if isinstance(reply, Answer) else None
        return await self._there(resource, tried, reply, written)

    async def _there(self, resource: Resource, tried: Tried, reply: Reply, written: Written | None) -> _Written | None:
        """What was written, or may have been: then it is looked for, so that it can be taken away."""
        if isinstance(reply, Answer) and not _is_done(reply):
            return None
        if written and written.ehr_id:
            link = Link(resource.key, resource.type, written.ehr_id, written.version, 1, {})
            return _Written(resource, tried, link)
        found = matches(await self._found(resource) or {}, resource.type)
        if len(found) == 1:
            link = Link(resource.key, resource.type, found[0]["id"], version_of(None, found[0]), 1, {})
            return _Written(resource, tried, link)
        self.unsure.append(resource.type)
        return None

    async def _found(self, resource: Resource) -> Json | None:
        reply = await self.ehr.search(resource.type, self._parameters(resource))
        return reply.body if isinstance(reply, Answer) and _is_done(reply) else None

    async def _read(self, there: _Written) -> None:
        reply = await self.ehr.read(there.link.ehr_type, there.link.ehr_id)
        body = reply.body if isinstance(reply, Answer) and _is_done(reply) else None
        lost = body is not None and not is_held_by(body, addressed(there.resource.body, self.to))
        there.tried.results["read"] = "yes, not as it was sent" if lost else _told(reply)

    async def _search(self, there: _Written) -> None:
        reply = await self.ehr.search(there.resource.type, self._parameters(there.resource))
        there.tried.results["search"] = _told(reply)
        if isinstance(reply, Answer) and reply.body is not None and _is_done(reply):
            found = matches(reply.body, there.resource.type)
            ours = [one for one in found if one["id"] == there.link.ehr_id]
            there.tried.results["search"] = "yes" if len(found) == len(ours) == 1 else f"no, it found {len(found)}"

    def _parameters(self, resource: Resource) -> Mapping[str, str]:
        if identifier := identifier_of(resource.body):
            return {"identifier": "|".join(identifier)}
        literals = [target["reference"] for target in resource.body["target"]]
        known = next((link for literal in literals if (link := self.links.get(literal))), None)
        return {"target": f"{known.ehr_type}/{known.ehr_id}" if known else ""}

    async def _update(self, there: _Written) -> None:
        known = there.link
        reply = await self._put(there, there.resource.body, known.ehr_version)
        there.tried.results["update"] = _told(reply)
        if not isinstance(reply, Answer) or not _is_done(reply):
            return
        version = resource_written(reply, known.ehr_type).version
        there.link = Link(known.key, known.ehr_type, known.ehr_id, version, 1, {})
        if known.ehr_version is not None and version != known.ehr_version:
            stale = await self._put(there, there.resource.body, known.ehr_version)
            there.tried.results["stale update refused"] = "no" if _is_done(stale) else "yes"

    async def _withdrawn(self, there: _Written) -> bool:
        body = withdraw(there.resource).body
        reply = await self._put(there, body, there.link.ehr_version)
        if done := _is_done(reply):
            there.tried.results["clean up"] = "entered in error"
        return done

    async def _put(self, there: _Written, body: Json, version: str | None) -> Reply:
        # Some make a new version only where something changed; every type has a language.
        content = {**addressed(body, self.to), "id": there.link.ehr_id, "language": "en-GB"}
        async with self.ehr.place():
            return await self.ehr.update(there.link.ehr_type, there.link.ehr_id, orjson.dumps(content), version)


def _is_done(reply: Reply) -> bool:
    return isinstance(reply, Answer) and 200 <= reply.status < 300


def _told(reply: Reply) -> str:
    if not isinstance(reply, Answer):
        return "no answer"
    return "yes" if _is_done(reply) else f"no ({reply.status})"
