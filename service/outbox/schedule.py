"""When to try again: seconds at first, hourly at most, and never given up. Pure: time and chance are passed in."""

from datetime import datetime, timedelta
from random import Random

FIRST_PAUSE = timedelta(seconds=2)
LONGEST_PAUSE = timedelta(hours=1)

FIRST_PROBE = timedelta(seconds=5)
LONGEST_PROBE = timedelta(minutes=1)

_DOUBLINGS = 20  # more would only overflow


def when_to_retry(tries: int, not_before: datetime | None, now: datetime, random: Random) -> datetime:
    """After the `tries`-th failure, counted from 1. `not_before` is what the EHR asked for, and is obeyed."""
    return _after(_pause(tries, FIRST_PAUSE, LONGEST_PAUSE, random), not_before, now)


def when_to_probe(probes: int, not_before: datetime | None, now: datetime, random: Random) -> datetime:
    """After the `probes`-th probe of an EHR that does not answer; 0 when that has just been noticed."""
    return _after(_pause(probes + 1, FIRST_PROBE, LONGEST_PROBE, random), not_before, now)


def _pause(tries: int, first: timedelta, longest: timedelta, random: Random) -> timedelta:
    """Doubled each time; a random half of it, so that what failed together does not come back together."""
    pause = min(first * 2 ** min(tries - 1, _DOUBLINGS), longest)
    return timedelta(seconds=pause.total_seconds() * (0.5 + random.random() / 2))


def _after(pause: timedelta, not_before: datetime | None, now: datetime) -> datetime:
    return max(now + pause, not_before or now)
