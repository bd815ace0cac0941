"""What claims to be a proof of a system: whatever is sent, it is one, or it is refused with a word for the audit."""

import json
from base64 import urlsafe_b64encode
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.auth.assertion import CLOCKS_DIFFER, Assertion, NotProved, Proof, proof_of, read_assertion

NOW = datetime(2026, 11, 30, 12, 0, tzinfo=UTC)
TOKEN_URL = "https://joinedup.example/oauth/token"
_LATER = "not_yet_valid"
ASSERTION = Assertion("", "ES384", "1", None, "rio")
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda values: st.lists(values, max_size=3) | st.dictionaries(st.text(max_size=5), values, max_size=3),
    max_leaves=5,
)


def _claims(**changes: Any) -> dict[str, Any]:
    return {"iss": "rio", "sub": "rio", "aud": TOKEN_URL, "exp": NOW.timestamp() + 60, "jti": "1", **changes}


def _encoded(said: Any) -> str:
    return urlsafe_b64encode(json.dumps(said).encode()).decode().rstrip("=")


def _why(claims: dict[str, Any]) -> str | None:
    try:
        assert isinstance(proof_of(ASSERTION, claims, TOKEN_URL, NOW), Proof)
    except NotProved as lacking:
        return lacking.why
    return None


@given(st.text())
def test_whatever_text_is_sent_is_no_proof_and_no_fault_of_ours(text: str) -> None:
    with pytest.raises(NotProved):
        read_assertion(text)


@given(
    st.dictionaries(st.sampled_from(("alg", "kid", "jku", "crit")), json_values),
    st.dictionaries(st.sampled_from(("iss", "sub")), json_values),
)
def test_whatever_a_head_says_it_names_a_key_and_a_system_or_is_refused(head: Any, claims: Any) -> None:
    said = {"alg": "ES384", "kid": "1", **head}
    try:
        read = read_assertion(f"{_encoded(said)}.{_encoded({'iss': 'rio', **claims})}.")
    except NotProved:
        return
    assert (read.algorithm, read.kid, read.client_id) == (said["alg"], said["kid"], claims.get("iss", "rio"))


@given(st.sampled_from(("iss", "sub", "aud", "exp", "nbf", "iat", "jti")), json_values)
def test_whatever_a_claim_says_is_a_proof_or_refused(name: str, value: Any) -> None:
    _why(_claims(**{name: value}))


def test_what_nests_too_deep_is_refused() -> None:
    deep = urlsafe_b64encode(b"[" * 5_000).decode()
    with pytest.raises(NotProved):
        read_assertion(f"{deep}.e30.")


@pytest.mark.parametrize(
    ("seconds", "why"),
    [(-11, "expired"), (-10, "expired"), (-9, None), (300, None), (310, None), (311, "lasts_too_long")],
)
def test_clocks_may_differ_by_ten_seconds(seconds: int, why: str | None) -> None:
    assert _why(_claims(exp=NOW.timestamp() + seconds)) == why


@pytest.mark.parametrize(
    ("name", "seconds", "why"), [("nbf", 10, None), ("iat", 10, None), ("nbf", 11, "not_yet_valid")]
)
def test_what_begins_later_is_refused(name: str, seconds: int, why: str | None) -> None:
    assert _why(_claims(**{name: NOW.timestamp() + seconds})) == why


def test_a_used_proof_is_remembered_until_it_is_too_old_for_any_clock() -> None:
    proof = proof_of(ASSERTION, _claims(), TOKEN_URL, NOW)
    assert proof.until >= NOW + timedelta(seconds=60) + CLOCKS_DIFFER


def test_an_audience_in_a_list_of_one_is_an_audience() -> None:
    assert _why(_claims(aud=[TOKEN_URL])) is None
    assert _why(_claims(aud=[TOKEN_URL, "another"])) == "audience"
    assert _why(_claims(aud=f"{TOKEN_URL}/")) == "audience"
