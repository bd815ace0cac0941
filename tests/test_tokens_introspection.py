"""An issuer is asked about its tokens where the settings say so: opaque ones, and ones that were taken back early."""

import asyncio
import time
from base64 import b64decode
from typing import Any

import pytest

from tests.issuer import AUDIENCE, LocalIssuer
from tests.log_lines import Lines
from tests.sign_in import Clocks, Json, cannot_be_checked, letting_in, why_refused


def _asking(issuer: LocalIssuer, **changes: Any) -> Json:
    return issuer.setting(
        introspection_url=f"{issuer.url}/introspect",
        introspection_client_id="joined up",
        introspection_client_secret="s:ecret/ü",
        **changes,
    )


def _active(issuer: LocalIssuer, **changes: Any) -> Json:
    said = {**issuer.claims(), "active": True, "roles": ["clinician"], **changes}
    return {name: value for name, value in said.items() if value is not None}


async def test_a_token_that_was_taken_back_lets_nobody_in_again(own_issuer: LocalIssuer) -> None:
    token = own_issuer.token(roles=["clinician"])
    async with letting_in(_asking(own_issuer)) as issuers:
        assert (await issuers.caller_of(token)).roles == {"clinician"}
        own_issuer.revoked.add(token)
        assert await why_refused(issuers, token) == "revoked"
        assert await why_refused(issuers, token) == "revoked"


async def test_without_introspection_a_token_is_good_until_it_ends(own_issuer: LocalIssuer) -> None:
    token = own_issuer.token()
    own_issuer.revoked.add(token)
    async with letting_in(own_issuer.setting()) as issuers:
        assert (await issuers.caller_of(token)).subject == "subject-1"
    assert own_issuer.introspected == []


async def test_it_is_asked_as_ourselves_and_every_time(own_issuer: LocalIssuer) -> None:
    token = own_issuer.token()
    async with letting_in(_asking(own_issuer)) as issuers:
        for _ in range(3):
            await issuers.caller_of(token)
    assert len(own_issuer.introspected) == 3
    form, authorization = own_issuer.introspected[-1]
    assert form == {"token": token, "token_type_hint": "access_token"}
    assert b64decode(str(authorization).removeprefix("Basic ")).decode() == "joined%20up:s%3Aecret%2F%C3%BC"


async def test_it_is_asked_again_when_its_answer_is_as_old_as_the_settings_allow(own_issuer: LocalIssuer) -> None:
    clocks = Clocks()
    token = own_issuer.token()
    async with letting_in(_asking(own_issuer, introspection_age=30), clocks=clocks) as issuers:
        await issuers.caller_of(token)
        own_issuer.revoked.add(token)
        clocks.pass_by(29)
        await issuers.caller_of(token)
        clocks.pass_by(1)
        assert await why_refused(issuers, token) == "revoked"
    assert len(own_issuer.introspected) == 2


async def test_an_answer_that_is_new_counts_from_when_it_came(own_issuer: LocalIssuer) -> None:
    clocks = Clocks()
    token = own_issuer.token()
    async with letting_in(_asking(own_issuer, introspection_age=30), clocks=clocks) as issuers:
        for _ in range(4):
            await issuers.caller_of(token)
            clocks.pass_by(20)
    assert len(own_issuer.introspected) == 2


async def test_a_bad_token_is_not_asked_about(own_issuer: LocalIssuer) -> None:
    async with letting_in(_asking(own_issuer)) as issuers:
        assert await why_refused(issuers, own_issuer.token(aud="https://somebody.else.test")) == "audience"
        assert await why_refused(issuers, "opaque") == "garbage"
    assert own_issuer.introspected == []


@pytest.mark.parametrize("said", [{"active": False}, {"active": "true"}, {"active": 1}, {"active": None}, {}])
async def test_only_a_token_that_is_said_to_be_active_lets_in(own_issuer: LocalIssuer, said: Json) -> None:
    token = own_issuer.token()
    own_issuer.opaque[token] = said
    async with letting_in(_asking(own_issuer)) as issuers:
        assert await why_refused(issuers, token) == "revoked"


@pytest.mark.parametrize("answer", [(500, b""), (401, b"{}"), (302, b""), (200, b"no")])
async def test_where_it_does_not_answer_nobody_is_called_a_liar(
    own_issuer: LocalIssuer, lines: Lines, answer: tuple[int, bytes]
) -> None:
    known, new = own_issuer.token(jti="known"), own_issuer.token(jti="new")
    async with letting_in(_asking(own_issuer)) as issuers:
        await issuers.caller_of(known)
        own_issuer.answer = answer
        await cannot_be_checked(issuers, known)
        await cannot_be_checked(issuers, new)
        own_issuer.answer = None
        assert (await issuers.caller_of(known)).subject == "subject-1"
    told = lines.all()
    assert {line["event"] for line in told} == {"an issuer does not say whether a token is active"}
    assert [line["status"] for line in told] == [None if answer[0] == 200 else answer[0]] * 2
    assert known not in str(told)


async def test_an_opaque_token_is_what_its_issuer_says(own_issuer: LocalIssuer) -> None:
    own_issuer.opaque["opaque-1"] = _active(own_issuer, teams=["north"])
    async with letting_in(_asking(own_issuer, opaque=True)) as issuers:
        caller = await issuers.caller_of("opaque-1")
        assert (caller.subject, *caller.roles, caller.teams) == ("subject-1", "clinician", ("north",))
        own_issuer.revoked.add("opaque-1")
        assert await why_refused(issuers, "opaque-1") == "revoked"
        assert await why_refused(issuers, "nobody-knows") == "revoked"
    assert "/jwks" not in own_issuer.asked


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"aud": "https://somebody.else.test"}, "audience"),
        ({"aud": None}, "audience"),
        ({"iss": "https://idp.example.test"}, "issuer"),
        ({"exp": 1_000_000_000}, "expired"),
        ({"exp": "never"}, "claims"),
        ({"nbf": 4_000_000_000}, "not_yet"),
        ({"sub": None}, "claims"),
        ({"roles": 7}, "claims"),
    ],
    ids=str,
)
async def test_what_an_issuer_says_of_an_opaque_token_has_to_fit(
    own_issuer: LocalIssuer, changes: Json, why: str
) -> None:
    own_issuer.opaque["opaque-1"] = _active(own_issuer, **changes)
    async with letting_in(_asking(own_issuer, opaque=True, introspection_age=60)) as issuers:
        assert await why_refused(issuers, "opaque-1") == why


async def test_an_issuer_may_leave_unsaid_who_it_is_and_when_a_token_ends(own_issuer: LocalIssuer) -> None:
    own_issuer.opaque["opaque-1"] = {"active": True, "sub": "subject-1", "aud": [AUDIENCE]}
    async with letting_in(_asking(own_issuer, opaque=True)) as issuers:
        assert (await issuers.caller_of("opaque-1")).subject == "subject-1"


@pytest.mark.parametrize(("ends_in", "asked_again_after"), [(600, 30), (None, 30), (10, 10)])
async def test_an_opaque_token_is_remembered_as_long_as_the_settings_allow_and_not_beyond_its_end(
    own_issuer: LocalIssuer, ends_in: int | None, asked_again_after: int
) -> None:
    clocks = Clocks()
    end = None if ends_in is None else clocks.wall + ends_in
    own_issuer.opaque["opaque-1"] = _active(own_issuer, exp=end)
    async with letting_in(_asking(own_issuer, opaque=True, introspection_age=30, leeway=30), clocks=clocks) as issuers:
        await issuers.caller_of("opaque-1")
        clocks.pass_by(asked_again_after - 0.5)
        await issuers.caller_of("opaque-1")
        assert len(own_issuer.introspected) == 1
        clocks.pass_by(0.5)
        await issuers.caller_of("opaque-1")
        assert len(own_issuer.introspected) == 2


async def test_a_jwt_of_another_issuer_is_not_shown_to_the_opaque_one(
    issuer: LocalIssuer, own_issuer: LocalIssuer
) -> None:
    async with letting_in(_asking(own_issuer, opaque=True), issuer.setting()) as issuers:
        assert (await issuers.caller_of(issuer.token())).issuer == issuer.url
        assert await why_refused(issuers, issuer.token(iss="https://idp.example.test")) == "issuer"
    assert own_issuer.introspected == []


async def test_an_issuer_that_hangs_is_waited_for_briefly(own_issuer: LocalIssuer) -> None:
    own_issuer.opaque["opaque-1"] = _active(own_issuer)
    own_issuer.hold()
    began = time.monotonic()
    async with letting_in(_asking(own_issuer, opaque=True)) as issuers:
        async with asyncio.timeout(9):
            await cannot_be_checked(issuers, "opaque-1")
    own_issuer.let_go()
    assert time.monotonic() - began >= 4.5
