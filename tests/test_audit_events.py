"""The audit as AuditEvents, as a SIEM's lines, and as a person's own list."""

import json
from base64 import urlsafe_b64encode
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import httpx
import pytest

from service.audit import Act, write_acts
from service.caller import AT_THIS_MACHINE, ROLES, Caller
from service.db import Sessions
from tests.audited import WHENCE, write
from tests.commands import Run
from tests.notes import person
from tests.outbox import received, rows
from tests.published import our_gate

CLIENT = person(1).id


async def search(phone: httpx.AsyncClient, query: str = "") -> dict[str, Any]:
    answer = await phone.get(f"/fhir/AuditEvent{query}")
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "application/fhir+json"
    assert answer.headers["cache-control"] == "no-store"
    found: dict[str, Any] = answer.json()
    return found


def ids(bundle: dict[str, Any]) -> list[str]:
    """But the searches of this test, which are lines as well."""
    found = [entry["resource"] for entry in bundle.get("entry", [])]
    return [one["id"] for one in found if one["agent"][0]["altId"] != AT_THIS_MACHINE.subject]


async def test_the_newest_come_first_a_page_at_a_time(phone: httpx.AsyncClient, sessions: Sessions) -> None:
    await write(sessions, *[Act("read", clients=(CLIENT,))] * 5)
    first = await search(phone, f"?_count=2&patient=Patient/{CLIENT}&date=ge2026&agent=sub-1")
    second = (await phone.get(_next(first))).json()
    third = (await phone.get(_next(second))).json()
    assert [ids(page) for page in (first, second, third)] == [["5", "4"], ["3", "2"], ["1"]]
    assert [link["relation"] for link in third["link"]] == ["self"]
    assert our_gate().faults(first) == ()


def _next(bundle: dict[str, Any]) -> str:
    return str(next(link["url"] for link in bundle["link"] if link["relation"] == "next"))


async def test_a_search_finds_what_is_asked_for(phone: httpx.AsyncClient, sessions: Sessions) -> None:
    other = Caller("sub-2", "Sam Example", frozenset({"clinician"}))
    await write(sessions, Act("read", clients=(CLIENT, uuid4())))
    await write(sessions, Act("create"), caller=other)
    await write(sessions, Act("retract"), caller=other)
    found = {
        query: ids(await search(phone, query))
        for query in (
            f"?patient=Patient/{CLIENT}",
            f"?patient={CLIENT}",
            f"?patient=Patient/{uuid4()}",
            "?agent=sub-2",
            "?agent=es-1",
            "?action=C",
            "?action=U,R",
            "?action=X",
        )
    }
    assert list(found.values()) == [["1"], ["1"], [], ["3", "2"], ["1"], ["2"], ["3", "1"], []]


@pytest.mark.parametrize(
    ("asked", "is_found"),
    [
        (("{year}",), True),
        (("{month}",), True),
        (("{day}",), True),
        (("ge{day}",), True),
        (("gt{day}",), False),
        (("le{day}",), True),
        (("lt{day}",), False),
        (("ge{before}", "le{after}"), True),
        (("ge{after}",), False),
        (("lt{before}",), False),
        (("ge{before}", "ge{after}"), False),
        (("le{before}", "le{after}"), False),
        (("{exactly}",), True),
        (("{second}",), True),
        (("{minute}",), True),
        (("gt{exactly}",), False),
        (("gt{second}",), False),
        (("gt{minute}",), False),
        (("le{exactly}",), True),
    ],
)
async def test_a_date_means_all_of_the_time_that_it_names(
    phone: httpx.AsyncClient, sessions: Sessions, asked: tuple[str, ...], is_found: bool
) -> None:
    await write(sessions, Act("read"))
    at = (await rows(sessions, "SELECT at FROM audit"))[0][0].astimezone(UTC)
    times = {
        "year": f"{at:%Y}",
        "month": f"{at:%Y-%m}",
        "day": f"{at:%Y-%m-%d}",
        "minute": f"{at:%Y-%m-%dT%H:%M}Z",
        "second": f"{at:%Y-%m-%dT%H:%M:%S}Z",
        "exactly": f"{at:%Y-%m-%dT%H:%M:%S.%f}Z",
        "before": f"{at - timedelta(seconds=5):%Y-%m-%dT%H:%M:%S}",
        "after": f"{at + timedelta(seconds=5):%Y-%m-%dT%H:%M:%S}Z",
    }
    answer = await phone.get("/fhir/AuditEvent", params={"date": [one.format(**times) for one in asked]})
    assert bool(ids(answer.json())) is is_found


@pytest.mark.parametrize(
    "query",
    [
        "patient=Patient/nobody",
        "date=yesterday",
        "date=ne2026",
        "date=2026-13",
        "date=9999",
        "_page=nonsense",
        "_page=bm90IGEgdGltZSAx",
        f"_page={urlsafe_b64encode(b'2026-11-30T09:00:00+00:00 9223372036854775808').decode()}",
        f"_page={urlsafe_b64encode(b'0001-01-01T00:00:00+14:00 1').decode()}",
        "_page=%00",
        "_count=0",
        "agent=%00",
        "_count=101",
        "date=2026-11-30T25:00",
        "date=0001-01-01T00:00%2B14:00",
    ],
)
async def test_what_cannot_be_read_is_named(phone: httpx.AsyncClient, query: str) -> None:
    answer = await phone.get(f"/fhir/AuditEvent?{query}")
    assert answer.status_code == 422
    (issue,) = answer.json()["issue"]
    assert issue["expression"] == [query.partition("=")[0]]


async def test_one_is_read_by_its_id(phone: httpx.AsyncClient, sessions: Sessions) -> None:
    await write(sessions, Act("read"))
    answer = await phone.get("/fhir/AuditEvent/1")
    assert (answer.status_code, answer.json()["id"], answer.headers["etag"]) == (200, "1", 'W/"1"')
    assert (await phone.get("/fhir/AuditEvent/99")).json()["issue"][0]["code"] == "not-found"


async def test_a_person_is_told_who_looked_once_for_each_day(phone: httpx.AsyncClient, sessions: Sessions) -> None:
    await received(sessions)
    await write(sessions, *[Act("read", clients=(CLIENT,))] * 2, Act("read", clients=(uuid4(),)))
    await write(sessions, Act("refused", "refused", clients=(CLIENT,)), caller=Caller("x", "", frozenset()))
    answer = await phone.get(f"/clients/{CLIENT}/looked-at")
    (at,) = (await rows(sessions, "SELECT min(at) FROM audit"))[0]
    day = f"{at:%Y-%m-%d}"
    assert answer.headers["cache-control"] == "no-store"
    assert answer.json() == {
        "client_id": str(CLIENT),
        "looked_at": [
            {
                "day": day,
                "name": "Ruth Example",
                "role": "clinician, employment specialist",
                "what": "read your record",
            },
            {"day": day, "name": "x", "role": "", "what": "asked for your record, and was refused"},
        ],
    }


async def test_nobody_is_told_about_a_person_who_is_not_here(phone: httpx.AsyncClient) -> None:
    answer = await phone.get(f"/clients/{uuid4()}/looked-at")
    assert (answer.status_code, answer.json()["title"]) == (404, "There is no such client.")


async def test_the_command_prints_a_persons_list_and_writes_down_that_it_did(run: Run, sessions: Sessions) -> None:
    await received(sessions)
    empty = await run("audit", "of-client", str(CLIENT), "--by", "ruth")
    assert empty.out == "Nobody has looked at your record here.\n"
    told = await run("audit", "of-client", str(CLIENT), "--by", "ruth")
    day = f"{datetime.now(UTC):%d %B %Y}"
    assert told.out == (
        "Who looked at your record, and what they did\n\n"
        f"{day}: ruth (operator of this service) made a list of who looked at your record.\n"
    )
    as_json = await run("audit", "of-client", str(CLIENT), "--by", "ruth", "--json")
    assert [look["name"] for look in as_json.json()] == ["ruth"]
    assert await rows(sessions, "SELECT who, action, client_ids FROM audit") == [("ruth", "export", [CLIENT])] * 3


async def test_the_export_has_a_flat_line_for_each_and_one_for_itself(run: Run, sessions: Sessions) -> None:
    client, note = uuid4(), uuid4()
    act = Act("read", clients=(client,), note_id=note, route="GET /notes/{note_id}", reason="Her own words.")
    await write(sessions, act)
    ended = await run("audit", "export", "--by", "ruth")
    first, second = map(json.loads, ended.out.splitlines())
    (at, chain, digest), *_ = await rows(sessions, "SELECT at, chain, encode(hash, 'hex') FROM audit ORDER BY id")
    assert datetime.fromisoformat(first.pop("at")) == at
    assert first == {
        "id": 1,
        "who": "sub-1",
        "issuer": "https://issuer.example",
        "name": "Ruth Example",
        "roles": ["clinician", "specialist"],
        "practitioner_id": "es-1",
        "action": "read",
        "outcome": "done",
        "route": "GET /notes/{note_id}",
        "reason_code": None,
        "client_ids": [str(client)],
        "note_id": str(note),
        "delivery_id": None,
        "address": "10.0.0.7",
        "request_id": "request-1",
        "chain": chain,
        "number": 1,
        "hash": digest,
    }
    assert (second["who"], second["action"], second["roles"]) == ("ruth", "export", ["operator"])
    none = await run("audit", "export", "--until", "2020-01-01")
    later = await run("audit", "export", "--since", "2100-01-01")
    assert (none.out, later.out) == ("", "")


async def test_the_roles_that_callers_have_are_told_in_plain_words(
    phone: httpx.AsyncClient, sessions: Sessions
) -> None:
    await received(sessions)
    async with sessions.begin() as session:
        await write_acts(session, Caller("x", "x", frozenset(ROLES)), WHENCE, [Act("read", clients=(CLIENT,))])
    (look,) = (await phone.get(f"/clients/{CLIENT}/looked-at")).json()["looked_at"]
    assert look["role"] == (
        "clinician, operator of this service, privacy officer, service manager, employment specialist, computer system"
    )
