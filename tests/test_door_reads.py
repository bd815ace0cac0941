"""What a phone may ask: where its notes stand, whom its specialist looks after, what is served."""

from datetime import datetime, timedelta, timezone
from typing import Any
from uuid import uuid4

import httpx
import pytest

from service.db import Sessions
from service.intake.paging import Position, position_of
from tests.door import amend, confirm
from tests.outbox import rows
from tests.phone import NHS_NUMBERS, about, contact

Json = dict[str, Any]

# The same for every process that shares the tests: they go by their names.
SOMEBODYS = "0b9f7c1e-6f0e-4d1c-9a55-5b7a8f3f0a01"


async def test_receipts_are_listed_newest_first_page_by_page(phone: httpx.AsyncClient) -> None:
    notes = [contact(id=str(uuid4())) for _ in range(5)]
    for note in notes:
        await phone.post("/notes", json=note)
    await amend(phone, notes[0], minutes=50)
    listed: list[str] = []
    after: dict[str, str] = {}
    while True:
        page = (await phone.get("/notes", params={"specialist": "es-1", "limit": 2, **after})).json()
        listed += [note["id"] for note in page["notes"]]
        if page["next"] is None:
            break
        after = {"after": page["next"]}
    assert listed == [notes[0]["id"], *(note["id"] for note in reversed(notes[1:]))]


async def test_notes_are_listed_by_client_too(phone: httpx.AsyncClient) -> None:
    receipt = (await phone.post("/notes", json=contact())).json()
    await phone.post("/notes", json=contact(id=str(uuid4()), client=about(NHS_NUMBERS[1])))
    page = (await phone.get("/notes", params={"client": receipt["client_id"]})).json()
    assert [note["id"] for note in page["notes"]] == [receipt["id"]]


def after(received_at: datetime) -> str:
    return position_of(Position(received_at, uuid4()))


@pytest.mark.parametrize(
    "query",
    [
        {},
        {"specialist": "es-1", "after": "x"},
        {"specialist": "es-1", "after": "MjAyNg=="},
        {"specialist": "es-1", "after": after(datetime(2026, 11, 20))},  # noqa: DTZ001 - without a time zone
        {"specialist": "es-1", "after": after(datetime(1, 1, 1, tzinfo=timezone(timedelta(hours=14))))},
    ],
)
async def test_a_list_must_say_whose_and_from_where(phone: httpx.AsyncClient, query: Json) -> None:
    assert (await phone.get("/notes", params=query)).status_code == 422


@pytest.mark.parametrize("query", [{"specialist": "x" * 65}, {"specialist": "es-1", "limit": 0}, {"client": "x"}])
async def test_a_wrong_parameter_is_told_by_its_name(phone: httpx.AsyncClient, query: Json) -> None:
    answer = await phone.get("/notes", params=query)
    assert answer.status_code == 422
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert len(answer.json()["faults"]) == 1


@pytest.mark.parametrize(
    ("path", "field", "sentence"),
    [
        ("/notes?specialist=a%00b", "specialist", "This is not written as it has to be: it must match "),
        ("/clients?specialist=a%00b", "specialist", "This is not written as it has to be: it must match "),
        ("/concerns?specialist=a%00b", "specialist", "This is not written as it has to be: it must match "),
        ("/concerns?client=x", "client", "Send a UUID here, as "),
        ("/notes?specialist=es-1&limit=x", "limit", "Send a whole number here."),
        ("/notes?specialist=es-1&limit=201", "limit", "This must be 200 or less."),
        (f"/clients/{SOMEBODYS}/clocks?on=2026-02-30", "on", "Send a date here, as "),
        (f"/notes/{SOMEBODYS}/employer-copy?format=docx", "format", "Choose one of 'json', 'text' or 'pdf'."),
    ],
)
async def test_a_wrong_parameter_is_told_what_it_has_to_be(
    phone: httpx.AsyncClient, path: str, field: str, sentence: str
) -> None:
    answer = await phone.get(path)
    assert answer.status_code == 422
    (fault,) = answer.json()["faults"]
    assert fault["field"] == field
    assert fault["sentence"].startswith(sentence)


async def test_a_caseload_shows_the_name_only_once_the_ehr_has_confirmed_it(
    phone: httpx.AsyncClient, sessions: Sessions
) -> None:
    await phone.post("/notes", json=contact())
    await phone.post("/notes", json=contact(id=str(uuid4()), client=about(NHS_NUMBERS[1])))
    await phone.post(
        "/notes",
        json=contact(id=str(uuid4()), client=about(NHS_NUMBERS[2]), specialist={"id": "es-2", "name": "Robin Vale"}),
    )
    await confirm(sessions, NHS_NUMBERS[1])
    clients = (await phone.get("/clients", params={"specialist": "es-1"})).json()["clients"]
    assert [(client["nhs_number"], client["name"], client["confirmed"]) for client in clients] == [
        (NHS_NUMBERS[1], "Ann Example", True),
        (NHS_NUMBERS[0], None, False),
    ]


async def test_a_specialist_whose_name_changes_has_one_name(phone: httpx.AsyncClient, sessions: Sessions) -> None:
    await phone.post("/notes", json=contact())
    await phone.post("/notes", json=contact(id=str(uuid4()), specialist={"id": "es-1", "name": "Sam Brown"}))
    assert await rows(sessions, "SELECT id, name FROM specialists") == [("es-1", "Sam Brown")]


async def test_the_callers_ids_are_mirrored(phone: httpx.AsyncClient) -> None:
    answer = await phone.get("/notes", headers={"X-Request-ID": "abc-1", "X-Correlation-ID": "def-2"})
    assert (answer.headers["X-Request-ID"], answer.headers["X-Correlation-ID"]) == ("abc-1", "def-2")


@pytest.mark.parametrize(("method", "path", "status"), [("GET", "/nowhere", 404), ("DELETE", "/notes", 405)])
async def test_what_is_not_served_is_said_in_the_same_form(
    phone: httpx.AsyncClient, method: str, path: str, status: int
) -> None:
    answer = await phone.request(method, path)
    assert (answer.status_code, answer.headers["Content-Type"]) == (status, "application/problem+json")
    assert answer.json()["detail"].endswith(".")


async def test_the_api_describes_itself_with_the_samples_as_examples(phone: httpx.AsyncClient) -> None:
    document = (await phone.get("/openapi.json")).json()
    assert (await phone.get("/openapi.json")).json() == document
    body = document["paths"]["/notes"]["post"]["requestBody"]["content"]["application/json"]
    assert len(body["examples"]) >= 12
    for example in body["examples"].values():
        assert (await phone.post("/notes", json=example["value"])).status_code in (200, 201)
    assert "Contact" in document["components"]["schemas"]
