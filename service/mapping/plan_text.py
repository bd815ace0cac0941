"""A work goal and its steps as people read them: lines of plain text, and the narrative of the CarePlan.

The same lines stand in the document, in the goal's note and in the narrative, for an EHR tends to show one
of the three.
"""

from service.forms.note import NoteVersion
from service.forms.work_goal import Step, WorkGoal
from service.mapping.code_lists import CLINICAL_ROLE, GOAL_SORT
from service.mapping.goal_states import state_of_goal, state_of_step
from service.mapping.readable import blocks, client_named, headed, labelled, one_line, signed, xhtml
from service.mapping.times import day_in_words, span_in_words

PLAN_TITLE = "Employment plan"


def plan_summary(goal: WorkGoal) -> str:
    """The goal in the person's words, what they want of it, and the steps."""
    steps = "\n".join(f"{number}. {line}" for number, line in enumerate(_step_lines(goal), start=1))
    return blocks(headed("Work goal", goal.words), labelled(*_details(goal)), headed("Steps", steps))


def plan_text(goal: WorkGoal, note: NoteVersion, summary: str) -> str:
    """The document: `summary`, whose plan it is and who wrote it."""
    about = labelled(("When", span_in_words(goal.happened_at, None)), ("Client", client_named(note)))
    return blocks(PLAN_TITLE, about, summary, signed(note))


def plan_narrative(goal: WorkGoal) -> str:
    """The XHTML of CarePlan.text. https://hl7.org/fhir/R4/narrative.html"""
    details = "<br/>".join(f"{label}: {xhtml(value)}" for label, value in _details(goal) if value)
    steps = "".join(f"<li>{xhtml(line)}</li>" for line in _step_lines(goal))
    return (
        '<div xmlns="http://www.w3.org/1999/xhtml">'
        f"<p><b>Work goal:</b> {xhtml(goal.words)}</p><p>{details}</p>{f'<ol>{steps}</ol>' if steps else ''}</div>"
    )


def _details(goal: WorkGoal) -> tuple[tuple[str, str | None], ...]:
    hours = f"{goal.hours_per_week} a week" if goal.hours_per_week is not None else None
    rating = f"{goal.importance} of 10 to the person" if goal.importance is not None else None
    agreed = f"with the clinical team on {day_in_words(goal.agreed_with_team_on)}" if goal.agreed_with_team_on else None
    return (
        ("Status", state_of_goal(goal).words),
        ("Why", goal.why),
        ("Kind", GOAL_SORT[goal.sort].display),
        ("Hours", hours),
        ("Target", day_in_words(goal.target_date) if goal.target_date else None),
        ("Matters", rating),
        ("Agreed", agreed),
        ("Met by", "a job, which has a note of its own" if goal.job_id else None),
    )


def _step_lines(goal: WorkGoal) -> list[str]:
    """`Write a CV (the client, by 3 September 2024; to do)`"""
    return [_step_line(step, goal) for step in goal.steps]


def _step_line(step: Step, goal: WorkGoal) -> str:
    state = state_of_step(step, goal)
    by_when = f", by {day_in_words(step.by_when)}" if step.by_when else ""
    why = f": {one_line(state.why)}" if state.why else ""
    return f"{one_line(step.what)} ({_who_does(step, goal)}{by_when}; {state.words}{why})"


def _who_does(step: Step, goal: WorkGoal) -> str:
    if step.clinical_role:
        return CLINICAL_ROLE[step.clinical_role].display
    return "the client" if step.who == "client" else one_line(goal.specialist.name)
