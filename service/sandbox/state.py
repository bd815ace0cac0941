"""What one running sandbox holds: its store, its offer and style, its rules, and the requests it has seen."""

from collections import deque
from dataclasses import dataclass, field
from datetime import UTC, datetime

from service.sandbox.offer import Offer, Style
from service.sandbox.refusals import Json
from service.sandbox.rules import Asked, Rules
from service.sandbox.store import Store

_REMEMBERED = 20_000


@dataclass(slots=True)
class Seen:
    """One request. `status` stays None where no answer was sent; `done` says whether it was carried out."""

    number: int
    at: datetime
    method: str
    path: str
    headers: dict[str, str]
    entries: list[str]
    status: int | None = None
    done: bool = False
    rule: str | None = None

    def told(self) -> Json:
        """As `GET /sandbox/requests` tells it."""
        told = {name: getattr(self, name) for name in self.__slots__}
        return {**told, "at": self.at.isoformat()}


@dataclass(slots=True)
class State:
    """Shared by the FHIR routes, the control routes and the misbehaviour before them."""

    store: Store
    offer: Offer
    style: Style
    rules: Rules = field(default_factory=Rules)
    seen: deque[Seen] = field(default_factory=lambda: deque(maxlen=_REMEMBERED))
    requests: int = 0

    def write_down(self, asked: Asked, headers: dict[str, str]) -> Seen:
        """Remember a request that has just come in."""
        self.requests += 1
        now = datetime.now(UTC)
        seen = Seen(self.requests, now, asked.method, asked.path, headers, asked.entries())
        self.seen.append(seen)
        return seen
