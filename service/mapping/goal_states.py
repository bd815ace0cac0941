"""Where a goal and each of its steps stand, as FHIR and as people say it.

A step left open under a goal that was changed or dropped is no longer asked of anybody, and under a paused
goal it rests: nobody's worklist shows work for a goal that has ended.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from service.forms.work_goal import GoalStatus, Progress, Step, WorkGoal
from service.mapping.care_plan import TaskState
from service.mapping.terms import GOAL_ACHIEVED, GOAL_IN_PROGRESS, GOAL_NOT_ACHIEVED
from service.r4.resource import Json


@dataclass(frozen=True, slots=True)
class GoalState:
    """`lifecycle` is Goal.lifecycleStatus, `achievement` a Coding, `plan` CarePlan.status."""

    words: str
    lifecycle: str
    achievement: Json | None
    plan: str

    @property
    def ended(self) -> bool:
        return self.lifecycle in ("completed", "cancelled")


_GOALS: Mapping[GoalStatus, GoalState] = {
    "active": GoalState("active", "active", GOAL_IN_PROGRESS, "active"),
    "paused": GoalState("paused", "on-hold", None, "on-hold"),
    "achieved": GoalState("achieved", "completed", GOAL_ACHIEVED, "completed"),
    "changed": GoalState("changed to another goal", "cancelled", GOAL_NOT_ACHIEVED, "revoked"),
    "dropped": GoalState("dropped", "cancelled", GOAL_NOT_ACHIEVED, "revoked"),
}
_STEPS: Mapping[Progress, TaskState] = {
    "todo": TaskState("to do", "requested"),
    "doing": TaskState("being done", "in-progress"),
    "done": TaskState("done", "completed"),
    "dropped": TaskState("dropped", "cancelled"),
}
_LEFT_OPEN: Mapping[GoalStatus, TaskState] = {
    "paused": TaskState("on hold", "on-hold", "The goal is paused."),
    "changed": TaskState("no longer needed", "cancelled", "The goal was changed to another one."),
    "dropped": TaskState("no longer needed", "cancelled", "The goal was dropped."),
}


def state_of_goal(goal: WorkGoal) -> GoalState:
    return _GOALS[goal.status]


def state_of_step(step: Step, goal: WorkGoal) -> TaskState:
    state = _STEPS[step.progress]
    if step.why_dropped:
        return TaskState(state.words, state.task, step.why_dropped)
    if step.progress in ("todo", "doing"):
        return _LEFT_OPEN.get(goal.status, state)
    return state
