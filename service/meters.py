"""What one process counts and times: notes accepted, attempts, mapping, push and requests.

Made once a process and handed down; `intake/` and `worker.py` count here, `watch/metrics.py` shows it to
Prometheus. What is state (how many wait, for how long) is not counted here but read from the database.
Labels are words of ours (kinds, outcomes, route templates), never values of a note.
"""

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    GCCollector,
    Histogram,
    PlatformCollector,
    ProcessCollector,
)

_MAPPING_SECONDS = (0.0002, 0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 1.0)
_PUSH_SECONDS = (0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 30.0, 60.0, 120.0)
_REQUEST_SECONDS = (0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0)


class Meters:
    """The counters of one process, on a registry of their own.

    `accepted.labels(kind).inc()` once a note version is stored; `with mapping_seconds.time():` around mapping.
    """

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        for collector in (ProcessCollector, PlatformCollector, GCCollector):
            collector(registry=self.registry)
        self.accepted = Counter(
            "joinedup_notes_accepted",
            "Note versions accepted and stored by this process; a repeat of the same note is not counted.",
            ["kind"],
            registry=self.registry,
        )
        self._delivered = Counter(
            "joinedup_notes_delivered",
            "Note versions that this process delivered to the EHR.",
            registry=self.registry,
        )
        self._attempts = Counter(
            "joinedup_attempts",
            "Attempts of this process at the EHR, by how they ended.",
            ["outcome"],
            registry=self.registry,
        )
        self.mapping_seconds = Histogram(
            "joinedup_mapping_seconds",
            "Time to make a note's FHIR resources and pass them through the gate.",
            buckets=_MAPPING_SECONDS,
            registry=self.registry,
        )
        self._push_seconds = Histogram(
            "joinedup_push_seconds",
            "Time of one attempt at the EHR, by how it ended.",
            ["outcome"],
            buckets=_PUSH_SECONDS,
            registry=self.registry,
        )
        self._meter_the_ehr()
        self._request_seconds = Histogram(
            "joinedup_request_seconds",
            "Time to answer one request, by the route's template.",
            ["method", "route", "status"],
            buckets=_REQUEST_SECONDS,
            registry=self.registry,
        )

    def _meter_the_ehr(self) -> None:
        self._ehr_places = Gauge(
            "joinedup_ehr_places",
            "Calls to the EHR that this process may have under way at once: found by itself, up to the setting.",
            registry=self.registry,
        )
        self._ehr_slowdowns = Counter(
            "joinedup_ehr_slowdowns",
            "How often that number went down, by what the EHR did: throttled, conflict, timeout or latency.",
            ["cause"],
            registry=self.registry,
        )
        self._team_answers = Counter(
            "joinedup_team_answers",
            "What the clinical team did with requests in the EHR, read by this process, by what came of it.",
            ["outcome"],
            registry=self.registry,
        )

    def ehr_places(self, limit: int, slowed_by: str | None) -> None:
        """So many calls to the EHR may be under way now; fewer than before where `slowed_by` says why."""
        self._ehr_places.set(limit)
        if slowed_by:
            self._ehr_slowdowns.labels(slowed_by).inc()

    def team_answer_read(self, outcome: str) -> None:
        """A request was found changed in the EHR: taken in, in part or not, for a person to see, or left for later."""
        self._team_answers.labels(outcome).inc()
        if outcome in {"taken_in", "taken_in_part"}:
            self.accepted.labels("team_request").inc()

    def attempt_ended(self, outcome: str, seconds: float) -> None:
        """One attempt ended: delivered, try_later, refused or unknown, as `attempts.outcome` spells it."""
        self._attempts.labels(outcome).inc()
        self._push_seconds.labels(outcome).observe(seconds)
        if outcome == "delivered":
            self._delivered.inc()

    def request_ended(self, method: str, route: str, status: int, seconds: float) -> None:
        """One request was answered; `route` is the template (`/notes/{note_id}`), never the path itself."""
        self._request_seconds.labels(method, route, str(status)).observe(seconds)
