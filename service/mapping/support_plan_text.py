"""A support plan as people read it: the document, and the narrative of its CarePlan."""

from service.forms.note import NoteVersion
from service.forms.support_plan import EmployerAnswer, SupportLine, SupportPlan
from service.mapping.code_lists import CLINICAL_ROLE, EMPLOYER_ANSWER, SUPPORT_PLAN_SORT, SUPPORT_TOPIC
from service.mapping.readable import blocks, client_named, headed, labelled, one_line, signed, xhtml
from service.mapping.support_states import state_of_line
from service.mapping.times import day_in_words, span_in_words


def support_text(plan: SupportPlan, note: NoteVersion) -> str:
    """The document: how the plan stands, each line with who, when and how far, and what the employer may read of it."""
    about = labelled(("When", span_in_words(plan.happened_at, None)), *_details(plan), ("Client", client_named(note)))
    numbered = "\n".join(f"{number}. {_line(line, plan)}" for number, line in enumerate(plan.lines, start=1))
    return blocks(
        SUPPORT_PLAN_SORT[plan.sort].display,
        about,
        headed("Plan", numbered),
        headed("What the employer may read", _shown(plan)),
        headed("Note", plan.note),
        signed(note),
    )


def support_narrative(plan: SupportPlan) -> str:
    """The XHTML of CarePlan.text. https://hl7.org/fhir/R4/narrative.html"""
    title = xhtml(SUPPORT_PLAN_SORT[plan.sort].display)
    details = "<br/>".join(f"{label}: {xhtml(value)}" for label, value in _details(plan) if value)
    lines = "".join(f"<li>{xhtml(_line(line, plan))}</li>" for line in plan.lines)
    note = f"<p>{xhtml(plan.note)}</p>" if plan.note else ""
    return (
        f'<div xmlns="http://www.w3.org/1999/xhtml"><p><b>{title}</b></p><p>{details}</p>'
        f"{f'<ol>{lines}</ol>' if lines else ''}{note}</div>"
    )


def doer_named(line: SupportLine, plan: SupportPlan) -> str:
    """`Priya Nair, The Corner Cup`; a clinician by name and role."""
    match line.who:
        case "client":
            return "the client"
        case "specialist":
            return one_line(plan.specialist.name)
        case "employer":
            named = (line.who_name, plan.employer)
        case _:
            named = (line.who_name, CLINICAL_ROLE[line.clinical_role].display if line.clinical_role else None)
    return ", ".join(one_line(name) for name in named if name)


def answer_in_words(answer: EmployerAnswer) -> str:
    """`Agreed with the employer (Priya Nair, 3 November 2026)`"""
    who = f"{one_line(answer.with_whom)}, " if answer.with_whom else ""
    return f"{EMPLOYER_ANSWER[answer.agreed].display} ({who}{day_in_words(answer.on)})"


def _details(plan: SupportPlan) -> tuple[tuple[str, str | None], ...]:
    return (
        ("Status", plan.status),
        ("Why", plan.why),
        ("Employer", plan.employer),
        ("Review", day_in_words(plan.review_on) if plan.review_on else None),
    )


def _line(line: SupportLine, plan: SupportPlan) -> str:
    """`Hours: start at ten (Priya Nair, The Corner Cup, since 3 November 2026; under way; agreed with …)`"""
    state = state_of_line(line, plan)
    about = f"{SUPPORT_TOPIC[line.about].display}: " if line.about else ""
    since = f", since {day_in_words(line.since)}" if line.since else ""
    by_when = f", by {day_in_words(line.by_when)}" if line.by_when else ""
    why = f": {one_line(state.why)}" if state.why else ""
    answer = f"; {_lowered(answer_in_words(line.employer_answer))}" if line.employer_answer else ""
    return f"{about}{one_line(line.what)} ({doer_named(line, plan)}{since}{by_when}; {state.words}{why}{answer})"


def _shown(plan: SupportPlan) -> str:
    """Numbered as the lines are."""
    return "\n".join(
        f"{number}. “{one_line(line.shown_to_employer.words)}” "
        f"(the client agreed on {day_in_words(line.shown_to_employer.client_agreed_on)})"
        for number, line in enumerate(plan.lines, start=1)
        if line.shown_to_employer
    )


def _lowered(text: str) -> str:
    return text[0].lower() + text[1:]
