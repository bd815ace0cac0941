"""The answers that a form's choice may have, each as a coding: from a published list where there is one for it.

Every other word of a form is in our CodeSystem `note-answer`, by kind and question: the same word means one thing
in one question and something else in another.
"""

from collections.abc import Iterable, Mapping
from typing import Any, Final, NamedTuple

from service.mapping.code_lists import (
    ASKED_OF_TEAM,
    ATTENDANCE,
    BENEFITS_CHANGE,
    CLINICAL_ROLE,
    CLOSE_REASON,
    DECLINE_REASON,
    DISCLOSURE,
    EMPLOYMENT_STATUS,
    GOAL_SORT,
    LOCATION_TYPE,
    LOCATION_TYPE_SYSTEM,
    MECHANISM,
    REFERRAL_SOURCE,
    SUPPORT_PLAN_SORT,
    SUPPORT_TOPIC,
    TOPIC,
    WEEKLY_HOURS,
    Code,
    coded,
)
from service.mapping.job_lists import JOB_END_REASON, JOB_SOURCE, JOB_TERM
from service.mapping.names import Names
from service.r4.resource import Json

NOTE_ANSWER: Final = "note-answer"

# By the name that our CodeSystem has; UK Core's by its URL.
_LISTS: Final[Mapping[str, Mapping[Any, Code]]] = {
    "asked-of-team": ASKED_OF_TEAM,
    "benefits-change": BENEFITS_CHANGE,
    "clinical-role": CLINICAL_ROLE,
    "disclosure-preference": DISCLOSURE,
    "ips-activity": TOPIC,
    "job-end-reason": JOB_END_REASON,
    "job-source": JOB_SOURCE,
    "job-term": JOB_TERM,
    "nhs-attendance-status": ATTENDANCE,
    "nhs-consultation-mechanism": MECHANISM,
    "nhs-employment-status": EMPLOYMENT_STATUS,
    "nhs-weekly-hours-worked": WEEKLY_HOURS,
    "plan-type": SUPPORT_PLAN_SORT,
    "referral-close-reason": CLOSE_REASON,
    "referral-decline-reason": DECLINE_REASON,
    "referral-source": REFERRAL_SOURCE,
    "support-topic": SUPPORT_TOPIC,
    "work-goal-sort": GOAL_SORT,
    LOCATION_TYPE_SYSTEM: LOCATION_TYPE,
}
_SPELLINGS: Final = {"nhs": "NHS", "gp": "GP", "id": "ID", "todo": "to do"}


class Option(NamedTuple):
    """A word of the form, and the coding that says the same."""

    word: str
    list_name: str
    entry: Code

    def coding(self, names: Names) -> Json:
        """An R4 `Coding`."""
        by_url = self.list_name.startswith("https:")
        return coded(self.list_name if by_url else names.code_system(self.list_name), self.entry)


def options_of(kind: str, link_id: str, words: Iterable[str]) -> tuple[Option, ...]:
    """In the form's order; none where it is no choice."""
    listed = tuple(words)
    for name, entries in _LISTS.items():
        if set(entries) == set(listed):
            return tuple(Option(word, name, entries[word]) for word in listed)
    own = (Code(f"{kind}.{link_id}.{word}", spelt_out(word)) for word in listed)
    return tuple(Option(word, NOTE_ANSWER, entry) for word, entry in zip(listed, own, strict=True))


def spelt_out(name: str) -> str:
    """`by_when` → `By when`; `nhs_number` → `NHS number`."""
    words = " ".join(_SPELLINGS.get(word, word) for word in name.split("_"))
    return words[:1].upper() + words[1:]
