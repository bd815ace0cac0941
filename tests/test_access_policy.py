"""Every route × every role × somebody of our team or of another: what the policy says is what the service does."""

import json
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from sqlalchemy import text

from service.app import make_app
from service.auth.policy import POLICY, SEE_EVERYBODY
from service.caller import ROLES, Role
from service.db import Sessions
from service.settings import Settings
from service.watch.reconciliation import Reconciliation
from tests.outbox import rows
from tests.requests_of_every_route import REQUESTS, About, Asked
from tests.signed_in import OURS, THEIRS, OnRecord, SignIn, TwoTeams

PEOPLE: tuple[Role, ...] = tuple(role for role in ROLES if role != "system")
GUARDED = sorted(route for route, rule in POLICY.items() if not rule.is_open)
# An operator finds deliveries of everybody, and a clinician opens whom they name, whoever looks after them.
BY_ID = sorted(
    route
    for route in GUARDED
    if ("{" in route.replace("{questionnaire_id}", "").replace("{run_id}", ""))
    and not POLICY[route].may & SEE_EVERYBODY
)


def _served() -> Iterator[str]:
    app = make_app(Settings(_env_file=None), "postgresql://nobody@127.0.0.1:1/nothing")
    for mounted in app.routes:
        every = getattr(mounted, "effective_route_contexts", lambda mounted=mounted: [mounted])
        for route in every():
            yield from (f"{method} {route.path}" for method in route.methods if method != "HEAD")


def test_every_route_stands_in_the_policy_and_every_line_of_it_is_a_route() -> None:
    assert sorted(_served()) == sorted(POLICY)


def test_every_route_is_tried_by_these_tests() -> None:
    assert sorted(REQUESTS) == sorted(POLICY)
    assert [route for route in GUARDED if REQUESTS[route] is None] == []


async def _run_of(sessions: Sessions) -> int:
    sql = """
        INSERT INTO reconciliations (scope, repair, scheduled, leased_by, leased_until, ended_at, totals)
        VALUES ('full', false, false, 'w', now(), now(), CAST(:totals AS jsonb)) RETURNING id
    """
    totals = json.dumps({"accepted": 0, **Reconciliation().totals})
    async with sessions.begin() as session:
        return int((await session.execute(text(sql), {"totals": totals})).scalar_one())


async def about_whom(sessions: Sessions, person: OnRecord, team: str) -> About:
    ((delivery,),) = await rows(sessions, "SELECT id FROM deliveries WHERE note_id = :id", id=person.contact["id"])
    return About(person, team, str(delivery), await _run_of(sessions))


async def send(gated: httpx.AsyncClient, route: str, asked: Asked, headers: dict[str, Any]) -> httpx.Response:
    method = route.split(maxsplit=1)[0]
    return await gated.request(
        method, asked.path, json=asked.json, data=asked.form, headers={**headers, **asked.headers}
    )


def _request(route: str, about: About) -> Asked:
    make = REQUESTS[route]
    assert make is not None
    return make(about)


@pytest.mark.parametrize("route", GUARDED)
async def test_a_role_that_may_is_let_in_and_every_other_is_refused(
    gated: httpx.AsyncClient, sessions: Sessions, sign_in: SignIn, two_teams: TwoTeams, route: str
) -> None:
    ours = await about_whom(sessions, two_teams.ours, OURS)
    asked = _request(route, ours)
    for role in sorted(PEOPLE, key=lambda role: role in POLICY[route].may):
        answer = await send(gated, route, asked, sign_in(role))
        expected = asked.success if role in POLICY[route].may else 403
        assert answer.status_code == expected, (role, answer.text)
    nobody = await send(gated, route, asked, {})
    assert (nobody.status_code, nobody.headers["WWW-Authenticate"]) == (401, "Bearer")


@pytest.mark.parametrize("route", GUARDED)
async def test_nothing_of_another_teams_person_is_ever_in_an_answer(
    gated: httpx.AsyncClient, sessions: Sessions, sign_in: SignIn, two_teams: TwoTeams, route: str
) -> None:
    theirs = await about_whom(sessions, two_teams.theirs, THEIRS)
    asked = _request(route, theirs)
    for role in sorted(PEOPLE):
        if role in SEE_EVERYBODY or (route, role) == ("POST /break-glass", "clinician"):
            continue
        # As the specialist of our team, whatever the body says.
        answer = await send(gated, route, asked, sign_in(role))
        sent = f"{asked.path} {asked.json}"
        found = {mark for mark in theirs.person.marks() if mark in answer.text and mark not in sent}
        assert found == set(), (role, answer.text)
        if route in BY_ID and role in POLICY[route].may:
            # Of a change that names another specialist, its writer is refused before anybody looks for the note.
            assert answer.status_code in ({404, 403} if route.startswith("PUT") else {404}), (role, answer.text)


@pytest.mark.parametrize("route", [route for route in BY_ID if not route.startswith("PUT")])
async def test_what_is_another_teams_is_told_like_what_there_is_not(
    gated: httpx.AsyncClient, sessions: Sessions, sign_in: SignIn, two_teams: TwoTeams, route: str
) -> None:
    asked = _request(route, await about_whom(sessions, two_teams.theirs, THEIRS))
    person = two_teams.theirs
    nothing = asked.path
    for known in (person.client_id, person.contact["id"], person.goal["id"], person.decision["id"]):
        nothing = nothing.replace(known, "00000000-0000-4000-8000-000000000000")
    role = min(POLICY[route].may)
    told = [
        await gated.request(route.split(maxsplit=1)[0], path, json=asked.json, headers=sign_in(role))
        for path in (asked.path, nothing)
    ]
    assert nothing != asked.path
    assert told[0].status_code == told[1].status_code == 404
    assert told[0].json() == told[1].json()


async def test_a_change_of_another_teams_note_is_told_like_one_of_a_note_that_there_is_not(
    gated: httpx.AsyncClient, sign_in: SignIn, two_teams: TwoTeams
) -> None:
    mine = {"specialist": {"id": "es-1", "name": "Mine"}}
    told = []
    for id_ in (two_teams.theirs.contact["id"], "00000000-0000-4000-8000-000000000000"):
        body = {"note": {**two_teams.ours.contact, **mine, "id": id_}, "reason": "Looks for it."}
        headers = {**sign_in("specialist"), "If-Match": '"1"'}
        told.append(await gated.put(f"/notes/{id_}", json=body, headers=headers))
    assert [answer.status_code for answer in told] == [404, 404]
    assert told[0].json() == told[1].json()


@pytest.mark.parametrize("route", GUARDED)
async def test_a_system_is_let_in_where_its_scopes_say_so_and_nowhere_else(
    gated: httpx.AsyncClient, sessions: Sessions, sign_in: SignIn, two_teams: TwoTeams, route: str
) -> None:
    asked = _request(route, await about_whom(sessions, two_teams.ours, OURS))
    scope = POLICY[route].scope
    needed = f"system/{scope[0]}.{scope[1]}" if scope else "system/*.cruds"
    if scope and "system" in POLICY[route].may:
        other = await send(gated, route, asked, sign_in(team=None, scope="system/AuditEvent.cud"))
        assert other.status_code == 403, other.text
        assert (await send(gated, route, asked, sign_in(team=None, scope=needed))).status_code == asked.success
    else:
        assert (await send(gated, route, asked, sign_in(team=None, scope=needed))).status_code == 403
