"""Compares dates and times of R4, which may be known in part: 2024, 2024-06, 2024-06-30, or to the second.

Used by the invariants on periods and tasks.
"""

from datetime import datetime

_WHOLE_DAY = len("2024-06-30")


def is_after(first: str, second: str) -> bool:
    """True only if it is later for certain: June 2024 is not after 2024, for it may be within it."""
    if len(first) > _WHOLE_DAY < len(second):
        return _instant(first) > _instant(second)
    known = min(len(first), len(second), _WHOLE_DAY)
    return first[:known] > second[:known]


def _instant(text: str) -> tuple[datetime, str]:
    """The second, and the digits of its fraction, of which FHIR allows more than Python keeps."""
    clock, zone = text[:19], text[19:]
    fraction = ""
    if zone.startswith("."):
        digits = zone[1:].rstrip("Z").partition("+")[0].partition("-")[0]
        fraction, zone = digits.rstrip("0"), zone[1 + len(digits) :]
    # A leap second counts as the last second before it: Python has none.
    clock = clock[:17] + "59" if clock.endswith(":60") else clock
    return datetime.fromisoformat(clock + zone), fraction
