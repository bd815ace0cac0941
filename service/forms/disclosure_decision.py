"""What an employer may be told about the person's health, as the person has decided: one employer, or all.

Nothing may be told unless a decision says so. The words are the person's: whoever tells uses them as they stand.
"""

from typing import Annotated, Final, Literal

from pydantic import Field, model_validator

from service.forms.asking import asked_when
from service.forms.days import uk_date
from service.forms.heading import Heading
from service.forms.text import Day, Line, Part, Passage

Decided = Literal["nothing", "some_things", "openly"]
Sayable = Literal["support", "adjustments", "time_off", "health", "gap_in_work", "other"]
Teller = Literal["client", "specialist", "clinician"]

_SOMETHING: Final = ("some_things", "openly")


class Said(Part):
    """One thing that may be told, word for word."""

    about: Sayable
    words: Passage = Field(title="Word for word")


class DisclosureDecision(Heading):
    """Without an `employer` it holds for all that have no decision of their own. It ends with the day `until`."""

    kind: Literal["disclosure_decision"]
    employer: Line | None = Field(default=None, description="Left out: it holds for every employer.")
    decision: Decided
    may_be_told: Annotated[tuple[Said, ...], Field(max_length=20)] = Field(
        default=(), json_schema_extra=asked_when("decision", _SOMETHING)
    )
    by_whom: Annotated[tuple[Teller, ...], Field(max_length=3)] = Field(
        default=(), title="Who may tell", json_schema_extra=asked_when("decision", _SOMETHING)
    )
    until: Day | None = None
    review_on: Day | None = None
    pros_and_cons_discussed: bool
    note: Passage | None = None

    @model_validator(mode="after")
    def _makes_sense(self) -> "DisclosureDecision":
        if self.decision == "nothing" and (self.may_be_told or self.by_whom):
            raise ValueError("may_be_told: where nothing may be told, leave out what and by whom.")
        if self.decision == "some_things" and not self.may_be_told:
            raise ValueError("may_be_told: say what may be told, in the person's words.")
        if self.decision != "nothing" and not self.by_whom:
            raise ValueError("by_whom: say who may tell.")
        if len(set(self.by_whom)) != len(self.by_whom):
            raise ValueError("by_whom: name each once.")
        if self.until and self.until < uk_date(self.happened_at):
            raise ValueError("until: this is before the decision was made.")
        return self
