"""Benefits advice: by whom, about which change, what was said, and whether work leaves the person better off.

IPS gives it before a job starts and at every change.
"""

from typing import Annotated, Literal, get_args

from pydantic import Field, model_validator

from service.forms.asking import asked_when
from service.forms.heading import Heading
from service.forms.text import Line, Passage

Adviser = Literal["specialist", "benefits_adviser", "jobcentre", "advice_charity", "other"]
BenefitsChange = Literal[
    "starting_work", "more_hours", "fewer_hours", "job_ending", "self_employment", "education", "other"
]

_MOST_POUNDS = 2_000
_OTHERS = tuple(one for one in get_args(Adviser) if one != "specialist")


class BenefitsAdvice(Heading):
    """`adviser` is a name or an organisation. `better_off_a_week` is in pounds; what is below zero is worse off."""

    kind: Literal["benefits_advice"]
    given_by: Adviser
    adviser: Line | None = Field(
        default=None,
        title="Who gave it, by name or organisation",
        json_schema_extra=asked_when("given_by", _OTHERS),
    )
    about: Annotated[tuple[BenefitsChange, ...], Field(min_length=1, max_length=7, title="About which change")]
    benefits: Annotated[tuple[Line, ...], Field(max_length=30)] = ()
    advice: Passage = Field(title="What was said")
    outcome: Passage | None = Field(default=None, description="What the person decided, in their words.")
    better_off_a_week: Annotated[int, Field(ge=-_MOST_POUNDS, le=_MOST_POUNDS)] | None = Field(
        default=None, title="Pounds a week better off", description="Below zero: worse off."
    )

    @model_validator(mode="after")
    def _makes_sense(self) -> "BenefitsAdvice":
        if self.given_by == "specialist" and self.adviser:
            raise ValueError("adviser: whoever wrote this gave the advice. Leave the adviser out.")
        if self.given_by != "specialist" and not self.adviser:
            raise ValueError("adviser: say who gave the advice, by name or organisation.")
        if len(set(self.about)) != len(self.about):
            raise ValueError("about: say each change once.")
        return self
