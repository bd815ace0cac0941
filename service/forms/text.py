"""The plain values that every form is made of: text, days and moments, dates known in part, and who it is about.

Text keeps what was typed, less the white space at its ends; control characters, which neither FHIR nor
PostgreSQL can hold, are refused.
"""

import re
from datetime import date, datetime
from typing import Annotated, Any, Final, Literal, TypeAlias
from unicodedata import category

from nhs_number.validate import is_valid
from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
)
from pydantic_core import PydanticKnownError

LONGEST_PASSAGE = 4_000

_CONTROLS = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ufffe\uffff]")
PARTIAL_DATE: Final = "^[0-9]{4}(-[0-9]{2}(-[0-9]{2})?)?$"
_DAY = re.compile("[0-9]{4}-[0-9]{2}-[0-9]{2}")
_UNSEEN: Final = frozenset({"Cf", "Zs", "Zl", "Zp", "Cc"})
_PARTIAL_DATE = re.compile(PARTIAL_DATE.strip("^$"))


def has_something_to_see(text: str) -> bool:
    """Whether anything of it is more than white space and marks that show nothing, such as U+200B."""
    return any(category(character) not in _UNSEEN for character in text)


def _to_be_read(value: str) -> str:
    if _CONTROLS.search(value):
        raise ValueError("Take out the control character: it cannot be stored in a record.")
    if not has_something_to_see(value):
        raise ValueError("There is nothing to see in this text. Write it, or leave it out.")
    return value


def _is_partial_date(value: str) -> str:
    if not _PARTIAL_DATE.fullmatch(value):
        raise ValueError("Write a year, a year and month, or a whole date: 2024, 2024-06 or 2024-06-30.")
    try:
        date.fromisoformat(first_day(value))
    except ValueError:
        raise ValueError("There is no such date in the calendar.") from None
    return value


def _is_nhs_number(value: str) -> str:
    if not is_valid(value):
        raise ValueError("This is not an NHS number: its check digit does not fit. Read it again.")
    return value


def _is_written_as_a_day(value: Any) -> Any:
    if isinstance(value, str) and not _DAY.fullmatch(value):
        raise PydanticKnownError("date_parsing", {"error": "not a year, a month and a day"})
    return _string_or(date, "date_type", value)


def _is_written_as_a_moment(value: Any) -> Any:
    if isinstance(value, str) and not _DAY.match(value):
        raise PydanticKnownError("datetime_parsing", {"error": "it does not begin with a day"})
    return _string_or(datetime, "datetime_type", value)


def _string_or(kind: type[date], fault: Literal["date_type", "datetime_type"], value: Any) -> Any:
    if not isinstance(value, str | kind):
        raise PydanticKnownError(fault)
    return value


def first_day(partial: str) -> str:
    """`2024` → `2024-01-01`, so that dates known in part can be compared."""
    return partial + "-01-01"[len(partial) - 4 :]


_stripped = StringConstraints(strip_whitespace=True, min_length=1)

Line: TypeAlias = Annotated[str, _stripped, StringConstraints(max_length=200), AfterValidator(_to_be_read)]
Passage: TypeAlias = Annotated[
    str, _stripped, StringConstraints(max_length=LONGEST_PASSAGE), AfterValidator(_to_be_read)
]
LongText: TypeAlias = Annotated[str, _stripped, StringConstraints(max_length=20_000), AfterValidator(_to_be_read)]
PartialDate: TypeAlias = Annotated[
    str, AfterValidator(_is_partial_date), Field(json_schema_extra={"pattern": PARTIAL_DATE})
]
# Pydantic takes "20261120" for seconds since 1970, a day that nobody meant: so how it is written is looked at first.
# What comes out of that is no JSON any more, and strictly taken no string would be a day then.
Day: TypeAlias = Annotated[date, Field(strict=False), BeforeValidator(_is_written_as_a_day)]
Moment: TypeAlias = Annotated[AwareDatetime, Field(strict=False), BeforeValidator(_is_written_as_a_moment)]
NhsNumber: TypeAlias = Annotated[str, StringConstraints(pattern=r"^[0-9]{10}$"), AfterValidator(_is_nhs_number)]


class Part(BaseModel):
    """A part of a form: nothing unknown is let in, nothing is guessed, nothing changes afterwards."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)
