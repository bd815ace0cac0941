"""The contract at the door, call by call, as a phone meets it."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any
from uuid import uuid4

import httpx
import orjson
import pytest
from sqlalchemy import text

from service.db import Sessions
from tests.door import phone_at
from tests.phone import NHS_NUMBERS, about, contact, vocational_profile, work_goal

Json = dict[str, Any]


@pytest.fixture
async def phone(database_url: str) -> AsyncIterator[httpx.AsyncClient]:
    async with phone_at(database_url) as phone:
        yield phone


async def rows(sessions: Sessions, statement: str) -> list[tuple[Any, ...]]:
    async with sessions() as session:
        return [tuple(row) for row in await session.execute(text(statement))]


async def confirm(sessions: Sessions, nhs_number: str) -> None:
    """As when the EHR's patient matched."""
    async with sessions.begin() as session:
        await session.execute(
            text(
                "UPDATE clients SET confirmed_at = now(), matched_at = now(), ehr_patient_id = 'p1', name = 'Ann Example'"
                " WHERE nhs_number = :nhs_number"
            ),
            {"nhs_number": nhs_number},
        )


async def test_a_note_is_answered_with_a_receipt(phone: httpx.AsyncClient, sessions: Sessions) -> None:
    note = contact()
    answer = await phone.post("/notes", json=note)
    assert answer.status_code == 201
    assert answer.headers["ETag"] == '"1"'
    receipt = answer.json()
    assert (receipt["id"], receipt["version"], receipt["kind"]) == (note["id"], 1, "contact")
    assert await rows(sessions, "SELECT state FROM deliveries") == [("waiting",)]
    assert await rows(sessions, "SELECT count(*) > 0 FROM resources") == [(True,)]


@pytest.mark.parametrize("make", [contact, vocational_profile, work_goal])
async def test_a_note_sent_twice_is_stored_once(phone: httpx.AsyncClient, sessions: Sessions, make: Any) -> None:
    note = make()
    first = await phone.post("/notes", json=note)
    again = await phone.post("/notes", content=orjson.dumps(note, option=orjson.OPT_INDENT_2), headers=JSON)
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json() == again.json()
    assert await rows(sessions, "SELECT count(*) FROM notes") == [(1,)]


JSON = {"Content-Type": "application/json; charset=utf-8"}


async def test_eight_posts_at_once_are_one_note_one_delivery_and_eight_equal_answers(
    phone: httpx.AsyncClient, sessions: Sessions
) -> None:
    note = contact()
    answers = await asyncio.gather(*(phone.post("/notes", json=note) for _ in range(8)))
    assert sorted(answer.status_code for answer in answers) == [200] * 7 + [201]
    assert len({answer.text for answer in answers}) == 1
    assert await rows(sessions, "SELECT (SELECT count(*) FROM notes), (SELECT count(*) FROM deliveries)") == [(1, 1)]


async def test_eight_first_notes_about_one_client_register_the_client_once(
    phone: httpx.AsyncClient, sessions: Sessions
) -> None:
    answers = await asyncio.gather(*(phone.post("/notes", json=contact(id=str(uuid4()))) for _ in range(8)))
    assert {answer.status_code for answer in answers} == {201}
    assert await rows(sessions, "SELECT (SELECT count(*) FROM clients), (SELECT last_sequence FROM lanes)") == [(1, 8)]


async def test_the_commit_is_before_the_answer(database_url: str, sessions: Sessions) -> None:
    """At the moment the first byte of the answer leaves, another connection sees the note."""
    seen: list[list[tuple[Any, ...]]] = []
    async with phone_at(database_url) as phone:
        transport = phone._transport
        assert isinstance(transport, httpx.ASGITransport)
        inner = transport.app

        async def watching(scope: Any, receive: Any, send: Any) -> None:
            async def look_first(message: Any) -> None:
                if message["type"] == "http.response.start":
                    seen.append(await rows(sessions, "SELECT count(*) FROM notes"))
                await send(message)

            await inner(scope, receive, look_first)

        transport.app = watching
        assert (await phone.post("/notes", json=contact())).status_code == 201
    assert seen == [[(1,)]]


async def test_other_content_under_a_taken_id_is_refused_and_both_can_be_seen(phone: httpx.AsyncClient) -> None:
    note = contact()
    first = await phone.post("/notes", json=note)
    for _ in range(2):
        other = await phone.post("/notes", json={**note, "note": "Something else."})
    assert other.status_code == 409
    problem = other.json()
    assert other.headers["Content-Type"] == "application/problem+json"
    assert problem["stored"] == first.json()
    shown = (await phone.get(f"/notes/{note['id']}")).json()
    assert [conflict["digest"] for conflict in shown["conflicts"]] == [problem["sent_digest"]]


async def test_faults_are_told_by_field_and_nothing_is_stored(phone: httpx.AsyncClient, sessions: Sessions) -> None:
    answer = await phone.post("/notes", json=contact(minutes=-1, place="moon"))
    assert answer.status_code == 422
    assert {fault["field"] for fault in answer.json()["faults"]} == {"minutes", "place"}
    assert await rows(sessions, "SELECT count(*) FROM notes") == [(0,)]


@pytest.mark.parametrize(
    ("content", "headers", "status"),
    [
        (b"{", JSON, 400),
        (b"{}", {"Content-Type": "text/plain"}, 415),
        (b"{}", {}, 415),
        (b" " * (256 * 1024 + 1), JSON, 413),
        (b"[]", JSON, 422),
    ],
)
async def test_a_body_that_cannot_be_a_note_says_why(
    phone: httpx.AsyncClient, content: bytes, headers: Json, status: int
) -> None:
    answer = await phone.post("/notes", content=content, headers=headers)
    assert answer.status_code == answer.json()["status"] == status
    assert answer.json()["detail"].endswith(".")


async def test_a_body_that_does_not_declare_its_length_is_bounded_too(phone: httpx.AsyncClient) -> None:
    async def endless() -> AsyncIterator[bytes]:
        for _ in range(40):
            yield b" " * 10_000

    answer = await phone.post("/notes", content=endless(), headers=JSON)
    assert answer.status_code == 413


async def test_a_batch_answers_each_note_in_order_and_a_bad_one_blocks_no_other(
    phone: httpx.AsyncClient, sessions: Sessions
) -> None:
    good, goal = contact(), work_goal(client=about(NHS_NUMBERS[1]))
    bad = contact(minutes=0)
    other = {**good, "note": "Other words."}
    answer = await phone.post("/notes/batch", json={"notes": [good, bad, 7, goal, good, other]})
    assert answer.status_code == 200
    results = answer.json()["results"]
    assert [result["status"] for result in results] == [201, 422, 422, 201, 200, 409]
    assert results[0]["receipt"] == results[4]["receipt"]
    assert await rows(sessions, "SELECT count(*) FROM notes") == [(2,)]


@pytest.mark.parametrize("body", [b"{", b"[]", b'{"notes": []}', b'{"notes": 1}', b'{"notes": [1], "more": 2}'])
async def test_a_batch_that_is_none_is_refused(phone: httpx.AsyncClient, body: bytes) -> None:
    answer = await phone.post("/notes/batch", content=body, headers=JSON)
    assert answer.status_code in (400, 422)


async def amend(phone: httpx.AsyncClient, note: Json, if_match: str | None = '"1"', **changes: Any) -> httpx.Response:
    body = {"reason": "The time was wrong.", "note": {**note, **changes}}
    return await phone.put(f"/notes/{note['id']}", json=body, headers={"If-Match": if_match} if if_match else {})


async def test_an_amendment_is_the_next_version_and_the_first_one_stays(
    phone: httpx.AsyncClient, sessions: Sessions
) -> None:
    note = contact()
    await phone.post("/notes", json=note)
    answer = await amend(phone, note, minutes=50)
    assert (answer.status_code, answer.json()["version"], answer.headers["ETag"]) == (200, 2, '"2"')
    assert await rows(sessions, "SELECT version, form ->> 'minutes' FROM notes ORDER BY version") == [
        (1, "45"),
        (2, "50"),
    ]
    shown = (await phone.get(f"/notes/{note['id']}")).json()
    assert [version["version"] for version in shown["versions"]] == [1, 2]
    assert shown["change_reason"] == "The time was wrong."


async def test_the_same_amendment_again_gives_the_same_receipt(phone: httpx.AsyncClient, sessions: Sessions) -> None:
    note = contact()
    await phone.post("/notes", json=note)
    answers = await asyncio.gather(*(amend(phone, note, minutes=50) for _ in range(8)))
    assert {answer.status_code for answer in answers} == {200}
    assert len({answer.text for answer in answers}) == 1
    assert await rows(sessions, "SELECT count(*) FROM notes") == [(2,)]


async def test_an_amendment_that_changes_nothing_makes_no_version(phone: httpx.AsyncClient) -> None:
    note = contact()
    first = await phone.post("/notes", json=note)
    assert (await amend(phone, note)).json() == first.json()


async def test_a_stale_amendment_is_refused_with_the_version_to_read(phone: httpx.AsyncClient) -> None:
    note = contact()
    await phone.post("/notes", json=note)
    await amend(phone, note, minutes=50)
    stale = await amend(phone, note, minutes=55)
    assert (stale.status_code, stale.json()["current_version"]) == (412, 2)
    assert (await amend(phone, note, 'W/"2"', minutes=55)).json()["version"] == 3


@pytest.mark.parametrize("if_match", [None, "*", '"one"', '""', '"9999999999"'])
async def test_an_amendment_must_say_its_version(phone: httpx.AsyncClient, if_match: str | None) -> None:
    note = contact()
    await phone.post("/notes", json=note)
    assert (await amend(phone, note, if_match, minutes=50)).status_code == 428


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"client": about(NHS_NUMBERS[1])}, "client.nhs_number"),
        ({"id": str(uuid4())}, "note.id"),
    ],
)
async def test_an_amendment_cannot_make_it_another_note(phone: httpx.AsyncClient, changes: Json, field: str) -> None:
    note = contact()
    await phone.post("/notes", json=note)
    await phone.post("/notes", json=contact(id=str(uuid4()), client=about(NHS_NUMBERS[1])))
    answer = await amend(phone, note, **changes)
    assert answer.status_code == 422
    assert [fault["field"] for fault in answer.json()["faults"]] == [field]


async def test_an_amendment_cannot_move_a_note_to_a_person_never_heard_of(phone: httpx.AsyncClient) -> None:
    note = contact()
    await phone.post("/notes", json=note)
    answer = await amend(phone, note, client=about(NHS_NUMBERS[3]))
    assert [fault["field"] for fault in answer.json()["faults"]] == ["client.nhs_number"]


async def test_an_amendment_cannot_change_the_kind(phone: httpx.AsyncClient) -> None:
    note = contact()
    await phone.post("/notes", json=note)
    body = {"reason": "Wrong form.", "note": work_goal(id=note["id"])}
    answer = await phone.put(f"/notes/{note['id']}", json=body, headers={"If-Match": '"1"'})
    assert [fault["field"] for fault in answer.json()["faults"]] == ["kind"]


async def test_a_change_needs_its_reason(phone: httpx.AsyncClient) -> None:
    note = contact()
    await phone.post("/notes", json=note)
    answer = await phone.put(f"/notes/{note['id']}", json={"note": note}, headers={"If-Match": '"1"'})
    assert [fault["field"] for fault in answer.json()["faults"]] == ["reason"]
    answer = await phone.post(f"/notes/{note['id']}/retraction", json={"reason": " "})
    assert [fault["field"] for fault in answer.json()["faults"]] == ["reason"]


async def test_what_was_never_sent_cannot_be_changed_or_shown(phone: httpx.AsyncClient) -> None:
    note = contact()
    assert (await amend(phone, note)).status_code == 404
    assert (await phone.post(f"/notes/{note['id']}/retraction", json={"reason": "x"})).status_code == 404
    assert (await phone.get(f"/notes/{note['id']}")).status_code == 404


async def test_a_retraction_is_a_version_and_again_the_same(phone: httpx.AsyncClient, sessions: Sessions) -> None:
    note = contact()
    await phone.post("/notes", json=note)
    url = f"/notes/{note['id']}/retraction"
    answers = await asyncio.gather(*(phone.post(url, json={"reason": "Wrong person."}) for _ in range(4)))
    assert {answer.status_code for answer in answers} == {200}
    assert len({answer.text for answer in answers}) == 1
    assert (answers[0].json()["version"], answers[0].json()["retracted"]) == (2, True)
    states = await rows(sessions, "SELECT note_version, state FROM deliveries ORDER BY note_version")
    assert states == [(1, "waiting"), (2, "waiting")]
    statuses = await rows(
        sessions, "SELECT DISTINCT body ->> 'status' FROM resources WHERE version = 2 AND body ? 'status'"
    )
    assert statuses == [("entered-in-error",)]


async def test_a_retracted_note_cannot_be_amended(phone: httpx.AsyncClient) -> None:
    note = contact()
    await phone.post("/notes", json=note)
    await phone.post(f"/notes/{note['id']}/retraction", json={"reason": "Wrong person."})
    assert (await amend(phone, note, '"2"', minutes=50)).status_code == 409
    again = await phone.post("/notes", json=note)
    assert (again.status_code, again.json()["version"]) == (200, 1)


async def test_another_birth_date_than_the_confirmed_one_is_refused(
    phone: httpx.AsyncClient, sessions: Sessions
) -> None:
    await phone.post("/notes", json=contact())
    await confirm(sessions, NHS_NUMBERS[0])
    answer = await phone.post("/notes", json=contact(id=str(uuid4()), client=about(NHS_NUMBERS[0], "1990-03-02")))
    assert answer.status_code == 422
    assert [fault["field"] for fault in answer.json()["faults"]] == ["client.birth_date"]


async def test_another_birth_date_than_an_unconfirmed_one_needs_attention_and_amending_puts_it_right(
    phone: httpx.AsyncClient,
) -> None:
    await phone.post("/notes", json=contact())
    wrong = contact(id=str(uuid4()), client=about(NHS_NUMBERS[0], "1990-03-02"))
    assert (await phone.post("/notes", json=wrong)).status_code == 201
    delivery = (await phone.get(f"/notes/{wrong['id']}")).json()["delivery"]
    assert (delivery["state"], delivery["reason_code"]) == ("needs_attention", "birth_date_differs")
    assert "a person has to look" in delivery["sentence"]
    await amend(phone, wrong, client=about(NHS_NUMBERS[0]))
    shown = (await phone.get(f"/notes/{wrong['id']}")).json()
    assert [version["delivery"]["state"] for version in shown["versions"]] == ["cancelled", "waiting"]


async def test_amending_the_note_that_was_wrong_settles_which_birth_date_is_right(
    phone: httpx.AsyncClient, sessions: Sessions
) -> None:
    wrong = contact(client=about(NHS_NUMBERS[0], "1990-03-02"))
    await phone.post("/notes", json=wrong)
    await amend(phone, wrong, client=about(NHS_NUMBERS[0]))
    assert await rows(sessions, "SELECT CAST(birth_date AS text) FROM clients") == [("1990-02-03",)]
    answer = await phone.post("/notes", json=contact(id=str(uuid4())))
    shown = (await phone.get(f"/notes/{answer.json()['id']}")).json()
    assert shown["delivery"]["state"] == "waiting"


async def test_a_note_retracted_before_anything_was_sent_is_never_sent(phone: httpx.AsyncClient) -> None:
    await phone.post("/notes", json=contact())
    wrong = contact(id=str(uuid4()), client=about(NHS_NUMBERS[0], "1990-03-02"))
    await phone.post("/notes", json=wrong)
    await phone.post(f"/notes/{wrong['id']}/retraction", json={"reason": "Another person."})
    shown = (await phone.get(f"/notes/{wrong['id']}")).json()
    assert [version["delivery"]["reason_code"] for version in shown["versions"]] == ["replaced", "never_sent"]


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


@pytest.mark.parametrize(
    "query", [{}, {"specialist": "es-1", "after": "x"}, {"specialist": "es-1", "after": "MjAyNg=="}]
)
async def test_a_list_must_say_whose_and_from_where(phone: httpx.AsyncClient, query: Json) -> None:
    assert (await phone.get("/notes", params=query)).status_code == 422


@pytest.mark.parametrize("query", [{"specialist": "x" * 65}, {"specialist": "es-1", "limit": 0}, {"client": "x"}])
async def test_a_wrong_parameter_is_told_by_its_name(phone: httpx.AsyncClient, query: Json) -> None:
    answer = await phone.get("/notes", params=query)
    assert answer.status_code == 422
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert len(answer.json()["faults"]) == 1


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
    body = document["paths"]["/notes"]["post"]["requestBody"]["content"]["application/json"]
    assert len(body["examples"]) >= 12
    for example in body["examples"].values():
        assert (await phone.post("/notes", json=example["value"])).status_code in (200, 201)
    assert "Contact" in document["components"]["schemas"]
