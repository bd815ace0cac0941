"""Times as FHIR writes them, and as a clinician reads them.

FHIR gets what the phone sent, offset and fraction of a second included. People get UK time, whatever
offset the phone used: many send UTC in summer.
"""

from datetime import date, datetime, timedelta

from service.forms.days import uk_date, uk_time
from service.r4.resource import Json

_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_MONTHS = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)


def instant(when: datetime) -> str:
    """An R4 `instant` or `dateTime`, nothing lost. https://hl7.org/fhir/R4/datatypes.html#instant"""
    return when.isoformat()


def uk_day(when: datetime) -> str:
    """An R4 `date`: the day it was in the UK."""
    return uk_date(when).isoformat()


def period_of(start: datetime, minutes: int | None) -> Json:
    """An R4 `Period` from the start, closed when it is known how long it lasted."""
    if minutes is None:
        return {"start": instant(start)}
    return {"start": instant(start), "end": instant(start + timedelta(minutes=minutes))}


def period_of_days(started: str | None, ended: str | None) -> Json | None:
    """An R4 `Period` of dates known in part, None if neither is known.

    FHIR cannot compare `2024-06` with `2024`; where one date is the other's beginning, both are given as far
    as the less exact one goes. The questionnaire's answers keep them as they were said.
    """
    if started and ended:
        exact = min(len(started), len(ended))
        if started[:exact] == ended[:exact]:
            started, ended = started[:exact], ended[:exact]
    period = {"start": started, "end": ended}
    return {name: day for name, day in period.items() if day} or None


def day_in_words(day: date) -> str:
    """`3 September 2024`"""
    return f"{day.day} {_MONTHS[day.month - 1]} {day.year}"


def partial_day_in_words(day: str) -> str:
    """`2024`, `September 2024` or `3 September 2024`, as far as it is known."""
    year, *rest = (int(part) for part in day.split("-"))
    if not rest:
        return str(year)
    if len(rest) == 1:
        return f"{_MONTHS[rest[0] - 1]} {year}"
    return day_in_words(date(year, *rest))


def time_in_words(when: datetime) -> str:
    """`3 September 2024 at 10:30`"""
    local = uk_time(when)
    return f"{day_in_words(local.date())} at {local:%H:%M}"


def span_in_words(start: datetime, minutes: int | None) -> str:
    """`Tuesday 3 September 2024, 10:30 to 11:15 (45 minutes)`"""
    local = uk_time(start)
    opening = f"{_DAYS[local.weekday()]} {day_in_words(local.date())}, {local:%H:%M}"
    if minutes is None:
        return opening
    end = uk_time(start + timedelta(minutes=minutes))
    unit = "minute" if minutes == 1 else "minutes"
    return f"{opening} to {end:%H:%M} ({minutes} {unit})"
