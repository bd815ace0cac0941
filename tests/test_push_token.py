"""The EHR lets us in: by a token that we prove ourselves for, kept and renewed; by a header; or not at all."""

import asyncio
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from starlette.responses import JSONResponse, PlainTextResponse

from service.keys import Keys
from service.push.answer import Answer, NeverSent
from service.push.credentials import Header
from service.push.ehr import Ehr
from service.push.outcome import Delivered, Outcome, TryLater
from service.push.plan import PushPlan
from service.push.push import push
from service.push.token import Proof, SecretProof, SignedProof, Token
from tests.ehr_answers.ledger import InMemoryLedger
from tests.ehr_answers.notes import BIRTH_DATE, NHS_NUMBER, NOW, a_sending, contact
from tests.guarded_ehr import CLIENT_ID, SECRET, GuardedServer

Json = dict[str, Any]


class Clock:
    """A steady one, that a test moves."""

    def __init__(self) -> None:
        self.seconds = 1_000.0

    def __call__(self) -> float:
        return self.seconds


@pytest.fixture
def keys(tmp_path: Path, guarded: GuardedServer) -> Keys:
    keys = Keys(tmp_path / "keys", timedelta(hours=1))
    keys.new("ES384", datetime.now(UTC))
    guarded.guard.jwks = keys.published
    return keys


@pytest.fixture
def clock() -> Clock:
    return Clock()


def _signed(keys: Keys) -> SignedProof:
    return SignedProof(CLIENT_ID, keys, lambda: datetime.now(UTC))


def _ehr(guarded: GuardedServer, proof: Proof, clock: Clock, token_url: str | None = None) -> Ehr:
    token = Token(guarded.url, token_url, "system/*.crus", proof, clock)
    return Ehr(guarded.url, 5, credentials=token)


async def _status(ehr: Ehr) -> int | str:
    reply = await ehr.metadata()
    assert isinstance(reply, Answer | NeverSent)
    return reply.status if isinstance(reply, Answer) else reply.why


@pytest.mark.parametrize("algorithm", ["ES384", "RS384"])
async def test_a_signed_assertion_gets_a_token_that_lets_us_in(
    guarded: GuardedServer, tmp_path: Path, clock: Clock, algorithm: Any
) -> None:
    keys = Keys(tmp_path / "others", timedelta(hours=1))
    keys.new(algorithm, datetime.now(UTC))
    guarded.guard.jwks = keys.published
    async with _ehr(guarded, _signed(keys), clock) as ehr:
        assert await _status(ehr) == 200
    (asked,) = guarded.guard.asked
    assert asked["scope"] == "system/*.crus"


async def test_a_token_is_kept_until_shortly_before_it_ends(guarded: GuardedServer, keys: Keys, clock: Clock) -> None:
    async with _ehr(guarded, _signed(keys), clock) as ehr:
        for _ in range(3):
            assert await _status(ehr) == 200
        clock.seconds += 269
        assert await _status(ehr) == 200
        assert len(guarded.guard.asked) == 1
        clock.seconds += 2
        assert await _status(ehr) == 200
        assert len(guarded.guard.asked) == 2


@pytest.mark.parametrize("lasts", [None, 5])
async def test_a_token_without_a_sensible_life_is_kept_for_five_minutes(
    guarded: GuardedServer, keys: Keys, clock: Clock, lasts: int | None
) -> None:
    guarded.guard.lasts = lasts
    async with _ehr(guarded, _signed(keys), clock) as ehr:
        await _status(ehr)
        clock.seconds += 269
        await _status(ehr)
        assert len(guarded.guard.asked) == 1


async def test_many_calls_that_find_no_token_ask_for_one_together(
    guarded: GuardedServer, keys: Keys, clock: Clock
) -> None:
    async with _ehr(guarded, _signed(keys), clock) as ehr:
        assert set(await asyncio.gather(*(_status(ehr) for _ in range(50)))) == {200}
    assert len(guarded.guard.asked) == 1


async def test_a_token_that_is_refused_is_renewed_once_and_the_call_made_again(
    guarded: GuardedServer, keys: Keys, clock: Clock
) -> None:
    async with _ehr(guarded, _signed(keys), clock) as ehr:
        await _status(ehr)
        guarded.guard.good.clear()
        assert set(await asyncio.gather(*(_status(ehr) for _ in range(20)))) == {200}
        assert len(guarded.guard.asked) == 2


async def test_a_refusal_of_a_token_that_is_no_longer_ours_renews_nothing(
    guarded: GuardedServer, keys: Keys, clock: Clock
) -> None:
    token = Token(guarded.url, None, "system/*.crus", _signed(keys), clock)
    async with Ehr(guarded.url, 5, credentials=token) as ehr:
        await _status(ehr)
        assert token.refused({"Authorization": "Bearer of-before"})
        assert await _status(ehr) == 200
        assert len(guarded.guard.asked) == 1


async def test_what_is_refused_with_a_fresh_token_too_is_told_as_refused(
    guarded: GuardedServer, keys: Keys, clock: Clock
) -> None:
    guarded.guard.answer = lambda: JSONResponse({"access_token": "not-known", "expires_in": 300})
    async with _ehr(guarded, _signed(keys), clock) as ehr:
        assert await _status(ehr) == 401
    assert len(guarded.guard.asked) == 2


async def test_where_a_refused_token_cannot_be_renewed_nothing_is_sent(
    guarded: GuardedServer, keys: Keys, clock: Clock
) -> None:
    async with _ehr(guarded, _signed(keys), clock) as ehr:
        await _status(ehr)
        guarded.guard.good.clear()
        guarded.guard.answer = lambda: PlainTextResponse("down", 503)
        assert await _status(ehr) == "token_unreachable"


async def test_a_key_is_rotated_while_we_run(guarded: GuardedServer, keys: Keys, clock: Clock) -> None:
    now = datetime.now(UTC) + timedelta(hours=2)
    guarded.guard.now = lambda: now.timestamp()
    (first,) = keys.all()
    async with _ehr(guarded, SignedProof(CLIENT_ID, keys, lambda: now), clock) as ehr:
        assert await _status(ehr) == 200
        second = keys.rotate("RS384", now)
        assert [key["kid"] for key in guarded.guard.jwks()["keys"]] == [first.kid, second.kid]
        for hours, signs in ((0, first), (1, second)):
            now += timedelta(hours=hours)
            clock.seconds += 300
            assert await _status(ehr) == 200
            assert keys.that_signs(now).kid == signs.kid
    assert len(guarded.guard.asked) == 3


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        (lambda: JSONResponse({"error": "invalid_client"}, 401), "token_refused"),
        (lambda: JSONResponse({"error": "invalid_scope"}, 400), "token_refused"),
        (lambda: PlainTextResponse("down", 503), "token_unreachable"),
        (lambda: PlainTextResponse("<html>", 200), "token_unreachable"),
        (lambda: JSONResponse({"access_token": 7}), "token_unreachable"),
    ],
)
async def test_without_a_token_nothing_is_sent_and_the_ehr_as_a_whole_is_not_there(
    guarded: GuardedServer, keys: Keys, clock: Clock, answer: Any, why: str
) -> None:
    guarded.guard.answer = answer
    async with _ehr(guarded, _signed(keys), clock) as ehr:
        assert await _status(ehr) == why
        outcome: Outcome = await push(a_sending(contact()), ehr, InMemoryLedger(), PushPlan(), NOW)
    assert isinstance(outcome, TryLater)
    assert (outcome.reason.code, outcome.ehr_wide) == (f"ehr_{why}", True)


async def test_an_assertion_is_for_this_server_alone_and_used_once(
    guarded: GuardedServer, keys: Keys, clock: Clock
) -> None:
    guarded.guard.token_url = "https://another.example/token"
    async with _ehr(guarded, _signed(keys), clock) as ehr:
        assert await _status(ehr) == "token_refused"
    assert guarded.guard.refused == ["audience"]


async def test_a_key_that_the_server_does_not_know_is_refused(
    guarded: GuardedServer, tmp_path: Path, keys: Keys, clock: Clock
) -> None:
    others = Keys(tmp_path / "others", timedelta(hours=1))
    others.new("ES384", datetime.now(UTC))
    async with _ehr(guarded, _signed(others), clock) as ehr:
        assert await _status(ehr) == "token_refused"
    assert guarded.guard.refused == ["signature"]


async def test_an_ehr_that_does_not_say_where_tokens_come_from_is_told(
    guarded: GuardedServer, keys: Keys, clock: Clock
) -> None:
    guarded.guard.discovery = None
    async with _ehr(guarded, _signed(keys), clock) as ehr:
        assert await _status(ehr) == "no_token_url"
    async with _ehr(guarded, _signed(keys), clock, guarded.guard.token_url) as ehr:
        assert await _status(ehr) == 200


async def test_a_client_secret_gets_a_token_too(guarded: GuardedServer, clock: Clock) -> None:
    async with _ehr(guarded, SecretProof(CLIENT_ID, SECRET), clock) as ehr:
        assert await _status(ehr) == 200
    async with _ehr(guarded, SecretProof(CLIENT_ID, "another"), clock) as ehr:
        assert await _status(ehr) == "token_refused"


async def test_a_header_is_carried_by_every_call_and_its_refusal_is_final(guarded: GuardedServer) -> None:
    guarded.guard.header = (b"x-api-key", b"let me in")
    async with Ehr(guarded.url, 5, credentials=Header({"X-API-Key": "let me in"})) as ehr:
        assert await _status(ehr) == 200
    async with Ehr(guarded.url, 5, credentials=Header({"X-API-Key": "another"})) as ehr:
        assert await _status(ehr) == 401


@pytest.fixture
def in_the_log(capfd: pytest.CaptureFixture[str]) -> Iterator[list[str]]:
    """What must not have been written anywhere by the end of the test."""
    secrets: list[str] = []
    yield secrets
    said = "".join(capfd.readouterr())
    assert [secret for secret in secrets if secret in said] == []


async def test_a_note_is_delivered_behind_the_guard_and_nothing_secret_is_logged(
    guarded: GuardedServer, keys: Keys, clock: Clock, in_the_log: list[str]
) -> None:
    patient = _patient_behind(guarded)
    async with _ehr(guarded, _signed(keys), clock) as ehr:
        sending = a_sending(contact(), patient=patient)
        assert await push(sending, ehr, InMemoryLedger(), PushPlan(), NOW) == Delivered()
    in_the_log += guarded.guard.good
    in_the_log += [asked["client_assertion"] for asked in guarded.guard.asked]
    in_the_log += [str(keys.that_signs(datetime.now(UTC)).key.as_dict(private=True)["d"])]


def _patient_behind(guarded: GuardedServer) -> str:
    header, guarded.guard.header = guarded.guard.header, (b"host", guarded.origin.removeprefix("http://").encode())
    patient = guarded.add_patient(NHS_NUMBER, BIRTH_DATE.isoformat())
    guarded.guard.header = header
    return patient


@pytest.mark.parametrize(
    ("endpoint", "ehr", "may"),
    [
        ("https://login.trust.example/token", "https://ehr.trust.example", True),
        ("http://127.0.0.1:8091/token", "http://localhost:8090", True),
        ("http://login.trust.example/token", "https://ehr.trust.example", False),
        ("http://127.0.0.1:5432/", "https://ehr.trust.example", False),
        ("http://169.254.169.254/latest", "https://ehr.trust.example", False),
        ("file:///etc/passwd", "http://127.0.0.1:8090", False),
        ("https:///token", "https://ehr.trust.example", False),
        ("http://[broken", "https://ehr.trust.example", False),
    ],
)
async def test_our_credentials_go_to_no_token_endpoint_that_is_named_but_unsafe(
    endpoint: str, ehr: str, may: bool
) -> None:
    asked: list[str] = []

    class Outside:
        async def get(self, url: str) -> Answer:
            return Answer(200, {"token_endpoint": endpoint})

        async def post_form(self, url: str, headers: object, fields: object) -> Answer:
            asked.append(url)
            return Answer(400)

    token = Token(ehr, None, "system/*.crus", SecretProof(CLIENT_ID, SECRET), Clock())
    assert await token.headers(Outside()) == NeverSent("token_refused" if may else "no_token_url")
    assert asked == ([endpoint] if may else [])
