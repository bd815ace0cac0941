"""A plan that supports somebody at work: keeping well, going back, support in the job, or adjustments; line by line.

What the employer may read of it stands in fields of its own, in words meant for them; all else is the record's.
"""

from collections.abc import Iterator
from typing import Annotated, Final, Literal
from uuid import UUID

from pydantic import Field, model_validator

from service.forms.asking import asked_when
from service.forms.days import uk_date
from service.forms.heading import Heading
from service.forms.text import Day, Line, Part, Passage
from service.forms.work_goal import ClinicalRole

PlanSort = Literal["work_health_and_wellbeing", "return_to_work", "in_work_support", "workplace_adjustments"]
PlanStatus = Literal["active", "paused", "ended"]
HowFar = Literal["not_started", "under_way", "done", "dropped"]
LineDoer = Literal["client", "specialist", "clinician", "employer", "somebody_else"]
LineTopic = Literal[
    "keeping_well",
    "first_aid_kit",
    "triggers",
    "ups_and_downs",
    "in_a_crisis",
    "meeting_before_the_return",
    "first_week",
    "graded_hours",
    "telling_colleagues",
    "checking_in",
    "hours",
    "duties",
    "supervision",
    "task_lists",
    "someone_to_talk_to",
    "leave_over_the_year",
    "buddy",
    "shifts",
]

THE_PERSONS_OWN: Final = frozenset({"keeping_well", "first_aid_kit", "triggers", "ups_and_downs", "in_a_crisis"})


class EmployerAnswer(Part):
    """What the employer said to a line, on which day; who of theirs, where that is known."""

    agreed: bool
    on: Day
    with_whom: Line | None = None


class ShownToEmployer(Part):
    """What the employer may read of a line: words meant for them, to which the client said yes on that day."""

    words: Passage
    client_agreed_on: Day


class SupportLine(Part):
    """One line. `id` is the phone's own, and stays the same in later versions."""

    id: UUID
    what: Passage
    about: LineTopic | None = None
    who: LineDoer
    clinical_role: ClinicalRole | None = Field(default=None, json_schema_extra=asked_when("who", ["clinician"]))
    who_name: Line | None = Field(
        default=None,
        description="The name of the clinician, or of whoever else it is.",
        json_schema_extra=asked_when("who", ["clinician", "employer", "somebody_else"]),
    )
    since: Day | None = Field(default=None, description="The day on which it began, or is to begin.")
    by_when: Day | None = None
    how_far: HowFar = "not_started"
    why_dropped: Line | None = Field(default=None, json_schema_extra=asked_when("how_far", ["dropped"]))
    employer_answer: EmployerAnswer | None = Field(default=None, description="Left out: it was not put to them.")
    shown_to_employer: ShownToEmployer | None = Field(
        default=None, description="What the employer may read of it. Left out: nothing."
    )

    @property
    def has_to_do_with_the_employer(self) -> bool:
        return self.who == "employer" or bool(self.employer_answer or self.shown_to_employer)

    @model_validator(mode="after")
    def _makes_sense(self) -> "SupportLine":
        if self.who == "clinician" and not self.clinical_role:
            raise ValueError("clinical_role: say which role of the clinical team does this.")
        if self.who != "clinician" and self.clinical_role:
            raise ValueError("clinical_role: only what a clinician does has a clinical role. Leave it out.")
        if self.who in ("client", "specialist") and self.who_name:
            raise ValueError("who_name: the client and the specialist are named already. Leave it out.")
        if self.who == "somebody_else" and not self.who_name:
            raise ValueError("who_name: say who does this.")
        if self.why_dropped and self.how_far != "dropped":
            raise ValueError("why_dropped: this line has not been dropped.")
        return self


class SupportPlan(Heading):
    """One version of a plan with all its lines: a later version replaces it."""

    kind: Literal["support_plan"]
    sort: PlanSort
    status: PlanStatus = "active"
    why: Passage | None = Field(
        default=None,
        description="Why it was paused or ended.",
        json_schema_extra=asked_when("status", ["paused", "ended"]),
    )
    employer: Line | None = None
    goal_id: UUID | None = Field(default=None, description="The note of the work goal that it is for.")
    lines: Annotated[tuple[SupportLine, ...], Field(max_length=30)] = ()
    review_on: Day | None = None
    note: Passage | None = None

    @model_validator(mode="after")
    def _makes_sense(self) -> "SupportPlan":
        if self.why and self.status == "active":
            raise ValueError("why: this is said of a plan that is paused or ended. Leave it out.")
        ids = [line.id for line in self.lines]
        if len(set(ids)) != len(ids):
            raise ValueError("lines: two lines have the same id. Give each line its own.")
        for number, line in enumerate(self.lines):
            if fault := next(self._faults(line), None):
                raise ValueError(f"lines.{number}.{fault}")
        return self

    @model_validator(mode="after")
    def _names_the_employer(self) -> "SupportPlan":
        if not self.employer and any(line.has_to_do_with_the_employer for line in self.lines):
            raise ValueError("employer: a line has to do with the employer. Say which employer this is.")
        return self

    def _faults(self, line: SupportLine) -> Iterator[str]:
        """What a line says that does not go with the plan it is in, or with the day the note was written."""
        written_on = uk_date(self.written_at)
        answer, shown = line.employer_answer, line.shown_to_employer
        if self.sort == "work_health_and_wellbeing" and shown:
            yield "shown_to_employer: a wellbeing plan is the person's own. Show the employer a plan of another sort."
        if self.sort != "work_health_and_wellbeing" and line.about in THE_PERSONS_OWN:
            yield "about: this belongs in a work health and wellbeing plan. Write it there."
        if line.since and line.since > written_on and line.how_far in ("under_way", "done"):
            yield "since: this day had not come when the note was written. Say not_started, or read it again."
        if answer and answer.on > written_on:
            yield "employer_answer.on: this day had not come when the note was written. Read it again."
        if shown and shown.client_agreed_on > written_on:
            yield "shown_to_employer.client_agreed_on: this day had not come when the note was written. Read it again."

    def refers_to(self) -> tuple[UUID, ...]:
        """The goal it is for."""
        return (self.goal_id,) if self.goal_id else ()
