"""A support plan becomes a Task for each line, a CarePlan that lists them, and the plan as a document."""

from collections.abc import Sequence

from service.forms.support_plan import SupportLine, SupportPlan
from service.mapping.care_plan import Plan, PlanLine, began_on, care_plan, clinician, task
from service.mapping.code_lists import (
    EMPLOYER_ANSWER,
    SUPPORT_PLAN_LINE,
    SUPPORT_PLAN_SORT,
    SUPPORT_TOPIC,
    concept,
    our_coding,
)
from service.mapping.document import document
from service.mapping.frame import Frame, finished, reference_to, role_id
from service.mapping.support_plan_text import answer_in_words, doer_named, support_narrative, support_text
from service.mapping.support_states import PLAN_STATUS, state_of_line
from service.mapping.terms import CARE_PLAN, VOCATIONAL_PLAN
from service.r4.resource import Json, Resource


def support_plan_to_resources(plan: SupportPlan, frame: Frame, earlier: Sequence[Resource]) -> tuple[Resource, ...]:
    """`earlier` tells on which day the plan began: a later version says when it was looked at again."""
    began = began_on(plan.happened_at, frame, earlier)
    tasks = tuple(_task(line, plan, frame) for line in plan.lines)
    listed = _care_plan(plan, frame, tasks, began)
    return (*tasks, listed, _to_read(plan, frame, listed))


def _goal(plan: SupportPlan) -> Json | None:
    return {"reference": f"Goal/{role_id(plan.goal_id, 'goal')}"} if plan.goal_id else None


def _task(line: SupportLine, plan: SupportPlan, frame: Frame) -> Resource:
    kind = our_coding(frame.names, "task-type", SUPPORT_PLAN_LINE)
    about = [our_coding(frame.names, "support-topic", SUPPORT_TOPIC[line.about])] if line.about else []
    body = task(
        frame,
        PlanLine(
            role=f"task/{line.id}",
            profile="support-plan-line",
            state=state_of_line(line, plan),
            code=concept(kind, *about),
            what=line.what,
            who=_who(line, plan, frame),
            by_when=line.by_when,
            goal=_goal(plan),
        ),
    )
    if line.since:
        body["executionPeriod"] = {"start": line.since.isoformat()}
    if answer := line.employer_answer:
        body["businessStatus"] = concept(our_coding(frame.names, "employer-answer", EMPLOYER_ANSWER[answer.agreed]))
        body["note"] = [{"time": answer.on.isoformat(), "text": answer_in_words(answer)}]
    return finished(body)


def _who(line: SupportLine, plan: SupportPlan, frame: Frame) -> Json:
    """Those who have no resource in the record are named; the employer by who of theirs it is, where known."""
    match line.who:
        case "client":
            return {"owner": frame.patient}
        case "specialist":
            return {"owner": frame.specialist}
        case _:
            named = {"owner": {"display": doer_named(line, plan)}} if line.who_name or not line.clinical_role else {}
            return {**(clinician(frame, line.clinical_role) if line.clinical_role else {}), **named}


def _care_plan(plan: SupportPlan, frame: Frame, tasks: Sequence[Resource], began: str) -> Resource:
    sort = SUPPORT_PLAN_SORT[plan.sort]
    said = Plan(
        profile="support-plan",
        sort=sort,
        title=sort.display,
        status=PLAN_STATUS[plan.status],
        ended=plan.status == "ended",
        narrative=support_narrative(plan),
        description=plan.note,
    )
    return care_plan(frame, said, began, _goal(plan), tasks)


def _to_read(plan: SupportPlan, frame: Frame, listed: Resource) -> Resource:
    title = SUPPORT_PLAN_SORT[plan.sort].display
    context = {"period": listed.body["period"], "related": [reference_to(listed)]}
    kind = concept(VOCATIONAL_PLAN, CARE_PLAN, text=title)
    return document(frame, "support-plan-document", kind, title, support_text(plan, frame.note), context)
