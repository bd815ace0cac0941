"""A work goal in the person's own words, and the steps towards it: who does what by when."""

from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field, model_validator

from service.forms.asking import asked_when
from service.forms.days import uk_date
from service.forms.heading import Heading
from service.forms.text import Day, Line, Part, Passage

GoalSort = Literal["competitive_job", "keep_job", "change_job", "self_employment", "education"]
GoalStatus = Literal["active", "paused", "achieved", "changed", "dropped"]
Progress = Literal["todo", "doing", "done", "dropped"]
Doer = Literal["client", "specialist", "clinician"]
ClinicalRole = Literal[
    "care_coordinator",
    "psychiatrist",
    "nurse",
    "psychologist",
    "occupational_therapist",
    "social_worker",
    "support_worker",
    "pharmacist",
    "team_manager",
    "gp",
]


class Step(Part):
    """One step. `id` is the phone's own, and stays the same in later versions."""

    id: UUID
    what: Passage
    who: Doer
    clinical_role: ClinicalRole | None = Field(default=None, json_schema_extra=asked_when("who", ["clinician"]))
    by_when: Day | None = None
    progress: Progress = "todo"
    why_dropped: Line | None = Field(default=None, json_schema_extra=asked_when("progress", ["dropped"]))

    @model_validator(mode="after")
    def _makes_sense(self) -> "Step":
        if self.who == "clinician" and not self.clinical_role:
            raise ValueError("clinical_role: say which role of the clinical team does this step.")
        if self.who != "clinician" and self.clinical_role:
            raise ValueError("clinical_role: only a step that a clinician does has a clinical role. Leave it out.")
        if self.why_dropped and self.progress != "dropped":
            raise ValueError("why_dropped: this step has not been dropped.")
        return self


class WorkGoal(Heading):
    """One version of a goal with all its steps: a later version replaces it."""

    kind: Literal["work_goal"]
    words: Passage = Field(title="The goal, in the person's own words")
    sort: GoalSort = Field(title="Sort of goal")
    hours_per_week: Annotated[int, Field(ge=1, le=60)] | None = Field(default=None, title="Hours a week")
    target_date: Day | None = None
    importance: Annotated[int, Field(ge=0, le=10)] | None = Field(
        default=None, description="How important it is to the person: 0 not at all, 10 above everything."
    )
    status: GoalStatus = "active"
    why: Passage | None = Field(default=None, description="Why it was changed, dropped or paused.")
    steps: Annotated[tuple[Step, ...], Field(max_length=30)] = ()
    agreed_with_team_on: Day | None = None
    job_id: UUID | None = Field(
        default=None,
        description="The note of the job that came of it.",
        json_schema_extra=asked_when("status", ["achieved"]),
    )

    @model_validator(mode="after")
    def _makes_sense(self) -> "WorkGoal":
        if self.status in ("changed", "dropped") and not self.why:
            raise ValueError("why: say why the goal was changed or dropped.")
        if self.agreed_with_team_on and self.agreed_with_team_on > uk_date(self.written_at):
            raise ValueError("agreed_with_team_on: this day had not come when the note was written.")
        if self.job_id and self.status != "achieved":
            raise ValueError("job_id: only a goal that was achieved has a job that came of it. Leave it out.")
        ids = [step.id for step in self.steps]
        if len(set(ids)) != len(ids):
            raise ValueError("steps: two steps have the same id. Give each step its own.")
        return self

    def refers_to(self) -> tuple[UUID, ...]:
        """The job that came of it; the job's own `goal_id` is no reference, so that they never go both ways."""
        return (self.job_id,) if self.job_id else ()
