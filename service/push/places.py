"""How many calls to the EHR may be under way at once: more while it helps, fewer when it suffers.

Every call of `ehr.py` has a place here. What comes back decides how many there are: a refusal to keep up (429, or 409
where unrelated transactions met) halves them, slow answers take some away, answers as quick as ever while all places
are taken add some. So each EHR gets what it bears, without anybody setting it.
"""

import asyncio
from collections import defaultdict, deque
from collections.abc import Callable
from dataclasses import dataclass
from http import HTTPStatus
from types import TracebackType
from typing import Literal, TypeAlias

from service.push.answer import Answer, AnswerLost, Reply

SlowedBy: TypeAlias = Literal["throttled", "conflict", "timeout", "latency"]

_HALVED: frozenset[SlowedBy] = frozenset({"throttled", "conflict", "timeout"})
_BEGIN_WITH = 4
_SLOW = 2.0  # times the quickest answer
_STILL_QUICK = 1.5
_NOBODY_MINDS = 0.02  # seconds: below it no answer is slow
_WEIGHT = 0.2  # of a new answer in the running mean
_LOOKED_AT_AGAIN = 60.0  # seconds: how quick it can be is measured anew, with half of the places
_CAUTION_AT_MOST = 64


def _nobody_is_told(_limit: int, _cause: SlowedBy | None) -> None:
    """Where nobody counts."""


@dataclass(slots=True)
class _Speed:
    """Of one kind of call, in seconds: what a transaction takes says nothing about a search."""

    quickest: float = float("inf")
    mean: float = 0.0

    def heard(self, took: float) -> None:
        self.mean += _WEIGHT * (took - self.mean) if self.mean else took
        self.quickest = min(took, self.quickest)

    def is_slow(self) -> bool:
        return self.mean > max(_SLOW * self.quickest, _NOBODY_MINDS)

    def is_quick(self) -> bool:
        return self.mean < max(_STILL_QUICK * self.quickest, _NOBODY_MINDS)


class Places:
    """Between 1 and `at_most`. `clock` in seconds; `told` hears each new number, and why it went down.

    Additive increase and multiplicative decrease as in TCP (RFC 5681), the delay against the quickest seen as in TCP
    Vegas, and the quickest measured anew with fewer under way as in BBR.
    """

    def __init__(
        self, at_most: int, clock: Callable[[], float], told: Callable[[int, SlowedBy | None], None] = _nobody_is_told
    ) -> None:
        self._at_most = float(at_most)
        self._clock = clock
        self._told = told
        self._limit = float(min(_BEGIN_WITH, at_most))
        self._under_way = 0
        self._waiting: deque[asyncio.Future[None]] = deque()
        self._speeds: dict[str, _Speed] = defaultdict(_Speed)
        self._measures = 0
        self._measured_at = clock()
        self._slowed_at = float("-inf")
        self._doubling = True
        self._too_many = float("inf")
        self._caution = 1.0
        told(self.limit, None)

    @property
    def limit(self) -> int:
        """How many may be under way now."""
        return max(1, int(self._limit))

    async def __aenter__(self) -> None:
        """Take one, to be held around a call."""
        if self._under_way < self.limit and not self._waiting:
            self._under_way += 1
            return
        await self._wait()

    async def __aexit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Give it back."""
        self._give_back()

    def heard(self, kind: str, began: float, refused: SlowedBy | None) -> None:
        """A call of this kind that began then has ended: well, or because the EHR could not keep up."""
        now = self._clock()
        was = self.limit
        speed = self._speeds[kind]
        cause = refused or self._latency(speed, began, now)
        if cause:
            self._slow_down(cause, speed, began, now)
        elif self._measures:
            pass
        elif now - self._measured_at > _LOOKED_AT_AGAIN:
            self._measure(now)
        elif self._under_way >= self.limit and speed.is_quick():
            self._speed_up()
        if self.limit != was:
            self._told(self.limit, cause if self.limit < was else None)
            self._let_in()

    async def _wait(self) -> None:
        place: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append(place)
        try:
            await place
        except asyncio.CancelledError:
            if place.done() and not place.cancelled():
                self._give_back()
            raise

    def _give_back(self) -> None:
        self._under_way -= 1
        self._let_in()

    def _let_in(self) -> None:
        while self._waiting and self._under_way < self.limit:
            place = self._waiting.popleft()
            if not place.done():
                self._under_way += 1
                place.set_result(None)

    def _latency(self, speed: _Speed, began: float, now: float) -> SlowedBy | None:
        """Whether answers have become slow, by what they take on average."""
        if began <= self._measured_at:
            return None  # it began among more than are under way now
        speed.heard(now - began)
        if self._measures:
            self._measures -= 1
            if not self._measures:
                self._limit = min(self._at_most, self._limit * 2)
            return None
        return "latency" if speed.is_slow() else None

    def _measure(self, now: float) -> None:
        """For one round of calls: networks and loads change, and what was quickest once may never be again."""
        self._measures = self.limit
        self._measured_at = now
        self._speeds.clear()
        self._limit = max(1.0, self._limit / 2)

    def _slow_down(self, cause: SlowedBy, speed: _Speed, began: float, now: float) -> None:
        """Once for all calls that were under way together: those that began before the last time tell nothing new."""
        if began <= self._slowed_at:
            return
        self._slowed_at = now
        self._doubling = False
        self._measures = 0
        if cause not in _HALVED:
            self._limit = max(1.0, self._limit * max(0.5, _SLOW * speed.quickest / speed.mean))
            return
        # Where it refused before it is approached the more slowly, the oftener it has refused.
        again = self._limit <= self._too_many + 1
        self._caution = min(self._caution * 2, _CAUTION_AT_MOST) if again else 1.0
        self._too_many = float(self.limit)
        self._limit = max(1.0, self._limit / 2)

    def _speed_up(self) -> None:
        if self._doubling:
            step = 1.0
        elif self._limit + 1 >= self._too_many:
            step = 1.0 / (self._limit * 8 * self._caution)
        else:
            step = 1.0 / self._limit
        self._limit = min(self._at_most, self._limit + step)
        if self._limit > self._too_many + 1:
            self._too_many, self._caution = float("inf"), 1.0


def what_slows(reply: Reply) -> SlowedBy | None:
    """Whether the EHR could not keep up. Some say 409 where unrelated transactions met."""
    if isinstance(reply, AnswerLost):
        return "timeout" if reply.why == "timeout" else None
    if not isinstance(reply, Answer):
        return None
    if reply.status == HTTPStatus.CONFLICT:
        return "conflict"
    return "throttled" if reply.status == HTTPStatus.TOO_MANY_REQUESTS else None
