"""How much is on its way to the EHR, for how long, and whether the EHR answers: read by health and metrics.

Asked every few seconds by machines, so each look is one indexed row; only counting walks the open
deliveries (0.4 s for a million), and is repeated no sooner than twenty times as long as it took.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from time import monotonic
from typing import Final

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from service.watch.reconciliation import FAULTS

_REST_PER_COUNT: Final = 20.0

_GLANCE: Final = text("""
    SELECT (SELECT extract(epoch FROM clock_timestamp() - min(created_at))
              FROM deliveries WHERE state IN ('waiting', 'sending')) AS oldest_seconds,
           (SELECT extract(epoch FROM clock_timestamp() - open_since) FROM breaker) AS breaker_open_seconds,
           (SELECT reason_code FROM breaker) AS breaker_reason_code
""")

_RECONCILED: Final = text("""
    SELECT extract(epoch FROM clock_timestamp() - ended_at) AS age, totals FROM reconciliations
     WHERE ended_at IS NOT NULL ORDER BY id DESC LIMIT 1
""")

_COUNT: Final = text("""
    SELECT state, coalesce(reason_code, 'none') AS reason_code, count(*) AS deliveries
      FROM deliveries WHERE state IN ('waiting', 'sending', 'needs_attention')
     GROUP BY 1, 2
""")


@dataclass(frozen=True, slots=True)
class Glance:
    """`oldest_seconds`: how long the oldest undelivered note has waited. None where nothing waits, or all is well."""

    oldest_seconds: float | None
    breaker_open_seconds: float | None
    breaker_reason_code: str | None


@dataclass(frozen=True, slots=True)
class LastReconciliation:
    """How long ago it ended, and how many notes it found missing, doubled and different."""

    age_seconds: float
    found: Mapping[str, int]


Counts = Mapping[tuple[str, str], int]
"""Open deliveries by state and reason code."""


async def glance(session: AsyncSession) -> Glance:
    """One round trip, three index look-ups."""
    row = (await session.execute(_GLANCE)).one()
    return Glance(_float(row.oldest_seconds), _float(row.breaker_open_seconds), row.breaker_reason_code)


async def last_reconciliation(session: AsyncSession) -> LastReconciliation | None:
    """None before the first."""
    row = (await session.execute(_RECONCILED)).one_or_none()
    return LastReconciliation(float(row.age), {fault: row.totals[fault] for fault in FAULTS}) if row else None


class Backlog:
    """The last count of the open deliveries, kept for a while in proportion to what it cost."""

    def __init__(self) -> None:
        self._counts: Counts = {}
        self._count_again_at = 0.0

    async def count(self, session: AsyncSession) -> Counts:
        """By state and reason code; counted now, or not long ago."""
        started = monotonic()
        if started >= self._count_again_at:
            rows = await session.execute(_COUNT)
            self._counts = {(row.state, row.reason_code): row.deliveries for row in rows}
            ended = monotonic()
            self._count_again_at = ended + _REST_PER_COUNT * (ended - started)
        return self._counts


def _float(value: object) -> float | None:
    return None if value is None else float(str(value))
