"""The operator's desk over HTTP: what waits, its story, and moves that are counted and written down."""

from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest

from service.db import Sessions
from service.watch.compare_notes import Reconciler
from service.watch.reconcile import reconcile
from tests.delivered import delivered, id_of, lose
from tests.notes import person
from tests.outbox import change, received, rows
from tests.phone import contact
from tests.sandbox_server import SandboxServer

Json = dict[str, Any]

_AUDIT = "SELECT who, action, delivery_id, note_id, client_ids, request_id FROM audit ORDER BY id"
_ME = "at-this-machine"


async def test_what_is_open_is_listed_page_by_page(operator: httpx.AsyncClient, sessions: Sessions) -> None:
    first, second = [await received(sessions, stopped="ehr_rule") for _ in range(2)]
    page = (await operator.get("/deliveries", params={"most": 1})).json()
    assert ([one["id"] for one in page["deliveries"]], page["next"]) == ([str(first)], str(first))
    page = (await operator.get("/deliveries", params={"after": page["next"], "most": 2})).json()
    assert ([one["id"] for one in page["deliveries"]], page["next"]) == ([str(second)], None)
    assert page["deliveries"][0]["sentence"].startswith("Not in the record")


async def test_the_list_is_narrowed(operator: httpx.AsyncClient, sessions: Sessions) -> None:
    first = await received(sessions, 1, stopped="ehr_rule")
    second = await received(sessions, 2)
    for asked, expected in (
        ({"state": "needs_attention"}, [first]),
        ({"state": ["needs_attention", "waiting"]}, [first, second]),
        ({"reason_code": "ehr_rule"}, [first]),
        ({"client_id": str(person(2).id)}, [second]),
        ({"since": "2100-01-01T00:00"}, []),
        ({"until": "2100-01-01T00:00:00+00:00"}, [first, second]),
    ):
        found = (await operator.get("/deliveries", params=asked)).json()["deliveries"]
        assert [UUID(one["id"]) for one in found] == expected, asked


@pytest.mark.parametrize("asked", [{"state": "lost"}, {"since": "1999-01-01T00:00"}, {"reason_code": "Not this"}])
async def test_a_filter_that_makes_no_sense_is_told(operator: httpx.AsyncClient, asked: Json) -> None:
    answer = await operator.get("/deliveries", params=asked)
    assert (answer.status_code, answer.headers["content-type"]) == (422, "application/problem+json")


async def test_one_delivery_has_its_story_and_its_content_only_to_whoever_is_written_down(
    operator: httpx.AsyncClient, sessions: Sessions
) -> None:
    note = uuid4()
    delivery = await received(sessions, note_id=note)
    story = await operator.get(f"/deliveries/{note}")
    assert story.headers["cache-control"] == "no-store"
    (version,) = story.json()["versions"]
    assert (version["delivery"]["id"], version["sent"]) == (str(delivery), [])
    ((_, action, *_),) = await rows(sessions, _AUDIT)
    assert action == "read"
    shown = await operator.post(f"/deliveries/{delivery}/content", headers={"X-Request-ID": "look-1"})
    assert shown.json()["versions"][0]["sent"][0]["body"]["resourceType"] == "Encounter"
    line = (_ME, "content_shown", delivery, note, [person(1).id], "look-1")
    assert (await rows(sessions, _AUDIT))[1:] == [line]


async def test_one_goes_again_and_that_is_written_down(operator: httpx.AsyncClient, sessions: Sessions) -> None:
    delivery = await received(sessions, stopped="ehr_rule")
    asked = {"delivery_id": str(delivery)}
    looked = (await operator.post("/deliveries/retry", json={**asked, "dry_run": True})).json()
    assert (looked["done"], looked["count"], await _states(sessions)) == (False, 1, ["needs_attention"])
    moved = (await operator.post("/deliveries/retry", json=asked)).json()
    assert (moved["done"], moved["count"], await _states(sessions)) == (True, 1, ["waiting"])
    assert moved["deliveries"][0]["reason_code"] == "ehr_rule"
    lines = [(who, action) for who, action, *_ in await rows(sessions, _AUDIT)]
    assert lines == [(_ME, "search"), (_ME, "delivery_retried")]


async def test_all_that_fit_are_cancelled_if_they_are_as_many_as_was_seen(
    operator: httpx.AsyncClient, sessions: Sessions
) -> None:
    for reason in ("ehr_rule", "ehr_rule", "no_patient"):
        await received(sessions, stopped=reason)
    asked = {"reason": "Told on the telephone.", "filter": {"reason_code": "ehr_rule"}}
    refused = await operator.post("/deliveries/cancel", json={**asked, "count": 3})
    assert (refused.status_code, refused.json()["detail"][:23]) == (409, "2 fit now, and not 3: n")
    assert await _states(sessions) == ["needs_attention"] * 3
    assert (await operator.post("/deliveries/cancel", json={**asked, "count": 2})).json()["count"] == 2
    assert await _states(sessions) == ["cancelled", "cancelled", "needs_attention"]
    assert len(await rows(sessions, _AUDIT)) == 2


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "filter"),
        ({"delivery_id": str(UUID(int=1)), "filter": {}}, "filter"),
        ({"filter": {}}, "count"),
        ({"by": "Ruth", "delivery_id": str(UUID(int=1))}, "by"),
        ({"filter": {"states": ["lost"]}, "count": 1}, "filter.states.0"),
    ],
)
async def test_a_move_that_is_not_well_said_is_not_made(operator: httpx.AsyncClient, body: Json, field: str) -> None:
    answer = await operator.post("/deliveries/retry", json=body)
    assert answer.status_code == 422
    assert answer.json()["detail"] == "Nothing was done. Put right what is listed in `faults`."
    assert answer.json()["faults"][0]["field"] == field


async def test_what_a_person_found_in_the_ehr_lets_the_delivery_go_on(
    operator: httpx.AsyncClient, sessions: Sessions
) -> None:
    delivery = await received(sessions, stopped="unknown_in_ehr")
    sql = "INSERT INTO ehr_calls (delivery_id, number, keys) SELECT :id, 0, array_agg(type || '/' || id) FROM resources"
    await change(sessions, sql, id=delivery)
    asked: Json = {"reason": "Looked at the documents."}
    for both in ({}, {"not_found": True, "theirs_stands": True}):
        assert (await operator.post(f"/deliveries/{delivery}/resolve", json=asked | both)).status_code == 422
    stands = await operator.post(f"/deliveries/{delivery}/resolve", json=asked | {"theirs_stands": True})
    assert stands.status_code == 409
    gone = await operator.post(f"/deliveries/{delivery}/resolve", json=asked | {"found": ["Encounter/7"]})
    assert (gone.status_code, gone.json()["done"]) == (200, True), gone.text
    assert await rows(sessions, "SELECT key LIKE 'Encounter/%', ehr_id FROM ehr_links") == [(True, "7")]
    again = await operator.post(f"/deliveries/{delivery}/resolve", json=asked | {"not_found": True})
    assert again.status_code == 409


@pytest.mark.parametrize("path", [f"/deliveries/{UUID(int=7)}", "/reconciliations/7", "/deliveries/nobody"])
async def test_what_there_is_not_is_told(operator: httpx.AsyncClient, path: str) -> None:
    answer = await operator.get(path)
    assert (answer.status_code, answer.headers["content-type"]) == (
        422 if "nobody" in path else 404,
        "application/problem+json",
    )


async def test_each_reconciliation_is_shown_with_its_notes(
    operator: httpx.AsyncClient, sessions: Sessions, ehr: SandboxServer, reconciler: Reconciler
) -> None:
    note = contact()
    await delivered(sessions, ehr, note)
    key = await lose(sessions, ehr, note, "Encounter")
    await reconcile(reconciler)
    (run,) = (await operator.get("/reconciliations")).json()["reconciliations"]
    assert (run["scope"], run["totals"]["missing"], "1 missing" in run["sentence"]) == ("full", 1, True)
    found = (await operator.get(f"/reconciliations/{run['id']}")).json()
    assert found["resources"] == [{"note_id": str(id_of(note)), "missing": [key]}]
    await change(sessions, "UPDATE reconciliations SET ended_at = NULL")
    assert "is under way" in (await operator.get("/reconciliations")).json()["reconciliations"][0]["sentence"]
    await change(sessions, "UPDATE reconciliations SET stopped_because = 'ehr_unreachable'")
    assert "ehr_unreachable" in (await operator.get("/reconciliations")).json()["reconciliations"][0]["sentence"]


@pytest.mark.parametrize(
    "headers",
    [
        {"Host": "evil.example"},
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
    ],
)
@pytest.mark.parametrize("path", ["/deliveries", "/reconciliations", "/desk", "/desk/confirm"])
async def test_a_page_from_elsewhere_gets_nothing(operator: httpx.AsyncClient, headers: Json, path: str) -> None:
    answer = await operator.get(path, headers=headers)
    assert answer.status_code == 403
    assert ("on the machine that it runs on" if "Host" in headers else "another page has asked") in answer.text


@pytest.mark.parametrize("origin", ["http://127.0.0.1:8000", None])
async def test_a_page_of_ours_is_answered(operator: httpx.AsyncClient, origin: str | None) -> None:
    headers = {"Origin": origin, "Sec-Fetch-Site": "same-origin"} if origin else {}
    assert (await operator.get("/deliveries", headers=headers)).status_code == 200


async def test_a_body_that_is_too_large_is_refused(operator: httpx.AsyncClient) -> None:
    answer = await operator.post("/deliveries/retry", json={"reason": "a" * 70_000})
    assert answer.status_code == 413


async def _states(sessions: Sessions) -> list[str]:
    return [state for (state,) in await rows(sessions, "SELECT state FROM deliveries ORDER BY sequence")]
