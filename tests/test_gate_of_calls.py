"""The gate every call passes: no token, a bad one, too many; what is answered, and what is written down."""

from pathlib import Path
from typing import Any

import httpx
import pytest

from service.db import Sessions
from tests.app_at import HERE, app_at
from tests.issuer import LocalIssuer, new_key
from tests.outbox import rows
from tests.signed_in import SignIn, TwoTeams

Json = dict[str, Any]

_REFUSED = "SELECT who, action, outcome, route, reason_code FROM audit WHERE action = 'sign_in_refused' ORDER BY id"


def bad_tokens(issuer: LocalIssuer) -> dict[str, str]:
    """Why the audit says it was refused → the header. `tests/test_tokens…` have every one; these show the gate."""
    good = issuer.token(roles=["clinician"])
    head, body, _ = good.split(".")
    return {
        "garbage": "Bearer nothing.like.it",
        "signature": f"Bearer {head}.{body}.{'A' * 86}",
        "expired": f"Bearer {issuer.token(roles=['clinician'], exp=1_700_000_000)}",
        "audience": f"Bearer {issuer.token(roles=['clinician'], aud='https://elsewhere.example')}",
        "issuer": f"Bearer {issuer.token(roles=['clinician'], iss='https://elsewhere.example')}",
        "unknown_key": f"Bearer {issuer.token(roles=['clinician'], key=new_key('unknown'))}",
        "none": f"Basic {good}",
    }


async def test_whatever_is_wrong_with_a_token_the_answer_is_the_same_and_the_audit_knows_why(
    gated: httpx.AsyncClient, sessions: Sessions, issuer: LocalIssuer
) -> None:
    told = set()
    for header in bad_tokens(issuer).values():
        answer = await gated.get("/clients", headers={"Authorization": header})
        told.add((answer.status_code, answer.text))
    assert len(told) == 1
    assert {status for status, _ in told} == {401}
    lines = await rows(sessions, _REFUSED)
    assert [line[-1] for line in lines] == list(bad_tokens(issuer))
    assert {line[:-1] for line in lines} == {("nobody", "sign_in_refused", "refused", "GET /clients")}


async def test_two_tokens_at_once_are_none(gated: httpx.AsyncClient, sign_in: SignIn) -> None:
    token = sign_in("clinician")["Authorization"]
    answer = await gated.get("/clients", headers=[("Authorization", token), ("Authorization", token)])
    assert (answer.status_code, answer.headers["WWW-Authenticate"]) == (401, "Bearer")


async def test_a_bad_token_is_told_as_rfc_6750_says(gated: httpx.AsyncClient) -> None:
    answer = await gated.get("/clients", headers={"Authorization": "Bearer nonsense"})
    assert answer.headers["WWW-Authenticate"] == 'Bearer error="invalid_token"'
    assert answer.json()["detail"].startswith("Send a valid token")


async def test_under_fhir_it_is_an_operation_outcome_and_on_the_desk_a_page(gated: httpx.AsyncClient) -> None:
    outcome = await gated.get("/fhir/Questionnaire")
    assert (outcome.status_code, outcome.json()["issue"][0]["code"]) == (401, "login")
    page = await gated.get("/desk")
    assert (page.status_code, page.headers["content-type"]) == (401, "text/html; charset=utf-8")


async def test_a_token_without_a_role_of_ours_may_do_nothing(gated: httpx.AsyncClient, sign_in: SignIn) -> None:
    answer = await gated.get("/clients", headers=sign_in(roles=["gardener"]))
    assert answer.status_code == 403
    assert "clinician or specialist" in answer.json()["detail"]


async def test_who_was_refused_what_is_written_down(
    gated: httpx.AsyncClient, sessions: Sessions, sign_in: SignIn, two_teams: TwoTeams
) -> None:
    await gated.get("/deliveries", headers={**sign_in("clinician"), "X-Request-ID": "try-1"})
    await gated.get(f"/notes/{two_teams.theirs.contact['id']}", headers=sign_in("clinician"))
    sql = """
        SELECT name, route, reason_code, address, request_id FROM audit WHERE action = 'refused' ORDER BY id
    """
    first, second = await rows(sessions, sql)
    assert first == ("Ann Example", "GET /deliveries", "forbidden", "127.0.0.1", "try-1")
    assert second[:3] == ("Ann Example", "GET /notes/{note_id}", "not-found")


async def test_every_look_is_written_down_with_whose_record_it_was(
    gated: httpx.AsyncClient, sessions: Sessions, sign_in: SignIn, two_teams: TwoTeams
) -> None:
    person = two_teams.ours
    for path in (f"/notes/{person.contact['id']}", "/clients", f"/clients/{person.client_id}/clocks"):
        assert (await gated.get(path, headers=sign_in("clinician"))).status_code == 200
    sql = """
        SELECT action, route, client_ids, CAST(note_id AS text) FROM audit WHERE 'clinician' = ANY (roles) ORDER BY id
    """
    looks = [
        (action, route, [str(client) for client in clients], note)
        for action, route, clients, note in await rows(sessions, sql)
    ]
    assert looks == [
        ("read", "GET /notes/{note_id}", [person.client_id], person.contact["id"]),
        ("search", "GET /clients", [person.client_id], None),
        ("read", "GET /clients/{client_id}/clocks", [person.client_id], None),
    ]


async def test_each_note_that_is_taken_has_its_line_by_whom_it_came(
    gated: httpx.AsyncClient, sessions: Sessions, two_teams: TwoTeams, sign_in: SignIn
) -> None:
    await gated.post("/notes", json=two_teams.ours.contact, headers=sign_in("specialist"))
    sql = """
        SELECT practitioner_id, CAST(note_id AS text), CAST(client_ids[1] AS text), reason_code FROM audit
         WHERE action = 'create' ORDER BY id
    """
    lines = await rows(sessions, sql)
    ours = [note["id"] for note in (two_teams.ours.contact, two_teams.ours.decision, two_teams.ours.goal)]
    assert lines[:3] == [("es-1", id_, two_teams.ours.client_id, None) for id_ in ours]
    assert lines[-1] == ("es-1", ours[0], two_teams.ours.client_id, "same_again")


async def test_where_there_is_no_route_nobody_is_asked_who_they_are(
    gated: httpx.AsyncClient, sessions: Sessions
) -> None:
    assert (await gated.get("/nothing-here")).status_code == 404
    assert await rows(sessions, "SELECT count(*) FROM audit") == [(0,)]


@pytest.mark.parametrize("theirs_too", [True, False])
async def test_where_we_issue_tokens_ourselves_those_of_the_trust_let_in_only_if_it_named_its_issuer(
    database_url: str, issuer: LocalIssuer, sign_in: SignIn, tmp_path: Path, theirs_too: bool
) -> None:
    theirs: Json = {"issuers": [issuer.setting()]} if theirs_too else {}
    ours: Json = {"issue_system_tokens": True, "public_url": HERE, "issuer_keys_folder": tmp_path}
    async with app_at(database_url, **theirs, **ours) as (app, client):
        answer = await client.get("/clients", headers=sign_in("clinician"))
        assert answer.status_code == (200 if theirs_too else 401)
        made = app.state.token_office.issuer.issue("an-ehr", ())
        refused = await client.get("/clients", headers={"Authorization": f"Bearer {made}"})
        assert refused.status_code == 401  # nobody has registered it
