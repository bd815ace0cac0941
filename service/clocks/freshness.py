"""How old what is known is: the vocational profile, and each open work goal."""

from datetime import date

from service.clocks.clock import Clock, measured
from service.clocks.definitions import GOAL_CONFIRMED, PROFILE_AGE
from service.clocks.history import History
from service.forms.days import uk_date
from service.forms.work_goal import WorkGoal


def profile_clock(history: History, on: date) -> Clock:
    """A second profile does not make the first one younger: the newest counts."""
    written = [uk_date(profile.happened_at) for profile in history.profiles]
    return measured(PROFILE_AGE, on, start=max((day for day in written if day <= on), default=None))


def goal_clocks(history: History, on: date) -> tuple[Clock, ...]:
    """For each open goal. What was looked at after the day `on` is not known yet."""
    open_goals = sorted((goal for goal in history.goals if is_open(goal)), key=lambda goal: goal.id)
    return tuple(measured(GOAL_CONFIRMED, on, start=confirmed_on(goal), note_id=goal.id) for goal in open_goals)


def is_open(goal: WorkGoal) -> bool:
    """Neither achieved nor given up."""
    return goal.status in ("active", "paused")


def confirmed_on(goal: WorkGoal) -> date:
    """The later of the day it was looked at with the person, and the day the team agreed it."""
    looked_at = uk_date(goal.happened_at)
    return max(looked_at, goal.agreed_with_team_on) if goal.agreed_with_team_on else looked_at
