"""A QuestionnaireResponse read as the form it answers: what is in it that no form has room for is refused, not lost.

First R4 itself, by the gate; then the questions, here; then the form's own rules, as for a note that comes as JSON.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any, Final
from uuid import UUID, uuid5

import orjson

from service.errors import FieldFault, NotValid
from service.forms.note import FORM, KINDS, Form
from service.intake.door import Door
from service.intake.read_body import parse
from service.mapping.answers import VALUE_OF
from service.mapping.names import QUESTIONNAIRE_VERSION, Names
from service.mapping.questions import HEADING, Question, questions_of
from service.r4.resource import Json
from service.record_api.places import ROOT, at_question, expression_of
from service.record_api.questionnaire import id_of
from service.record_api.response_heading import WITHOUT_TIME, HeadingReader, has_a_time

NOT_TAKEN: Final = "The note was not taken. Put right what is listed, and send it again with the same identifier."
_ITEM: Final = frozenset({"id", "linkId", "definition", "text", "item", "answer"})
_NOT_KEPT: Final = "A note has no room for this, and it would be lost. Leave it out."
# Of a note that came without an identifier: the same answers are the same note.
_NAMESPACE: Final = UUID("5d0f6a52-0f7c-5a7e-8c1d-3f6f0c2b9a41")


def read_response(body: Json, door: Door) -> Form:
    """The form; NotValid with every fault, whose `field` is the FHIRPath of where it is."""
    if body.get("resourceType") != ROOT:
        raise NotValid(NOT_TAKEN, [FieldFault("resourceType", "Send a QuestionnaireResponse.")])
    if faults := [FieldFault(fault.path, fault.sentence) for fault in door.gate.faults(body)]:
        raise NotValid(NOT_TAKEN, faults)
    kind = _kind_of(body, door.names)
    values = _values_of(body, kind, door.names)
    try:
        return parse(FORM, orjson.dumps({"kind": kind, **values}))
    except NotValid as wrong:
        raise in_places(wrong, kind) from None


def in_places(wrong: NotValid, kind: str) -> NotValid:
    """The same faults, each with the FHIRPath of what it is about."""
    return NotValid(
        wrong.sentence, [FieldFault(expression_of(kind, fault.field), fault.sentence) for fault in wrong.faults]
    )


def _kind_of(body: Json, names: Names) -> str:
    """By the Questionnaire that it says it answers, in this version of it."""
    canonical, _, version = str(body.get("questionnaire", "")).partition("|")
    by_canonical = {names.questionnaire(id_of(kind)).partition("|")[0]: kind for kind in KINDS}
    if canonical not in by_canonical:
        sentence = "Say which questionnaire this answers, by its url: GET /fhir/Questionnaire lists them."
    elif version and version != QUESTIONNAIRE_VERSION:
        sentence = f"This answers another version of the questionnaire: answer version {QUESTIONNAIRE_VERSION}."
    else:
        return by_canonical[canonical]
    raise NotValid(NOT_TAKEN, [FieldFault(f"{ROOT}.questionnaire", sentence)])


def _values_of(body: Json, kind: str, names: Names) -> Json:
    questions = questions_of(kind)
    faults: list[FieldFault] = []
    values = _Reading(names, faults).group(questions, body.get("item", []), ROOT)
    HeadingReader(names, faults).read(body, values)
    if faults:
        raise NotValid(NOT_TAKEN, faults)
    if "id" not in values:
        answered = {"kind": kind, **{name: value for name, value in values.items() if name != "written_at"}}
        values["id"] = str(uuid5(_NAMESPACE, orjson.dumps(answered, option=orjson.OPT_SORT_KEYS).decode()))
    _give_ids(questions, values, str(values["id"]))
    return values


def _give_ids(questions: Sequence[Question], values: Json, path: str) -> None:
    """Where a renderer made no id for a part, it is the part's place in the note: the same when it is sent again."""
    for one in questions:
        if one.own_id:
            values.setdefault(one.field, str(uuid5(_NAMESPACE, path)))
        within = values.get(one.field)
        for place, part in enumerate(within if isinstance(within, list) else [within]):
            if isinstance(part, dict):
                _give_ids(one.questions, part, f"{path}.{one.field}.{place}")


class _Reading:
    """The items of one response, question by question."""

    def __init__(self, names: Names, faults: list[FieldFault]) -> None:
        self._names = names
        self._faults = faults

    def group(self, questions: Sequence[Question], items: Sequence[Json], where: str) -> Json:
        """The answers by field, as the form's JSON has them."""
        asked = {one.link_id: one for one in questions}
        seen: Counter[str] = Counter()
        values: Json = {}
        for place, item in enumerate(items):
            question = asked.get(item["linkId"])
            if question is None:
                sentence = "This is not asked here. Take the linkId from the questionnaire, or leave the item out."
                self._fault(f"{where}.item[{place}]", sentence)
                continue
            here = at_question(where, question, seen[question.link_id])
            self._nothing_else(item, here, question)
            if seen[question.link_id] and not (question.repeats and question.type == "group"):
                self._fault(here, "This is answered in two items. Put all of it into one.")
            seen[question.link_id] += 1
            self._take(question, item, values, here)
        return values

    def _take(self, question: Question, item: Json, values: Json, here: str) -> None:
        if question.type == "group":
            part = self.group(question.questions, item.get("item", []), here)
            if question.link_id == HEADING:
                values.update(part)
            elif question.repeats:
                values.setdefault(question.field, []).append(part)
            else:
                values[question.field] = part
            return
        answers = [
            self._value(question, answer, f"{here}.answer[{place}]")
            for place, answer in enumerate(item.get("answer", []))
        ]
        if question.repeats:
            values[question.field] = answers
        elif len(answers) > 1:
            self._fault(here, "This has one answer. Leave out the others.")
        elif answers:
            values[question.field] = answers[0]

    def _value(self, question: Question, answer: Json, where: str) -> Any:
        key = VALUE_OF[question.type]
        if key not in answer:
            self._fault(where, f"Answer this by {key}.")
            return None
        if answer.keys() - {key, "id"}:
            self._fault(where, _NOT_KEPT)
        if question.type == "choice":
            return self._word(question, answer[key], where)
        if question.type == "dateTime" and not has_a_time(answer[key]):
            self._fault(where, WITHOUT_TIME)
        return answer[key]

    def _word(self, question: Question, coding: Mapping[str, Any], where: str) -> str | None:
        for option in question.options:
            same = option.coding(self._names)
            if (coding.get("system"), coding.get("code")) == (same["system"], same["code"]):
                return option.word
        answers = ", ".join(f"{option.entry.code} ({option.entry.display})" for option in question.options)
        self._fault(where, f"Choose one of the questionnaire's answers, with its system: {answers}.")
        return None

    def _nothing_else(self, item: Json, here: str, question: Question) -> None:
        misplaced = "answer" if question.type == "group" else "item"
        if item.keys() - _ITEM or misplaced in item:
            self._fault(here, _NOT_KEPT)

    def _fault(self, where: str, sentence: str) -> None:
        self._faults.append(FieldFault(where, sentence))
