"""Where a field of the form is in a QuestionnaireResponse, as FHIRPath: the `expression` of an OperationOutcome."""

from collections.abc import Mapping, Sequence
from typing import Final

from service.mapping.questions import HEADING, Question, questions_of

ROOT: Final = "QuestionnaireResponse"
_ELEMENTS: Final[Mapping[str, str]] = {"id": "identifier", "written_at": "authored", "kind": "questionnaire"}


def at_question(where: str, question: Question, place: int) -> str:
    """The item of this question within `where`; of a group that repeats, the one at this place."""
    item = f"{where}.item.where(linkId='{question.link_id}')"
    return f"{item}[{place}]" if question.repeats and question.type == "group" else item


def expression_of(kind: str, field: str) -> str:
    """`steps.0.by_when` → the item it was, or should have been, answered in. What has no item: what is around it."""
    if field in _ELEMENTS:
        return f"{ROOT}.{_ELEMENTS[field]}"
    where, asked = ROOT, questions_of(kind)
    names = list(filter(None, field.split(".")))
    heading = next(one for one in asked if one.link_id == HEADING)
    if names and _named(heading.questions, names[0]):
        where, asked = at_question(where, heading, 0), heading.questions
    while names:
        question = _named(asked, names.pop(0))
        if question is None:
            break
        place = int(names.pop(0)) if names and names[0].isdecimal() else None
        where = at_question(where, question, place or 0)
        if question.type != "group" and place is not None:
            where = f"{where}.answer[{place}]"
        asked = question.questions
    return where


def _named(questions: Sequence[Question], field: str) -> Question | None:
    return next((one for one in questions if one.field == field), None)
