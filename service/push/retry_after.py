"""When the EHR asked us to come back: `Retry-After` in seconds or as an HTTP-date (RFC 9110, 10.2.3)."""

import re
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

LONGEST = timedelta(days=1)
_SECONDS = re.compile(r"[0-9]+")


def when_to_come_back(retry_after: str | None, now: datetime) -> datetime | None:
    """Never later than a day from now, whatever was asked; None where nothing usable was, or it is already past."""
    if retry_after is None:
        return None
    value = retry_after.strip()
    asked = _after_seconds(value, now) if _SECONDS.fullmatch(value) else _at_date(value)
    if asked is None or asked <= now:
        return None
    return min(asked, now + LONGEST)


def _after_seconds(digits: str, now: datetime) -> datetime:
    longest = int(LONGEST.total_seconds())
    return now + timedelta(seconds=longest if len(digits) > len(str(longest)) else min(int(digits), longest))


def _at_date(value: str) -> datetime | None:
    try:
        asked = parsedate_to_datetime(value)
    except ValueError:
        return None
    return asked if asked.tzinfo else asked.replace(tzinfo=UTC)
