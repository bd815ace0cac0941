"""Our own tokens when they come back: known again, short, and worth nothing once their system is disabled."""

import json
from base64 import urlsafe_b64encode
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from joserfc import jwt
from joserfc.jwk import OctKey

from service.auth.own_issuer import LASTS, OwnIssuer
from service.auth.scopes import to_register
from service.caller import Caller
from service.errors import NotSignedIn
from service.keys import Keys
from tests.token_office import new_keys

NOW = datetime(2026, 11, 30, 12, 0, tzinfo=UTC)
URL = "https://joinedup.example"
MAY = to_register("system/Questionnaire.rs system/QuestionnaireResponse.c")


class Trust:
    """Of which systems the database says that they are enabled, and how often it was asked; and what time it is."""

    def __init__(self) -> None:
        self.enabled = {"rio"}
        self.asked = 0
        self.now = NOW
        self.seconds = 100.0

    async def is_enabled(self, client_id: str) -> bool:
        self.asked += 1
        return client_id in self.enabled


@pytest.fixture
def trust() -> Trust:
    return Trust()


@pytest.fixture
def keys(tmp_path: Path) -> Keys:
    return new_keys(tmp_path)


@pytest.fixture
def issuer(keys: Keys, trust: Trust) -> OwnIssuer:
    return OwnIssuer(URL, f"{URL}/fhir", keys, trust.is_enabled, lambda: trust.now, lambda: trust.seconds)


async def test_a_token_says_who_it_is_and_what_it_may(issuer: OwnIssuer) -> None:
    caller = await issuer.caller_of(issuer.issue("rio", MAY))
    assert caller == Caller(
        "rio", "rio", frozenset({"system"}), issuer=URL, scopes=frozenset(str(scope) for scope in MAY)
    )


async def test_a_token_ends_after_five_minutes(issuer: OwnIssuer, trust: Trust) -> None:
    token = issuer.issue("rio", MAY)
    trust.now = NOW + LASTS - timedelta(seconds=1)
    assert await issuer.caller_of(token)
    trust.now = NOW + LASTS
    assert await _why(issuer, token) == "expired"


async def test_a_disabled_system_is_refused_within_ten_seconds(issuer: OwnIssuer, trust: Trust) -> None:
    token = issuer.issue("rio", MAY)
    for _ in range(5):
        await issuer.caller_of(token)
    assert trust.asked == 1
    trust.enabled.clear()
    trust.seconds += 10
    assert await _why(issuer, token) == "client_disabled"
    trust.enabled.add("rio")
    trust.seconds += 10
    assert await issuer.caller_of(token)
    assert trust.asked == 3


async def test_a_token_is_good_while_the_next_key_follows(issuer: OwnIssuer, keys: Keys, trust: Trust) -> None:
    token = issuer.issue("rio", MAY)
    keys.rotate("RS384", datetime.now(UTC))
    assert await issuer.caller_of(token)
    assert await issuer.caller_of(issuer.issue("rio", MAY))


def _claims(**changes: Any) -> dict[str, Any]:
    good = {"iss": URL, "sub": "rio", "client_id": "rio", "aud": f"{URL}/fhir", "scope": "system/Questionnaire.rs"}
    return {**good, "exp": int(NOW.timestamp()) + 60, **changes}


def _signed(keys: Keys, claims: dict[str, Any], **header: Any) -> str:
    (key,) = keys.all()
    said = {"alg": key.algorithm, "kid": key.kid, "typ": "at+jwt", **header}
    return jwt.encode(said, claims, key.key, algorithms=[key.algorithm])


@pytest.mark.parametrize(
    ("claims", "header", "why"),
    [
        (_claims(iss="https://another.example"), {}, "issuer"),
        (_claims(aud=URL), {}, "audience"),
        (_claims(exp=int(NOW.timestamp())), {}, "expired"),
        (_claims(sub="another"), {}, "client_disabled"),
        (_claims(), {"typ": "JWT"}, "not_an_access_token"),
        (_claims(), {"kid": "another"}, "signature"),
    ],
)
async def test_a_token_of_our_keys_that_is_not_for_here_and_now_is_refused(
    issuer: OwnIssuer, keys: Keys, claims: dict[str, Any], header: dict[str, Any], why: str
) -> None:
    assert await _why(issuer, _signed(keys, claims, **header)) == why
    assert await issuer.caller_of(_signed(keys, _claims()))


async def test_what_our_keys_did_not_sign_is_refused(issuer: OwnIssuer, keys: Keys, tmp_path: Path) -> None:
    good = _signed(keys, _claims())
    head, claims, signature = good.split(".")
    others = new_keys(tmp_path / "others")
    (key,) = keys.all()
    confused = OctKey.import_key(json.dumps(keys.published()).encode())
    for token in (
        "",
        "nonsense",
        "a.b.c",
        f"{head}.{claims}.",
        f"{_encoded({'alg': 'none', 'typ': 'at+jwt', 'kid': key.kid})}.{claims}.",
        f"{head}.{_encoded(_claims(sub='another'))}.{signature}",
        _signed(others, _claims()),
        _signed(others, _claims(), kid=key.kid),
        jwt.encode({"alg": "HS256", "typ": "at+jwt", "kid": key.kid}, _claims(), confused, algorithms=["HS256"]),
    ):
        assert await _why(issuer, token) == "signature"
    assert await _why(issuer, good + "a" * 17_000) == "garbage"


async def _why(issuer: OwnIssuer, token: str) -> str:
    with pytest.raises(NotSignedIn) as refused:
        await issuer.caller_of(token)
    return refused.value.why


def _encoded(said: dict[str, Any]) -> str:
    return urlsafe_b64encode(json.dumps(said).encode()).decode().rstrip("=")
