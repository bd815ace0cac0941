"""The employment status on its own: the NHS counts it at referral, at every change and at discharge.

The list and the hours are the NHS Data Dictionary's, in words. A vocational profile has the same two answers.
"""

from typing import Literal

from pydantic import Field, model_validator

from service.forms.asking import asked_when
from service.forms.days import uk_date
from service.forms.heading import Heading
from service.forms.text import PartialDate, Passage, first_day

EmploymentStatus = Literal[
    "employed",
    "unemployed_and_seeking",
    "student_not_seeking",
    "long_term_sick_or_disabled",
    "homemaker",
    "not_seeking_no_benefits",
    "unpaid_voluntary_work",
    "retired",
    "not_stated",
]
WeeklyHours = Literal["30_or_more", "16_to_29", "5_to_15", "1_to_4", "not_stated", "not_known"]
Occasion = Literal["referral", "change", "review", "discharge"]


def hours_go_with_work(status: EmploymentStatus, hours: WeeklyHours | None) -> None:
    """Raises ValueError, with the field's name first, where one is there without the other."""
    if hours and status != "employed":
        raise ValueError("weekly_hours: only somebody who is employed has weekly hours. Leave it out.")
    if status == "employed" and not hours:
        raise ValueError("weekly_hours: say how many hours a week, or that it is not known or not stated.")


class EmploymentStatusNote(Heading):
    """What it is on the day of `happened_at`, and since when that has been so, as far as it is known."""

    kind: Literal["employment_status"]
    occasion: Occasion
    employment_status: EmploymentStatus
    weekly_hours: WeeklyHours | None = Field(
        default=None, title="Weekly hours worked", json_schema_extra=asked_when("employment_status", ["employed"])
    )
    since: PartialDate | None = None
    note: Passage | None = None

    @model_validator(mode="after")
    def _makes_sense(self) -> "EmploymentStatusNote":
        hours_go_with_work(self.employment_status, self.weekly_hours)
        if self.since and first_day(self.since) > uk_date(self.happened_at).isoformat():
            raise ValueError("since: this is later than the day on which it was recorded.")
        return self
