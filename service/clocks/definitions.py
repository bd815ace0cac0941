"""What each clock measures, in whose words, from which source; where bodies disagree, each has its own.

A definition is never changed: a body that changes its mind gets a new one with a new id, beside the old.
"""

from dataclasses import dataclass
from typing import Final

_FIDELITY: Final = "UK IPS fidelity scale"


@dataclass(frozen=True, slots=True)
class Definition:
    """`limit` is in days; None where the body names none. `confirmed` is False where we have not read its source."""

    id: str
    body: str
    words: str
    source: str
    limit: int | None = None
    confirmed: bool = True


@dataclass(frozen=True, slots=True)
class Sustained:
    """Work of `weeks` weeks, in any `of_weeks` from the start, each with at least `hours` hours where it is said."""

    definition: Definition
    weeks: int
    of_weeks: int
    hours: int


@dataclass(frozen=True, slots=True)
class AroundJobStart:
    """Contacts with the client that are due around a job's first day, in days and counts of periods."""

    definition: Definition
    days_before: int
    days_after: int
    weeks: int
    months: int


ACCESS_NHS_ENGLAND: Final = Definition(
    id="access/nhs-england-2024",
    body="NHS England",
    words="From the referral to the first direct contact that the client attended: attendance 5 or 6, "
    "mechanism 01, 02, 04 or 11.",
    source="NHS England, quick guide to submitting Individual Placement and Support access, August 2024",
)
ACCESS_IPS_GROW: Final = Definition(
    id="access/ips-grow-1",
    body="IPS Grow",
    words="From the day the person was taken on to the first contact with them; a contact is taken for meaningful "
    "where NHS England would count it.",
    source="IPS Grow: first meaningful contact after agreeing to take part",
)
RAPID_JOB_SEARCH: Final = Definition(
    id="rapid-job-search/uk-fidelity-25",
    body=_FIDELITY,
    words="From the first day with the employment specialist to the first face-to-face contact with an employer, "
    "with or without the person.",
    source=f"{_FIDELITY}, 25 items: rapid search for competitive jobs, 30 days at level 5",
    limit=30,
)
LAST_CONTACT: Final = Definition(
    id="active/ips-grow-1",
    body="IPS Grow",
    words="Since the last contact in which the person took part.",
    source="IPS Grow: active is a contact in the last 4 weeks",
    limit=28,
)
WEEKS_IN_WORK: Final = Definition(
    id="weeks-in-work/joined-up-1",
    body="Joined Up",
    words="Whole weeks from the first day in a job to its last day, or to today.",
    source="the job's own dates",
)
PROFILE_AGE: Final = Definition(
    id="profile-age/joined-up-1",
    body="Joined Up",
    words="Since the vocational profile was last written or added to.",
    source="the profile's newest version",
)
GOAL_CONFIRMED: Final = Definition(
    id="goal-confirmed/joined-up-1",
    body="Joined Up",
    words="Since an open work goal was last looked at with the person, or agreed with the clinical team.",
    source="the goal's newest version; 12 weeks are ours",
    limit=84,
)
SUSTAINED_IPS_GROW: Final = Sustained(
    Definition(
        id="sustained/ips-grow-1",
        body="IPS Grow",
        words="A job that lasts beyond 13 weeks.",
        source="IPS Grow: sustained is beyond 13 weeks",
    ),
    weeks=13,
    of_weeks=13,
    hours=0,
)
SUSTAINED_DWP: Final = Sustained(
    Definition(
        id="sustained/dwp-1",
        body="DWP",
        words="At least 7 hours a week in 13 of 16 weeks; hours that are not known do not count.",
        source="Department for Work and Pensions: at least 7 hours a week for 13 of 16 weeks",
    ),
    weeks=13,
    of_weeks=16,
    hours=7,
)
AROUND_JOB_START: Final = AroundJobStart(
    Definition(
        id="around-job-start/uk-fidelity-25",
        body=_FIDELITY,
        words="A contact within a week before a job starts and within 3 days after, each week of the first month, "
        "and each month of the first year.",
        source=f"{_FIDELITY}, 25 items: time-unlimited support, level 5",
        confirmed=False,
    ),
    days_before=7,
    days_after=3,
    weeks=4,
    months=12,
)
