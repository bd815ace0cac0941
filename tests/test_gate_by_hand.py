"""Invariants that fhirpathpy cannot be asked about, and narratives, which no expression describes."""

from typing import Any

import pytest

from service.r4.narrative import narrative_fault
from service.r4.resource import Json
from tests.published import our_gate

_UCUM = "http://unitsofmeasure.org"


def keys_of(body: Json) -> list[str]:
    return [fault.sentence.partition(":")[0] for fault in our_gate().faults(body)]


def team_with(member: Json | None) -> Json:
    participant: Json = {"onBehalfOf": {"reference": "Organization/1"}} | ({"member": member} if member else {})
    return {"resourceType": "CareTeam", "participant": [participant]}


def range_of(low: Json | None, high: Json | None) -> Json:
    extension: Json = {"url": "http://example.org/x", "valueRange": {}}
    extension["valueRange"] = {name: value for name, value in (("low", low), ("high", high)) if value}
    return {"resourceType": "Patient", "extension": [extension]}


def asked_when(condition: Json) -> Json:
    item = {"linkId": "2", "type": "string", "enableWhen": [{"question": "1", **condition}]}
    return {"resourceType": "Questionnaire", "status": "draft", "item": [{"linkId": "1", "type": "string"}, item]}


@pytest.mark.parametrize("member", [None, {"display": "x"}, {"reference": "Practitioner/1"}])
def test_a_practitioner_acts_on_behalf_of_an_organisation(member: Json | None) -> None:
    assert keys_of(team_with(member)) == []


def test_a_patient_does_not_act_on_behalf_of_an_organisation() -> None:
    assert keys_of(team_with({"reference": "Patient/1"})) == ["ctm-1"]


@pytest.mark.parametrize(
    ("low", "high", "expected"),
    [
        ({"value": 1}, {"value": 2}, []),
        ({"value": 2}, {"value": 2.0}, []),
        ({"value": 3, "unit": "kg"}, {"value": 2, "unit": "kg"}, ["rng-2"]),
        ({"value": 3, "unit": "g"}, {"value": 2, "unit": "kg"}, []),
        ({"value": 3}, None, []),
        ({"unit": "g"}, {"value": 2, "unit": "g"}, []),
    ],
)
def test_a_range_begins_below_its_end_where_the_units_are_one(low: Any, high: Any, expected: list[str]) -> None:
    assert keys_of(range_of(low, high)) == expected


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        ({"operator": "exists", "answerBoolean": True}, []),
        ({"operator": "exists", "answerString": "x"}, ["que-7"]),
        ({"operator": "=", "answerString": "x"}, []),
    ],
)
def test_whether_an_answer_exists_is_true_or_false(condition: Json, expected: list[str]) -> None:
    assert keys_of(asked_when(condition)) == expected


@pytest.mark.parametrize(
    ("repeat", "expected"),
    [
        ({"duration": 1, "durationUnit": "h"}, []),
        ({"duration": 1}, ["tim-1"]),
        ({"offset": 5, "when": ["C"]}, ["tim-9"]),
    ],
)
def test_an_invariant_that_does_not_stand_in_python_is_run_as_fhirpath(repeat: Json, expected: list[str]) -> None:
    extension = {"url": "http://example.org/x", "valueTiming": {"repeat": repeat}}
    assert keys_of({"resourceType": "Patient", "extension": [extension]}) == expected


def test_running_fhirpath_says_nothing_and_knows_whether_there_is_a_value(capsys: pytest.CaptureFixture[str]) -> None:
    age = {"url": "http://example.org/x", "valueAge": {"value": 0, "system": _UCUM, "code": "a"}}
    question = {"linkId": "1", "type": "display", "item": [{"linkId": "2", "type": "string"}]}
    questionnaire = {"resourceType": "Questionnaire", "status": "draft", "item": [question]}
    assert keys_of({"resourceType": "Patient", "extension": [age]}) == ["age-1"]
    assert keys_of(questionnaire) == ["que-1"]
    assert capsys.readouterr() == ("", "")


def div(inner: str) -> str:
    return f'<div xmlns="http://www.w3.org/1999/xhtml">{inner}</div>'


@pytest.mark.parametrize(
    "inner",
    [
        "<p>Näive <b>and</b> 😀</p>",
        '<ol><li class="x" style="color: red">a &amp; b</li></ol>',
        '<a href="#x">a</a><a href="https://a.example">b</a><a href="../Patient/1">c</a><a name="x">d</a>',
        '<img src="data:image/png;base64,AAAA" alt="x"/>',
        '<table border="1"><tbody><tr><td colspan="2" xml:lang="en">a</td></tr></tbody></table>',
        "<!-- a comment -->x",
    ],
)
def test_what_a_screen_may_show_is_taken(inner: str) -> None:
    assert narrative_fault(div(inner)) is None


@pytest.mark.parametrize(
    "harmful",
    [
        div("<script>x</script>"),
        div("<iframe>x</iframe>"),
        div("<form>x</form>"),
        div('<p onclick="x()">x</p>'),
        div('<a href="javascript:x()">x</a>'),
        div('<a href=" JavaScript:x()">x</a>'),
        div('<a href="vbscript:x">x</a>'),
        div('<img src="data:text/html,x"/>'),
        div('<p style="background: URL(https://a.example)">x</p>'),
        div('<p style="width: expression(x)">x</p>'),
        div("<?php x ?>x"),
        div('<svg xmlns="http://www.w3.org/2000/svg">x</svg>'),
        div("<![CDATA[x]]>"),
        div("a&nbsp;b"),
        f"<!DOCTYPE div [<!ENTITY a 'b'>]>{div('&a;')}",
        "<div>x</div>",
        '<p xmlns="http://www.w3.org/1999/xhtml">x</p>',
        div("<p>"),
        "plain",
        div("x" * 1_048_576),
    ],
)
def test_what_may_do_harm_on_a_screen_is_refused(harmful: str) -> None:
    assert (narrative_fault(harmful) or "").startswith("txt-1:")


def test_a_narrative_has_something_to_read() -> None:
    assert (narrative_fault(div(" <p/> ")) or "").startswith("txt-2:")
