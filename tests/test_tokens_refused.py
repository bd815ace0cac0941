"""Every token that must not let anybody in: one word for the audit, and nothing for whoever tries."""

import time
from typing import Any

import pytest

from tests.issuer import AUDIENCE, LocalIssuer, new_key
from tests.sign_in import Json, letting_in, signed_by_secret, unsigned, why_refused

# Years away from whenever this runs; the same in every process, for they stand in the names of tests.
LONG_AGO, FAR_AHEAD = 1_000_000_000, 4_000_000_000


@pytest.mark.parametrize(
    ("token", "why"),
    [
        ("", "none"),
        ("garbage", "garbage"),
        ("two.parts", "garbage"),
        ("..", "garbage"),
        ("a.b.c", "garbage"),
        ("not a token", "garbage"),
        ("ümlaut", "garbage"),
        ("\udcff", "garbage"),
        ("four.parts.of.it", "garbage"),
        ("a" * (16 * 1024 + 1), "garbage"),
        (unsigned([], {}), "garbage"),
        (unsigned({}, {}), "garbage"),
        (unsigned({"alg": 7}, {}), "garbage"),
        (unsigned({"alg": "ES256"}, []), "garbage"),
        (unsigned({"alg": "ES256"}, b"{"), "garbage"),
        (unsigned({"alg": "ES256"}, b'{"exp": NaN}'), "garbage"),
        (unsigned({"alg": "ES256"}, b'{"a":' * 2000 + b"1" + b"}" * 2000), "garbage"),
        (unsigned({"alg": "ES256", "x5c": ["m" * 4096]}, {"iss": "x"}), "garbage"),
        (unsigned({"alg": "ES256"}, {}), "issuer"),
        (unsigned({"alg": "ES256"}, {"iss": 7}), "claims"),
        (unsigned({"alg": "ES256"}, {"iss": ["https://idp.example"]}), "claims"),
    ],
    ids=lambda value: str(value)[:40].encode("ascii", "replace").decode(),
)
async def test_what_is_no_token_lets_nobody_in(issuer: LocalIssuer, token: str, why: str) -> None:
    async with letting_in(issuer.setting()) as issuers:
        assert await why_refused(issuers, token) == why


@pytest.mark.parametrize("spelt", ["none", "None", "NONE", "nOnE"])
async def test_a_token_without_a_signature_lets_nobody_in(issuer: LocalIssuer, spelt: str) -> None:
    async with letting_in(issuer.setting()) as issuers:
        token = unsigned({"alg": spelt, "typ": "JWT"}, {**issuer.claims(), "roles": ["clinician"]})
        assert await why_refused(issuers, token) == "algorithm"


@pytest.mark.parametrize("form", ["pem", "der", "jwk"])
@pytest.mark.parametrize("algorithm", ["HS256", "HS384", "HS512"])
async def test_a_token_signed_with_the_public_key_as_a_secret_lets_nobody_in(
    issuer: LocalIssuer, form: str, algorithm: str
) -> None:
    key = issuer.keys[-1]
    secret = str(key.as_dict(private=False)).encode() if form == "jwk" else getattr(key, f"as_{form}")(private=False)
    async with letting_in(issuer.setting()) as issuers:
        token = signed_by_secret({"alg": algorithm, "kid": key.kid}, issuer.claims(), secret)
        assert await why_refused(issuers, token) == "algorithm"


async def test_an_algorithm_that_the_trust_did_not_name_lets_nobody_in(own_issuer: LocalIssuer) -> None:
    own_issuer.keys = [new_key("rsa", "RS512")]
    async with letting_in(own_issuer.setting()) as issuers:
        assert await why_refused(issuers, own_issuer.token()) == "algorithm"
    async with letting_in(own_issuer.setting(algorithms=["RS512"])) as issuers:
        assert (await issuers.caller_of(own_issuer.token())).subject == "subject-1"


async def test_a_key_signs_by_its_own_algorithm_only(own_issuer: LocalIssuer) -> None:
    key = new_key("rsa", "RS256")
    own_issuer.keys = [key]
    twin = type(key).import_key({**key.as_dict(private=True), "alg": "PS256"})
    async with letting_in(own_issuer.setting()) as issuers:
        assert await why_refused(issuers, own_issuer.token(key=twin)) == "unknown_key"


@pytest.mark.parametrize(
    ("header", "why"),
    [
        ({"crit": ["exp"], "exp": FAR_AHEAD}, "header"),
        ({"crit": ["b64"], "b64": False}, "header"),
        ({"crit": []}, "header"),
        ({"kid": 7}, "header"),
        ({"jwk": {"kty": "EC"}}, "header"),
        ({"x5c": [["nested"]]}, "header"),
        ({"x5c": [7]}, "header"),
        ({"typ": "logout+jwt"}, "kind"),
        ({"typ": "dpop+jwt"}, "kind"),
        ({"typ": "secevent+jwt"}, "kind"),
        ({"typ": ["JWT"]}, "kind"),
        ({"typ": None}, "kind"),
    ],
)
async def test_a_header_that_says_it_is_something_else_is_believed(issuer: LocalIssuer, header: Json, why: str) -> None:
    said = {"alg": "ES256", "kid": "first", "typ": "JWT", **header}
    async with letting_in(issuer.setting()) as issuers:
        assert await why_refused(issuers, unsigned(said, issuer.claims())) == why


@pytest.mark.parametrize("kind", ["JWT", "jwt", "at+jwt", "application/at+jwt"])
async def test_the_kinds_of_access_tokens_let_in(issuer: LocalIssuer, kind: str) -> None:
    async with letting_in(issuer.setting()) as issuers:
        assert (await issuers.caller_of(issuer.token(header={"typ": kind}))).subject == "subject-1"


@pytest.mark.parametrize(
    ("claims", "why"),
    [
        ({"iss": "https://idp.example.test"}, "issuer"),
        ({"aud": "https://somebody.else.test"}, "audience"),
        ({"aud": ["https://somebody.else.test", "account"]}, "audience"),
        ({"aud": f"{AUDIENCE}/"}, "audience"),
        ({"aud": []}, "audience"),
        ({"aud": ""}, "audience"),
        ({"aud": {"value": AUDIENCE}}, "audience"),
        ({"aud": [AUDIENCE, 7]}, "audience"),
        ({"aud": None}, "audience"),
        ({"exp": LONG_AGO}, "expired"),
        ({"exp": 0}, "expired"),
        ({"exp": -1}, "expired"),
        ({"exp": None}, "claims"),
        ({"exp": "never"}, "claims"),
        ({"exp": str(FAR_AHEAD)}, "claims"),
        ({"exp": True}, "claims"),
        ({"exp": [FAR_AHEAD]}, "claims"),
        ({"nbf": FAR_AHEAD}, "not_yet"),
        ({"nbf": "soon"}, "claims"),
        ({"nbf": {}}, "claims"),
        ({"iat": FAR_AHEAD}, "not_yet"),
        ({"iat": False}, "claims"),
        ({"sub": None}, "claims"),
        ({"sub": ""}, "claims"),
        ({"sub": 7}, "claims"),
        ({"sub": ["subject-1"]}, "claims"),
        ({"sub": "s" * 256}, "claims"),
        ({"sub": "line\nbreak"}, "claims"),
        ({"sub": "seen\u202eotherwise"}, "claims"),
        ({"jti": 7}, "claims"),
        ({"roles": 7}, "claims"),
        ({"roles": {"clinician": True}}, "claims"),
        ({"roles": ["clinician", 7]}, "claims"),
        ({"roles": [["clinician"], {}]}, "claims"),
        ({"roles": True}, "claims"),
        ({"roles": ["r"] * 201}, "claims"),
        ({"teams": 7}, "claims"),
        ({"teams": ["t" * 256]}, "claims"),
        ({"teams": [""]}, "claims"),
        ({"practitioner": 7}, "claims"),
        ({"practitioner": ["es-1", "es-2"]}, "claims"),
        ({"practitioner": {"id": "es-1"}}, "claims"),
        ({"name": 7}, "claims"),
        ({"scope": 7}, "claims"),
        ({"scope": {"system": True}}, "claims"),
        ({"at_hash": "x"}, "kind"),
        ({"c_hash": "x"}, "kind"),
        ({"events": {}}, "kind"),
        ({"typ": "ID"}, "kind"),
        ({"typ": "Refresh"}, "kind"),
        ({"token_use": "id"}, "kind"),
    ],
    ids=lambda value: str(value)[:40].encode("ascii", "replace").decode(),
)
async def test_claims_that_do_not_fit_let_nobody_in(issuer: LocalIssuer, claims: Any, why: str) -> None:
    async with letting_in(issuer.setting()) as issuers:
        assert await why_refused(issuers, issuer.token(**{"roles": ["clinician"], **claims})) == why


async def test_a_few_seconds_between_two_clocks_do_no_harm(issuer: LocalIssuer) -> None:
    now = int(time.time())
    late, early = issuer.token(exp=now - 5), issuer.token(nbf=now + 5, iat=now + 5)
    async with letting_in(issuer.setting()) as issuers:
        assert (await issuers.caller_of(late)).subject == (await issuers.caller_of(early)).subject == "subject-1"
    async with letting_in(issuer.setting(leeway=0)) as issuers:
        assert await why_refused(issuers, late) == "expired"
        assert await why_refused(issuers, early) == "not_yet"


async def test_a_key_that_nobody_published_lets_nobody_in(issuer: LocalIssuer) -> None:
    async with letting_in(issuer.setting()) as issuers:
        assert await why_refused(issuers, issuer.token(key=new_key("strange"))) == "unknown_key"
        assert await why_refused(issuers, issuer.token(key=new_key("first"))) == "signature"
        assert await why_refused(issuers, issuer.token(key=new_key(None))) == "signature"


async def test_the_key_of_another_issuer_lets_nobody_in(issuer: LocalIssuer, own_issuer: LocalIssuer) -> None:
    own_issuer.keys = [new_key("theirs")]
    async with letting_in(issuer.setting(), own_issuer.setting()) as issuers:
        assert (await issuers.caller_of(own_issuer.token())).issuer == own_issuer.url
        assert (await issuers.caller_of(issuer.token())).issuer == issuer.url
        assert await why_refused(issuers, own_issuer.token(iss=issuer.url)) == "unknown_key"
        assert await why_refused(issuers, issuer.token(iss=own_issuer.url)) == "unknown_key"


@pytest.mark.parametrize("part", [0, 1, 2])
async def test_a_token_that_was_changed_lets_nobody_in(issuer: LocalIssuer, part: int) -> None:
    one = issuer.token(roles=["clinician"]).split(".")
    other = issuer.token(roles=["operator"], header={"typ": "JWT"}, sub="subject-2").split(".")
    mixed = ".".join(other[at] if at == part else one[at] for at in range(3))
    async with letting_in(issuer.setting()) as issuers:
        assert (await issuers.caller_of(".".join(one))).subject == "subject-1"
        assert await why_refused(issuers, mixed) == "signature"


@pytest.mark.parametrize("cut", [b"", b"short", b"\0" * 64, b"\xff" * 64, b"long" * 100])
async def test_a_signature_of_another_shape_lets_nobody_in(issuer: LocalIssuer, cut: bytes) -> None:
    async with letting_in(issuer.setting()) as issuers:
        token = unsigned({"alg": "ES256", "kid": "first"}, issuer.claims(), cut)
        assert await why_refused(issuers, token) == "signature"


async def test_a_key_that_a_token_brings_along_is_not_looked_at(issuer: LocalIssuer, own_issuer: LocalIssuer) -> None:
    forged = new_key("first")
    own_issuer.keys = [forged]
    brought = {"jku": f"{own_issuer.url}/jwks", "x5u": f"{own_issuer.url}/x5u", "x5c": ["MIIB"], "x5t": "x"}
    async with letting_in(issuer.setting()) as issuers:
        assert (
            await why_refused(issuers, unsigned({"alg": "ES256", **brought}, issuer.claims(), b"x" * 64)) == "signature"
        )
        with_key = unsigned({"alg": "ES256", "jwk": forged.as_dict(private=False)}, issuer.claims(), b"x" * 64)
        assert await why_refused(issuers, with_key) == "header"
    assert own_issuer.asked == []


async def test_a_header_as_deep_as_it_can_be_exhausts_nobody(issuer: LocalIssuer) -> None:
    async with letting_in(issuer.setting()) as issuers:
        for depth in (900, 960, 1000, 1020, 1024, 1500):
            header = b'{"alg":"ES256","kid":"first","x":' + b"[" * depth + b"]" * depth + b"}"
            assert await why_refused(issuers, unsigned(header, issuer.claims(), b"x" * 64)) in {"header", "garbage"}


async def test_without_an_issuer_nobody_is_let_in(issuer: LocalIssuer) -> None:
    async with letting_in() as issuers:
        assert await why_refused(issuers, issuer.token()) == "issuer"
        assert await why_refused(issuers, "opaque") == "garbage"
