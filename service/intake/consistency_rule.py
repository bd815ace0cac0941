"""Notes of one client that contradict one another: raised to whoever wrote them, and never put right by themselves.

Pure. Which of two notes is wrong only a person knows. `concerns.py` asks it.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from service.clocks.freshness import confirmed_on, is_open
from service.forms.job import JobNote
from service.forms.note import Form
from service.forms.referral import Referral
from service.forms.support_plan import SupportPlan
from service.forms.work_goal import WorkGoal

READ: Final = ("job", "referral", "support_plan", "work_goal")

_GOAL_OPEN: Final = (
    "The job that this goal was for has started, and the goal has not been looked at since. "
    "Amend it: achieved, with the job's id in `job_id`; or still open, and why."
)
_JOB_AFTER_CLOSE: Final = (
    "This job started after the referral was closed, and none has been made since. "
    "Check both dates; where they are right, write a referral."
)
_GOAL_DROPPED: Final = (
    "The goal that this plan is for was dropped or changed, and the plan is still in force. "
    "End the plan, or name the goal that it is for now."
)


@dataclass(frozen=True, slots=True)
class Contradiction:
    """`note` is the one to look at first."""

    code: str
    note: Form
    sentence: str


def contradictions(forms: Iterable[Form]) -> list[Contradiction]:
    """`forms` are the newest versions of one client's notes, none retracted, in any order."""
    notes = tuple(forms)
    goals = [note for note in notes if isinstance(note, WorkGoal)]
    jobs = [note for note in notes if isinstance(note, JobNote)]
    referrals = [note for note in notes if isinstance(note, Referral)]
    plans = [note for note in notes if isinstance(note, SupportPlan)]
    return [
        *_open_though_the_job_started(goals, jobs),
        *_after_the_close(jobs, referrals),
        *_for_a_goal_no_more(plans, goals),
    ]


def _open_though_the_job_started(goals: Sequence[WorkGoal], jobs: Sequence[JobNote]) -> Iterator[Contradiction]:
    for goal in goals:
        days = [job.started_on for job in jobs if job.started_on and job.goal_id == goal.id]
        since = max(days, default=None)
        # Whoever looked at the goal after the first day and left it open has decided so.
        if since and is_open(goal) and confirmed_on(goal) <= since:
            yield Contradiction("goal_open_though_its_job_started", goal, _GOAL_OPEN)


def _after_the_close(jobs: Sequence[JobNote], referrals: Sequence[Referral]) -> Iterator[Contradiction]:
    for job in jobs:
        if job.started_on and _closed_before(job.started_on, referrals):
            yield Contradiction("job_after_the_close", job, _JOB_AFTER_CLOSE)


def _closed_before(day: date, referrals: Sequence[Referral]) -> bool:
    """Every referral made by then had been closed; with no referral at all, none was closed."""
    made = [one for one in referrals if one.answer == "accepted" and one.asked_on <= day]
    return bool(made) and all(one.closed_on and one.closed_on < day for one in made)


def _for_a_goal_no_more(plans: Sequence[SupportPlan], goals: Sequence[WorkGoal]) -> Iterator[Contradiction]:
    dropped = {goal.id for goal in goals if goal.status in ("dropped", "changed")}
    for plan in plans:
        if plan.status != "ended" and plan.goal_id in dropped:
            yield Contradiction("plan_for_a_goal_no_more", plan, _GOAL_DROPPED)
