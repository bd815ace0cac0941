"""Whatever comes as a token, signed or not: it is a caller or a refusal, never a fault of ours."""

import time
from typing import Any

import orjson
from hypothesis import given
from hypothesis import strategies as st

from service.auth.claims import caller_of, checked
from service.auth.token_head import TokenHead, head_of, json_of
from service.caller import ROLES
from service.errors import NotSignedIn
from service.settings.access import IssuerSettings
from tests.sign_in import unsigned

ISSUER = IssuerSettings.model_validate(
    {
        "issuer": "https://idp.trust.example",
        "audience": "us",
        "roles_claim": "realm.roles",
        "roles": {"a": "clinician"},
        "teams_claim": "teams",
        "practitioner_claim": "uid",
        "systems": True,
    }
)
NAMES = [
    "iss",
    "aud",
    "sub",
    "exp",
    "nbf",
    "iat",
    "jti",
    "name",
    "teams",
    "uid",
    "scope",
    "realm",
    "roles",
    "typ",
    "events",
]
WORDS = st.one_of(st.text(max_size=4), st.sampled_from(["a", "us", "system/Patient.rs", "https://idp.trust.example"]))
SCALARS = st.one_of(st.none(), st.booleans(), st.integers(-(2**63), 2**64 - 1), st.floats(allow_nan=False), WORDS)
JSON = st.recursive(
    SCALARS,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(st.one_of(st.sampled_from(NAMES), st.text(max_size=3)), inner, max_size=3),
    ),
    max_leaves=6,
)


@given(st.text(max_size=80))
def test_any_text_is_opaque_or_refused(token: str) -> None:
    try:
        head = head_of(token)
    except NotSignedIn as refusal:
        assert refusal.why in {"none", "garbage"}
    else:
        assert head is None


@given(
    st.dictionaries(st.sampled_from(["alg", "kid", "typ", "crit", "jwk", "x5c"]), JSON), st.one_of(JSON, st.binary())
)
def test_any_three_parts_have_a_head_or_are_refused(header: Any, claims: Any) -> None:
    try:
        head = head_of(unsigned(header, claims))
    except NotSignedIn as refusal:
        assert refusal.why in {"garbage", "header", "kind", "issuer", "claims"}
    else:
        assert head is None or isinstance(head, TokenHead)


@given(st.dictionaries(st.sampled_from(NAMES), JSON, max_size=4))
def test_any_signed_claims_are_a_caller_or_refused(said: dict[str, Any]) -> None:
    now = time.time()
    good = {"iss": ISSUER.issuer, "aud": "us", "sub": "s", "exp": int(now) + 60}
    claims = json_of(unsigned({}, {**good, **said}).split(".")[1])
    assert claims is not None
    try:
        checked(claims, ISSUER, "us", now)
        caller = caller_of(claims, ISSUER)
    except NotSignedIn as refusal:
        assert refusal.why in {"issuer", "audience", "expired", "not_yet", "claims", "kind"}
        return
    assert float(claims["exp"]) > now - ISSUER.leeway - 1
    assert caller.roles <= set(ROLES)
    assert ("system" in caller.roles) == bool(caller.scopes)
    texts = (caller.subject, caller.name, *caller.teams, caller.practitioner_id or "-")
    assert all(text and text.isprintable() for text in texts), orjson.dumps(texts)
