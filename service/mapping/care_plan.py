"""What every plan is made of: a Task for each line of it, and the CarePlan that lists them.

A work goal's plan (`work_goal.py`) and a support plan (`support_plan.py`) are both made here.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from service.forms.work_goal import ClinicalRole
from service.mapping.code_lists import CLINICAL_ROLE, Code, concept, our_coding
from service.mapping.frame import Frame, finished, reference_to
from service.mapping.terms import PERTAINS_TO_GOAL
from service.mapping.times import instant, uk_day
from service.r4.resource import Json, Resource


@dataclass(frozen=True, slots=True)
class TaskState:
    """Where a line of a plan stands: in words, as Task.status, and why."""

    words: str
    task: str
    why: str | None = None


@dataclass(frozen=True, slots=True)
class PlanLine:
    """What a Task says of one line: `role` is its place in the note, `who` its owner or performerType, `goal` a
    reference."""

    role: str
    profile: str
    state: TaskState
    code: Json
    what: str
    who: Json
    by_when: date | None
    goal: Json | None


@dataclass(frozen=True, slots=True)
class Plan:
    """What a CarePlan says of itself; `status` is its own, `ended` closes its period."""

    profile: str
    sort: Code
    title: str
    status: str
    ended: bool
    narrative: str
    description: str | None = None


def began_on(happened_at: datetime, frame: Frame, earlier: Sequence[Resource]) -> str:
    """The first day that any version knows: a later version says when the plan was looked at again."""
    before: list[str] = [one.body["period"]["start"] for one in earlier if one.id == frame.id_of("plan")]
    return min([uk_day(happened_at), *before])


def clinician(frame: Frame, role: ClinicalRole) -> Json:
    """Who does a Task, where it is anybody of that role."""
    return {"performerType": [concept(our_coding(frame.names, "clinical-role", CLINICAL_ROLE[role]))]}


def task(frame: Frame, line: PlanLine) -> Json:
    """The body of a line's Task.

    No `basedOn` the plan: references run one way, so that resources can be sent one by one.
    https://hl7.org/fhir/R4/task.html
    """
    form = frame.note.form
    body = frame.opened("Task", line.role, line.profile)
    if line.goal:
        body["extension"] = [{"url": PERTAINS_TO_GOAL, "valueReference": line.goal}]
    body["status"] = line.state.task
    if line.state.why:
        body["statusReason"] = {"text": line.state.why}
    body["intent"] = "plan"
    body["code"] = line.code
    body["description"] = line.what
    if line.goal:
        body["focus"] = line.goal
    body["for"] = frame.patient
    # R4 wants lastModified not before authoredOn; a form is never written before it happened.
    body["authoredOn"] = instant(form.happened_at)
    body["lastModified"] = instant(form.written_at)
    body["requester"] = frame.specialist
    body |= line.who
    if line.by_when:
        body["restriction"] = {"period": {"end": line.by_when.isoformat()}}
    return body


def care_plan(frame: Frame, plan: Plan, began: str, goal: Json | None, tasks: Sequence[Resource]) -> Resource:
    """https://hl7.org/fhir/R4/careplan.html"""
    form = frame.note.form
    period = {"start": began}
    if plan.ended:
        period["end"] = uk_day(form.happened_at)
    body = frame.opened("CarePlan", "plan", plan.profile)
    body["text"] = {"status": "generated", "div": plan.narrative}
    body["status"] = plan.status
    body["intent"] = "plan"
    body["category"] = [concept(our_coding(frame.names, "plan-type", plan.sort))]
    body["title"] = plan.title
    if plan.description:
        body["description"] = plan.description
    body["subject"] = frame.patient
    body["period"] = period
    body["created"] = instant(form.written_at)
    body["author"] = frame.specialist
    if goal:
        body["goal"] = [goal]
    if tasks:
        body["activity"] = [{"reference": reference_to(one)} for one in tasks]
    return finished(body)
