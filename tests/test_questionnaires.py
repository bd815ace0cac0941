"""Each kind of note is published as a Questionnaire, made from its form: whoever adds a kind or a field writes none."""

import re
from collections.abc import Iterator, Mapping
from typing import Annotated, Any, Literal, get_args

import pytest
from fhir.resources.R4B import get_fhir_model_class
from hypothesis import given, settings
from pydantic import BaseModel, Field

from service.forms.asking import asked_when
from service.forms.note import KINDS, Form
from service.forms.text import PARTIAL_DATE
from service.mapping import code_lists, job_lists
from service.mapping.answer_lists import NOTE_ANSWER
from service.mapping.answers import answers_of, whole_form_of
from service.mapping.code_lists import Code
from service.mapping.questions import Condition, NotAskable, Question, every_question, questions_of, read_questions
from service.r4.resource import Json
from service.record_api.questionnaire import questionnaire_of
from tests.published import codes_of, our_gate
from tests.questionnaires_on_disk import generated, on_disk
from tests.samples_on_disk import NAMES
from tests.strategies import EVERY_KIND, PATIENT, forms

_NOT_ASKED = {"id", "written_at", "kind"}
each_kind = pytest.mark.parametrize("kind", KINDS)


def _items(items: list[Json]) -> list[Json]:
    return [found for item in items for found in (item, *_items(item.get("item", [])))]


def _asked(kind: str) -> dict[str, Json]:
    """Link id → item, without the texts that only help."""
    items = _items(questionnaire_of(kind, NAMES)["item"])
    return {item["linkId"]: item for item in items if item["type"] != "display"}


def test_what_is_published_is_what_the_forms_ask_today() -> None:
    """Where this fails: python -m tests.questionnaires_on_disk"""
    assert on_disk() == generated()


@each_kind
def test_every_field_of_every_kind_is_asked_once(kind: str) -> None:
    (form,) = (one for one in get_args(Form) if get_args(one.model_fields["kind"].annotation) == (kind,))
    asked = list(_asked(kind))
    assert asked.count("heading") == 1
    assert sorted(link_id for link_id in asked if link_id != "heading") == sorted(set(_fields(form)) - _NOT_ASKED)


def _fields(form: type[BaseModel], path: str = "") -> Iterator[str]:
    for name, field in form.model_fields.items():
        yield f"{path}{name}"
        for part in _parts(field.annotation):
            yield from _fields(part, f"{path}{name}.")


def _parts(annotation: Any) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for inner in get_args(annotation):
        yield from _parts(inner)


@each_kind
def test_a_questionnaire_is_valid_r4(kind: str) -> None:
    questionnaire = questionnaire_of(kind, NAMES)
    assert our_gate().faults(questionnaire) == ()
    get_fhir_model_class("Questionnaire").model_validate(questionnaire)


@each_kind
def test_every_text_and_every_answer_is_spelt_for_a_person(kind: str) -> None:
    items = _items(questionnaire_of(kind, NAMES)["item"])
    shown = [item["text"] for item in items]
    shown += [one["valueCoding"]["display"] for item in items for one in item.get("answerOption", [])]
    assert not [text for text in shown if not re.fullmatch(r"[A-Z0-9][^_`]*", text)]


def test_a_choice_is_answered_from_the_list_that_the_mapping_uses() -> None:
    for kind, link_id, list_name in (
        ("contact", "attendance", "nhs-attendance-status"),
        ("contact", "topics", "ips-activity"),
        ("employment_status", "employment_status", "nhs-employment-status"),
        ("work_goal", "steps.clinical_role", "clinical-role"),
    ):
        codings = [one["valueCoding"] for one in _asked(kind)[link_id]["answerOption"]]
        assert {one["system"] for one in codings} == {NAMES.code_system(list_name)}
        assert {one["code"]: one["display"] for one in codings} == codes_of(list_name)


def test_no_word_that_the_mapping_has_a_code_for_is_answered_by_another() -> None:
    """Where this fails: name the list in answer_lists.py."""
    named = {**vars(code_lists), **vars(job_lists)}
    del named["PAY"]  # by these words what is observed is chosen, and not an answer
    tables = [table for table in named.values() if _is_of_codes(table)]
    assert len(tables) > 15
    by_words = {
        frozenset(option.word for option in one.options): one.link_id
        for kind in KINDS
        for one in every_question(questions_of(kind))
        if one.options and one.options[0].list_name == NOTE_ANSWER
    }
    assert not [link_id for words, link_id in by_words.items() if any(words == frozenset(table) for table in tables)]


def _is_of_codes(table: object) -> bool:
    return isinstance(table, Mapping) and all(isinstance(entry, Code) for entry in table.values())


def test_a_place_is_answered_from_uk_core() -> None:
    codings = [one["valueCoding"] for one in _asked("contact")["place"]["answerOption"]]
    assert {"A03"} <= {one["code"] for one in codings}
    assert {one["system"] for one in codings} == {
        "https://fhir.hl7.org.uk/CodeSystem/UKCore-EncounterLocationTypeEngland"
    }


def test_what_a_field_says_of_itself_is_said_of_the_question() -> None:
    asked = _asked("work_goal")
    assert asked["importance"]["item"][0]["text"].startswith("How important it is to the person")
    assert _extensions(asked["importance"]) == {"minValue": 0, "maxValue": 10}
    assert asked["words"] == {
        **asked["words"],
        "text": "The goal, in the person's own words",
        "type": "text",
        "required": True,
        "maxLength": 4000,
    }
    assert (asked["steps"]["type"], asked["steps"]["repeats"], _extensions(asked["steps"])) == (
        "group",
        True,
        {"questionnaire-maxOccurs": 30},
    )
    selected = [one for one in asked["status"]["answerOption"] if one.get("initialSelected")]
    assert [one["valueCoding"]["display"] for one in selected] == ["Active"]
    assert "required" not in asked["steps.id"]
    assert _extensions(asked["steps.id"])["questionnaire-hidden"] is True


def _extensions(item: Json) -> dict[str, Any]:
    return {
        one["url"].rpartition("/")[2]: next(value for key, value in one.items() if key != "url")
        for one in item.get("extension", [])
    }


def test_a_day_that_is_known_in_part_is_asked_as_it_is_written() -> None:
    """lforms turns a year that is answered as a date into its first of January."""
    since = _asked("employment_status")["since"]
    assert since["type"] == "string"
    assert _extensions(since) == {"regex": PARTIAL_DATE, "entryFormat": "YYYY, YYYY-MM or YYYY-MM-DD"}


def test_only_what_every_note_has_is_required_by_a_renderer() -> None:
    required = [link_id for link_id, one in _asked("contact").items() if one.get("required")]
    heading = ["client.nhs_number", "client.birth_date", "specialist.id", "specialist.name", "happened_at"]
    assert required == [*heading, "with_whom", "client_took_part", "mechanism", "note"]
    assert not [link_id for link_id, one in _asked("work_goal").items() if one.get("required") and "steps" in link_id]


def test_what_others_can_compute_with_is_coded_and_may_be_extracted() -> None:
    status = _asked("employment_status")["employment_status"]
    assert [one["code"] for one in status["code"]] == ["224362002"]
    assert _extensions(status)["sdc-questionnaire-observationExtract"] is True
    past_job = _asked("vocational_profile")["jobs.title"]
    assert [one["code"] for one in past_job["code"]] == ["11341-5"]
    assert _extensions(past_job) == {}


def test_a_question_is_asked_after_the_answer_that_it_belongs_to() -> None:
    asked = _asked("contact")
    assert asked["place"]["enableWhen"] == [
        {
            "question": "mechanism",
            "operator": "=",
            "answerCoding": {
                "system": NAMES.code_system("nhs-consultation-mechanism"),
                "code": "01",
                "display": "Face to face",
            },
        }
    ]
    assert asked["attendance"]["enableBehavior"] == "any"


@settings(PATIENT, max_examples=300)
@given(forms())
def test_whatever_a_valid_form_answers_is_asked_for(form: Form) -> None:
    _assert_asked(questions_of(form.kind), whole_form_of(form, NAMES), {})


def _assert_asked(questions: tuple[Question, ...], items: list[Json], around: Mapping[str, list[Any]]) -> None:
    """By R4's rules of `enableWhen`, here with the words of the form, and conditions in the same part of it."""
    by_id = {one.link_id: one for one in questions}
    given_here = {
        item["linkId"]: [_word(by_id[item["linkId"]], one) for one in item.get("answer", [])] for item in items
    }
    for item in items:
        one = by_id[item["linkId"]]
        if one.condition:
            assert set(one.condition.answers) & set(given_here.get(one.condition.question, ()))
        _assert_asked(one.questions, item.get("item", []), given_here)


def _word(question: Question, answer: Json) -> Any:
    (value,) = answer.values()
    if question.type != "choice":
        return value
    return next(option.word for option in question.options if option.coding(NAMES) == value)


@settings(PATIENT, max_examples=100)
@given(forms())
def test_what_goes_into_the_record_is_part_of_the_whole_form(form: Form) -> None:
    whole = {item["linkId"] for item in _items(whole_form_of(form, NAMES))}
    sent = {item["linkId"] for item in _items(answers_of(form, NAMES))}
    assert sent <= whole - {"heading"}


def test_every_kind_has_forms_to_be_tried_with() -> None:
    assert set(EVERY_KIND) == set(KINDS)


class _Odd(BaseModel):
    yes: Annotated[bool, Field(title="Yes?")] = True
    way: Literal["one", "other"]
    only_then: str | None = Field(default=None, json_schema_extra=asked_when("way", ["one"]))


class _Unheard(BaseModel):
    ratio: float
    kind: Literal["unheard"]


def test_a_field_says_by_itself_how_it_is_asked() -> None:
    (yes, way, then) = read_questions("odd", _Odd.model_json_schema())
    assert (yes.text, yes.initial, yes.type) == ("Yes?", True, "boolean")
    assert [option.entry for option in way.options] == [("odd.way.one", "One"), ("odd.way.other", "Other")]
    assert then.condition == Condition("way", ("one",))


def test_a_field_of_which_no_question_can_be_made_is_named() -> None:
    with pytest.raises(NotAskable, match="ratio: there is no question for number"):
        read_questions("unheard", _Unheard.model_json_schema())


@each_kind
def test_no_question_is_called_as_another(kind: str) -> None:
    link_ids = [one.link_id for one in every_question(questions_of(kind))]
    assert len(set(link_ids)) == len(link_ids)
