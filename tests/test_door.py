"""The contract at the door: what is sent, singly, again, in parallel, in batches, and what cannot be a note."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any
from uuid import uuid4

import httpx
import orjson
import pytest

from service.db import Sessions
from service.forms.note import KINDS
from tests.door import JSON, phone_at
from tests.outbox import rows
from tests.phone import EVERY_KIND, NHS_NUMBERS, about, contact, work_goal

Json = dict[str, Any]


async def test_a_note_is_answered_with_a_receipt(phone: httpx.AsyncClient, sessions: Sessions) -> None:
    note = contact()
    answer = await phone.post("/notes", json=note)
    assert answer.status_code == 201
    assert answer.headers["ETag"] == '"1"'
    receipt = answer.json()
    assert (receipt["id"], receipt["version"], receipt["kind"]) == (note["id"], 1, "contact")
    assert await rows(sessions, "SELECT state FROM deliveries") == [("waiting",)]
    assert await rows(sessions, "SELECT count(*) > 0 FROM resources") == [(True,)]


@pytest.mark.parametrize("kind", KINDS)
async def test_a_note_sent_twice_is_stored_once(phone: httpx.AsyncClient, sessions: Sessions, kind: str) -> None:
    note = EVERY_KIND[kind]()
    first = await phone.post("/notes", json=note)
    again = await phone.post("/notes", content=orjson.dumps(note, option=orjson.OPT_INDENT_2), headers=JSON)
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json() == again.json()
    assert await rows(sessions, "SELECT count(*) FROM notes") == [(1,)]


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


async def test_half_a_character_in_one_note_of_a_batch_blocks_no_other(phone: httpx.AsyncClient) -> None:
    cut_off = orjson.dumps(contact(note="CUT")).replace(b"CUT", b"\\ud83d")
    answer = await phone.post(
        "/notes/batch", content=b'{"notes": [%b, %b]}' % (cut_off, orjson.dumps(contact())), headers=JSON
    )
    assert [result["status"] for result in answer.json()["results"]] == [400, 201]


@pytest.mark.parametrize(
    "body",
    [b"{", b"[]", b'{"notes": ' + b"[" * 100_000, b'{"notes": []}', b'{"notes": 1}', b'{"notes": [1], "more": 2}'],
)
async def test_a_batch_that_is_none_is_refused(phone: httpx.AsyncClient, body: bytes) -> None:
    answer = await phone.post("/notes/batch", content=body, headers=JSON)
    assert answer.status_code in (400, 422)
