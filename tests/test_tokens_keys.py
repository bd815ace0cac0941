"""The keys of an issuer: found, kept, renewed when they change, and gone on with while it is down."""

import asyncio
import warnings
from typing import Any

import pytest
from joserfc.errors import SecurityWarning
from joserfc.jwk import OctKey, RSAKey

from tests.issuer import LocalIssuer, new_key
from tests.log_lines import Lines
from tests.sign_in import Clocks, Json, cannot_be_checked, letting_in, why_refused

DISCOVERY = "/.well-known/openid-configuration"


async def test_keys_are_found_by_discovery_once(own_issuer: LocalIssuer) -> None:
    async with letting_in(own_issuer.setting()) as issuers:
        assert own_issuer.asked == []
        for number in range(3):
            await issuers.caller_of(own_issuer.token(jti=str(number)))
    assert own_issuer.asked == [DISCOVERY, "/jwks"]


async def test_keys_lie_where_the_settings_say(own_issuer: LocalIssuer) -> None:
    async with letting_in(own_issuer.setting(jwks_url=f"{own_issuer.url}/jwks")) as issuers:
        await issuers.caller_of(own_issuer.token())
    assert own_issuer.asked == ["/jwks"]


async def test_many_who_come_at_once_ask_once(own_issuer: LocalIssuer) -> None:
    tokens = [own_issuer.token(jti=str(number)) for number in range(20)]
    async with letting_in(own_issuer.setting()) as issuers:
        callers = await asyncio.gather(*(issuers.caller_of(token) for token in tokens))
    assert len(callers) == 20
    assert own_issuer.asked == [DISCOVERY, "/jwks"]


@pytest.mark.parametrize("algorithm", ["RS256", "PS256", "ES256", "ES384", "RS384"])
async def test_tokens_of_each_algorithm_are_taken(own_issuer: LocalIssuer, algorithm: str) -> None:
    own_issuer.keys = [new_key("other"), new_key("this", algorithm)]
    async with letting_in(own_issuer.setting()) as issuers:
        assert (await issuers.caller_of(own_issuer.token())).subject == "subject-1"


async def test_keys_are_rotated_without_a_restart(own_issuer: LocalIssuer) -> None:
    clocks = Clocks()
    before = own_issuer.token(jti="before")
    async with letting_in(own_issuer.setting(), clocks=clocks) as issuers:
        await issuers.caller_of(before)
        clocks.pass_by(11)
        own_issuer.rotate(keep=True)
        await issuers.caller_of(own_issuer.token())
        assert (await issuers.caller_of(before)).subject == "subject-1"
        clocks.pass_by(11)
        own_issuer.rotate(keep=False)
        await issuers.caller_of(own_issuer.token())
        # Remembered as good, and by a key that its issuer has taken back.
        assert await why_refused(issuers, before) == "unknown_key"


async def test_keys_are_renewed_every_hour_so_that_one_taken_back_ends(own_issuer: LocalIssuer) -> None:
    clocks = Clocks()
    far = int(clocks.wall) + 10_000
    async with letting_in(own_issuer.setting(), clocks=clocks) as issuers:
        stolen = own_issuer.keys[0]
        await issuers.caller_of(own_issuer.token(exp=far))
        own_issuer.rotate(keep=False)
        clocks.pass_by(3599)
        await issuers.caller_of(own_issuer.token(key=stolen, exp=far))
        clocks.pass_by(1)
        assert await why_refused(issuers, own_issuer.token(key=stolen, exp=far, jti="2")) == "unknown_key"


async def test_made_up_key_ids_do_not_make_us_hammer_the_issuer(own_issuer: LocalIssuer) -> None:
    clocks = Clocks()
    async with letting_in(own_issuer.setting(), clocks=clocks) as issuers:
        await issuers.caller_of(own_issuer.token())
        clocks.pass_by(10)
        for number in range(20):
            assert await why_refused(issuers, own_issuer.token(key=new_key(f"made-up-{number}"))) == "unknown_key"
        assert own_issuer.asked.count("/jwks") == 2
        clocks.pass_by(9)
        assert await why_refused(issuers, own_issuer.token(key=new_key("made-up"))) == "unknown_key"
        assert own_issuer.asked.count("/jwks") == 2
        clocks.pass_by(1)
        assert await why_refused(issuers, own_issuer.token(key=new_key("made-up"))) == "unknown_key"
        assert own_issuer.asked.count("/jwks") == 3


async def test_a_bad_signature_by_a_known_key_asks_nobody(own_issuer: LocalIssuer) -> None:
    clocks = Clocks()
    async with letting_in(own_issuer.setting(), clocks=clocks) as issuers:
        await issuers.caller_of(own_issuer.token())
        clocks.pass_by(60)
        assert await why_refused(issuers, own_issuer.token(key=new_key("first"))) == "signature"
    assert own_issuer.asked.count("/jwks") == 1


async def test_keys_without_an_id_are_tried(own_issuer: LocalIssuer) -> None:
    clocks = Clocks()
    one, other = new_key(None), new_key(None)
    own_issuer.keys = [one, other]
    async with letting_in(own_issuer.setting(), clocks=clocks) as issuers:
        for key in (one, other):
            assert (await issuers.caller_of(own_issuer.token(key=key))).subject == "subject-1"
        assert (await issuers.caller_of(own_issuer.token(header={"kid": "said-by-the-token"}))).subject == "subject-1"
        clocks.pass_by(11)
        own_issuer.keys = [new_key(None)]
        assert (await issuers.caller_of(own_issuer.token())).subject == "subject-1"


async def test_a_token_without_a_key_id_is_tried_by_every_key(own_issuer: LocalIssuer) -> None:
    own_issuer.keys = [new_key("one"), new_key("two", "RS256"), new_key("three")]
    async with letting_in(own_issuer.setting()) as issuers:
        for key in own_issuer.keys:
            unnamed = {name: value for name, value in key.as_dict(private=True).items() if name != "kid"}
            token = own_issuer.token(key=type(key).import_key(unnamed))
            assert (await issuers.caller_of(token)).subject == "subject-1"


def _changed(**changes: Any) -> Json:
    return {**new_key("first").as_dict(private=False), **changes}


def _small_key() -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", SecurityWarning)
        return RSAKey.generate_key(1024, {"kid": "first"}, private=False).as_dict(private=False)


ODD_KEYS: list[tuple[str, Any]] = [
    ("for encryption", _changed(use="enc")),
    ("only to sign with", _changed(key_ops=["sign"])),
    ("key_ops of another type", _changed(key_ops="verify")),
    ("a secret", OctKey.generate_key(256, {"kid": "first"}).as_dict(private=True)),
    ("of a kind yet to come", {"kty": "AKP", "kid": "first", "pub": "x"}),
    ("without a kind", {"kid": "first"}),
    ("a private key for all to see", new_key("first").as_dict(private=True)),
    ("an id that is no text", _changed(kid=7)),
    ("an algorithm that is no text", _changed(alg=["ES256"])),
    ("no point of the curve", _changed(x="AAAA")),
    ("half of it", {"kty": "EC", "kid": "first", "crv": "P-256"}),
    ("a number for a point", _changed(x=7)),
    ("a small one", _small_key()),
    ("a list", []),
    ("a word", "first"),
]


@pytest.mark.parametrize("odd", [key for _, key in ODD_KEYS], ids=[name for name, _ in ODD_KEYS])
async def test_a_key_that_is_none_for_us_is_passed_over(own_issuer: LocalIssuer, odd: Any) -> None:
    good = own_issuer.keys[0]
    own_issuer.published = {"keys": [odd, good.as_dict(private=False)]}
    async with letting_in(own_issuer.setting()) as issuers:
        assert (await issuers.caller_of(own_issuer.token())).subject == "subject-1"
    own_issuer.published = {"keys": [odd]}
    async with letting_in(own_issuer.setting()) as issuers:
        await cannot_be_checked(issuers, own_issuer.token())


@pytest.mark.parametrize("published", [{"keys": []}, {"keys": None}, {"keys": "none"}, {"nothing": 1}, []])
async def test_an_issuer_without_keys_cannot_be_asked(own_issuer: LocalIssuer, published: Any) -> None:
    own_issuer.answer = None
    own_issuer.published = published or {"keys": {}}
    async with letting_in(own_issuer.setting()) as issuers:
        await cannot_be_checked(issuers, own_issuer.token())


@pytest.mark.parametrize(
    ("discovery", "why"),
    [
        ({"issuer": "https://idp.example.test"}, "other_issuer"),
        ({"issuer": None}, "other_issuer"),
        ({"jwks_uri": None}, "no_jwks_uri"),
        ({"jwks_uri": 7}, "no_jwks_uri"),
        ({"jwks_uri": "http://idp.example.test/jwks"}, "not_asked"),
        ({"jwks_uri": "https://169.254.169.254/latest/meta-data"}, "not_asked"),
        ({"jwks_uri": "file:///etc/passwd"}, "not_asked"),
    ],
)
async def test_what_is_discovered_is_not_believed_blindly(
    own_issuer: LocalIssuer, lines: Lines, discovery: Json, why: str
) -> None:
    own_issuer.discovery = {**own_issuer.discovery, **discovery}
    async with letting_in(own_issuer.setting()) as issuers:
        await cannot_be_checked(issuers, own_issuer.token())
    line = lines.one()
    assert (line["event"], line["reason_code"]) == ("an issuer does not say its keys", why)
    assert line["host"] == "127.0.0.1"
    assert own_issuer.asked == [DISCOVERY]
