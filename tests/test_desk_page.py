"""The operator's desk as a page: what a person reads and clicks, without scripts."""

import re
from html import unescape
from typing import Any
from urllib.parse import urljoin
from uuid import UUID, uuid4

import httpx
import pytest

from service.db import Sessions
from service.watch.compare_notes import Reconciler
from service.watch.reconcile import reconcile
from tests.delivered import delivered, id_of, lose
from tests.outbox import change, received, rows
from tests.phone import contact
from tests.sandbox_server import SandboxServer

Json = dict[str, Any]

_LINK = re.compile(r'<a [^>]*href="([^"]+)"[^>]*>([^<]+)')


async def test_an_empty_desk_says_so(operator: httpx.AsyncClient) -> None:
    page = await _page(operator, "/desk")
    assert "Notes are taken and delivered." in page
    assert "Nothing waits, and nothing needs a person." in page
    assert "There are none." in page
    assert "None yet. A worker makes one each day" in page


async def test_the_desk_shows_what_is_open_and_what_the_last_reconciliations_found(
    operator: httpx.AsyncClient, sessions: Sessions, ehr: SandboxServer, reconciler: Reconciler
) -> None:
    note = contact()
    await delivered(sessions, ehr, note)
    key = await lose(sessions, ehr, note, "Encounter")
    await reconcile(reconciler)
    delivery = await received(sessions, stopped="ehr_rule")
    await change(sessions, "UPDATE deliveries SET left_out = '{Goal/7}' WHERE id = :id", id=delivery)
    page = await _page(operator, "/desk")
    assert "1 missing" in page
    assert "Only in the document" in page
    assert "1 needs a person." in page
    assert "ehr_rule" in page
    assert str(delivery) in page
    run = await _page(operator, _link(page, str(_year(page))))
    assert f"missing: {key}" in run
    assert str(id_of(note)) in await _page(operator, f"/desk/deliveries/{id_of(note)}")


async def test_a_reason_leads_to_its_deliveries_and_a_filter_to_what_fits(
    operator: httpx.AsyncClient, sessions: Sessions
) -> None:
    first = await received(sessions, 1, stopped="ehr_rule")
    second = await received(sessions, 2)
    page = await _page(operator, _link(await _page(operator, "/desk"), "ehr_rule"))
    assert (str(first) in page, str(second) in page) == (True, False)
    page = await _page(operator, "/desk?state=waiting&reason_code=&client_id=&note_id=&since=&until=")
    assert (str(first) in page, str(second) in page) == (False, True)


async def test_more_than_fit_a_page_lead_on(operator: httpx.AsyncClient, sessions: Sessions) -> None:
    for number in range(51):
        await received(sessions, number)
    page = await _page(operator, _link(await _page(operator, "/desk"), "The next 50"))
    assert page.count("<article") == 1
    confirm = await _page(operator, _link(page, "Send all of these again…"))
    assert "51 fit." in confirm
    assert "And 1 more." in confirm


async def test_a_story_is_shown_and_its_content_only_to_whoever_is_written_down(
    operator: httpx.AsyncClient, sessions: Sessions
) -> None:
    delivery = await received(sessions, stopped="ehr_rule")
    await change(sessions, "INSERT INTO ehr_calls (delivery_id, number, keys) VALUES (:id, 0, '{Goal/7}')", id=delivery)
    sql = "INSERT INTO attempts (delivery_id, worker, outcome, reason_code, reason, answer) VALUES "
    await change(sessions, sql + "(:id, 'w', 'refused', 'ehr_rule', 'A rule.', '{\"text\": \"<b>bold\"}')", id=delivery)
    path = f"/desk/deliveries/{delivery}"
    story = await _page(operator, path)
    assert ("A rule." in story, "Goal/7" in story, "bold" in story, "Encounter" in story) == (True, True, False, False)
    content = await operator.post(f"{path}/content")
    assert "&lt;b&gt;bold" in content.text
    assert "&#34;resourceType&#34;: &#34;Encounter&#34;" in content.text
    assert await rows(sessions, "SELECT who, action FROM audit ORDER BY id") == [
        ("at-this-machine", "read"),
        ("at-this-machine", "content_shown"),
    ]


async def test_one_is_sent_again_in_two_steps(operator: httpx.AsyncClient, sessions: Sessions) -> None:
    delivery = await received(sessions, stopped="ehr_rule")
    confirm = await _page(operator, _link(await _page(operator, f"/desk/deliveries/{delivery}"), "Send again…"))
    assert "1 fits. Each goes again now." in confirm
    done = await operator.post("/desk/moves", data=_hidden(confirm))
    assert (done.status_code, "1 go again now" in done.text) == (200, True)
    assert await rows(sessions, "SELECT state FROM deliveries") == [("waiting",)]
    lines = await rows(sessions, "SELECT who, action FROM audit ORDER BY id")
    assert lines[-1] == ("at-this-machine", "delivery_retried")


async def test_many_are_cancelled_if_their_number_is_right(operator: httpx.AsyncClient, sessions: Sessions) -> None:
    for _ in range(2):
        await received(sessions, stopped="ehr_rule")
    page = await _page(operator, "/desk?state=needs_attention&reason_code=ehr_rule")
    confirm = await _page(operator, _link(page, "Cancel all of these…"))
    form = {**_hidden(confirm), "reason": "Told on the telephone."}
    for count, said in (("", "count"), ("three", "count"), ("3", "2 fit now, and not 3")):
        wrong = await operator.post("/desk/moves", data={**form, "count": count})
        assert (wrong.status_code in (409, 422), said in wrong.text) == (True, True), wrong.text
    assert await rows(sessions, "SELECT DISTINCT state FROM deliveries") == [("needs_attention",)]
    assert "2 cancelled" in (await operator.post("/desk/moves", data={**form, "count": "2"})).text
    assert await rows(sessions, "SELECT DISTINCT state FROM deliveries") == [("cancelled",)]


async def test_what_cannot_be_moved_says_why(operator: httpx.AsyncClient, sessions: Sessions) -> None:
    assert "There is none that fits" in await _page(operator, "/desk/confirm?move=cancel")
    answer = await operator.get(f"/desk/confirm?move=retry&delivery_id={uuid4()}")
    assert (answer.status_code, "No delivery has this id." in answer.text) == (409, True)


@pytest.mark.parametrize(
    "path",
    [
        "/desk/deliveries/nobody",
        f"/desk/deliveries/{UUID(int=7)}",
        "/desk/confirm?delivery_id=nobody",
        "/desk?after=nobody",
        "/desk/reconciliations/7",
        "/desk?since=yesterday",
    ],
)
async def test_what_there_is_not_is_told_in_a_page(operator: httpx.AsyncClient, path: str) -> None:
    answer = await operator.get(path)
    assert answer.status_code in (404, 422)
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert "Back to the desk" in answer.text


async def test_no_page_may_be_framed_kept_or_scripted(operator: httpx.AsyncClient) -> None:
    answer = await operator.get("/desk")
    assert answer.headers["cache-control"] == "no-store"
    assert "default-src 'none'" in answer.headers["content-security-policy"]
    assert "frame-ancestors 'none'" in answer.headers["content-security-policy"]
    assert "<script" not in answer.text
    assert (await operator.get("/desk/desk.css")).headers["content-type"].startswith("text/css")


async def _page(operator: httpx.AsyncClient, path: str) -> str:
    answer = await operator.get(path)
    assert answer.status_code == 200, answer.text
    return answer.text


def _link(page: str, text: str) -> str:
    """Where the first link of this text leads."""
    found = [unescape(href) for href, shown in _LINK.findall(page) if text in shown]
    return urljoin("/desk", found[0])


def _hidden(page: str) -> dict[str, Any]:
    """What the form sends by itself."""
    fields: dict[str, list[str]] = {}
    for name, value in re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)">', page):
        fields.setdefault(name, []).append(unescape(value))
    return dict(fields)


def _year(page: str) -> int:
    """Of the first moment on it."""
    found = re.search(r"\d{2} \w{3} (\d{4}), \d{2}:\d{2} UTC", page)
    assert found
    return int(found[1])
