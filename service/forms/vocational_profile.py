"""A vocational profile: what the person has done, can do, wants and needs. It grows, version by version.

Only the employment status is required; lists are the NHS Data Dictionary's, in words.
"""

from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field, model_validator

from service.forms.asking import asked_when
from service.forms.employment_status import EmploymentStatus, WeeklyHours, hours_go_with_work
from service.forms.heading import Heading
from service.forms.text import Line, Part, PartialDate, Passage, first_day

DisclosurePreference = Literal["nothing", "some_things", "openly", "undecided"]

Lines = Annotated[tuple[Line, ...], Field(max_length=30)]


class Job(Part):
    """One past or present job. `id` is the phone's own, and stays the same in later versions."""

    id: UUID
    title: Line = Field(title="Job title")
    employer: Line | None = None
    current: bool = Field(default=False, title="Present job")
    started: PartialDate | None = None
    ended: PartialDate | None = None
    hours_per_week: Annotated[int, Field(ge=1, le=100)] | None = Field(default=None, title="Hours a week")
    liked: Passage | None = Field(default=None, title="Liked about it")
    disliked: Passage | None = Field(default=None, title="Disliked about it")
    why_left: Passage | None = Field(default=None, title="Why it ended")

    @model_validator(mode="after")
    def _makes_sense(self) -> "Job":
        if self.current and self.ended:
            raise ValueError("ended: a present job has not ended.")
        if self.current and self.why_left:
            raise ValueError("why_left: a present job has not been left.")
        if self.started and self.ended and _before(self.ended, self.started):
            raise ValueError("ended: this is before the job started.")
        return self


def _before(end: str, start: str) -> bool:
    # 2024-06 to 2024 is one year known twice, not an end before its start.
    return first_day(end) < first_day(start) and not start.startswith(end)


class Qualification(Part):
    """A qualification, and when it was gained."""

    name: Line = Field(title="Name of the qualification")
    gained: PartialDate | None = Field(default=None, title="When it was gained")


class Preferences(Part):
    """What the person wants of a job; job matches are compared with it."""

    work: Passage | None = None
    hours: Passage | None = None
    days: Passage | None = None
    place_and_travel: Passage | None = None
    pay: Passage | None = None
    surroundings: Passage | None = None


class Disclosure(Part):
    """What an employer may be told in general. The choice for each employer is a note of its own."""

    preference: DisclosurePreference = "nothing"
    words: Passage | None = Field(default=None, title="In the person's own words")


class VocationalProfile(Heading):
    """One version of the whole profile: later versions add to it, and replace it."""

    kind: Literal["vocational_profile"]
    employment_status: EmploymentStatus
    weekly_hours: WeeklyHours | None = Field(
        default=None, title="Weekly hours worked", json_schema_extra=asked_when("employment_status", ["employed"])
    )
    jobs: Annotated[tuple[Job, ...], Field(max_length=30, title="Job, past or present")] = ()
    education: Passage | None = None
    qualifications: Annotated[tuple[Qualification, ...], Field(max_length=30, title="Qualification")] = ()
    skills: Lines = ()
    interests: Lines = ()
    preferences: Preferences | None = Field(default=None, title="What the person wants of a job")
    disclosure: Disclosure | None = Field(default=None, title="What employers may be told")
    benefits: Lines = ()
    what_helps: Passage | None = None
    what_gets_in_the_way: Passage | None = None
    health_at_work: Passage | None = Field(default=None, title="What the person wants known about their health at work")

    @model_validator(mode="after")
    def _makes_sense(self) -> "VocationalProfile":
        hours_go_with_work(self.employment_status, self.weekly_hours)
        ids = [job.id for job in self.jobs]
        if len(set(ids)) != len(ids):
            raise ValueError("jobs: two jobs have the same id. Give each job its own.")
        return self
