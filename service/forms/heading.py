"""What every note begins with, whatever its kind: its id, who it is about, who wrote it, and when."""

from datetime import date, datetime, timedelta
from typing import Annotated, Final
from uuid import UUID

from pydantic import Field, StringConstraints, field_validator, model_validator

from service.forms.days import uk_date
from service.forms.text import Day, Line, Moment, NhsNumber, Part

SPECIALIST_ID: Final = r"^[A-Za-z0-9._\-]{1,64}$"
_EARLIEST_YEAR = 1900
LATEST_YEAR: Final = 2200
_FARTHEST_OFFSET = timedelta(hours=14)


class ClientNamed(Part):
    """The client, by the two things that the EHR's patient must match. The name comes from the EHR."""

    nhs_number: NhsNumber
    birth_date: Day = Field(title="Date of birth")

    @field_validator("birth_date")
    @classmethod
    def _born_in_living_memory(cls, value: date) -> date:
        if value.year < _EARLIEST_YEAR:
            raise ValueError("This date of birth is before 1900. Read it again.")
        return value


class SpecialistNamed(Part):
    """The employment specialist who wrote it: the trust's own id for them, and their name."""

    id: Annotated[str, StringConstraints(pattern=SPECIALIST_ID), Field(title="The trust's ID for them")]
    name: Line


class Heading(Part):
    """Three different times belong to a note: `happened_at`, `written_at` on the phone, and when it was received."""

    id: UUID
    client: ClientNamed
    specialist: SpecialistNamed = Field(title="Employment specialist")
    happened_at: Moment = Field(title="When", description="When it took place; for a contact, when it started.")
    written_at: Moment = Field(description="When it was written, by the phone's own clock.")

    @field_validator("happened_at", "written_at")
    @classmethod
    def _in_a_time_zone_of_this_earth(cls, value: datetime) -> datetime:
        # FHIR takes no other: https://hl7.org/fhir/R4/datatypes.html#dateTime
        if abs(value.utcoffset() or timedelta()) > _FARTHEST_OFFSET:
            raise ValueError("No clock on earth is more than 14 hours from UTC. Check the phone's time zone.")
        return value

    @model_validator(mode="after")
    def _written_after_it_happened(self) -> "Heading":
        if self.happened_at.year < _EARLIEST_YEAR:
            raise ValueError("happened_at: this is before 1900. Read the date again.")
        if self.written_at.year > LATEST_YEAR:
            raise ValueError("written_at: set the phone's clock; this is after the year 2200.")
        if self.happened_at > self.written_at:
            raise ValueError("happened_at: a note says what has happened; this is later than it was written.")
        if self.client.birth_date > uk_date(self.happened_at):
            raise ValueError("client.birth_date: the client was born after this happened. Read it again.")
        for name, value in self:
            if value == self.id and name != "id":
                raise ValueError(f"{name}: this is the note's own id. Name the other note, or leave it out.")
        return self

    def refers_to(self) -> tuple[UUID, ...]:
        """The other notes that must be in the record before this one."""
        return ()
