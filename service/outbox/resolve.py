"""What a person found out about a delivery that needed one: it is in the EHR, it is not, or what the EHR has stands.

The commands come before it. It closes the call whose end nobody knew, keeps what was found, and lets the delivery go
on from there (`by_hand.py`).
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias, assert_never
from uuid import UUID

from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncSession

from service.errors import DeliveryCannotMove
from service.outbox.by_hand import Move, only, retry
from service.rows import rows_as_json


@dataclass(frozen=True, slots=True)
class InTheEhr:
    """Somebody looked: each resource of the call is there, as `Type/id` of the EHR's own, in the order of the call.

    What went as a message is all in that one: `mesh/20261127…`.
    """

    where: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class NotInTheEhr:
    """Somebody looked: nothing of the call is there."""


@dataclass(frozen=True, slots=True)
class TheirsStands:
    """What somebody changed in the EHR stays as it is; ours is not written over it."""


Resolution: TypeAlias = InTheEhr | NotInTheEhr | TheirsStands

_CHANGED = frozenset({"changed_in_ehr", "ehr_changed_nothing"})

_LOCK = text("""
    SELECT deliveries.state, deliveries.reason_code, deliveries.note_id, deliveries.note_version,
        ehr_calls.number, ehr_calls.keys,
        (SELECT answer FROM attempts WHERE delivery_id = deliveries.id ORDER BY id DESC LIMIT 1) AS answer
    FROM lanes
    JOIN deliveries ON deliveries.client_id = lanes.client_id
    LEFT JOIN ehr_calls ON ehr_calls.delivery_id = deliveries.id AND ehr_calls.answered_at IS NULL
    WHERE deliveries.id = :id
    FOR UPDATE OF lanes
""")

# Without a version of the EHR's: before anything of ours is written there again, it is read and compared.
_LINK = text("""
    INSERT INTO ehr_links (key, note_id, note_version, ehr_type, ehr_id, ehr_version, sent)
    SELECT link.key, resources.note_id, resources.version, link.ehr_type, link.ehr_id, NULL, resources.body
    FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS link (key text, ehr_type text, ehr_id text)
    JOIN resources ON resources.note_id = :note_id AND resources.version = :note_version
        AND resources.type || '/' || resources.id = link.key
    ON CONFLICT (key) DO UPDATE SET
        note_version = excluded.note_version, ehr_type = excluded.ehr_type, ehr_id = excluded.ehr_id,
        ehr_version = NULL, sent = excluded.sent, theirs = NULL, linked_at = clock_timestamp()
""")

_CLOSE = text("""
    UPDATE ehr_calls SET answered_at = clock_timestamp() WHERE delivery_id = :id AND number = :number
""")

_TELL = text("""
    INSERT INTO attempts (delivery_id, worker, outcome, reason_code, reason)
    VALUES (:id, :who, 'try_later', 'resolved_by_a_person', :reason)
""")


async def resolve_one(session: AsyncSession, delivery_id: UUID, resolution: Resolution, who: str, reason: str) -> Move:
    """The delivery goes on from what was found; `DeliveryCannotMove` says why it cannot."""
    standing = (await session.execute(_LOCK, {"id": delivery_id})).one_or_none()
    if standing is None:
        raise DeliveryCannotMove("No delivery has this id. `joinedup deliveries list` shows those that are open.")
    if standing.state != "needs_attention" or standing.number is None:
        raise DeliveryCannotMove("Nothing of it is uncertain. `joinedup deliveries show` has where it stands.")
    links = _links(resolution, standing)
    binds = {"rows": rows_as_json(links), "note_id": standing.note_id, "note_version": standing.note_version}
    await session.execute(_LINK, binds)
    await session.execute(_CLOSE, {"id": delivery_id, "number": standing.number})
    await session.execute(_TELL, {"id": delivery_id, "who": who, "reason": reason})
    (move,) = await retry(session, only(delivery_id))
    return move


def _links(resolution: Resolution, standing: Row[Any]) -> list[dict[str, str]]:
    match resolution:
        case InTheEhr(where):
            return _found(where, standing.keys)
        case NotInTheEhr():
            if standing.reason_code in _CHANGED:
                raise DeliveryCannotMove("It is in the EHR, changed. Say --theirs-stands, or amend the note.")
            return []
        case TheirsStands():
            return [_theirs(standing)]
        case _:
            assert_never(resolution)


def _found(where: Sequence[str], keys: Sequence[str]) -> list[dict[str, str]]:
    """Each of theirs for the next of ours of its type; a carrier's message, whose name is no type's, for all."""
    if len(where) == 1 and (carrier := where[0].partition("/"))[0].islower():
        return [{"key": key, "ehr_type": carrier[0], "ehr_id": carrier[2]} for key in keys]
    theirs: Mapping[str, list[str]] = defaultdict(list)
    for one in where:
        resource_type, _, ehr_id = one.partition("/")
        theirs[resource_type].append(ehr_id)
    ours = [key.partition("/")[0] for key in keys]
    if any(not all(ids) or ours.count(name) != len(ids) for name, ids in theirs.items()) or set(ours) - set(theirs):
        raise DeliveryCannotMove(f"Say where each of these is, as Type/id in the EHR: {', '.join(ours)}.")
    return [
        {"key": key, "ehr_type": resource_type, "ehr_id": theirs[resource_type].pop(0)}
        for key, resource_type in zip(keys, ours, strict=True)
    ]


def _theirs(standing: Row[Any]) -> dict[str, str]:
    answer = standing.answer
    if standing.reason_code not in _CHANGED or not isinstance(answer, dict) or "in_the_ehr" not in answer:
        raise DeliveryCannotMove("Nobody has changed it in the EHR, as far as we have seen. Retry it to look again.")
    theirs = answer["in_the_ehr"]
    return {"key": answer["resource"], "ehr_type": theirs["resourceType"], "ehr_id": theirs["id"]}
