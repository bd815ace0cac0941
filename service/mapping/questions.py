"""What a form asks, question by question, read from the form itself: a new field is a new question.

Before it the forms' JSON schema, as the phone's developers see it in `/openapi.json`. `answers.py` answers the
questions; the Questionnaire that asks them is written, and its answers read, by `record_api/`.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, Final, Literal, TypeAlias

from service.forms.asking import ASKED_WHEN
from service.forms.heading import Heading
from service.forms.note import FORMS
from service.mapping.answer_lists import Option, options_of, spelt_out

QuestionType: TypeAlias = Literal["group", "string", "text", "choice", "boolean", "integer", "date", "dateTime"]
Schema: TypeAlias = Mapping[str, Any]

HEADING: Final = "heading"
"""The group of what every note begins with: the one group that no field stands behind."""

# They stand in elements of the response itself: its identifier, when it was authored, which questionnaire it answers.
_NOT_ASKED: Final = ("id", "written_at", "kind")
_LONGEST_LINE: Final = 200
_FORMATS: Final[Mapping[str, QuestionType]] = {"date": "date", "date-time": "dateTime", "uuid": "string"}
_UUID: Final = "^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$"


class NotAskable(Exception):
    """A form has a field of which no question can be made: our bug, which the tests see."""


@dataclass(frozen=True, slots=True)
class Condition:
    """Asked when the question beside it has one of these answers."""

    question: str
    answers: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Question:
    """One field. `link_id` is its path in the form without places (`steps.by_when`); it never changes.

    `least` and `most` count answers, `smallest` and `largest` bound a number, `longest` is in characters.
    `own_id`: the phone's own id of a part, which a person is not asked for.
    """

    field: str
    link_id: str
    type: QuestionType
    text: str
    help: str | None = None
    required: bool = False
    repeats: bool = False
    own_id: bool = False
    least: int | None = None
    most: int | None = None
    smallest: int | None = None
    largest: int | None = None
    longest: int | None = None
    pattern: str | None = None
    options: tuple[Option, ...] = ()
    initial: str | bool | int | None = None
    condition: Condition | None = None
    questions: tuple["Question", ...] = ()


@cache
def questions_of(kind: str) -> tuple[Question, ...]:
    """The heading, then what the form asks, in the form's order."""
    asked = read_questions(kind, FORMS[kind].model_json_schema())
    heading = tuple(one for one in asked if one.field in Heading.model_fields)
    group = Question("", HEADING, "group", "About this note", questions=heading)
    return (group, *(one for one in asked if one not in heading))


def read_questions(kind: str, schema: Schema) -> tuple[Question, ...]:
    """The questions of one form, by its JSON schema; NotAskable where one of its fields cannot be asked."""
    fields = {name: one for name, one in schema["properties"].items() if name not in _NOT_ASKED}
    return _Reading(kind, schema.get("$defs", {})).questions({**schema, "properties": fields}, "")


def every_question(questions: Iterable[Question]) -> Iterator[Question]:
    """With those within them, in the order in which they are asked."""
    for one in questions:
        yield one
        yield from every_question(one.questions)


@dataclass(frozen=True, slots=True)
class _Reading:
    kind: str
    parts: Mapping[str, Schema]

    def questions(self, part: Schema, path: str) -> tuple[Question, ...]:
        needed = part.get("required", ())
        return tuple(
            self._question(name, f"{path}{name}", field, name in needed) for name, field in part["properties"].items()
        )

    def _question(self, name: str, link_id: str, field: Schema, needed: bool) -> Question:
        answered = self._resolved(next((one for one in field.get("anyOf", ()) if one.get("type") != "null"), field))
        repeats = answered.get("type") == "array"
        one = self._resolved(answered["items"]) if repeats else answered
        own_id = name == "id" and one.get("format") == "uuid"
        least = answered.get("minItems") if repeats else None
        return Question(
            field=name,
            link_id=link_id,
            type=_type_of(link_id, one),
            text=_text_of(name, field),
            help=field.get("description"),
            required=(needed or bool(least)) and not own_id,
            repeats=repeats,
            own_id=own_id,
            least=least,
            most=answered.get("maxItems") if repeats else None,
            smallest=one.get("minimum"),
            largest=one.get("maximum"),
            longest=one.get("maxLength"),
            pattern=_pattern_of(one),
            options=options_of(self.kind, link_id, one.get("enum", ())),
            # Within a group it would be an answer to a group that nobody began to fill in.
            initial=None if repeats or "." in link_id else field.get("default"),
            condition=_condition_of(link_id, field),
            questions=self.questions(one, f"{link_id}.") if "properties" in one else (),
        )

    def _resolved(self, schema: Schema) -> Schema:
        return self.parts[schema["$ref"].rpartition("/")[2]] if "$ref" in schema else schema


def _type_of(link_id: str, one: Schema) -> QuestionType:
    if "properties" in one:
        return "group"
    if "enum" in one:
        return "choice"
    match one.get("type"):
        case "boolean" | "integer" as plain:
            return "boolean" if plain == "boolean" else "integer"
        case "string" if "format" in one:
            return _FORMATS[one["format"]]
        case "string":
            return "text" if one.get("maxLength", 0) > _LONGEST_LINE else "string"
        case other:
            raise NotAskable(f"{link_id}: there is no question for {other}. Say in questions.py how it is asked.")


def _pattern_of(one: Schema) -> str | None:
    if one.get("format") == "uuid":
        return _UUID
    pattern: str | None = one.get("pattern")
    return pattern


def _text_of(name: str, field: Schema) -> str:
    """The form's own title, unless it is the one that Pydantic makes up."""
    title = field.get("title")
    return str(title) if title and title != name.replace("_", " ").title() else spelt_out(name)


def _condition_of(link_id: str, field: Schema) -> Condition | None:
    asked = field.get(ASKED_WHEN)
    if asked is None:
        return None
    beside = link_id.rpartition(".")[0]
    question = f"{beside}.{asked['question']}" if beside else asked["question"]
    return Condition(question, tuple(asked["answers"]))
