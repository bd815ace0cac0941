"""Where a support plan and each of its lines stand, as FHIR and as people say it.

What is left open when a plan ends is no longer asked of anybody, and while it is paused it rests.
"""

from collections.abc import Mapping

from service.forms.support_plan import HowFar, PlanStatus, SupportLine, SupportPlan
from service.mapping.care_plan import TaskState

# CarePlan.status.
PLAN_STATUS: Mapping[PlanStatus, str] = {"active": "active", "paused": "on-hold", "ended": "completed"}

_LINES: Mapping[HowFar, TaskState] = {
    "not_started": TaskState("not started", "requested"),
    "under_way": TaskState("under way", "in-progress"),
    "done": TaskState("done", "completed"),
    "dropped": TaskState("dropped", "cancelled"),
}
_LEFT_OPEN: Mapping[PlanStatus, TaskState] = {
    "paused": TaskState("on hold", "on-hold", "The plan is paused."),
    "ended": TaskState("no longer needed", "cancelled", "The plan has ended."),
}


def state_of_line(line: SupportLine, plan: SupportPlan) -> TaskState:
    state = _LINES[line.how_far]
    if line.how_far in ("not_started", "under_way"):
        return _LEFT_OPEN.get(plan.status, state)
    return TaskState(state.words, state.task, line.why_dropped)
