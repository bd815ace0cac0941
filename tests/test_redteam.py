"""What somebody tried who wanted in, and what they found: each once worked, and must not again."""

import asyncio
import json
from base64 import urlsafe_b64encode
from collections.abc import AsyncIterator
from typing import Any
from uuid import uuid4

import httpx
import pytest
from pydantic import SecretStr
from sqlalchemy import text

from service.app import make_app
from service.db import Sessions
from service.settings import Settings
from service.watch.audit_chain import verify
from tests.issuer import LocalIssuer
from tests.outbox import rows
from tests.phone import contact, work_goal
from tests.signed_in import THEIRS, SignIn, TwoTeams

Json = dict[str, Any]
REASON = "In A&E tonight; work is at stake."


def _settings(url: str, issuer: LocalIssuer, connections: int) -> Settings:
    return Settings(
        database_url=SecretStr(url),
        database_connections=connections,
        worker_in_serve=False,
        issuers=[issuer.setting()],
        _env_file=None,
    )


async def test_whoever_sends_a_body_slowly_keeps_no_connection_from_others(
    database_url: str, issuer: LocalIssuer, sign_in: SignIn
) -> None:
    app = make_app(_settings(database_url, issuer, 1), database_url)
    told, done = asyncio.Event(), asyncio.Event()

    async def slowly() -> AsyncIterator[bytes]:
        yield b'{"reason": '
        told.set()
        await done.wait()

    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    client = httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:8000", headers=sign_in("specialist"))
    async with app.router.lifespan_context(app), client, asyncio.timeout(20):
        headers = {"Content-Type": "application/json", "If-Match": '"1"'}
        slow = asyncio.create_task(client.put(f"/notes/{uuid4()}", content=slowly(), headers=headers))
        await told.wait()
        assert (await client.get("/clients")).status_code == 200
        done.set()
        assert (await slow).status_code == 400


async def test_what_is_open_to_everybody_knows_nobody_as_whoever_is_at_this_machine(gated: httpx.AsyncClient) -> None:
    style = await gated.get("/desk/desk.css", headers={"Host": "notes.trust.example"})
    assert style.status_code == 200


async def test_the_glass_that_a_clinician_broke_opens_nothing_to_them_as_a_specialist(
    gated: httpx.AsyncClient, sign_in: SignIn, two_teams: TwoTeams
) -> None:
    both, theirs = sign_in("clinician", "specialist"), two_teams.theirs
    opened = await gated.post("/break-glass", json={"client": theirs.contact["client"], "reason": REASON}, headers=both)
    assert opened.status_code == 201
    path = f"/notes/{theirs.contact['id']}"
    assert (await gated.get(path, headers=both)).status_code == 200
    assert (await gated.post(f"{path}/retraction", json={"reason": "Mine."}, headers=both)).status_code == 404
    amended = {"note": {**theirs.contact, "specialist": {"id": "es-1", "name": "Me"}}, "reason": "Mine."}
    assert (await gated.put(path, json=amended, headers={**both, "If-Match": '"1"'})).status_code == 404
    copy = await gated.get(f"/notes/{theirs.decision['id']}/employer-copy", headers=both)
    assert copy.status_code == 404


async def test_what_a_specialist_wrote_is_theirs_to_see_in_no_other_role(
    gated: httpx.AsyncClient, sign_in: SignIn, two_teams: TwoTeams
) -> None:
    note = contact(specialist={"id": "es-1", "name": "Me"}, client=two_teams.theirs.contact["client"])
    assert (await gated.post("/notes", json=note, headers=sign_in("specialist"))).status_code == 201
    manager = await gated.get("/break-glass", headers=sign_in("service_manager", practitioner="es-1"))
    assert manager.json() == {"opened": [], "notes_from_outside": []}


async def test_what_another_team_made_of_a_note_from_outside_is_not_replaced_unseen(
    gated: httpx.AsyncClient, sessions: Sessions, sign_in: SignIn, two_teams: TwoTeams
) -> None:
    mine, theirs = sign_in("specialist"), sign_in("specialist", team=THEIRS)
    note = contact(specialist={"id": "es-1", "name": "Me"}, client=two_teams.theirs.contact["client"])
    path = f"/notes/{note['id']}"

    async def put(headers: Json, base: int, **changes: Any) -> httpx.Response:
        body = {"note": {**note, **changes}, "reason": "It was wrong."}
        return await gated.put(path, json=body, headers={**headers, "If-Match": f'"{base}"'})

    assert (await gated.post("/notes", json=note, headers=mine)).status_code == 201
    assert (await put(mine, 1, minutes=11)).status_code == 200
    assert (await put(theirs, 2, minutes=12, specialist={"id": "es-2", "name": "They"})).status_code == 200
    refused = await put(mine, 3, minutes=13)
    assert (refused.status_code, "Another team" in refused.json()["detail"]) == (403, True)
    assert (await gated.post(f"{path}/retraction", json={"reason": "Mine."}, headers=mine)).status_code == 403
    # What was taken before is still said to be: its answer may have been lost.
    again = await put(mine, 1, minutes=11)
    assert (again.status_code, again.json()["version"]) == (200, 2)
    assert (await put(mine, 1, minutes=14)).status_code == 412
    assert await rows(sessions, "SELECT max(version) FROM notes WHERE id = :id", id=note["id"]) == [(3,)]


async def test_of_a_refusal_it_is_written_down_whose_record_was_asked_for(
    gated: httpx.AsyncClient, sessions: Sessions, sign_in: SignIn, two_teams: TwoTeams
) -> None:
    mine, theirs, nobodys = sign_in("specialist"), two_teams.theirs, str(uuid4())
    for path in (f"/notes/{theirs.contact['id']}", f"/clients/{theirs.client_id}/clocks", f"/notes/{nobodys}"):
        assert (await gated.get(path, headers=mine)).status_code == 404
    for path in (f"/notes/{theirs.contact['id']}", "/notes/none"):
        assert (await gated.get(path, headers=sign_in("operator"))).status_code == 403
        assert (await gated.get(path)).status_code == 401
    sql = """
        SELECT action, CAST(client_ids[1] AS text), CAST(note_id AS text) FROM audit
         WHERE outcome = 'refused' ORDER BY at
    """
    assert await rows(sessions, sql) == [
        ("refused", theirs.client_id, theirs.contact["id"]),
        ("refused", theirs.client_id, None),
        ("refused", None, nobodys),
        ("refused", theirs.client_id, theirs.contact["id"]),
        ("sign_in_refused", None, None),
        ("refused", None, None),
        ("sign_in_refused", None, None),
    ]


async def test_a_note_that_names_another_persons_note_follows_it_nowhere(
    gated: httpx.AsyncClient, sessions: Sessions, sign_in: SignIn, two_teams: TwoTeams
) -> None:
    me = {"specialist": {"id": "es-1", "name": "Me"}, "client": two_teams.ours.contact["client"]}
    not_yet_here = str(uuid4())
    for named, followed in (
        (two_teams.theirs.contact["id"], []),
        (two_teams.ours.contact["id"], [two_teams.ours.contact["id"]]),
        (not_yet_here, [not_yet_here]),
    ):
        goal = work_goal(**me, job_id=named, status="achieved")
        answer = await gated.post("/notes", json=goal, headers=sign_in("specialist"))
        assert answer.status_code == 201, answer.text
        sql = "SELECT CAST(refers_to AS text[]) FROM deliveries WHERE note_id = :id"
        assert await rows(sessions, sql, id=goal["id"]) == [(followed,)]


@pytest.mark.parametrize("odd", [[None], [[str(uuid4())], [str(uuid4())]]])
async def test_whoever_adds_a_line_of_an_odd_shape_makes_no_false_alarm(sessions: Sessions, odd: Any) -> None:
    """Behind one the real ones of its chain would not be heard."""
    line = [{"who": "somebody", "action": "read", "client_ids": odd}]
    async with sessions.begin() as session:
        await session.execute(text("SELECT write_audit(CAST(:lines AS jsonb))"), {"lines": json.dumps(line)})
    async with sessions() as session:
        found = await verify(session)
    assert (found.lines, found.faults) == (1, ())


async def test_who_is_not_known_as_a_specialist_retracts_no_note(
    gated: httpx.AsyncClient, sign_in: SignIn, two_teams: TwoTeams
) -> None:
    path = f"/notes/{two_teams.ours.contact['id']}/retraction"
    nobody = sign_in("specialist", practitioner=None)
    assert (await gated.post(path, json={"reason": "Twice."}, headers=nobody)).status_code == 403


@pytest.mark.parametrize("count", ["9" * 26, "9" * 5000])
async def test_a_number_without_end_is_no_fault_of_ours_at_the_desk(
    gated: httpx.AsyncClient, sign_in: SignIn, count: str
) -> None:
    answer = await gated.post("/desk/moves", content=f"move=retry&count={count}", headers=sign_in("operator"))
    assert answer.status_code == 422


@pytest.mark.parametrize("line", ["-1", "-" + "9" * 30, "9" * 30])
async def test_a_page_that_is_none_of_ours_is_no_fault_of_ours(
    gated: httpx.AsyncClient, sign_in: SignIn, line: str
) -> None:
    page = urlsafe_b64encode(f"2026-11-30T00:00:00+00:00 {line}".encode()).decode()
    answer = await gated.get("/fhir/AuditEvent", params={"_page": page}, headers=sign_in("privacy_officer"))
    assert answer.status_code == 422


async def test_who_goes_on_trying_to_break_the_glass_is_written_down_with_whom_they_were_after(
    gated: httpx.AsyncClient, sessions: Sessions, sign_in: SignIn, two_teams: TwoTeams
) -> None:
    theirs, clinician = two_teams.theirs, sign_in("clinician")
    wrong = {**theirs.contact["client"], "birth_date": "1980-01-01"}
    tried = [
        (await gated.post("/break-glass", json={"client": client, "reason": REASON}, headers=clinician)).status_code
        for client in (*[wrong] * 5, theirs.contact["client"], wrong)
    ]
    assert tried == [404] * 5 + [429] * 2
    sql = """
        SELECT reason, CAST(client_ids[1] AS text) FROM audit
         WHERE action = 'break_glass_opened' AND outcome = 'refused' AND reason_code = 'too_often' ORDER BY at
    """
    assert await rows(sessions, sql) == [(REASON, theirs.client_id), (REASON, None)]
