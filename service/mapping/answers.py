"""A form's answers as the items of a QuestionnaireResponse, in the order of its Questionnaire.

https://hl7.org/fhir/R4/questionnaireresponse.html
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from service.forms.note import Form
from service.mapping.names import Names
from service.mapping.questions import HEADING, Question, QuestionType, questions_of
from service.r4.resource import Json

VALUE_OF: Final[Mapping[QuestionType, str]] = {
    "string": "valueString",
    "text": "valueString",
    "choice": "valueCoding",
    "boolean": "valueBoolean",
    "integer": "valueInteger",
    "date": "valueDate",
    "dateTime": "valueDateTime",
}


def answers_of(form: Form, names: Names) -> list[Json]:
    """For the record: without the heading, whose place there is the resource's own elements, without the phone's ids
    of parts, and without groups in which nothing was answered."""
    asked = [one for one in questions_of(form.kind) if one.link_id != HEADING]
    return _Writing(names, for_the_record=True).items(asked, form.model_dump(mode="json"))


def whole_form_of(form: Form, names: Names) -> list[Json]:
    """Everything, so that the same form can be read from it again."""
    return _Writing(names, for_the_record=False).items(questions_of(form.kind), form.model_dump(mode="json"))


@dataclass(frozen=True, slots=True)
class _Writing:
    names: Names
    for_the_record: bool

    def items(self, questions: Iterable[Question], values: Mapping[str, Any]) -> list[Json]:
        return [item for one in questions for item in self._items_of(one, self._answers_to(one, values))]

    def _answers_to(self, question: Question, values: Mapping[str, Any]) -> list[Any]:
        if question.link_id == HEADING:
            return [values]
        if question.own_id and self.for_the_record:
            return []
        answer = values.get(question.field)
        if question.repeats:
            return list(answer or ())
        return [] if answer is None else [answer]

    def _items_of(self, question: Question, answers: list[Any]) -> list[Json]:
        """A group is an item for each time it is answered; the answers to a question stand in one item."""
        item = {"linkId": question.link_id, "text": question.text}
        if question.type == "group":
            groups = (self.items(question.questions, answer) for answer in answers)
            return [item | ({"item": group} if group else {}) for group in groups if group or not self.for_the_record]
        return [item | {"answer": [self._value(question, answer) for answer in answers]}] if answers else []

    def _value(self, question: Question, answer: Any) -> Json:
        if question.type == "choice":
            answer = next(option for option in question.options if option.word == answer).coding(self.names)
        return {VALUE_OF[question.type]: answer}
