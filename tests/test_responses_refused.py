"""What no note can be is refused with its place in the response, in FHIRPath, and a sentence that says what to do."""

import copy
from typing import Any
from uuid import UUID

import httpx
import pytest

from service.r4.resource import Json
from service.record_api.places import expression_of
from service.record_api.read_response import read_response
from service.record_api.response import response_of
from tests.phone import contact, work_goal
from tests.published import our_gate
from tests.responses import DOOR, FHIR, POST, answers, item, refused
from tests.samples_on_disk import NAMES


@pytest.mark.parametrize(
    ("body", "content_type", "status", "code"),
    [
        (b"{", "application/fhir+json", 400, "structure"),
        (b"[]", "application/json; charset=utf-8", 400, "structure"),
        (b"{}", "application/fhir+xml", 415, "structure"),
        (b" " * 1024 * 1024 + b"{}", "application/fhir+json", 413, "too-long"),
        (b"{}", "application/fhir+json", 422, "invalid"),
        (b'{"resourceType": "QuestionnaireResponse", "status": 1}', "application/fhir+json", 422, "invalid"),
    ],
)
async def test_what_is_no_response_is_told_as_an_operation_outcome(
    phone: httpx.AsyncClient, body: bytes, content_type: str, status: int, code: str
) -> None:
    answer = await phone.post(POST, content=body, headers={"Content-Type": content_type})
    assert answer.status_code == status
    assert answer.headers["Content-Type"] == "application/fhir+json"
    assert answer.json()["issue"][0]["code"] == code
    assert our_gate().faults(answer.json()) == ()


async def test_what_is_not_served_is_told_as_an_operation_outcome(phone: httpx.AsyncClient) -> None:
    for path in ("/fhir/Patient", "/fhir/Questionnaire/unheard-of"):
        answer = await phone.get(path)
        assert (answer.status_code, answer.json()["resourceType"]) == (404, "OperationOutcome")
    too_long = await phone.get("/fhir/Questionnaire", params={"name": "x" * 101})
    assert (too_long.status_code, too_long.json()["issue"][0]["expression"]) == (422, ["name"])


async def test_a_database_that_is_silent_is_told_as_an_operation_outcome(phone: httpx.AsyncClient) -> None:
    transport = phone._transport
    assert isinstance(transport, httpx.ASGITransport)
    silent = _Silent()
    app: Any = transport.app
    while not hasattr(app, "state"):
        app = app.app
    app.state.arrivals = silent
    answer = await phone.post(POST, json=answers(contact()), headers=FHIR)
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "60")
    assert answer.json()["issue"][0]["code"] == "transient"


class _Silent:
    async def write(self, arrival: object) -> None:
        raise ConnectionRefusedError


def _changed(note: Json | None = None, **elements: Any) -> Json:
    return answers(note or contact()) | elements


TYPE = "Send a QuestionnaireResponse."
LOST = "it would be lost"


@pytest.mark.parametrize(
    ("elements", "where", "says"),
    [
        ({"resourceType": "Observation"}, "resourceType", TYPE),
        ({"questionnaire": "https://elsewhere.example/q"}, "QuestionnaireResponse.questionnaire", "by its url"),
        (
            {"questionnaire": NAMES.questionnaire("contact").replace("2.0.0", "1.0.0")},
            "QuestionnaireResponse.questionnaire",
            "answer version 2.0.0",
        ),
        ({"status": "amended"}, "QuestionnaireResponse.status", "amended by PUT"),
        ({"status": "in-progress"}, "QuestionnaireResponse.status", "Finish it first"),
        ({"source": {"reference": "Patient/1"}}, "QuestionnaireResponse.source", LOST),
        ({"extension": [{"url": "urn:x", "valueString": "x"}]}, "QuestionnaireResponse.extension", LOST),
        (
            {"text": {"status": "additional", "div": '<div xmlns="http://www.w3.org/1999/xhtml">More</div>'}},
            "QuestionnaireResponse.text",
            LOST,
        ),
        ({"identifier": {"system": "urn:x", "value": "1"}}, "QuestionnaireResponse.identifier", "/Id/note"),
        (
            {"identifier": {"system": NAMES.identifiers("note"), "value": "1"}},
            "QuestionnaireResponse.identifier",
            "Send a UUID here",
        ),
        (
            {
                "identifier": {
                    "system": NAMES.identifiers("note"),
                    "value": str(UUID(int=1)),
                    "period": {"start": "2020"},
                }
            },
            "QuestionnaireResponse.identifier.period",
            LOST,
        ),
        ({"authored": "2026"}, "QuestionnaireResponse.authored", "Send a date and time here"),
        (
            {"subject": {"identifier": {"system": "https://fhir.nhs.uk/Id/nhs-number", "value": "9990000026"}}},
            "QuestionnaireResponse.subject.identifier",
            "client.nhs_number says something else",
        ),
        (
            {"subject": {"identifier": {"system": "https://fhir.nhs.uk/Id/nhs-number"}}},
            "QuestionnaireResponse.subject.identifier",
            "with a value",
        ),
        ({"author": {"display": "Somebody else"}}, "QuestionnaireResponse.author.display", "specialist.name"),
        (
            {"author": {"extension": [{"url": "urn:x", "valueString": "x"}]}},
            "QuestionnaireResponse.author.extension",
            LOST,
        ),
        ({"item": [{"linkId": "unheard-of"}]}, "QuestionnaireResponse.item[0]", "not asked here"),
    ],
)
def test_an_element_that_no_note_can_hold_is_named(elements: Json, where: str, says: str) -> None:
    assert says in refused(_changed(None, **elements))[where]


def test_a_response_may_say_what_is_about_itself() -> None:
    body = _changed(
        id="x",
        language="en-GB",
        meta={"tag": [{"code": "lformsVersion: 40"}]},
        text={"status": "generated", "div": '<div xmlns="http://www.w3.org/1999/xhtml">Same</div>'},
    )
    body["subject"]["reference"] = "Patient/17"
    assert response_of(read_response(body, DOOR), NAMES) == answers(contact(id=body["identifier"]["value"]))


def test_client_and_specialist_may_stand_in_the_elements_alone() -> None:
    body = answers(contact())
    heading = item(body, "heading")
    client = item(heading, "client")
    client["item"] = [one for one in client["item"] if one["linkId"] != "client.nhs_number"]
    heading["item"] = [one for one in heading["item"] if one["linkId"] != "specialist"]
    assert read_response(body, DOOR) == read_response(answers(contact(id=body["identifier"]["value"])), DOOR)


def test_a_response_without_subject_and_author_is_a_note_too() -> None:
    body = answers(contact())
    whole = read_response(copy.deepcopy(body), DOOR)
    del body["subject"], body["author"]
    assert read_response(body, DOOR) == whole


def test_the_same_answers_without_an_identifier_are_the_same_note() -> None:
    """A renderer makes no identifier; pressed twice, its button must not make two notes."""
    body = {name: value for name, value in answers(work_goal()).items() if name != "identifier"}
    steps = [one for one in body["item"] if one["linkId"] == "steps"]
    for step in steps:
        step["item"] = [one for one in step["item"] if one["linkId"] != "steps.id"]
    first, again = read_response(copy.deepcopy(body), DOOR), read_response({**body, "authored": _later(body)}, DOOR)
    assert first.id == again.id
    assert first.model_dump()["steps"] == again.model_dump()["steps"]
    item(body, "words")["answer"] = [{"valueString": "Something else"}]
    assert read_response(body, DOOR).id != first.id


def _later(body: Json) -> str:
    return str(body["authored"]).replace("202", "203", 1)


STEPS = "QuestionnaireResponse.item.where(linkId='steps')[1]"
WHO = f"{STEPS}.item.where(linkId='steps.who')"


@pytest.mark.parametrize(
    ("link_id", "change", "where", "says"),
    [
        ("steps.who", {"answer": [{"valueString": "client"}]}, f"{WHO}.answer[0]", "Answer this by valueCoding."),
        (
            "steps.who",
            {"answer": [{"valueCoding": {"code": "client"}}]},
            f"{WHO}.answer[0]",
            "work_goal.steps.who.client (Client)",
        ),
        ("steps.who", {"extension": [{"url": "urn:x", "valueString": "x"}]}, WHO, LOST),
        ("steps.who", {"answer": [], "item": [{"linkId": "x"}]}, WHO, LOST),
        (
            "steps.what",
            {"answer": [{"valueString": "a", "item": [{"linkId": "x"}]}]},
            f"{STEPS}.item.where(linkId='steps.what').answer[0]",
            LOST,
        ),
        (
            "steps.what",
            {"answer": [{"valueString": "a"}, {"valueString": "b"}]},
            f"{STEPS}.item.where(linkId='steps.what')",
            "one answer",
        ),
        ("steps.what", {"linkId": "steps.unheard-of"}, f"{STEPS}.item[1]", "not asked here"),
        ("steps.what", {"linkId": "steps.who", "answer": []}, WHO, "answered in two items"),
    ],
)
def test_an_answer_that_no_note_can_hold_is_named(link_id: str, change: Json, where: str, says: str) -> None:
    body = _two_steps()
    item(body["item"][-1], link_id).update(change)
    if "item" in change:
        del item(body["item"][-1], link_id)["answer"]
    elif change.get("answer") == []:
        del item(body["item"][-1], change["linkId"])["answer"]
    told = refused(body)
    assert says in told[where], told


def _two_steps() -> Json:
    step = {"what": "Write a CV", "who": "client", "progress": "todo"}
    body = answers(work_goal(steps=[{**step, "id": str(UUID(int=place))} for place in (1, 2)]))
    body["item"] = sorted(body["item"], key=lambda one: one["linkId"] == "steps")
    return body


def test_a_fault_of_the_form_is_told_where_it_was_answered() -> None:
    body = _two_steps()
    body["item"][-1]["item"] = [one for one in body["item"][-1]["item"] if one["linkId"] != "steps.who"]
    item(body, "words")["answer"] = [{"valueString": "x" * 4001}]
    assert refused(body) == {
        WHO: "Fill this in.",
        "QuestionnaireResponse.item.where(linkId='words')": "Shorten this to 4000 characters.",
    }


def test_when_it_was_written_has_to_be_said() -> None:
    body = answers(contact())
    del body["authored"]
    assert refused(body) == {"QuestionnaireResponse.authored": "Fill this in."}


def test_a_year_is_no_moment() -> None:
    body = answers(contact())
    item(body, "heading", "happened_at")["answer"] = [{"valueDateTime": "2026"}]
    where = "QuestionnaireResponse.item.where(linkId='heading').item.where(linkId='happened_at').answer[0]"
    assert refused(body) == {where: "Send a date and time here, as 2026-11-22T09:30:00+00:00."}


def test_a_rule_between_fields_is_told_at_the_field_it_is_about() -> None:
    body = answers(contact())
    body["item"] = [one for one in body["item"] if one["linkId"] != "minutes"]
    assert refused(body) == {"QuestionnaireResponse.item.where(linkId='minutes')": "Say how long it lasted."}


@pytest.mark.parametrize(
    ("field", "where"),
    [
        ("", "QuestionnaireResponse"),
        ("kind", "QuestionnaireResponse.questionnaire"),
        ("topics.1", "QuestionnaireResponse.item.where(linkId='topics').answer[1]"),
        (
            "client.nhs_number",
            "QuestionnaireResponse.item.where(linkId='heading').item.where(linkId='client')"
            ".item.where(linkId='client.nhs_number')",
        ),
        ("employer.unheard-of", "QuestionnaireResponse.item.where(linkId='employer')"),
    ],
)
def test_every_field_has_its_place_in_a_response(field: str, where: str) -> None:
    assert expression_of("contact", field) == where
