"""A request to the clinical team, and what came of it: one note, with a version for each turn.

The answer is the clinician's, word for word, whether the specialist heard it or the clinician wrote it in the record.
"""

from typing import Final, Literal, get_args
from uuid import UUID

from pydantic import Field, model_validator

from service.forms.asking import asked_when
from service.forms.days import uk_date
from service.forms.heading import Heading
from service.forms.text import Day, Line, Part, Passage
from service.forms.work_goal import ClinicalRole

AskedFor = Literal[
    "medication_review", "side_effect_review", "letter", "adjustments_advice", "job_match_information", "other"
]
RequestState = Literal["asked", "taken_up", "answered", "declined", "closed", "withdrawn"]

_TAKEN_UP: Final = tuple(one for one in get_args(RequestState) if one != "asked")
_SAYS_WHY: Final = ("declined", "closed", "withdrawn")
_MAY_HAVE_AN_ANSWER: Final = ("answered", "declined", "closed")


class TeamAnswer(Part):
    """What the team answered: who, on which day, in their own words. The role where it is known."""

    by: Line
    role: ClinicalRole | None = None
    on: Day
    words: Passage


class TeamRequest(Heading):
    """`happened_at` is when it was asked, in every version; `by_when` is the last day on which an answer helps."""

    kind: Literal["team_request"]
    asked_for: AskedFor
    of_role: ClinicalRole = Field(title="Asked of which role")
    of_name: Line | None = Field(default=None, title="Asked of whom, by name")
    words: Passage = Field(title="In your words", description="What is asked, and what it is for.")
    by_when: Day | None = None
    state: RequestState = "asked"
    taken_up_by: Line | None = Field(default=None, json_schema_extra=asked_when("state", _TAKEN_UP))
    taken_up_on: Day | None = Field(default=None, json_schema_extra=asked_when("state", _TAKEN_UP))
    answer: TeamAnswer | None = Field(default=None, json_schema_extra=asked_when("state", _MAY_HAVE_AN_ANSWER))
    why: Passage | None = Field(
        default=None,
        description="Why it was declined, withdrawn, or closed unanswered.",
        json_schema_extra=asked_when("state", _SAYS_WHY),
    )
    goal_id: UUID | None = Field(default=None, description="The note of the work goal that it is for.")
    job_id: UUID | None = Field(default=None, description="The note of the job that it is for.")

    @model_validator(mode="after")
    def _turns_make_sense(self) -> "TeamRequest":
        if self.state == "asked" and (self.taken_up_by or self.taken_up_on):
            raise ValueError("state: somebody has taken it up. Say taken_up, or leave out who and when.")
        if self.state == "answered" and not self.answer:
            raise ValueError("answer: say who answered, when, and in which words.")
        if self.answer and self.state not in _MAY_HAVE_AN_ANSWER:
            raise ValueError("answer: only a request that was answered, declined or then closed has an answer.")
        if self.state in _SAYS_WHY and not (self.why or self.answer):
            raise ValueError("why: say why it was declined, withdrawn, or closed without an answer.")
        if self.why and self.state not in _SAYS_WHY:
            raise ValueError("why: this is said of a request that was declined, withdrawn or closed.")
        return self

    @model_validator(mode="after")
    def _days_make_sense(self) -> "TeamRequest":
        asked_on, written_on = uk_date(self.happened_at), uk_date(self.written_at)
        answered_on = self.answer.on if self.answer else None
        if self.by_when and self.by_when < asked_on:
            raise ValueError("by_when: this is before it was asked.")
        if self.taken_up_on and not asked_on <= self.taken_up_on <= written_on:
            raise ValueError("taken_up_on: this is before it was asked, or after the note was written.")
        if answered_on and not (self.taken_up_on or asked_on) <= answered_on <= written_on:
            raise ValueError("answer.on: this is before it was asked or taken up, or after the note was written.")
        return self

    def refers_to(self) -> tuple[UUID, ...]:
        """The goal and the job it is for."""
        return tuple(note_id for note_id in (self.goal_id, self.job_id) if note_id)
