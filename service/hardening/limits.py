"""How many calls a minute one caller may make: a bucket for each, filled evenly, in bounded memory.

Asked by whoever knows the caller, before anything is done for them. Each process counts for itself.
"""

from collections import OrderedDict
from dataclasses import dataclass
from math import ceil
from typing import Final

from service.caller import Caller
from service.errors import TooOften

_MOST_REMEMBERED: Final = 10_000
_MINUTE: Final = 60.0


@dataclass(slots=True)
class _Bucket:
    left: float
    at: float


class Limits:
    """`per_minute` calls may come at once, and so many each minute; 0 is no limit. `now` is a steady clock, seconds.

    Of more than `most` keys the one that was silent longest is forgotten: it would have been full the soonest.
    """

    def __init__(self, per_minute: int, most: int = _MOST_REMEMBERED) -> None:
        self._per_minute = per_minute
        self._most = most
        self._buckets: OrderedDict[str, _Bucket] = OrderedDict()

    def check(self, key: str, now: float) -> None:
        """Count one call; `TooOften` where it is one too many, which is not counted."""
        if self._per_minute == 0:
            return
        bucket = self._bucket(key, now)
        if bucket.left < 1:
            raise self._too_often(bucket)
        bucket.left -= 1

    def __len__(self) -> int:
        return len(self._buckets)

    def _bucket(self, key: str, now: float) -> _Bucket:
        bucket = self._buckets.get(key)
        if bucket is None:
            bucket = self._buckets[key] = _Bucket(self._per_minute, now)
            if len(self._buckets) > self._most:
                self._buckets.popitem(last=False)
            return bucket
        self._buckets.move_to_end(key)
        filled = bucket.left + max(0.0, now - bucket.at) * self._per_minute / _MINUTE
        bucket.left, bucket.at = min(filled, self._per_minute), now
        return bucket

    def _too_often(self, bucket: _Bucket) -> TooOften:
        wait = ceil((1 - bucket.left) * _MINUTE / self._per_minute)
        return TooOften(f"These are more calls than one caller may make. Wait {wait} s, then go on slower.", wait)


class Allowances:
    """What `admit` asks: for each caller, and for each address whose callers were refused sign-in."""

    def __init__(self, requests_per_minute: int, refusals_per_minute: int) -> None:
        self._callers = Limits(requests_per_minute)
        self._refused = Limits(refusals_per_minute)

    def call_by(self, caller: Caller, now: float) -> None:
        """`TooOften`, but never for who is at this machine."""
        if not caller.is_at_this_machine:
            self._callers.check(caller.key, now)

    def refused(self, address: str | None, now: float) -> None:
        """Count a refusal; one too many is told `TooOften` instead, and leaves no line in the audit.

        Whoever has a good token gets in from there still: a whole trust may come from one address.
        """
        self._refused.check(address or "", now)
