"""What may be asked at the desk: which deliveries, and what is to be done with them."""

from datetime import UTC, datetime
from typing import Annotated, Final, Self, TypeAlias
from uuid import UUID

from fastapi import Query
from pydantic import AfterValidator, Field, StringConstraints, model_validator

from service.forms.text import Line, Part
from service.outbox.chosen import OPEN, Chosen, State
from service.outbox.resolve import InTheEhr, NotInTheEhr, Resolution, TheirsStands

_FIRST_YEAR: Final = 2000
_LAST_YEAR: Final = 2100

ReasonCode: TypeAlias = Annotated[str, StringConstraints(pattern=r"^[a-z0-9_]{1,64}$")]
EhrId: TypeAlias = Annotated[str, StringConstraints(pattern=r"^[A-Za-z]{2,64}/[A-Za-z0-9.\-_]{1,128}$")]


def _in_our_time(moment: datetime) -> datetime:
    """Without a time zone it is UTC."""
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    if not _FIRST_YEAR <= moment.year <= _LAST_YEAR:
        raise ValueError("Say a time of these years, as 2026-11-22T09:30.")
    return moment


Moment: TypeAlias = Annotated[datetime, AfterValidator(_in_our_time)]


class Filter(Part):
    """All that is given must hold. Times are those at which the delivery was made."""

    states: Annotated[tuple[State, ...], Field(min_length=1, max_length=5)] = (State.NEEDS_ATTENTION,)
    reason_code: ReasonCode | None = None
    client_id: UUID | None = None
    note_id: UUID | None = None
    since: Moment | None = None
    until: Moment | None = None

    def chosen(self) -> Chosen:
        """The same, for the outbox."""
        return Chosen(self.states, self.reason_code, self.client_id, self.note_id, self.since, self.until)


class Retry(Part):
    """One delivery, or all that fit the filter; then `count` says how many they are, as seen by a dry run."""

    delivery_id: UUID | None = None
    filter: Filter | None = None
    count: Annotated[int, Field(ge=0)] | None = None
    dry_run: bool = False

    @model_validator(mode="after")
    def _makes_sense(self) -> Self:
        if (self.delivery_id is None) == (self.filter is None):
            raise ValueError("filter: Say one delivery_id, or a filter.")
        if self.filter and self.count is None and not self.dry_run:
            raise ValueError("count: Look with dry_run, then say how many they are.")
        return self

    def chosen(self) -> Chosen:
        """Which deliveries are meant."""
        return self.filter.chosen() if self.filter else Chosen(tuple(State), delivery_id=self.delivery_id)


class Cancel(Retry):
    """The same; whoever wrote the notes reads the reason."""

    reason: Line


class Resolve(Part):
    """What a person found in the EHR, and where they looked."""

    reason: Line
    found: Annotated[list[EhrId], Field(min_length=1, max_length=200)] | None = None
    not_found: bool = False
    theirs_stands: bool = False

    @model_validator(mode="after")
    def _makes_sense(self) -> Self:
        if bool(self.found) + self.not_found + self.theirs_stands != 1:
            raise ValueError("found: Say one of found, not_found and theirs_stands.")
        return self

    def resolution(self) -> Resolution:
        """The same, for the outbox."""
        if self.found:
            return InTheEhr(tuple(self.found))
        return NotInTheEhr() if self.not_found else TheirsStands()


async def chosen_by_query(
    state: Annotated[list[State] | None, Query(description="Again for more; else all that is open.")] = None,
    reason_code: Annotated[ReasonCode | None, Query()] = None,
    client_id: UUID | None = None,
    note_id: UUID | None = None,
    since: Moment | None = None,
    until: Moment | None = None,
) -> Chosen:
    """A filter, as a URL says it."""
    return Chosen(tuple(state or OPEN), reason_code, client_id, note_id, since, until)
