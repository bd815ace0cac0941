"""What a question is about, in codes of others: for whoever finds, compares or extracts answers by them.

Only what the mapping sends for the same answer. `now` marks what an EHR may take out of the answers as an
Observation by SDC's observation-based extraction, which says that it is so now; a past job is not.
https://hl7.org/fhir/uv/sdc/extraction.html#observation-based-extraction
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from service.mapping.code_lists import NHS_WEEKLY_HOURS_WORKED, WEEKLY_HOURS_AS_NUMBER, Code, our_coding
from service.mapping.job_lists import (
    JOB_FOUND_THROUGH,
    MINIMUM_WAGE_AND_GOING_RATE,
    NOT_SET_ASIDE,
    OPEN_TO_ANYONE,
    PERMANENT_OR_TEMPORARY,
    WHY_JOB_ENDED,
)
from service.mapping.names import Names
from service.mapping.terms import (
    BENEFIT_STATUS,
    EDUCATION,
    EMPLOYMENT_STATUS_ASKED,
    HISTORY_OF_OCCUPATION,
    JOB_DETAILS,
    QUALIFICATIONS,
    VOCATIONAL_ASSESSMENT,
)
from service.r4.resource import Json


@dataclass(frozen=True, slots=True)
class Meaning:
    """A coding of others, or one of ours by its list."""

    coding: Json | None = None
    ours: tuple[str, Code] | None = None
    now: bool = False

    def codings(self, names: Names) -> list[Json]:
        """For `Questionnaire.item.code`."""
        own = [our_coding(names, *self.ours)] if self.ours else []
        return own + ([self.coding] if self.coding else [])


_NHS_HOURS: Final = Meaning(ours=("nhs-data-item", NHS_WEEKLY_HOURS_WORKED))
_NO_MEANING: Final = Meaning()

OF_KIND: Final[Mapping[str, Json]] = {"vocational_profile": VOCATIONAL_ASSESSMENT}

_OF_QUESTIONS: Final[Mapping[str, Mapping[str, Meaning]]] = {
    "benefits_advice": {"benefits": Meaning(BENEFIT_STATUS, now=True)},
    "employment_status": {
        "employment_status": Meaning(EMPLOYMENT_STATUS_ASKED, now=True),
        "weekly_hours": _NHS_HOURS,
    },
    "job": {
        "title": Meaning(HISTORY_OF_OCCUPATION),
        "hours_per_week": Meaning(ours=("work-data-item", WEEKLY_HOURS_AS_NUMBER)),
        "term": Meaning(ours=("work-data-item", PERMANENT_OR_TEMPORARY)),
        "competitive.open_to_anyone": Meaning(ours=("work-data-item", OPEN_TO_ANYONE)),
        "competitive.minimum_wage_and_going_rate": Meaning(ours=("work-data-item", MINIMUM_WAGE_AND_GOING_RATE)),
        "competitive.not_set_aside": Meaning(ours=("work-data-item", NOT_SET_ASIDE)),
        "found_through": Meaning(ours=("work-data-item", JOB_FOUND_THROUGH)),
        "end_reason": Meaning(ours=("work-data-item", WHY_JOB_ENDED)),
        "weekly_hours_after": _NHS_HOURS,
    },
    "vocational_profile": {
        "employment_status": Meaning(EMPLOYMENT_STATUS_ASKED, now=True),
        "weekly_hours": _NHS_HOURS,
        "jobs": Meaning(JOB_DETAILS),
        "jobs.title": Meaning(HISTORY_OF_OCCUPATION),
        "jobs.hours_per_week": Meaning(ours=("work-data-item", WEEKLY_HOURS_AS_NUMBER)),
        "education": Meaning(EDUCATION),
        "qualifications": Meaning(QUALIFICATIONS),
        "benefits": Meaning(BENEFIT_STATUS, now=True),
    },
}


def meaning_of(kind: str, link_id: str) -> Meaning:
    """Most questions have no code that says the same."""
    return _OF_QUESTIONS.get(kind, {}).get(link_id, _NO_MEANING)
