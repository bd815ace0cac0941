"""The reconciliation that nobody has to ask for: by a worker, what changed each day and everything each week.

The worker calls it once a minute. Of several workers one begins; what a dead one left is gone on with.
"""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

import structlog
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from service.watch.compare_notes import Reconciler
from service.watch.kept_runs import Run, RunTaken, Wanted, begin, take_up
from service.watch.read_back import EhrNotReadable
from service.watch.reconcile import go_on
from service.watch.reconciliation import FAULTS

log = structlog.get_logger()

_REST: Final = timedelta(minutes=5)

# The clock's row is locked, so that one of several workers finds it due. A full run is a run of what changed, too.
_BEGIN_IF_DUE = text("""
    WITH due AS (
        SELECT id, full_began_at <= clock_timestamp() - CAST(:full_every AS interval) AS full FROM reconciliation_clock
        WHERE began_at <= clock_timestamp() - CAST(:every AS interval) FOR UPDATE SKIP LOCKED
    )
    UPDATE reconciliation_clock SET
        began_at = clock_timestamp(), full_began_at = CASE WHEN due.full THEN clock_timestamp() ELSE full_began_at END
    FROM due WHERE reconciliation_clock.id = due.id
    RETURNING due.full
""")


@dataclass(frozen=True, slots=True)
class Habit:
    """How often; `every` zero is never."""

    every: timedelta
    full_every: timedelta


async def reconcile_if_due(with_: Reconciler, habit: Habit) -> None:
    """Go on with what stopped, or begin what is due; the log and the kept run say what was found."""
    run = await _due(with_, habit) if habit.every else None
    if run is None:
        return
    told: dict[str, Any] = {"reconciliation": run.id, "scope": run.scope}
    try:
        found = await go_on(with_, run, _REST)
    except EhrNotReadable as silence:
        log.warning("reconciliation stopped, to be gone on with", reason_code=silence.reason_code, **told)
    except RunTaken:
        log.info("another worker has taken this reconciliation over", **told)
    else:
        tell = log.info if found.all_is_well else log.warning
        tell("reconciled", **told, accepted=found.accepted, **{name: found.totals[name] for name in FAULTS})


async def _due(with_: Reconciler, habit: Habit) -> Run | None:
    async with with_.sessions.begin() as session:
        return await take_up(session, with_.who, scheduled=True) or await _begin_if_due(session, with_.who, habit)


async def _begin_if_due(session: AsyncSession, who: str, habit: Habit) -> Run | None:
    due = (await session.execute(_BEGIN_IF_DUE, {"every": habit.every, "full_every": habit.full_every})).one_or_none()
    if due is None:
        return None
    return await begin(session, Wanted("full" if due.full else "changed", scheduled=True), who)
