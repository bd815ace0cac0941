"""What a person does with deliveries, by a command or at the desk: looked at, then done, and written down as theirs.

`outbox/by_hand.py` and `outbox/resolve.py` do it, `audit.py` keeps who did.
"""

from dataclasses import dataclass
from typing import Literal
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from service.audit import Person, write_down
from service.outbox.by_hand import Move, cancel, retry, would_cancel, would_retry
from service.outbox.chosen import Chosen
from service.outbox.resolve import Resolution, resolve_one
from service.watch.deliveries import Shown, show_deliveries


@dataclass(frozen=True, slots=True)
class Asked:
    """A move of all that are chosen. Whoever wrote the note reads the `reason` of a cancel."""

    move: Literal["retry", "cancel"]
    chosen: Chosen
    reason: str = ""


async def look(session: AsyncSession, asked: Asked) -> list[Move]:
    """Which would be moved; `DeliveryCannotMove` says why the only one cannot."""
    return await (would_retry if asked.move == "retry" else would_cancel)(session, asked.chosen)


async def carry_out(session: AsyncSession, asked: Asked, count: int, person: Person) -> list[Move]:
    """Those are moved, if they are as many as the person has seen; else `DeliveryCannotMove`, and none is."""
    if asked.move == "retry":
        moves = await retry(session, asked.chosen, count)
        await write_down(session, person, "delivery_retried", [move.delivery_id for move in moves])
    else:
        moves = await cancel(session, asked.chosen, asked.reason, count)
        await write_down(session, person, "delivery_cancelled", [move.delivery_id for move in moves])
    return moves


async def resolve(
    session: AsyncSession, delivery_id: UUID, resolution: Resolution, reason: str, person: Person
) -> Move:
    """The delivery goes on from what the person found in the EHR."""
    move = await resolve_one(session, delivery_id, resolution, f"{person.name}, by hand", reason)
    await write_down(session, person, "delivery_resolved", [delivery_id])
    return move


async def open_content(session: AsyncSession, any_id: UUID, person: Person) -> list[Shown]:
    """The whole story, with what was sent and what the EHR said of it: patient data."""
    found = await show_deliveries(session, any_id, with_content=True)
    await write_down(session, person, "content_shown", [one.delivery.id for one in found])
    return found
