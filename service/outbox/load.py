"""What one attempt needs beside its own row: the resources, where the EHR has them, and a call left open."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from service.push.sending import Call, Link
from service.r4.resource import Resource

_RESOURCES = text("""
    SELECT resources.note_id, resources.type, resources.id, resources.body
    FROM unnest(CAST(:note_ids AS uuid[]), CAST(:versions AS integer[])) AS wanted (note_id, version)
    JOIN resources ON resources.note_id = wanted.note_id AND resources.version = wanted.version
    ORDER BY resources.note_id, resources.position
""")

_LINKS = text("""
    SELECT note_id, key, ehr_type, ehr_id, ehr_version, note_version, sent, theirs
    FROM ehr_links WHERE note_id = ANY (CAST(:note_ids AS uuid[]))
""")

_OPEN_CALLS = text("""
    SELECT delivery_id, number, keys
    FROM ehr_calls WHERE delivery_id = ANY (CAST(:delivery_ids AS uuid[])) AND answered_at IS NULL
""")


# What an earlier version of the note may have written, without our knowing.
_DOUBTFUL = text("""
    SELECT deliveries.note_id, ehr_calls.keys
    FROM deliveries JOIN ehr_calls ON ehr_calls.delivery_id = deliveries.id AND ehr_calls.answered_at IS NULL
    WHERE deliveries.note_id = ANY (CAST(:note_ids AS uuid[]))
        AND deliveries.id <> ALL (CAST(:delivery_ids AS uuid[]))
""")


async def load_resources(
    session: AsyncSession, versions: Iterable[tuple[UUID, int]]
) -> dict[UUID, tuple[Resource, ...]]:
    """The resources of each note version, in dependency order, by note: no client has two in hand."""
    note_ids, numbers = zip(*versions, strict=True)
    rows = await session.execute(_RESOURCES, {"note_ids": list(note_ids), "versions": list(numbers)})
    found = defaultdict(list)
    for note_id, kind, id_, body in rows:
        found[note_id].append(Resource(kind, str(id_), body))
    return {note_id: tuple(resources) for note_id, resources in found.items()}


async def load_links(session: AsyncSession, note_ids: Collection[UUID]) -> dict[UUID, list[Link]]:
    """Where the EHR has the resources of these notes, by note."""
    rows = await session.execute(_LINKS, {"note_ids": list(note_ids)})
    found = defaultdict(list)
    for note_id, *link in rows:
        found[note_id].append(Link(*link))
    return found


async def load_calls(session: AsyncSession, delivery_ids: Sequence[UUID]) -> dict[UUID, Call]:
    """The call of each delivery whose result we do not know: at most one, for it is looked up before the next."""
    rows = await session.execute(_OPEN_CALLS, {"delivery_ids": list(delivery_ids)})
    return {delivery_id: Call(number, tuple(keys)) for delivery_id, number, keys in rows}


async def load_doubtful(
    session: AsyncSession, note_ids: Collection[UUID], delivery_ids: Sequence[UUID]
) -> dict[UUID, frozenset[str]]:
    """The keys of calls of other deliveries of these notes whose result was never found out, by note."""
    if not note_ids:
        return {}
    rows = await session.execute(_DOUBTFUL, {"note_ids": list(note_ids), "delivery_ids": list(delivery_ids)})
    found: dict[UUID, frozenset[str]] = defaultdict(frozenset)
    for note_id, keys in rows:
        found[note_id] |= frozenset(keys)
    return found
