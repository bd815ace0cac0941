"""Notes that our mapping failed on are mapped again with today's code, and their deliveries let go."""

from dataclasses import dataclass
from uuid import UUID

from service.db import Sessions
from service.intake.door import Door
from service.intake.map_again import map_again
from service.outbox.by_hand import only, retry
from service.outbox.chosen import Chosen
from service.watch.deliveries import Listed, list_deliveries

MAPPING_FAILED = "mapping_failed"
_WANTED = Chosen(states=("needs_attention",), reason_code=MAPPING_FAILED)


@dataclass(frozen=True, slots=True)
class Remapped:
    """One note version; `mapped` says whether today's code can."""

    delivery: Listed
    mapped: bool


async def remap(sessions: Sessions, door: Door, *, dry_run: bool) -> list[Remapped]:
    """Oldest first, each in its own transaction; those that still fail stay where they are."""
    mapped: list[Remapped] = []
    while page := await _page(sessions, mapped[-1].delivery.id if mapped else None):
        for delivery in page:
            mapped.append(Remapped(delivery, await _remap(sessions, door, delivery, dry_run=dry_run)))
    return mapped


async def _page(sessions: Sessions, after: UUID | None) -> list[Listed]:
    async with sessions() as session:
        return await list_deliveries(session, _WANTED, after)


async def _remap(sessions: Sessions, door: Door, delivery: Listed, *, dry_run: bool) -> bool:
    async with sessions.begin() as session:
        mapped = await map_again(session, door, delivery.note_id, delivery.note_version, dry_run=dry_run)
        if mapped and not dry_run:
            await retry(session, only(delivery.id))
    return mapped
