"""A clinician opens a record outside their teams: with a reason, for an hour, seldom, and seen by others."""

import asyncio
from typing import Any
from uuid import uuid4

import httpx
import pytest

from service.db import Sessions
from tests.outbox import change, rows
from tests.signed_in import THEIRS, OnRecord, SignIn, TwoTeams

Json = dict[str, Any]

REASON = "In A&E tonight; work is at stake."


def opening(person: OnRecord, **changes: Any) -> Json:
    return {"client": {**person.contact["client"], **changes}, "reason": REASON}


async def open_(gated: httpx.AsyncClient, headers: Json, body: Json) -> httpx.Response:
    return await gated.post("/break-glass", json=body, headers=headers)


async def test_who_opens_a_record_sees_it_and_only_it(
    gated: httpx.AsyncClient, sign_in: SignIn, two_teams: TwoTeams
) -> None:
    clinician, theirs = sign_in("clinician"), two_teams.theirs
    path = f"/notes/{theirs.contact['id']}"
    assert (await gated.get(path, headers=clinician)).status_code == 404
    opened = await open_(gated, clinician, opening(theirs))
    assert (opened.status_code, opened.json()["client_id"]) == (201, theirs.client_id)
    assert (await gated.get(path, headers=clinician)).status_code == 200
    clients = (await gated.get("/clients", headers=clinician)).json()["clients"]
    assert {client["id"] for client in clients} == {theirs.client_id, two_teams.ours.client_id}
    another = sign_in("clinician", sub="somebody else")
    assert (await gated.get(path, headers=another)).status_code == 404


async def test_it_is_closed_again_by_itself(
    gated: httpx.AsyncClient, sessions: Sessions, sign_in: SignIn, two_teams: TwoTeams
) -> None:
    clinician, theirs = sign_in("clinician"), two_teams.theirs
    await open_(gated, clinician, opening(theirs))
    hour = "SELECT extract(epoch FROM until - opened_at) FROM break_glass"
    assert [int(seconds) for (seconds,) in await rows(sessions, hour)] == [3600]
    await change(sessions, "UPDATE break_glass SET opened_at = now() - interval '2 hours', until = now()")
    assert (await gated.get(f"/notes/{theirs.contact['id']}", headers=clinician)).status_code == 404


async def test_the_service_manager_of_the_persons_team_sees_who_and_why_and_no_other_team_does(
    gated: httpx.AsyncClient, sign_in: SignIn, two_teams: TwoTeams
) -> None:
    await open_(gated, sign_in("clinician"), opening(two_teams.theirs))
    seen = await gated.get("/break-glass", headers=sign_in("service_manager", team=THEIRS))
    (told,) = seen.json()["opened"]
    assert (told["client_id"], told["reason"], told["name"]) == (two_teams.theirs.client_id, REASON, "Ann Example")
    elsewhere = await gated.get("/break-glass", headers=sign_in("service_manager"))
    assert elsewhere.json()["opened"] == []
    officer = await gated.get("/break-glass", headers=sign_in("privacy_officer", team=None))
    assert officer.json()["opened"] == [told]


async def test_it_is_written_down_with_its_reason(
    gated: httpx.AsyncClient, sessions: Sessions, sign_in: SignIn, two_teams: TwoTeams
) -> None:
    await open_(gated, sign_in("clinician"), opening(two_teams.theirs))
    await open_(gated, sign_in("clinician"), opening(two_teams.theirs, birth_date="1980-01-01"))
    sql = """
        SELECT outcome, reason, CAST(client_ids[1] AS text) FROM audit WHERE action = 'break_glass_opened' ORDER BY id
    """
    assert await rows(sessions, sql) == [("done", REASON, two_teams.theirs.client_id), ("refused", REASON, None)]


async def test_after_five_in_a_day_there_is_no_more_found_or_not(
    gated: httpx.AsyncClient, sessions: Sessions, sign_in: SignIn, two_teams: TwoTeams
) -> None:
    clinician = sign_in("clinician")
    bodies = [opening(two_teams.theirs, birth_date=f"1980-01-0{day}") for day in range(1, 9)]
    tried = await asyncio.gather(*(open_(gated, clinician, body) for body in bodies))
    assert sorted(answer.status_code for answer in tried) == [404] * 5 + [429] * 3
    last = await open_(gated, clinician, opening(two_teams.theirs))
    assert (last.status_code, last.headers["Retry-After"]) == (429, "86400")
    assert (await open_(gated, sign_in("clinician", sub="another"), opening(two_teams.theirs))).status_code == 201
    await change(sessions, "UPDATE break_glass SET opened_at = now() - interval '25 hours', until = now()")
    assert (await open_(gated, clinician, opening(two_teams.theirs))).status_code == 201


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"reason": REASON}, "client"),
        ({"client": {"nhs_number": "9990000018", "birth_date": "1980-02-03"}, "reason": "Why not"}, "reason"),
        ({"client": {"nhs_number": "9990000019", "birth_date": "1980-02-03"}, "reason": REASON}, "client.nhs_number"),
    ],
)
async def test_what_is_not_well_said_opens_nothing(
    gated: httpx.AsyncClient, sign_in: SignIn, body: Json, field: str
) -> None:
    answer = await open_(gated, sign_in("clinician"), body)
    assert (answer.status_code, answer.json()["faults"][0]["field"]) == (422, field)


async def test_a_service_manager_counts_their_own_people_and_is_told_no_small_number(
    gated: httpx.AsyncClient, sessions: Sessions, sign_in: SignIn, two_teams: TwoTeams
) -> None:
    manager = sign_in("service_manager", practitioner=None)
    counts = (await gated.get("/counts", headers=manager)).json()
    assert counts["people"] == {"team-north": None}
    assert counts["notes"] == {"contact": None, "disclosure_decision": None, "work_goal": None}
    for _ in range(4):
        note = {**two_teams.ours.contact, "id": str(uuid4())}
        assert (await gated.post("/notes", json=note, headers=sign_in("specialist"))).status_code == 201
    counts = (await gated.get("/counts", headers=manager)).json()
    assert (counts["notes"]["contact"], counts["deliveries"]) == (5, {"waiting": 7})
