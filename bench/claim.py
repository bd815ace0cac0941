"""Claim among a million waiting deliveries, beside the same among ten thousand: evenly, blocked, flooded.

What is claimed is settled as delivered, so that the lanes move on; only the claim, from its beginning to its
commit, is timed. Both databases are claimed from in turn.
"""

import asyncio
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from statistics import median
from time import perf_counter

from sqlalchemy import text

from bench.deliveries import disorder
from bench.postgres import Databases
from bench.result import Result
from bench.seed import Seed, evenly, seed
from service.db import Sessions, open_engine, sessions_of
from service.outbox.claim import Claimant, Claimed, claim
from service.outbox.settle import Ending
from service.outbox.writes import write_all
from service.push.outcome import Delivered

AT_ONCE = 50
FEW = 10_000
_WARMING, _TIMED = 10, 40
_WITHOUT_FLUSH = text("SET LOCAL synchronous_commit TO off")  # as `together.py` does
_CLAIMANT = Claimant(worker="bench", lease=timedelta(minutes=10), patient_check_age=timedelta(days=1))
_BLOCK = (
    "UPDATE lanes SET due_at = now() + interval '1 day' WHERE client_id IN (SELECT client_id FROM lanes LIMIT 1000)"
)


def measure(databases: Databases, scale: float) -> Iterator[Result]:
    most = max(2 * FEW, int(1_000_000 * scale))
    many, few = _waiting(databases, most), _waiting(databases, FEW)
    yield _compare(many, few, most, "evenly spread")
    for url in (many, few):
        databases.run(_BLOCK, url)
    yield _compare(many, few, most, "1,000 clients blocked")
    for url in (many, few):
        databases.drop(url)
    many, few = _waiting(databases, most, flooding=20), _waiting(databases, FEW, flooding=20)
    yield _compare(many, few, most, "20 clients with half of it")
    for url in (many, few):
        databases.drop(url)


def _waiting(databases: Databases, notes: int, flooding: int = 0) -> str:
    """A database with so many waiting deliveries, of 2,000 clients at 10,000 and of 20,000 above."""
    clients = 2_000 if notes == FEW else 20_000
    url = databases.make()

    def flooded(note: int) -> int:
        turn, odd = divmod(note, 2)
        return turn % flooding if odd else flooding + turn % (clients - flooding)

    seed(url, Seed(notes, clients, flooded if flooding else evenly(clients), whole=False))
    return url


def _compare(many: str, few: str, most: int, spread: str) -> Result:
    of_many, of_few = asyncio.run(_in_turn(many, few))
    violations = disorder(many) + disorder(few)
    return Result(
        f"claim {AT_ONCE} among {most:,}: {spread}",
        of_many,
        "ms",
        of_few,
        f"the same among {FEW:,}",
        ratio=of_many / of_few if not violations else float("inf"),
        reach=1.5,
        remark=f"{violations} order violations",
    )


async def _in_turn(many: str, few: str) -> tuple[float, float]:
    """Milliseconds of the middle claim, of each."""
    engines = [open_engine(url, 2) for url in (many, few)]
    took: tuple[list[float], list[float]] = ([], [])
    for turn in range(_WARMING + _TIMED):
        for engine, timed in zip(engines, took, strict=True):
            milliseconds = await _claim_and_settle(sessions_of(engine))
            if turn >= _WARMING:
                timed.append(milliseconds)
    for engine in engines:
        await engine.dispose()
    return median(took[0]), median(took[1])


async def _claim_and_settle(sessions: Sessions) -> float:
    began = perf_counter()
    async with sessions.begin() as session:
        await session.execute(_WITHOUT_FLUSH)
        claimed = await claim(session, _CLAIMANT, AT_ONCE)
    took = perf_counter() - began
    if len(claimed) != AT_ONCE:
        raise AssertionError(f"{len(claimed)} claimed")
    async with sessions.begin() as session:
        await session.execute(_WITHOUT_FLUSH)
        await write_all(session, [_delivered(one) for one in claimed], _CLAIMANT.lease)
    return took * 1000


def _delivered(one: Claimed) -> Ending:
    now = datetime.now(UTC)
    return Ending(one.lease, one.sending.note_id, "bench", Delivered(), now, now, tried=True)
