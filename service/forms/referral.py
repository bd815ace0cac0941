"""A referral to the employment specialist: who asked, what came of it, when work with the specialist began and ended.

Zero exclusion: whoever wants to work is in. No diagnosis, risk, substance use or "not ready" can be chosen as the
reason for declining or closing, and there is no "other" to write one into. One note, with a version for each turn.
"""

from datetime import date
from typing import Annotated, Literal

from pydantic import Field, model_validator

from service.forms.asking import asked_when
from service.forms.days import uk_date
from service.forms.heading import Heading
from service.forms.text import Day, Line, Part, Passage
from service.forms.work_goal import ClinicalRole

AskedBy = Literal["client", "clinician", "team_meeting", "gp", "other"]
ReferralAnswer = Literal["waiting", "accepted", "declined"]
DeclineReason = Literal[
    "does_not_want_it",
    "already_has_employment_support",
    "not_with_the_team",
    "lives_outside_the_area",
    "could_not_be_reached",
    "no_place_free",
    "died",
]
CloseReason = Literal[
    "support_no_longer_needed",
    "no_longer_wants_it",
    "moved_away",
    "could_not_be_reached",
    "left_the_team",
    "moved_to_other_employment_support",
    "died",
]


class Colleague(Part):
    """Somebody of the clinical team who works with the specialist for this person."""

    role: ClinicalRole
    name: Line


class Referral(Heading):
    """`happened_at` is when the latest of its turns was: asked, answered, started or closed."""

    kind: Literal["referral"]
    asked_by: AskedBy
    clinical_role: ClinicalRole | None = Field(
        default=None, description="Which clinician asked.", json_schema_extra=asked_when("asked_by", ["clinician"])
    )
    asked_by_name: Line | None = Field(default=None, description="Who asked, or which team, as far as is known.")
    asked_on: Day
    why: Passage | None = Field(default=None, description="What whoever asked hopes for, in their words.")
    answer: ReferralAnswer = "waiting"
    answered_on: Day | None = Field(default=None, json_schema_extra=asked_when("answer", ["accepted", "declined"]))
    decline_reason: DeclineReason | None = Field(default=None, json_schema_extra=asked_when("answer", ["declined"]))
    started_on: Day | None = Field(default=None, description="The day on which work with the specialist began.")
    closed_on: Day | None = None
    close_reason: CloseReason | None = None
    team: Annotated[tuple[Colleague, ...], Field(max_length=10)] = Field(
        default=(), description="Who of the clinical team works with the specialist for this person."
    )
    note: Passage | None = None

    @model_validator(mode="after")
    def _asked_by_somebody(self) -> "Referral":
        if self.asked_by == "clinician" and not self.clinical_role:
            raise ValueError("clinical_role: say which role of the clinical team asked.")
        if self.asked_by != "clinician" and self.clinical_role:
            raise ValueError("clinical_role: only a clinician who asked has a clinical role. Leave it out.")
        if self.clinical_role == "gp":
            raise ValueError("clinical_role: where the GP asked, say so in asked_by, and leave this out.")
        if self.asked_by == "client" and self.asked_by_name:
            raise ValueError("asked_by_name: the client is named already. Leave it out.")
        if self.asked_by == "other" and not self.asked_by_name:
            raise ValueError("asked_by_name: say who asked.")
        return self

    @model_validator(mode="after")
    def _answered_or_not(self) -> "Referral":
        if self.answer == "waiting" and self.answered_on:
            raise ValueError("answered_on: a referral that waits has not been answered. Leave it out.")
        if self.answer != "waiting" and not self.answered_on:
            raise ValueError("answered_on: say on which day it was accepted or declined.")
        if self.answer == "declined" and not self.decline_reason:
            raise ValueError("decline_reason: say why it was declined.")
        if self.answer != "declined" and self.decline_reason:
            raise ValueError("decline_reason: this referral has not been declined. Leave it out.")
        return self

    @model_validator(mode="after")
    def _only_what_was_accepted_goes_on(self) -> "Referral":
        for name in ("started_on", "closed_on", "close_reason", "team"):
            if self.answer != "accepted" and getattr(self, name):
                raise ValueError(f"{name}: this referral has not been accepted. Leave it out.")
        if self.closed_on and not self.close_reason:
            raise ValueError("close_reason: say why it was closed.")
        if self.close_reason and not self.closed_on:
            raise ValueError("closed_on: say on which day it was closed, or leave the reason out.")
        if len(set(self.team)) != len(self.team):
            raise ValueError("team: name each colleague once.")
        return self

    @model_validator(mode="after")
    def _one_day_after_another(self) -> "Referral":
        if self.asked_on < self.client.birth_date:
            raise ValueError("asked_on: this is before the client was born. Read the date again.")
        written_on = uk_date(self.written_at)
        for name in ("asked_on", "answered_on", "started_on", "closed_on"):
            if (day := getattr(self, name)) and day > written_on:
                raise ValueError(f"{name}: this day had not come when the note was written. Read the date again.")
        # Work may begin on the day they meet, before the team has said yes: neither has to come first.
        for name in ("answered_on", "started_on"):
            if (day := getattr(self, name)) and day < self.asked_on:
                raise ValueError(f"{name}: this is before it was asked for. Read the dates again.")
        if self.closed_on and self.closed_on < self.last_turn_before_the_close:
            raise ValueError("closed_on: this is before it was answered or started. Read the dates again.")
        return self

    @property
    def last_turn_before_the_close(self) -> date:
        """The latest of the days on which it was asked, answered and started."""
        return max(day for day in (self.asked_on, self.answered_on, self.started_on) if day)
