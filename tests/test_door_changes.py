"""Amending and retracting: every change is a version, has its reason, and reaches nobody else's record."""

import asyncio
import json
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import httpx
import pytest

from service.db import Sessions
from service.errors import NoSuchNote
from service.forms.note import FORM
from service.intake.change import amend_note, retract_note
from tests.door import amend, confirm, door_of
from tests.outbox import rows
from tests.phone import NHS_NUMBERS, about, contact, referral, work_goal

Json = dict[str, Any]


async def test_what_was_not_taken_is_called_by_its_name(phone: httpx.AsyncClient) -> None:
    note = contact()
    retraction = await phone.post(f"/notes/{note['id']}/retraction", json={})
    amendment = await phone.put(f"/notes/{note['id']}", json={"note": note}, headers={"If-Match": '"1"'})
    assert retraction.json()["detail"].startswith("The retraction was not taken. Put right what is listed")
    assert amendment.json()["detail"].startswith("The amendment was not taken. Put right what is listed")
    assert [answer.json()["faults"][0]["field"] for answer in (retraction, amendment)] == ["reason", "reason"]


async def test_what_is_not_there_can_be_neither_amended_nor_retracted(
    phone: httpx.AsyncClient, sessions: Sessions
) -> None:
    """By whoever comes through the door; of a phone's own the gate has looked before."""
    form, now = FORM.validate_json(json.dumps(contact())), datetime.now(UTC)
    async with sessions.begin() as session:
        with pytest.raises(NoSuchNote):
            await amend_note(session, door_of(phone), form, 1, "Why", now)
        with pytest.raises(NoSuchNote):
            await retract_note(session, door_of(phone), form.id, "Why", now)


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


ACCEPTED: Json = {"answer": "accepted", "answered_on": "2026-11-20"}
DECLINED: Json = {"answer": "declined", "answered_on": "2026-11-20", "decline_reason": "no_place_free"}


@pytest.mark.parametrize("changes", [DECLINED, {}], ids=["declined", "waiting again"])
async def test_whoever_was_accepted_is_not_turned_away(phone: httpx.AsyncClient, changes: Json) -> None:
    note = referral()
    await phone.post("/notes", json=note)
    assert (await amend(phone, note, **ACCEPTED)).status_code == 200
    answer = await amend(phone, note, 'W/"2"', **{"why": "Too many.", **changes})
    assert answer.status_code == 422
    (fault,) = answer.json()["faults"]
    assert (fault["field"], fault["sentence"][:45]) == ("answer", "This referral has been accepted: close it, an")


async def test_a_referral_goes_from_waiting_to_accepted_to_closed_and_may_be_declined_while_it_waits(
    phone: httpx.AsyncClient,
) -> None:
    note, other = referral(), referral()
    for each in (note, other):
        await phone.post("/notes", json=each)
    assert (await amend(phone, other, **DECLINED)).json()["version"] == 2
    assert (await amend(phone, other, 'W/"2"', **{**DECLINED, "decline_reason": "died"})).json()["version"] == 3
    assert (await amend(phone, other, 'W/"3"', **ACCEPTED)).json()["version"] == 4
    assert (await amend(phone, note, **ACCEPTED)).json()["version"] == 2
    closed = {**ACCEPTED, "closed_on": "2026-11-20", "close_reason": "moved_away"}
    assert (await amend(phone, note, 'W/"2"', **closed)).json()["version"] == 3
