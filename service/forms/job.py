"""A job: offered, not taken up, started, changed, ended, for one employer. One note, with a version for each turn.

First day, first four paid hours, week 13 and week 26 are derived from it (`mapping/job_milestones.py`), not typed.
"""

from collections.abc import Iterator
from datetime import date
from itertools import pairwise
from typing import Annotated, Final, Literal
from uuid import UUID

from pydantic import Field, model_validator

from service.forms.asking import asked_when
from service.forms.days import uk_date
from service.forms.employment_status import EmploymentStatus, WeeklyHours
from service.forms.heading import LATEST_YEAR, Heading
from service.forms.text import Day, Line, Part, Passage

JobState = Literal["offered", "not_taken_up", "started", "ended"]
WorksAs = Literal["employee", "self_employed", "volunteer"]
Term = Literal["permanent", "temporary"]
FoundThrough = Literal[
    "employer_contact", "application", "people_they_know", "jobcentre", "agency", "already_had_it", "other"
]
EndReason = Literal[
    "found_another_job", "resigned", "dismissed", "redundant", "contract_ended", "health", "retired", "other"
]
Preference = Literal["work", "hours", "days", "place_and_travel", "pay", "surroundings", "disclosure"]
HowFarMet = Literal["yes", "partly", "no"]
Per = Literal["hour", "week", "month", "year"]

Hours = Annotated[int, Field(ge=1, le=100)]

_BEGUN: Final = ("started", "ended")
_SAYS_WHY: Final = ("ended", "not_taken_up")
_PAID: Final = ("employee", "self_employed")


class Competitive(Part):
    """IPS's three criteria. One that is not known is left out; then the job is not counted as competitive."""

    open_to_anyone: bool | None = None
    minimum_wage_and_going_rate: bool | None = Field(default=None, title="At least the minimum wage and the going rate")
    not_set_aside: bool | None = Field(default=None, title="Not set aside for people with an illness or a disability")


class Pay(Part):
    """Before tax. It stays here: it goes into the record only where the settings say so."""

    pence: Annotated[int, Field(ge=1, le=100_000_000)] = Field(title="Pay in pence, before tax")
    per: Per


class JobChange(Part):
    """From this day on: other hours, another role, another term. `id` is the phone's own, and stays the same."""

    id: UUID
    from_day: Day = Field(title="From which day")
    title: Line | None = Field(default=None, title="Role, where it is another")
    hours_per_week: Hours | None = Field(default=None, title="Hours a week, where they are others")
    term: Term | None = Field(default=None, title="Permanent or temporary, where it is otherwise")
    what: Passage | None = Field(default=None, title="What changed, in words")

    @model_validator(mode="after")
    def _something_changed(self) -> "JobChange":
        if not (self.title or self.hours_per_week or self.term or self.what):
            raise ValueError("what: say what changed on this day.")
        return self


class PreferenceMet(Part):
    """How far the job meets one of the preferences in the vocational profile."""

    preference: Preference
    met: HowFarMet


class JobNote(Heading):
    """`happened_at` is when the latest of its turns was: offered, not taken up, started, changed or ended."""

    kind: Literal["job"]
    title: Line = Field(title="Role, in the person's words", description="As it was at the start.")
    employer: Line
    state: JobState = Field(title="How it stands")
    offered_on: Day | None = None
    starts_on: Day | None = Field(
        default=None,
        title="First day that was agreed",
        description="While it is offered.",
        json_schema_extra=asked_when("state", ["offered"]),
    )
    started_on: Day | None = Field(
        default=None, title="First day in the job", json_schema_extra=asked_when("state", _BEGUN)
    )
    ended_on: Day | None = Field(
        default=None, title="Last day in the job", json_schema_extra=asked_when("state", ["ended"])
    )
    hours_per_week: Hours | None = Field(default=None, title="Hours a week", description="At the start.")
    works_as: WorksAs = "employee"
    term: Term | None = Field(default=None, title="Permanent or temporary", description="At the start.")
    competitive: Competitive | None = Field(
        default=None, title="Competitive employment", json_schema_extra=asked_when("works_as", _PAID)
    )
    pay: Pay | None = Field(
        default=None,
        description="It goes into the record only where the trust says so.",
        json_schema_extra=asked_when("works_as", _PAID),
    )
    found_through: FoundThrough | None = None
    preferences: Annotated[tuple[PreferenceMet, ...], Field(max_length=7)] = Field(
        default=(), title="What the person wants of a job, and how far this one is it"
    )
    changes: Annotated[tuple[JobChange, ...], Field(max_length=30)] = Field(
        default=(), title="What changed", json_schema_extra=asked_when("state", _BEGUN)
    )
    end_reason: EndReason | None = Field(
        default=None, title="Why it ended", json_schema_extra=asked_when("state", ["ended"])
    )
    why_ended: Passage | None = Field(
        default=None,
        title="Why, in words",
        description="Why it ended, or was not taken up.",
        json_schema_extra=asked_when("state", _SAYS_WHY),
    )
    status_after: EmploymentStatus | None = Field(
        default=None, title="Employment status after its end", json_schema_extra=asked_when("state", ["ended"])
    )
    weekly_hours_after: WeeklyHours | None = Field(
        default=None,
        title="Weekly hours worked after its end",
        json_schema_extra=asked_when("status_after", ["employed"]),
    )
    # For the clocks and concerns alone: it is no reference in FHIR, and not in refers_to(). The goal refers to the
    # job that came of it, and references never go both ways.
    goal_id: UUID | None = Field(default=None, description="The note of the work goal that it is for.")
    note: Passage | None = None

    @property
    def has_started(self) -> bool:
        """Whether there has been a first day; what is only offered is not counted."""
        return self.state in _BEGUN

    @property
    def is_competitive(self) -> bool | None:
        """By all three criteria. None: one is not known and none is unmet, and it is not counted."""
        if self.works_as == "volunteer":
            return False
        told = self.competitive or Competitive()
        criteria = (told.open_to_anyone, told.minimum_wage_and_going_rate, told.not_set_aside)
        if False in criteria:
            return False
        return None if None in criteria else True

    @model_validator(mode="after")
    def _start_makes_sense(self) -> "JobNote":
        if self.has_started and not self.started_on:
            raise ValueError("started_on: say which day was the first in the job.")
        if not self.has_started and self.started_on:
            raise ValueError("started_on: this job has not started. Say in state that it has, or leave the day out.")
        if self.starts_on and self.state != "offered":
            raise ValueError("starts_on: only a job that is still offered has a first day to come. Leave it out.")
        if self.has_started and self.works_as != "volunteer" and not self.hours_per_week:
            raise ValueError("hours_per_week: say how many hours a week it was from the first day.")
        if self.changes and not self.has_started:
            raise ValueError("changes: a job that has not started has not changed. Leave them out.")
        return self

    @model_validator(mode="after")
    def _end_makes_sense(self) -> "JobNote":
        if self.state == "ended":
            if not self.ended_on:
                raise ValueError("ended_on: say which day was the last in the job.")
            if not self.end_reason:
                raise ValueError("end_reason: say why the job ended.")
            return self
        for field in ("ended_on", "end_reason", "status_after"):
            if getattr(self, field):
                raise ValueError(f"{field}: this job has not ended. Say in state that it has, or leave this out.")
        if self.why_ended and self.state not in _SAYS_WHY:
            raise ValueError("why_ended: this is said of a job that ended or was not taken up. Leave it out.")
        return self

    @model_validator(mode="after")
    def _status_after_makes_sense(self) -> "JobNote":
        employed = self.status_after == "employed"
        if employed and not self.weekly_hours_after:
            raise ValueError("weekly_hours_after: say how many hours a week, or that it is not known or not stated.")
        if self.weekly_hours_after and not employed:
            raise ValueError("weekly_hours_after: only somebody who is employed afterwards has hours. Leave it out.")
        return self

    @model_validator(mode="after")
    def _a_volunteer_is_not_employed(self) -> "JobNote":
        if self.works_as == "volunteer":
            if self.competitive:
                raise ValueError("competitive: voluntary work is never competitive. Leave it out.")
            if self.pay:
                raise ValueError("pay: voluntary work is unpaid. Leave it out, or say who is employed in works_as.")
            if self.status_after:
                raise ValueError("status_after: voluntary work is no employment. Write an employment status instead.")
        return self

    @model_validator(mode="after")
    def _days_make_sense(self) -> "JobNote":
        for field in ("offered_on", "started_on", "ended_on"):
            day: date | None = getattr(self, field)
            if day and day > uk_date(self.written_at):
                raise ValueError(f"{field}: this day had not come when the note was written. Read it again.")
            if day and day < self.client.birth_date:
                raise ValueError(f"{field}: this is before the client was born. Read the date again.")
        # What is counted from a first day has to be in the calendar, too.
        if self.starts_on and self.starts_on.year > LATEST_YEAR:
            raise ValueError(f"starts_on: this is after the year {LATEST_YEAR}. Read the date again.")
        if self.offered_on and self.started_on and self.offered_on > self.started_on:
            raise ValueError("offered_on: this is after the job started. Read both days again.")
        if self.started_on and self.ended_on and self.ended_on < self.started_on:
            raise ValueError("ended_on: this is before the job started. Read both days again.")
        if self.starts_on and self.starts_on < max(uk_date(self.happened_at), self.offered_on or date.min):
            raise ValueError("starts_on: this day is past. Say in state that it started, or was not taken up.")
        return self

    @model_validator(mode="after")
    def _changes_are_in_order(self) -> "JobNote":
        if fault := next(self._faults_of_changes(), None):
            raise ValueError(f"changes: {fault}")
        preferences = [one.preference for one in self.preferences]
        if len(set(preferences)) != len(preferences):
            raise ValueError("preferences: one is there twice. Say once how far the job meets it.")
        return self

    def _faults_of_changes(self) -> Iterator[str]:
        days = [change.from_day for change in self.changes]
        if days and self.started_on and days[0] <= self.started_on:
            yield "what was so from the first day is no change. Put it into the job itself."
        if any(later <= earlier for earlier, later in pairwise(days)):
            yield "put them in order, one for each day."
        if days and self.ended_on and days[-1] > self.ended_on:
            yield "this job ended before the last of them. Read the days again."
        if days and days[-1] > uk_date(self.written_at):
            yield "the day of the last had not come when the note was written. Send it on that day."
        if len({change.id for change in self.changes}) != len(days):
            yield "two have the same id. Give each its own."
