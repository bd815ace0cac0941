"""A note that comes as a QuestionnaireResponse is the note that it would be as JSON; what it cannot be is refused."""

import asyncio
from collections.abc import Iterator
from uuid import uuid4

import httpx
import pytest
from fhir.resources.R4B import get_fhir_model_class
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from service.db import Sessions, open_engine, sessions_of
from service.forms.note import KINDS, Form
from service.intake.store import written_out
from service.r4.resource import Json
from service.record_api.read_response import read_response
from service.record_api.response import response_of
from tests.conftest import new_database
from tests.door import confirm, phone_at
from tests.outbox import rows
from tests.phone import EVERY_KIND, contact
from tests.published import our_gate
from tests.responses import DOOR, FHIR, POST, answers
from tests.samples_on_disk import NAMES
from tests.strategies import EVERY_KIND as FORMS
from tests.strategies import PATIENT, forms

each_kind = pytest.mark.parametrize("kind", KINDS)


@settings(PATIENT, max_examples=400)
@given(forms())
def test_a_form_as_a_response_is_read_as_the_same_form(form: Form) -> None:
    response = response_of(form, NAMES)
    assert our_gate().faults(response) == ()
    assert written_out(read_response(response, DOOR)) == written_out(form)


@settings(PATIENT, max_examples=50)
@given(forms())
def test_the_models_of_others_take_every_response(form: Form) -> None:
    get_fhir_model_class("QuestionnaireResponse").model_validate(response_of(form, NAMES))


@pytest.fixture(scope="module")
def one_database() -> str:
    return asyncio.run(new_database()).serving


@settings(PATIENT, max_examples=6, suppress_health_check=list(HealthCheck))
@given(st.tuples(*(FORMS[kind]() for kind in KINDS)))
def test_the_same_note_comes_of_it_as_of_json(one_database: str, of_each_kind: tuple[Form, ...]) -> None:
    """Whichever comes first, the other is the same again: so what is stored is the same to the byte."""
    asyncio.run(_post_both_ways(one_database, of_each_kind))


async def _post_both_ways(database_url: str, of_each_kind: tuple[Form, ...]) -> None:
    async with phone_at(database_url) as phone:
        for form in of_each_kind:
            first, second = (form.model_copy(update={"id": uuid4()}) for _ in range(2))
            as_json = await phone.post("/notes", json=first.model_dump(mode="json"))
            as_fhir = await phone.post(POST, json=response_of(first, NAMES), headers=FHIR)
            assert (as_json.status_code, as_fhir.status_code) == (201, 200)
            _assert_same_receipt(as_json.json(), as_fhir.json())
            as_fhir = await phone.post(POST, json=response_of(second, NAMES), headers=FHIR)
            as_json = await phone.post("/notes", json=second.model_dump(mode="json"))
            assert (as_fhir.status_code, as_json.status_code) == (201, 200)
            _assert_same_receipt(as_json.json(), as_fhir.json())
        engine = open_engine(database_url, 1)
        async with sessions_of(engine)() as session:
            failed = await session.scalar(text("SELECT count(*) FROM deliveries WHERE reason_code = 'mapping_failed'"))
        await engine.dispose()
    assert failed == 0


def _assert_same_receipt(receipt: Json, response: Json) -> None:
    assert response["id"] == response["identifier"]["value"] == receipt["id"]
    assert response["meta"]["versionId"] == str(receipt["version"])
    assert response["meta"]["lastUpdated"].replace("+00:00", "Z") == receipt["received_at"].replace("+00:00", "Z")


@each_kind
async def test_what_is_answered_is_what_was_taken(phone: httpx.AsyncClient, sessions: Sessions, kind: str) -> None:
    sent = answers(EVERY_KIND[kind]())
    answer = await phone.post(POST, json=sent, headers=FHIR)
    assert answer.status_code == 201
    assert answer.headers["Content-Type"] == "application/fhir+json"
    assert answer.headers["ETag"] == 'W/"1"'
    assert answer.headers["Location"] == f"/fhir/QuestionnaireResponse/{sent['identifier']['value']}/_history/1"
    told = answer.json()
    assert {**told, **sent} == told
    assert our_gate().faults(told) == ()
    again = await phone.post(POST, json=told)
    assert (again.status_code, again.json()) == (200, told)
    assert await rows(sessions, "SELECT (SELECT count(*) FROM notes), (SELECT count(*) FROM deliveries)") == [(1, 1)]


async def test_other_content_under_the_same_identifier_is_a_conflict_and_kept(
    phone: httpx.AsyncClient, sessions: Sessions
) -> None:
    note = contact()
    await phone.post("/notes", json=note)
    answer = await phone.post(POST, json=answers({**note, "minutes": 20}), headers=FHIR)
    assert answer.status_code == 409
    (issue,) = answer.json()["issue"]
    assert (issue["severity"], issue["code"]) == ("error", "conflict")
    assert "kept beside it" in issue["details"]["text"]
    assert await rows(sessions, "SELECT count(*) FROM conflicting_notes") == [(1,)]


async def test_a_date_of_birth_that_is_not_the_records_is_told_where_it_was_answered(
    phone: httpx.AsyncClient, sessions: Sessions
) -> None:
    note = contact()
    await phone.post("/notes", json=note)
    await confirm(sessions, note["client"]["nhs_number"])
    other = {**note, "id": str(uuid4()), "client": {**note["client"], "birth_date": "1971-01-01"}}
    answer = await phone.post(POST, json=answers(other), headers=FHIR)
    assert answer.status_code == 422
    assert [issue["expression"] for issue in answer.json()["issue"]] == [
        [
            "QuestionnaireResponse.item.where(linkId='heading').item.where(linkId='client')"
            ".item.where(linkId='client.birth_date')"
        ]
    ]


async def test_every_questionnaire_is_found_and_read(phone: httpx.AsyncClient) -> None:
    answer = await phone.get("/fhir/Questionnaire")
    bundle = answer.json()
    assert answer.headers["Content-Type"] == "application/fhir+json"
    assert our_gate().faults(bundle) == ()
    assert bundle["total"] == len(bundle["entry"]) == len(KINDS)
    for entry in bundle["entry"]:
        read = await phone.get(entry["fullUrl"])
        assert read.json() == entry["resource"]
        assert read.headers["ETag"] == 'W/"2.0.0"'


@pytest.mark.parametrize(
    ("parameters", "found"),
    [
        ({"url": NAMES.questionnaire("contact")}, ["contact"]),
        ({"url": NAMES.questionnaire("contact").partition("|")[0]}, ["contact"]),
        ({"url": NAMES.questionnaire("contact") + "9"}, []),
        ({"url": "urn:x"}, []),
        ({"name": "workg"}, ["work-goal"]),
        ({"_id": "contact,work-goal"}, ["contact", "work-goal"]),
        ({"_id": "contact", "name": "Work"}, []),
    ],
)
async def test_a_questionnaire_is_searched_by_url_name_and_id(
    phone: httpx.AsyncClient, parameters: dict[str, str], found: list[str]
) -> None:
    answer = await phone.get("/fhir/Questionnaire", params={**parameters, "_unheard-of": "x"})
    bundle = answer.json()
    assert [entry["resource"]["id"] for entry in bundle.get("entry", [])] == found
    assert our_gate().faults(bundle) == ()
    assert "_unheard-of" not in bundle["link"][0]["url"]
    assert all(name in bundle["link"][0]["url"] for name in parameters)


async def test_the_description_shows_a_response_of_every_kind(phone: httpx.AsyncClient) -> None:
    document = (await phone.get("/openapi.json")).json()
    body = document["paths"][POST]["post"]["requestBody"]["content"]["application/fhir+json"]
    assert list(body["examples"]) == list(KINDS)
    for example in _values(body["examples"]):
        read_response(example, DOOR)


def _values(examples: dict[str, Json]) -> Iterator[Json]:
    yield from (one["value"] for one in examples.values())
