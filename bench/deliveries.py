"""What a worker did to seeded deliveries, read from the tables while it works and afterwards."""

import asyncio
import time
from dataclasses import dataclass

import asyncpg

from bench.postgres import as_superuser
from bench.processes import Fell

_LEFT = "SELECT count(*) FROM deliveries WHERE state <> 'delivered'"
_SPAN = """
    SELECT count(*) AS attempts, count(*) FILTER (WHERE outcome <> 'delivered') AS failed,
        extract(epoch FROM max(ended_at) - min(ended_at))::float AS seconds
    FROM attempts
"""
# The sequences of a client are 1, 2, 3 …: whatever did not end in just this order was out of turn, left out, or twice.
_DISORDER = """
    SELECT count(*) FROM (
        SELECT sequence, row_number() OVER (PARTITION BY client_id ORDER BY attempts.id) AS turn
        FROM attempts JOIN deliveries ON deliveries.id = attempts.delivery_id
        WHERE outcome = 'delivered'
    ) AS ended
    WHERE sequence <> turn
"""


@dataclass(frozen=True, slots=True)
class Span:
    """From the end of the first attempt to the end of the last."""

    attempts: int
    failed: int
    seconds: float

    @property
    def rate(self) -> float:
        return (self.attempts - 1) / self.seconds


def left(url: str) -> int:
    """How many are not delivered yet."""
    return int(_ask(url, _LEFT)[0])


def wait_until_delivered(url: str, longest: float) -> None:
    until = time.monotonic() + longest
    while remaining := left(url):
        if time.monotonic() > until:
            raise Fell(f"{remaining} deliveries were still waiting after {longest:.0f} seconds")
        time.sleep(0.5)


def span(url: str) -> Span:
    return Span(*_ask(url, _SPAN))


def disorder(url: str) -> int:
    """How many deliveries ended out of turn."""
    return int(_ask(url, _DISORDER)[0])


def _ask(url: str, query: str) -> asyncpg.Record:
    return asyncio.run(_fetch(url, query))


async def _fetch(url: str, query: str) -> asyncpg.Record:
    connection = await asyncpg.connect(as_superuser(url))
    try:
        return await connection.fetchrow(query)
    finally:
        await connection.close()
