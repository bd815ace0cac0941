"""`GET /notes/{id}/employer-copy`: handed out within the decision in force today, and written down."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import httpx
import pytest

from service.db import Sessions
from service.typeset import set_as_pdf
from tests.door import amend, confirm
from tests.outbox import rows
from tests.phone import NHS_NUMBERS, about, contact, disclosure_decision, support_plan, work_goal

Json = dict[str, Any]

WORDS = "I work best with one sheet for the whole month."
_AUDIT = "SELECT who, action, note_id, delivery_id, request_id FROM audit ORDER BY id"


def days_ago(days: int) -> Json:
    """When a note happened, and was written."""
    moment = datetime.now(UTC) - timedelta(days=days)
    return {"happened_at": moment.isoformat(), "written_at": moment.isoformat()}


def allowing(*words: str, days: int = 5, **changes: Any) -> Json:
    """The specialist may tell The Corner Cup this."""
    said = [{"about": "adjustments", "words": one} for one in words or (WORDS,)]
    some: Json = {"decision": "some_things", "may_be_told": said, "by_whom": ["specialist"]}
    return disclosure_decision(**{**some, **days_ago(days), "employer": "The Corner Cup", **changes})


def shown(words: str = WORDS, **changes: Any) -> Json:
    agreed_on = (datetime.now(UTC) - timedelta(days=4)).date().isoformat()
    line: Json = {"id": str(uuid4()), "what": "She hears more than there is when the rota changes", "who": "clinician"}
    line |= {"clinical_role": "nurse", "shown_to_employer": {"words": words, "client_agreed_on": agreed_on}}
    return line | changes


def adjustments(*lines: Json, **changes: Any) -> Json:
    return support_plan(
        **{**days_ago(3), "lines": list(lines) or [shown()], "note": "Not to the area office", **changes}
    )


async def post(phone: httpx.AsyncClient, *notes: Json) -> None:
    for note in notes:
        answer = await phone.post("/notes", json=note)
        assert answer.status_code == 201, answer.text


async def ask(phone: httpx.AsyncClient, note: Json, **query: str) -> httpx.Response:
    return await phone.get(f"/notes/{note['id']}/employer-copy", params=query)


async def why_not(phone: httpx.AsyncClient, note: Json, **query: str) -> str:
    answer = await ask(phone, note, **query)
    assert (answer.status_code, answer.headers["Content-Type"]) == (403, "application/problem+json")
    assert answer.json()["type"] == "urn:joinedup:problem:not-to-be-told"
    return str(answer.json()["reason"])


async def test_a_sheet_of_adjustments_is_handed_out_in_the_agreed_words(phone: httpx.AsyncClient) -> None:
    decision = allowing()
    dropped = shown("Something else.", how_far="dropped")
    plan = adjustments(
        shown(employer_answer={"agreed": True, "on": "2026-01-08"}, since="2026-01-09", how_far="under_way"),
        shown("In other words.", employer_answer={"agreed": False, "on": "2026-01-08"}),
        dropped,
        shown(shown_to_employer=None),
    )
    await post(phone, decision, plan)
    answer = await ask(phone, plan)
    assert (answer.status_code, answer.headers["Cache-Control"]) == (200, "no-store")
    copy = answer.json()["copy"]
    line: Json = {
        "words": WORDS,
        "since": "2026-01-09",
        "by_when": None,
        "how_far": "under_way",
        "agreed_on": "2026-01-08",
    }
    assert copy["lines"] == [{"id": plan["lines"][0]["id"], **line}]
    assert answer.json()["left_out"] == [plan["lines"][1]["id"]]
    assert (copy["person"], copy["employer"], copy["specialist"]) == (None, "The Corner Cup", "Sam Okafor")
    assert copy["stands_on"]["decision_id"] == decision["id"]
    assert (copy["note_id"], copy["note_version"]) == (plan["id"], 1)
    assert "hears" not in answer.text


async def test_what_the_employer_did_not_agree_to_has_no_day(phone: httpx.AsyncClient) -> None:
    plan = adjustments(shown(employer_answer={"agreed": False, "on": "2026-01-08"}))
    await post(phone, allowing(), plan)
    assert (await ask(phone, plan)).json()["copy"]["lines"][0]["agreed_on"] is None


async def test_it_comes_as_text_and_as_a_pdf_of_the_same_text(phone: httpx.AsyncClient, sessions: Sessions) -> None:
    decision = allowing()
    await post(phone, decision)
    await confirm(sessions, NHS_NUMBERS[0])
    text, pdf = await ask(phone, decision, format="text"), await ask(phone, decision, format="pdf")
    assert text.headers["Content-Type"] == "text/plain; charset=utf-8"
    assert "\nFrom:     Ann Example\n" in text.text
    assert f"\n\n{WORDS}\n\n" in text.text
    assert pdf.headers["Content-Type"] == "application/pdf"
    assert pdf.content == set_as_pdf("What I would like you to know", text.text)
    assert {one.headers["Cache-Control"] for one in (text, pdf)} == {"no-store"}


async def test_who_asks_is_written_down_and_a_refusal_as_one(phone: httpx.AsyncClient, sessions: Sessions) -> None:
    decision, plan = allowing(), adjustments(shown("In other words."))
    await post(phone, decision, plan)
    answer = await phone.get(f"/notes/{decision['id']}/employer-copy", headers={"X-Request-ID": "copy-1"})
    assert answer.status_code == 200
    assert await why_not(phone, plan) == "not_in_these_words"
    (*_, handed_out, refused) = await rows(sessions, _AUDIT)
    who, action, note_id, delivery_id, request_id = handed_out
    assert (who, action, str(note_id)) == ("at-this-machine", "employer_copy_handed_out", decision["id"])
    assert (delivery_id, request_id) == (None, "copy-1")
    assert refused[1] == "refused"


@pytest.mark.parametrize("query", [{"told_by": "anybody"}, {"format": "html"}])
async def test_a_wrong_parameter_is_told(phone: httpx.AsyncClient, query: Json) -> None:
    assert (await ask(phone, allowing(), **query)).status_code == 422


async def test_other_notes_have_none(phone: httpx.AsyncClient) -> None:
    note = contact()
    await post(phone, note, goal := work_goal())
    assert await why_not(phone, note) == await why_not(phone, goal) == "no_copy_of_this_kind"
    assert (await ask(phone, contact())).status_code == 404


async def test_only_a_decision_of_this_person_counts(phone: httpx.AsyncClient) -> None:
    plan = adjustments()
    await post(phone, plan, allowing(client=about(NHS_NUMBERS[1])))
    assert await why_not(phone, plan) == "no_decision"
    await post(phone, allowing(employer="Bright Florists"))
    assert await why_not(phone, plan) == "another_employer"
    await post(phone, allowing(employer=None, by_whom=["client"]))
    assert await why_not(phone, plan) == "not_by_this_teller"
    assert (await ask(phone, plan, told_by="client")).status_code == 200


async def test_a_decision_that_has_run_out_allows_nothing(phone: httpx.AsyncClient) -> None:
    plan = adjustments()
    until = (datetime.now(UTC) - timedelta(days=2)).date().isoformat()
    await post(phone, plan, allowing(until=until))
    assert await why_not(phone, plan) == "expired"


async def test_a_decision_that_was_taken_back_allows_nothing(phone: httpx.AsyncClient) -> None:
    plan, decision = adjustments(), allowing()
    await post(phone, plan, decision)
    assert (await ask(phone, plan)).status_code == 200
    await phone.post(f"/notes/{decision['id']}/retraction", json={"reason": "They changed their mind."})
    assert await why_not(phone, plan) == "taken_back"
    assert (await ask(phone, decision)).status_code == 409


async def test_a_later_decision_or_version_is_the_one_that_counts(phone: httpx.AsyncClient) -> None:
    plan, decision = adjustments(), allowing()
    await post(phone, plan, decision)
    await amend(phone, decision, may_be_told=[{"about": "time_off", "words": "Tuesdays off."}])
    assert await why_not(phone, plan) == "not_in_these_words"
    letter = (await ask(phone, decision)).json()["copy"]
    assert (letter["said"], letter["stands_on"]["version"]) == (["Tuesdays off."], 2)
    later = disclosure_decision(employer="the corner  cup", **days_ago(1))
    await post(phone, later)
    assert await why_not(phone, plan) == await why_not(phone, decision) == "nothing_may_be_told"


async def test_of_two_decisions_of_one_moment_the_one_received_last_counts(phone: httpx.AsyncClient) -> None:
    plan, first = adjustments(), allowing(**days_ago(2))
    moment = {"happened_at": first["happened_at"], "written_at": first["written_at"]}
    await post(phone, plan, first, disclosure_decision(employer="The Corner Cup", **moment))
    assert await why_not(phone, plan) == "nothing_may_be_told"


async def test_the_newest_version_of_a_plan_is_handed_out(phone: httpx.AsyncClient) -> None:
    plan = adjustments()
    await post(phone, plan, allowing(WORDS, "Tuesdays off."))
    await amend(phone, plan, lines=[shown("Tuesdays off.")])
    copy = (await ask(phone, plan)).json()["copy"]
    assert ([line["words"] for line in copy["lines"]], copy["note_version"]) == (["Tuesdays off."], 2)
    await amend(phone, plan, '"2"', status="paused")
    assert await why_not(phone, plan) == "plan_not_active"
    await phone.post(f"/notes/{plan['id']}/retraction", json={"reason": "Another person."})
    assert (await ask(phone, plan)).status_code == 409


async def test_a_plan_for_wellbeing_is_the_persons_own(phone: httpx.AsyncClient) -> None:
    plan = adjustments(shown(shown_to_employer=None), sort="work_health_and_wellbeing")
    await post(phone, plan, allowing())
    assert await why_not(phone, plan) == "the_persons_own"
