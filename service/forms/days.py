"""The day that a moment fell on, where the people of a note live: in the UK, whatever offset the phone used.

Many phones send UTC in summer, and a day that a form asks for is the one on the wall: after midnight, not UTC's.
"""

from datetime import date, datetime
from zoneinfo import ZoneInfo

_UK = ZoneInfo("Europe/London")


def uk_date(when: datetime) -> date:
    """The day it was in the UK."""
    return uk_time(when).date()


def uk_time(when: datetime) -> datetime:
    """The same moment by the clocks of the UK."""
    return when.astimezone(_UK)
