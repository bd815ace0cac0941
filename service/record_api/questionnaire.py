"""A kind of note as an R4 Questionnaire, made from its form. What is published is written from here.

Each choice lists its answers, so that a renderer needs no terminology server.
https://hl7.org/fhir/R4/questionnaire.html, https://hl7.org/fhir/uv/sdc/
"""

import sys
from collections.abc import Iterable
from typing import Any, Final

from service.forms.note import FORMS, KINDS
from service.forms.text import PARTIAL_DATE
from service.mapping.answer_lists import NOTE_ANSWER, spelt_out
from service.mapping.names import QUESTIONNAIRE_VERSION, Names
from service.mapping.questions import HEADING, Condition, Question, every_question, questions_of
from service.mapping.terms import SOCIAL_HISTORY
from service.r4.resource import Json
from service.record_api.item_codes import OF_KIND, meaning_of

_DATE: Final = "2026-11-30"
_EXTENSION: Final = "http://hl7.org/fhir/StructureDefinition/"
_SDC: Final = "http://hl7.org/fhir/uv/sdc/StructureDefinition/"
_PARTIAL_DAY: Final = "YYYY, YYYY-MM or YYYY-MM-DD"
_HELP: Final = {
    "url": f"{_EXTENSION}questionnaire-itemControl",
    "valueCodeableConcept": {
        "coding": [
            {"system": "http://hl7.org/fhir/questionnaire-item-control", "code": "help", "display": "Help-Button"}
        ]
    },
}


def id_of(kind: str) -> str:
    """As its URL ends: `work-goal`."""
    return kind.replace("_", "-")


def questionnaire_of(kind: str, names: Names) -> Json:
    """The whole resource."""
    canonical, _, version = names.questionnaire(id_of(kind)).partition("|")
    return {
        "resourceType": "Questionnaire",
        "id": id_of(kind),
        "url": canonical,
        **_published(kind.title().replace("_", ""), spelt_out(kind), version),
        "description": _description_of(kind),
        "jurisdiction": _jurisdiction(),
        "subjectType": ["Patient"],
        **({"code": [OF_KIND[kind]]} if kind in OF_KIND else {}),
        "item": _Asking(kind, names).items(questions_of(kind)),
    }


def note_answers(names: Names) -> tuple[Json, Json]:
    """The CodeSystem of the words that no published list has, and the ValueSet of all of them."""
    entries = {
        option.entry: (spelt_out(kind), one.text)
        for kind in KINDS
        for one in every_question(questions_of(kind))
        for option in one.options
        if option.list_name == NOTE_ANSWER
    }
    value_set = f"{names.fhir_base}/ValueSet/{NOTE_ANSWER}"
    about = {**_published("NoteAnswer", "Note answer", QUESTIONNAIRE_VERSION), "jurisdiction": _jurisdiction()}
    system = {
        "resourceType": "CodeSystem",
        "id": NOTE_ANSWER,
        "url": names.code_system(NOTE_ANSWER),
        **about,
        "description": "The answers to the questions of the notes' forms, where no other list has them.",
        "caseSensitive": True,
        "valueSet": value_set,
        "content": "complete",
        "count": len(entries),
        "concept": [
            {"code": code, "display": display, "definition": f"{kind}, {question}: {display}."}
            for (code, display), (kind, question) in entries.items()
        ],
    }
    return system, {
        "resourceType": "ValueSet",
        "id": NOTE_ANSWER,
        "url": value_set,
        **about,
        "description": "All codes of the code system of the same name.",
        "compose": {"include": [{"system": names.code_system(NOTE_ANSWER)}]},
    }


def _published(name: str, title: str, version: str) -> Json:
    about = {"version": version, "name": name, "title": title, "status": "active", "experimental": False}
    return {**about, "date": _DATE, "publisher": "Joined Up"}


def _jurisdiction() -> list[Json]:
    return [{"coding": [{"system": "urn:iso:std:iso:3166", "code": "GB"}]}]


def _description_of(kind: str) -> str:
    """What the form's own file says first that it is."""
    said = sys.modules[FORMS[kind].__module__].__doc__ or spelt_out(kind)
    return " ".join(said.partition("\n\n")[0].split())


class _Asking:
    """The items of one Questionnaire."""

    def __init__(self, kind: str, names: Names) -> None:
        self._kind = kind
        self._names = names
        self._asked = {one.link_id: one for one in every_question(questions_of(kind))}

    def items(self, questions: Iterable[Question], *, always: bool = True) -> list[Json]:
        """In their order, with what is within them; `always` says whether whoever fills in the form comes by here.

        Renderers ask for what is required in a group that nobody began, too, and a required group for a value of its
        own: so only what every note has is marked. The rest is required by the door.
        """
        return [self._item(one, always) for one in questions]

    def _item(self, one: Question, always: bool) -> Json:
        codes = meaning_of(self._kind, one.link_id).codings(self._names)
        extensions = [*self._extraction(one), *_bounds(one)]
        within = always and (one.required or one.link_id == HEADING)
        inner = [*_help(one), *self.items(one.questions, always=within)]
        return {
            **({"extension": extensions} if extensions else {}),
            "linkId": one.link_id,
            **({"code": codes} if codes else {}),
            "text": one.text,
            "type": one.type,
            **(self._enabled(one.condition) if one.condition else {}),
            **({"required": True} if always and one.required and one.type != "group" else {}),
            **({"repeats": True} if one.repeats else {}),
            **({"maxLength": one.longest} if one.longest else {}),
            **self._answers(one),
            **({"item": inner} if inner else {}),
        }

    def _extraction(self, one: Question) -> list[Json]:
        if not meaning_of(self._kind, one.link_id).now:
            return []
        category = {"coding": [SOCIAL_HISTORY]}
        return [
            {"url": f"{_SDC}sdc-questionnaire-observationExtract", "valueBoolean": True},
            {"url": f"{_SDC}sdc-questionnaire-observation-extract-category", "valueCodeableConcept": category},
        ]

    def _enabled(self, condition: Condition) -> Json:
        asked = self._asked[condition.question]
        when = [
            {"question": asked.link_id, "operator": "=", "answerCoding": option.coding(self._names)}
            for option in asked.options
            if option.word in condition.answers
        ]
        return {"enableWhen": when} | ({"enableBehavior": "any"} if len(when) > 1 else {})

    def _answers(self, one: Question) -> Json:
        """Which there are to choose from, and which stands there at first."""
        if one.options:
            return {
                "answerOption": [
                    {"valueCoding": option.coding(self._names)}
                    | ({"initialSelected": True} if option.word == one.initial else {})
                    for option in one.options
                ]
            }
        return {} if one.initial is None else {"initial": [{_INITIAL[type(one.initial)]: one.initial}]}


_INITIAL: Final = {bool: "valueBoolean", int: "valueInteger", str: "valueString"}


def _bounds(one: Question) -> list[Json]:
    """What FHIR says by extension: how many, how large, how written; and that a person is not asked."""
    said: list[tuple[str, str, Any]] = [
        ("questionnaire-hidden", "valueBoolean", one.own_id or None),
        ("questionnaire-minOccurs", "valueInteger", one.least if one.least and one.least > 1 else None),
        ("questionnaire-maxOccurs", "valueInteger", one.most),
        ("minValue", "valueInteger", one.smallest),
        ("maxValue", "valueInteger", one.largest),
        ("regex", "valueString", one.pattern),
        # As a date, FHIR could say it; lforms makes the first of January of a year, and nobody said that.
        ("entryFormat", "valueString", _PARTIAL_DAY if one.pattern == PARTIAL_DATE else None),
    ]
    return [{"url": f"{_EXTENSION}{name}", key: value} for name, key, value in said if value is not None]


def _help(one: Question) -> list[Json]:
    if not one.help:
        return []
    return [{"extension": [_HELP], "linkId": f"{one.link_id}/help", "text": one.help, "type": "display"}]
