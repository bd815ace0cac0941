"""Systems prove themselves by their keys and are given tokens: over HTTP, by the very client that we are to EHRs."""

import asyncio
import json
from base64 import urlsafe_b64encode
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import text

from service.auth.give_token import NotGiven
from service.auth.system_clients import disable, enable
from service.caller import Whence
from service.db import Sessions
from service.errors import NotSignedIn
from service.keys import Algorithm
from service.push.ehr import Ehr
from service.push.token import SignedProof, Token
from tests.outbox import change
from tests.token_office import CLIENT_ID, MAY, Office, audit_of, is_refused

NOW = int(datetime.now(UTC).timestamp())


@pytest.mark.parametrize("algorithm", ["ES384", "RS384"])
async def test_a_registered_system_is_given_a_token_for_five_minutes(office: Office, algorithm: Algorithm) -> None:
    system = await office.registered(algorithm=algorithm)
    answer = await office.ask(system.form())
    assert (answer.status_code, answer.headers["Cache-Control"]) == (200, "no-store")
    given = answer.json()
    assert (given["token_type"], given["expires_in"]) == ("bearer", 300)
    assert set(given["scope"].split()) == set(MAY.split())
    caller = await office.inside.issuer.caller_of(given["access_token"])
    assert (caller.subject, set(caller.roles), caller.issuer) == (CLIENT_ID, {"system"}, office.url)
    assert caller.scopes == set(MAY.split())


async def test_our_own_client_finds_the_place_by_discovery_and_gets_a_token(office: Office) -> None:
    system = await office.registered()
    proof = SignedProof(CLIENT_ID, system.keys, lambda: datetime.now(UTC))
    token = Token(f"{office.url}/fhir", None, "system/*.cruds", proof, lambda: 0.0)
    async with Ehr(f"{office.url}/fhir", 5, credentials=token) as ehr:
        await ehr.metadata()
    header = await token.headers(ehr)
    assert isinstance(header, dict)
    bearer = header["Authorization"].removeprefix("Bearer ")
    assert (await office.inside.issuer.caller_of(bearer)).scopes == set(MAY.split())


async def test_a_token_opens_what_its_scopes_name_and_nothing_else(office: Office) -> None:
    system = await office.registered()
    token = (await office.ask(system.form("system/Questionnaire.s"))).json()["access_token"]
    bearer = {"Authorization": f"Bearer {token}"}
    assert (await office.http.get("/fhir/Questionnaire")).status_code == 401
    assert (await office.http.get("/fhir/Questionnaire", headers=bearer)).status_code == 200
    assert (await office.http.get("/fhir/Questionnaire/contact", headers=bearer)).status_code == 403
    assert (await office.http.post("/fhir/QuestionnaireResponse", headers=bearer)).status_code == 403
    assert (await office.http.get("/notes", headers=bearer)).status_code == 403
    async with office.sessions.begin() as session:
        await disable(session, CLIENT_ID, datetime.now(UTC))
    office.inside.issuer._standings.clear()  # as ten seconds later
    assert (await office.http.get("/fhir/Questionnaire", headers=bearer)).status_code == 401


async def test_who_goes_on_guessing_is_told_to_wait_and_others_from_there_are_not(office: Office) -> None:
    system = await office.registered()
    wrong = office.system()
    statuses = [(await office.ask(wrong.form())).status_code for _ in range(40)]
    assert set(statuses) == {401, 429}
    assert len(await audit_of(office)) == statuses.count(401)
    assert (await office.ask(system.form())).status_code == 200
    await office.ask(system.form("system/Goal.r"))
    assert len(await audit_of(office)) <= statuses.count(401) + 2


@pytest.mark.parametrize(
    ("asked", "given"),
    [
        ("system/Questionnaire.rs", "system/Questionnaire.rs"),
        ("system/*.r openid system/Goal.rs", "system/Questionnaire.r"),
        ("system/*.cruds", "system/Questionnaire.rs system/QuestionnaireResponse.c"),
    ],
)
async def test_a_token_is_good_for_what_was_asked_for_and_registered(office: Office, asked: str, given: str) -> None:
    answer = await office.ask((await office.registered()).form(asked))
    assert answer.json()["scope"] == given


@pytest.mark.parametrize("asked", ["", "system/Goal.rs", "system/*.read", "system/Questionnaire.rs?name=a", "\ud800"])
async def test_without_a_scope_that_is_registered_no_token_is_given(office: Office, asked: str) -> None:
    form = (await office.registered()).form() | {"scope": asked.encode(errors="replace").decode()}
    answer = await office.ask(form)
    assert (answer.status_code, answer.json()) == (400, {"error": "invalid_scope"})
    assert await audit_of(office) == [(CLIENT_ID, "sign_in_refused", "refused", "scope")]


WRONG: dict[str, tuple[str, dict[str, Any], dict[str, Any]]] = {
    "for another audience": ("audience", {"aud": "https://another.example/oauth/token"}, {}),
    "for several audiences": ("audience", {"aud": ["https://another.example", "http://127.0.0.1/oauth/token"]}, {}),
    "without audience": ("audience", {"aud": None}, {}),
    "expired": ("expired", {"exp": NOW - 60}, {}),
    "lasts too long": ("lasts_too_long", {"exp": NOW + 100_000}, {}),
    "without expiry": ("no_time", {"exp": None}, {}),
    "expiry of no time": ("no_time", {"exp": 1e300}, {}),
    "expiry in words": ("no_time", {"exp": "soon"}, {}),
    "expiry yes": ("no_time", {"exp": True}, {}),
    "not yet valid": ("not_yet_valid", {"nbf": NOW + 100_000}, {}),
    "issued later": ("not_yet_valid", {"iat": NOW + 100_000}, {}),
    "of somebody else": ("subject", {"sub": "another"}, {}),
    "without jti": ("no_jti", {"jti": None}, {}),
    "with an empty jti": ("no_jti", {"jti": ""}, {}),
    "with a jti of half a character": ("no_jti", {"jti": "\ud800"}, {}),
    "with a jti too long": ("no_jti", {"jti": "a" * 201}, {}),
    "of an unknown key": ("unknown_key", {}, {"kid": "another"}),
    "without kid": ("not_readable", {}, {"kid": None}),
    "with keys of its own choice": ("unknown_key", {}, {"jku": "https://another.example/jwks.json"}),
    "of nobody": ("not_readable", {"iss": None}, {}),
    "of no name": ("not_readable", {"iss": "a b"}, {}),
    "too long": ("not_readable", {"more": "a" * 9000}, {}),
}


@pytest.mark.parametrize("name", WRONG)
async def test_a_proof_that_is_not_right_gets_no_token_and_hears_nothing_of_why(office: Office, name: str) -> None:
    why, claims, header = WRONG[name]
    system = await office.registered(claims=claims, header=header)
    await is_refused(office, system.form())
    who = "unknown" if why == "not_readable" else CLIENT_ID
    assert await audit_of(office) == [(who, "sign_in_refused", "refused", why)]


async def test_all_who_are_not_known_hear_the_same(office: Office) -> None:
    known = await office.registered()
    others_keys = office.system()
    unknown = office.system("nobody-knows-it")
    async with office.sessions.begin() as session:
        await disable(session, (await office.registered("disabled")).client_id, datetime.now(UTC))
    disabled = office.system("disabled")
    right = known.form()
    answers = [
        await office.ask(form)
        for form in (
            others_keys.form(),
            unknown.form(),
            disabled.form(),
            {**right, "client_assertion": "nonsense"},
            {**right, "client_assertion": f"{right['client_assertion'][:-4]}AAAA"},
            {**right, "client_assertion": "e30.e30.e30"},
            {**right, "client_assertion": "W10.W10.W10"},
            {**right, "client_assertion_type": "another"},
            {**right, "client_id": "another"},
            {"grant_type": "client_credentials", "scope": MAY, "client_id": CLIENT_ID, "client_secret": "secret"},
        )
    ]
    assert {(answer.status_code, answer.content) for answer in answers} == {(401, b'{"error":"invalid_client"}')}
    (headers,) = {frozenset(answer.headers.keys()) for answer in answers}
    assert "cache-control" in headers
    assert [(who, why) for who, _, _, why in await audit_of(office)] == [
        (CLIENT_ID, "unknown_key"),
        ("nobody-knows-it", "unknown_client"),
        ("disabled", "client_disabled"),
        ("unknown", "not_readable"),
        (CLIENT_ID, "signature"),
        ("unknown", "not_readable"),
        ("unknown", "not_readable"),
        ("unknown", "not_by_assertion"),
        (CLIENT_ID, "client_id"),
        ("unknown", "not_by_assertion"),
    ]
    assert (await office.ask({**right, "client_id": CLIENT_ID})).status_code == 200


@pytest.mark.parametrize("client_id", ["nobody-knows-it", CLIENT_ID])
async def test_a_key_that_unknown_proofs_are_held_against_lets_nobody_in(office: Office, client_id: str) -> None:
    await office.registered()
    forger = office.system(client_id)
    told = replace(office.inside, _decoys={"ES384": forger.signing_key().key})
    answer = await told.ask(forger.form(), Whence(None, None), lambda: None)
    assert isinstance(answer, NotGiven)
    assert answer.error == "invalid_client"


@pytest.mark.parametrize("algorithm", ["none", "HS256", "ES256", "RS256"])
async def test_an_algorithm_that_is_not_oursis_refused(office: Office, algorithm: str) -> None:
    system = await office.registered()
    _, _, rest = system.assertion().partition(".")
    form = system.form()
    forged = f"{_encoded({'alg': algorithm, 'kid': system.signing_key().kid})}.{rest}"
    await is_refused(office, {**form, "client_assertion": forged})
    await is_refused(office, {**form, "client_assertion": f"{forged.rpartition('.')[0]}."})


async def test_a_proof_is_good_once(office: Office) -> None:
    form = (await office.registered()).form()
    assert (await office.ask(form)).status_code == 200
    await is_refused(office, form)
    assert await audit_of(office) == [
        (CLIENT_ID, "token_issued", "done", None),
        (CLIENT_ID, "sign_in_refused", "refused", "replayed"),
    ]


async def test_of_eight_uses_of_one_proof_at_the_same_moment_exactly_one_gets_a_token(office: Office) -> None:
    form = (await office.registered()).form()
    answers = await asyncio.gather(*(office.ask(form) for _ in range(8)))
    assert sorted(answer.status_code for answer in answers) == [200] + [401] * 7
    assert sorted(str(why) for _, _, _, why in await audit_of(office)) == ["None"] + ["replayed"] * 7


async def test_the_audit_says_from_where_and_for_what_a_token_was_given(office: Office) -> None:
    form = (await office.registered()).form("system/Questionnaire.r")
    answer = await office.http.post("/oauth/token", data=form, headers={"X-Request-ID": "r-1"})
    assert answer.status_code == 200
    async with office.sessions() as session:
        asked = "SELECT name, roles, address, request_id, route, reason FROM audit"
        (line,) = await session.execute(text(asked))
    where = ("127.0.0.1", "r-1", "POST /oauth/token")
    assert tuple(line) == ("RiO, test", ["system"], *where, "system/Questionnaire.r")


async def test_the_same_jti_is_another_systems_too(office: Office) -> None:
    for client_id in ("one", "another"):
        system = await office.registered(client_id, claims={"jti": "1"})
        assert (await office.ask(system.form())).status_code == 200


async def test_used_proofs_are_forgotten_once_they_could_not_be_used_anyway(office: Office, sessions: Sessions) -> None:
    system = await office.registered()
    old = datetime.now(UTC) - timedelta(minutes=1)
    await change(sessions, f"INSERT INTO used_assertions VALUES ('gone', '1', '{old.isoformat()}')")
    assert (await office.ask(system.form())).status_code == 200
    async with sessions() as session:
        kept = (await session.execute(text("SELECT client_id FROM used_assertions"))).scalars().all()
    assert kept == [CLIENT_ID]


async def test_a_disabled_system_gets_no_token_and_is_refused_with_those_that_it_has(office: Office) -> None:
    system = await office.registered()
    token = (await office.ask(system.form())).json()["access_token"]
    issuer = office.inside.issuer
    async with office.sessions.begin() as session:
        assert await disable(session, CLIENT_ID, datetime.now(UTC))
    await is_refused(office, system.form())
    with pytest.raises(NotSignedIn) as refused:
        await issuer.caller_of(token)
    assert refused.value.why == "client_disabled"
    async with office.sessions.begin() as session:
        assert await enable(session, CLIENT_ID)
    assert (await office.ask(system.form())).status_code == 200


def _encoded(header: dict[str, Any]) -> str:
    return urlsafe_b64encode(json.dumps(header).encode()).decode().rstrip("=")
