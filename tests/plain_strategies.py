"""Hypothesis strategies of what every form is made of: words, passages, dates, people, and a note's beginning."""

import re
from datetime import date, datetime, timedelta, timezone
from typing import Any, TypeVar, get_args

from hypothesis import strategies as st
from hypothesis.strategies import DrawFn, SearchStrategy
from nhs_number.validate import calculate_checksum, is_valid

from service.forms.days import uk_date
from service.forms.heading import ClientNamed, SpecialistNamed
from service.forms.text import has_something_to_see

Thing = TypeVar("Thing")

_CHARACTERS = st.characters(
    exclude_categories=["Cs"],
    exclude_characters="".join(map(chr, [*range(9), 11, 12, *range(14, 32), *range(0x7F, 0xA0), 0xFFFE, 0xFFFF])),
)

# Hypothesis draws texts from the strings in our source, too. Stored as somebody's name, "application" would be found in
# many log lines, and be taken for a leak of patient data.
_MAY_BE_OUR_OWN = re.compile(r"[A-Za-z0-9_.,:;+=()'{}/\- ]{4,}")


def one_of_words(literal: Any) -> SearchStrategy[Any]:
    """Any word of a `Literal`."""
    return st.sampled_from(get_args(literal))


def texts(longest: int) -> SearchStrategy[str]:
    """Text as the forms keep it: without control characters, stripped, and with something in it to see."""
    return st.text(_CHARACTERS, min_size=1, max_size=longest).map(str.strip).filter(_may_be_a_persons)


def _may_be_a_persons(text: str) -> bool:
    return has_something_to_see(text) and not _MAY_BE_OUR_OWN.fullmatch(text)


LINES = texts(60)
PASSAGES = texts(200)
DAYS = st.dates(date(1900, 1, 1), date(2200, 12, 31))
PARTIAL_DATES = st.one_of(DAYS.map(str), DAYS.map(lambda day: str(day)[:7]), DAYS.map(lambda day: str(day)[:4]))
UUIDS = st.uuids()
OFFSETS = st.integers(-14 * 60, 14 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes)))
MOMENTS = st.datetimes(datetime(1950, 1, 2), datetime(2199, 12, 30), timezones=OFFSETS)  # noqa: DTZ001


def _with_check_digit(nine_digits: int) -> str:
    return f"{nine_digits}{(calculate_checksum(str(nine_digits)) or 0) % 10}"


# One in eleven has no check digit: the filter lets those fall.
NHS_NUMBERS = st.integers(999_000_000, 999_999_999).map(_with_check_digit).filter(is_valid)
SPECIALISTS = st.builds(SpecialistNamed, id=st.from_regex(r"[A-Za-z0-9._-]{1,64}", fullmatch=True), name=LINES)


def maybe(strategy: SearchStrategy[Thing]) -> SearchStrategy[Thing | None]:
    return st.none() | strategy


def tuples_of(strategy: SearchStrategy[Thing], longest: int = 3) -> SearchStrategy[tuple[Thing, ...]]:
    return st.lists(strategy, max_size=longest).map(tuple)


@st.composite
def headings(draw: DrawFn) -> dict[str, Any]:
    """What every form begins with."""
    happened_at = draw(MOMENTS)
    later = draw(st.timedeltas(timedelta(), timedelta(days=400)))
    # The same local clock: a phone does not change its time zone between a contact and its note.
    written_at = min(happened_at + later, datetime(2200, 12, 30, tzinfo=happened_at.tzinfo))
    born = draw(st.dates(date(1900, 1, 1), uk_date(happened_at)))
    return {
        "id": draw(UUIDS),
        "client": ClientNamed(nhs_number=draw(NHS_NUMBERS), birth_date=born),
        "specialist": draw(SPECIALISTS),
        "happened_at": happened_at,
        "written_at": written_at,
    }
