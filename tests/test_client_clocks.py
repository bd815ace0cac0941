"""GET /clients/{id}/clocks: as it stands today or stood on a day; what was retracted or replaced counts no more."""

from typing import Any
from uuid import uuid4

import httpx

from tests.histories import at
from tests.phone import EVERY_KIND, contact, heading, work_goal

Json = dict[str, Any]


def accepted(**changes: Any) -> Json:
    """Asked for on 1 October, accepted on the 5th."""
    said = {"asked_by": "client", "asked_on": "2026-10-01", "answer": "accepted", "answered_on": "2026-10-05"}
    return {**heading(**at("2026-10-05")), "kind": "referral", **said, **changes}


async def _post(phone: httpx.AsyncClient, *notes: Json) -> str:
    for note in notes:
        answer = await phone.post("/notes", json=note)
        assert answer.status_code == 201, answer.text
    client_id: str = answer.json()["client_id"]
    return client_id


async def _clocks(phone: httpx.AsyncClient, client_id: str, **asked: str) -> dict[str, Json]:
    answer = await phone.get(f"/clients/{client_id}/clocks", params=asked)
    assert answer.status_code == 200, answer.text
    return {one["definition"]["id"]: one for one in answer.json()["clocks"]}


async def test_a_clients_clocks_come_with_their_definitions(phone: httpx.AsyncClient) -> None:
    client_id = await _post(phone, contact(**at("2026-10-12")), accepted())
    clock = (await _clocks(phone, client_id, on="2026-11-27"))["access/nhs-england-2024"]
    assert clock["definition"]["body"] == "NHS England"
    assert (clock["state"], clock["days"], clock["weeks"]) == ("reached", 11, 1)
    assert (clock["started_on"], clock["ended_on"]) == ("2026-10-01", "2026-10-12")
    assert clock["over_the_limit"] is False


async def test_without_a_day_it_is_today(phone: httpx.AsyncClient) -> None:
    client_id = await _post(phone, work_goal(**at("2026-10-12")))
    answer = (await phone.get(f"/clients/{client_id}/clocks")).json()
    assert answer["on"] > "2026-11-01"
    assert answer["client_id"] == client_id


async def test_as_it_stood_on_an_earlier_day(phone: httpx.AsyncClient) -> None:
    client_id = await _post(phone, contact(**at("2026-10-12")), accepted())
    clock = (await _clocks(phone, client_id, on="2026-10-11"))["access/nhs-england-2024"]
    assert (clock["state"], clock["days"], clock["ended_on"]) == ("running", 10, None)


async def test_a_contact_that_was_retracted_stops_no_clock(phone: httpx.AsyncClient) -> None:
    met = contact(**at("2026-10-12"))
    client_id = await _post(phone, met, accepted())
    await phone.post(f"/notes/{met['id']}/retraction", json={"reason": "Another person."})
    clock = (await _clocks(phone, client_id, on="2026-11-27"))["access/nhs-england-2024"]
    assert clock["state"] == "running"


async def test_of_a_note_the_newest_version_counts(phone: httpx.AsyncClient) -> None:
    note = accepted()
    client_id = await _post(phone, note)
    body = {"reason": "The day was wrong.", "note": {**note, "asked_on": "2026-10-02"}}
    answer = await phone.put(f"/notes/{note['id']}", json=body, headers={"If-Match": '"1"'})
    assert answer.status_code == 200, answer.text
    assert (await _clocks(phone, client_id))["access/nhs-england-2024"]["started_on"] == "2026-10-02"


async def test_contacts_around_a_job_start_are_told_by_job(phone: httpx.AsyncClient) -> None:
    job = EVERY_KIND["job"](**at("2026-11-23"), started_on="2026-11-23")
    client_id = await _post(phone, job)
    (start,) = (await phone.get(f"/clients/{client_id}/clocks", params={"on": "2026-11-27"})).json()["job_starts"]
    assert (start["note_id"], start["first_day"]) == (job["id"], "2026-11-23")
    assert start["definition"]["confirmed"] is False
    assert start["due"][0] == {
        "what": "before_the_first_day",
        "first_day": "2026-11-16",
        "last_day": "2026-11-22",
        "met_on": None,
        "standing": "missed",
    }


async def test_a_client_that_nobody_knows_is_said_so(phone: httpx.AsyncClient) -> None:
    answer = await phone.get(f"/clients/{uuid4()}/clocks")
    assert answer.status_code == 404
    assert answer.json()["title"] == "There is no such client."
    assert (await phone.get(f"/clients/{uuid4()}/clocks", params={"on": "soon"})).status_code == 422
