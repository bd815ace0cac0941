"""What Prometheus reads: what this process counted, and what the database says is waiting.

No label holds anything of a note. `joinedup worker --metrics-port` serves the same for a worker of its own.
"""

import asyncio
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from fastapi import APIRouter, Response
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector
from sqlalchemy.exc import SQLAlchemyError

from service.db import UNREACHABLE
from service.watch.backlog import Counts, Glance, LastReconciliation, glance, last_reconciliation
from service.watch.watched import TheWatched, Watched

_LONGEST_LOOK: Final = 5.0

router = APIRouter(tags=["watch"])


@router.get("/metrics", response_class=Response)
async def get_metrics(watched: TheWatched) -> Response:
    """For Prometheus, in its text format. Where the database does not answer, its gauges are left out."""
    state = await _read(watched)
    registry = CollectorRegistry()
    registry.register(_State(state))
    return Response(
        generate_latest(watched.meters.registry) + generate_latest(registry), media_type=CONTENT_TYPE_LATEST
    )


@dataclass(frozen=True, slots=True)
class _Read:
    """What the database said within five seconds."""

    seen: Glance
    counts: Counts
    reconciled: LastReconciliation | None


async def _read(watched: Watched) -> _Read | None:
    try:
        async with asyncio.timeout(_LONGEST_LOOK), watched.sessions() as session:
            return _Read(
                await glance(session), await watched.backlog.count(session), await last_reconciliation(session)
            )
    except (*UNREACHABLE, SQLAlchemyError):
        return None


class _State(Collector):
    """What was read, as gauges."""

    def __init__(self, state: _Read | None) -> None:
        self._state = state

    def collect(self) -> Iterator[Metric]:
        yield _gauge("joinedup_database_up", "1 where the database answered this scrape.", self._state is not None)
        if self._state is None:
            return
        seen, counts = self._state.seen, self._state.counts
        oldest = seen.oldest_seconds or 0.0
        yield _gauge("joinedup_oldest_waiting_seconds", "How long the oldest undelivered note has waited.", oldest)
        is_open = seen.breaker_open_seconds is not None
        yield _gauge("joinedup_breaker_open", "1 while the EHR as a whole does not answer.", is_open)
        yield _by_reason("joinedup_waiting", "Note versions that wait for the EHR, by reason.", counts, "waiting")
        sending = sum(count for (state, _), count in counts.items() if state == "sending")
        yield _gauge("joinedup_sending", "Note versions that a worker is sending.", sending)
        help_text = "Note versions that wait for a person, by reason."
        yield _by_reason("joinedup_needs_attention", help_text, counts, "needs_attention")
        if last := self._state.reconciled:
            help_text = "How long ago the last reconciliation ended."
            yield _gauge("joinedup_reconciliation_age_seconds", help_text, last.age_seconds)
            help_text = "Notes that the last reconciliation found missing, doubled or different in the EHR."
            found = GaugeMetricFamily("joinedup_reconciled_notes", help_text, labels=["found"])
            for fault, count in last.found.items():
                found.add_metric([fault], count)
            yield found


def _gauge(name: str, help_text: str, value: float) -> GaugeMetricFamily:
    return GaugeMetricFamily(name, help_text, value=float(value))


def _by_reason(name: str, help_text: str, counts: Counts, state: str) -> GaugeMetricFamily:
    gauge = GaugeMetricFamily(name, help_text, labels=["reason_code"])
    for reason_code, count in _of(counts, state):
        gauge.add_metric([reason_code], count)
    return gauge


def _of(counts: Counts, state: str) -> Iterable[tuple[str, int]]:
    return sorted((reason_code, count) for (of, reason_code), count in counts.items() if of == state)
