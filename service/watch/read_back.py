"""Reads our resources back from the EHR by identifier, many in one search; a Provenance by target and entity;
what the EHR cannot be searched for, by the id that it gave it.

What a search of many does not show is asked for by itself before it is called missing: some servers make
little of a comma.
"""

import asyncio
from collections import defaultdict
from collections.abc import Awaitable, Callable, Coroutine, Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final, TypeAlias, TypeVar

from service.push.answer import Reply
from service.push.ehr import Ehr
from service.push.look_up import says_gone
from service.push.meaning import answer_to_read
from service.push.outcome import TryLater
from service.push.searchset import carries, has_more, matches
from service.push.sending import Link
from service.push.transaction import identifier_of
from service.r4.resource import Json, Resource
from service.watch.even_pace import EvenPace

_IN_ONE_SEARCH: Final = 20
_MOST_MATCHES: Final = "200"
_PAUSES: Final = (1.0, 5.0)
_LONGEST_PAUSE: Final = 60.0

_One = TypeVar("_One")

Found: TypeAlias = dict[str, list[Json]]
"""By the key of our resource, whatever the EHR has that carries its identifier."""


class EhrNotReadable(Exception):
    """The EHR could not be read back, so nothing can be said about what it holds; `not_before` it wants to be asked.

    `ehr_wide`: nothing else of it can be read now, either.
    """

    def __init__(self, reason_code: str, not_before: datetime | None = None, *, ehr_wide: bool = False) -> None:
        super().__init__(
            f"The EHR cannot be read back now ({reason_code}), so nothing can be said about what it holds. "
            "See `joinedup ehr check`, then run this again with --continue: it goes on from where it stopped."
        )
        self.reason_code = reason_code
        self.not_before = not_before
        self.ehr_wide = ehr_wide or not_before is not None


@dataclass(frozen=True, slots=True)
class Reader:
    """The EHR, the types that it can be searched for, how many calls it gets at once and how soon after another, and
    our clock.

    `pause` waits between tries.
    """

    ehr: Ehr
    searchable: Set[str]
    turn: asyncio.Semaphore
    now: Callable[[], datetime]
    pause: Callable[[float], Awaitable[None]] = field(default=asyncio.sleep)
    pace: EvenPace = field(default_factory=EvenPace)

    async def search(self, resource_type: str, parameters: Mapping[str, str]) -> Json:
        """The Bundle; a failure that may pass is tried again, twice."""
        reply = await self._again_and_again(lambda: self.ehr.search(resource_type, parameters), "Bundle")
        return self._readable(reply, "Bundle")

    async def read(self, resource_type: str, resource_id: str) -> Json | None:
        """The resource; None where it was deleted."""
        reply = await self._again_and_again(lambda: self.ehr.read(resource_type, resource_id), resource_type)
        return None if says_gone(reply) else self._readable(reply, resource_type)

    async def _again_and_again(self, ask: Callable[[], Awaitable[Reply]], resource_type: str) -> Reply:
        reply = await self._ask(ask)
        for pause in _PAUSES:
            answer = answer_to_read(reply, resource_type, self.now())
            if not isinstance(answer, TryLater):
                break
            asked = (answer.not_before - self.now()).total_seconds() if answer.not_before else 0.0
            await self.pause(min(max(pause, asked), _LONGEST_PAUSE))
            reply = await self._ask(ask)
        return reply

    async def _ask(self, ask: Callable[[], Awaitable[Reply]]) -> Reply:
        async with self.turn:
            await self.pace.wait()
            return await ask()

    def _readable(self, reply: Reply, resource_type: str) -> Json:
        answer = answer_to_read(reply, resource_type, self.now())
        if isinstance(answer, dict):
            return answer
        if isinstance(answer, TryLater):
            raise EhrNotReadable(answer.reason.code, answer.not_before, ehr_wide=answer.ehr_wide)
        raise EhrNotReadable(answer.reason.code)


async def read_back(resources: Iterable[Resource], reader: Reader) -> Found:
    """Everything that has an identifier, and can be searched for by it."""
    by_type: dict[str, list[Resource]] = defaultdict(list)
    for resource in resources:
        if identifier_of(resource.body) and resource.type in reader.searchable:
            by_type[resource.type].append(resource)
    searches = (
        _search_many(resource_type, chunk, reader)
        for resource_type, ours in by_type.items()
        for chunk in _chunks(ours, _IN_ONE_SEARCH)
    )
    return _merged(await _together(searches))


async def read_back_provenance(targets: Mapping[str, tuple[Resource, str]], reader: Reader) -> Found:
    """Of each Provenance, by its key: itself, and `Type/id` in the EHR of something that it is about."""
    if "Provenance" not in reader.searchable:
        return {}
    chunks = _chunks(list(targets.values()), _IN_ONE_SEARCH)
    return _merged(await _together(_search_provenance(chunk, reader) for chunk in chunks))


async def read_where_kept(links: Iterable[Link], reader: Reader) -> Found:
    """What cannot be searched for, by the id that the EHR gave it."""
    return _merged(await _together(_read(link, reader) for link in links))


async def _read(link: Link, reader: Reader) -> Found:
    body = await reader.read(link.ehr_type, link.ehr_id)
    return {link.key: [body] if body else []}


async def _search_many(resource_type: str, ours: Sequence[Resource], reader: Reader) -> Found:
    tokens = ",".join(_token(resource) for resource in ours)
    bundle = await reader.search(resource_type, {"identifier": tokens, "_count": _MOST_MATCHES})
    found = {resource.key: _carrying(bundle, resource) for resource in ours}
    unsure = [resource for resource in ours if has_more(bundle) or not found[resource.key]]
    for resource, alone in zip(
        unsure, await asyncio.gather(*(_search_one(one, reader) for one in unsure)), strict=True
    ):
        found[resource.key] = alone
    return found


async def _search_one(resource: Resource, reader: Reader) -> list[Json]:
    bundle = await reader.search(resource.type, {"identifier": _token(resource)})
    found = _carrying(bundle, resource)
    if not found and (matches(bundle, resource.type) or has_more(bundle)):
        raise EhrNotReadable("ehr_search_ignored")
    return found


async def _search_provenance(ours: Sequence[tuple[Resource, str]], reader: Reader) -> Found:
    targets = ",".join(sorted({target for _, target in ours}))
    bundle = await reader.search("Provenance", {"target": targets, "_count": _MOST_MATCHES})
    found = {resource.key: _made_from(bundle, resource) for resource, _ in ours}
    unsure = [each for each in ours if has_more(bundle) or not found[each[0].key]]
    if len(ours) > 1 and unsure:
        return found | _merged(await _together(_search_provenance([each], reader) for each in unsure))
    if unsure and has_more(bundle):
        raise EhrNotReadable("ehr_search_ignored")
    return found


async def _together(calls: Iterable[Coroutine[None, None, _One]]) -> list[_One]:
    """At once; the first that cannot be done ends the others."""
    try:
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(call) for call in calls]
    except ExceptionGroup as faults:
        raise faults.exceptions[0] from None
    return [task.result() for task in tasks]


def _token(resource: Resource) -> str:
    return "|".join(identifier_of(resource.body) or ())


def _carrying(bundle: Json, resource: Resource) -> list[Json]:
    system, value = identifier_of(resource.body) or ("", "")
    return [one for one in matches(bundle, resource.type) if carries(one, system, value)]


def _made_from(bundle: Json, resource: Resource) -> list[Json]:
    ours = set(_sources(resource.body))
    return [one for one in matches(bundle, "Provenance") if ours & set(_sources(one))]


def _sources(provenance: Json) -> Iterator[tuple[str, str]]:
    """The (system, value) of each thing it was made from: ours is the note's version."""
    for entity in provenance.get("entity", ()):
        identifier = entity.get("what", {}).get("identifier", {})
        if "value" in identifier:
            yield str(identifier.get("system")), str(identifier["value"])


def _chunks(items: Sequence[_One], size: int) -> Iterator[Sequence[_One]]:
    return (items[start : start + size] for start in range(0, len(items), size))


def _merged(found: Iterable[Found]) -> Found:
    return {key: bodies for part in found for key, bodies in part.items()}
