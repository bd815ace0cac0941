"""A work goal becomes a Goal, a Task for each step, a CarePlan that lists them, and the plan as a document."""

from collections.abc import Sequence

from service.forms.work_goal import Step, WorkGoal
from service.mapping.care_plan import Plan, PlanLine, began_on, care_plan, clinician, task
from service.mapping.code_lists import (
    EMPLOYMENT_PLAN,
    GOAL_SORT,
    WEEKLY_HOURS_AS_NUMBER,
    WORK_GOAL_STEP,
    concept,
    our_coding,
)
from service.mapping.document import document
from service.mapping.frame import Frame, finished, reference_to, role_id
from service.mapping.goal_states import state_of_goal, state_of_step
from service.mapping.plan_text import PLAN_TITLE, plan_narrative, plan_summary, plan_text
from service.mapping.terms import (
    CARE_PLAN,
    GRAVITY_EMPLOYMENT_STATUS,
    VOCATIONAL_PLAN,
    hours_a_week,
)
from service.mapping.times import instant, uk_day
from service.r4.resource import Json, Resource

_PLAN_TYPE = concept(VOCATIONAL_PLAN, CARE_PLAN, text=PLAN_TITLE)


def work_goal_to_resources(goal: WorkGoal, frame: Frame, earlier: Sequence[Resource]) -> tuple[Resource, ...]:
    """`earlier` tells on which day the goal began: a later version says when it was looked at again."""
    began = began_on(goal.happened_at, frame, earlier)
    summary = plan_summary(goal)
    aim = _goal(goal, frame, began, summary)
    tasks = tuple(_task(step, goal, frame, aim) for step in goal.steps)
    plan = _plan(goal, frame, aim, tasks, began)
    return (aim, *tasks, plan, _plan_to_read(frame, aim, plan, plan_text(goal, frame.note, summary)))


def _goal(goal: WorkGoal, frame: Frame, began: str, summary: str) -> Resource:
    """https://hl7.org/fhir/R4/goal.html"""
    state = state_of_goal(goal)
    body = frame.opened("Goal", "goal", "work-goal")
    if goal.agreed_with_team_on:
        url = frame.names.profile("agreed-with-team-on")
        body["extension"] = [{"url": url, "valueDate": goal.agreed_with_team_on.isoformat()}]
    body["lifecycleStatus"] = state.lifecycle
    if state.achievement:
        body["achievementStatus"] = concept(state.achievement)
    body["category"] = [_category(goal, frame)]
    if goal.importance is not None:
        body["priority"] = {"text": f"{goal.importance} of 10 to the person"}
    body["description"] = {"text": goal.words}
    body["subject"] = frame.patient
    body["startDate"] = began
    if target := _target(goal, frame):
        body["target"] = [target]
    body["statusDate"] = uk_day(goal.happened_at)
    if goal.why:
        body["statusReason"] = goal.why
    body["expressedBy"] = frame.patient
    if goal.job_id:
        body["outcomeReference"] = [{"reference": f"Observation/{role_id(goal.job_id, 'job')}"}]
    body["note"] = [{"authorReference": frame.specialist, "time": instant(goal.written_at), "text": summary}]
    return finished(body)


def _category(goal: WorkGoal, frame: Frame) -> Json:
    sort = our_coding(frame.names, "work-goal-sort", GOAL_SORT[goal.sort])
    # Gravity's education code is about high-school diplomas: another thing.
    return concept(sort) if goal.sort == "education" else concept(sort, GRAVITY_EMPLOYMENT_STATUS)


def _target(goal: WorkGoal, frame: Frame) -> Json:
    target: Json = {}
    if goal.hours_per_week is not None:
        target["measure"] = concept(our_coding(frame.names, "work-data-item", WEEKLY_HOURS_AS_NUMBER))
        target["detailQuantity"] = hours_a_week(goal.hours_per_week)
    if goal.target_date:
        target["dueDate"] = goal.target_date.isoformat()
    return target


def _task(step: Step, goal: WorkGoal, frame: Frame, aim: Resource) -> Resource:
    line = PlanLine(
        role=f"task/{step.id}",
        profile="work-goal-step",
        state=state_of_step(step, goal),
        code=concept(our_coding(frame.names, "task-type", WORK_GOAL_STEP)),
        what=step.what,
        who=_who(step, frame),
        by_when=step.by_when,
        goal=reference_to(aim),
    )
    return finished(task(frame, line))


def _who(step: Step, frame: Frame) -> Json:
    if step.clinical_role:
        return clinician(frame, step.clinical_role)
    return {"owner": frame.patient if step.who == "client" else frame.specialist}


def _plan(goal: WorkGoal, frame: Frame, aim: Resource, tasks: Sequence[Resource], began: str) -> Resource:
    state = state_of_goal(goal)
    narrative = plan_narrative(goal)
    plan = Plan("employment-plan", EMPLOYMENT_PLAN, PLAN_TITLE, state.plan, state.ended, narrative, goal.words)
    return care_plan(frame, plan, began, reference_to(aim), tasks)


def _plan_to_read(frame: Frame, aim: Resource, plan: Resource, text: str) -> Resource:
    context = {"period": plan.body["period"], "related": [reference_to(aim), reference_to(plan)]}
    return document(frame, "employment-plan-document", _PLAN_TYPE, PLAN_TITLE, text, context)
