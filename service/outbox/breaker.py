"""Whether the EHR as a whole answers: one row that all workers share.

It opens after three EHR-wide failures in a row, whoever saw them, or at once where the EHR says when to come
back. While it is open, `claim.py` lets one delivery at a time go as a probe, each time another one, and no
failure counts as a try of its delivery. Any answer closes it, and everything that waits goes at once.
"""

from dataclasses import dataclass, replace
from datetime import datetime
from random import Random
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from service.outbox.schedule import when_to_probe
from service.push.outcome import Reason, TryLater, Unknown

FAILURES_TO_OPEN = 3


@dataclass(frozen=True, slots=True)
class BreakerState:
    """The row. `probe_token` is the lease of the delivery that probes at the moment."""

    open_since: datetime | None
    failures: int
    probes: int
    probe_at: datetime | None
    probe_token: UUID | None
    reason_code: str | None
    reason: str | None


def after_failure(
    state: BreakerState, failure: TryLater | Unknown, token: UUID, now: datetime, random: Random
) -> BreakerState:
    """What one more EHR-wide failure, of the delivery with this lease, makes of the breaker."""
    failures = state.failures + 1
    not_before = _not_before(failure)
    if state.open_since is None and failures < FAILURES_TO_OPEN and not_before is None:
        return replace(state, failures=failures)
    if state.open_since is None:
        return _open(failure.reason, failures, when_to_probe(0, not_before, now, random), now)
    if state.probe_token == token:
        probe_at = when_to_probe(state.probes + 1, not_before, now, random)
        reason = failure.reason
        return replace(
            state,
            failures=failures,
            probes=state.probes + 1,
            probe_at=probe_at,
            probe_token=None,
            reason_code=reason.code,
            reason=reason.sentence,
        )
    return replace(state, failures=failures, probe_at=max(filter(None, (state.probe_at, not_before))))


def _not_before(failure: TryLater | Unknown) -> datetime | None:
    return failure.not_before if isinstance(failure, TryLater) else None


def _open(reason: Reason, failures: int, probe_at: datetime, now: datetime) -> BreakerState:
    return BreakerState(
        open_since=now,
        failures=failures,
        probes=0,
        probe_at=probe_at,
        probe_token=None,
        reason_code=reason.code,
        reason=reason.sentence,
    )


_LOCK = text("""
    SELECT open_since, failures, probes, probe_at, probe_token, reason_code, reason FROM breaker FOR UPDATE
""")

_KEEP = text("""
    UPDATE breaker SET
        open_since = CAST(:open_since AS timestamptz), failures = :failures, probes = :probes,
        probe_at = CAST(:probe_at AS timestamptz), probe_token = CAST(:probe_token AS uuid),
        reason_code = :reason_code, reason = :reason
""")


async def count_failure(
    session: AsyncSession, failure: TryLater | Unknown, token: UUID, now: datetime, random: Random
) -> bool:
    """Count an EHR-wide failure; whether the breaker is open now."""
    state = BreakerState(*(await session.execute(_LOCK)).one())
    after = after_failure(state, failure, token, now, random)
    await session.execute(
        _KEEP,
        {
            "open_since": after.open_since,
            "failures": after.failures,
            "probes": after.probes,
            "probe_at": after.probe_at,
            "probe_token": after.probe_token,
            "reason_code": after.reason_code,
            "reason": after.reason,
        },
    )
    return after.open_since is not None


_CLOSE = text("""
    UPDATE breaker SET
        open_since = NULL, failures = 0, probes = 0, probe_at = NULL, probe_token = NULL,
        reason_code = NULL, reason = NULL
""")

# Lanes in back-off as well: it was the same EHR that failed them. Held is only what it asked us itself to hold,
# and the delivery whose answer this is, which has its own next try.
_RELEASE = text("""
    WITH released AS (
        UPDATE lanes SET due_at = greatest(CAST(:now AS timestamptz), held_until)
        WHERE due_at > CAST(:now AS timestamptz) AND lease_token IS NULL
            AND client_id <> CAST(:client_id AS uuid)
        RETURNING client_id, due_at
    )
    UPDATE deliveries SET next_try_at = released.due_at
    FROM released
    WHERE deliveries.client_id = released.client_id AND state IN ('waiting', 'sending')
        AND waits_behind IS NULL AND next_try_at > released.due_at
""")


async def note_answer(session: AsyncSession, client_id: UUID, now: datetime) -> None:
    """The EHR has answered, about this client: close the breaker, and let all that waited for it go at once."""
    state = BreakerState(*(await session.execute(_LOCK)).one())
    await session.execute(_CLOSE)
    if state.open_since is not None:
        await session.execute(_RELEASE, {"client_id": client_id, "now": now})
