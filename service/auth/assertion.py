"""The proof by which a system asks for a token (private_key_jwt): read, and held against what it has to be.

Every fault has a word for the audit; whoever asks is told the same thing whatever it was.
https://hl7.org/fhir/smart-app-launch/client-confidential-asymmetric.html
"""

import json
import re
from base64 import urlsafe_b64decode
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from joserfc import jwt
from joserfc.errors import JoseError

from service.auth.client_keys import ALGORITHMS, PublicKey

_LONGEST: Final = 8 * 1024
_LONGEST_JTI: Final = 200
CLIENT_ID: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
_LASTS_AT_MOST: Final = timedelta(minutes=5)
CLOCKS_DIFFER: Final = timedelta(seconds=10)
_NOT_READABLE: Final = (ValueError, KeyError, TypeError, AttributeError, JoseError, RecursionError)


class NotProved(Exception):
    """`why`: a word for the audit; never sent."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


@dataclass(frozen=True, slots=True)
class Assertion:
    """What it says of itself, before its signature is looked at. `key_url`: where it says that its key is published."""

    text: str
    algorithm: str
    kid: str
    key_url: str | None
    client_id: str


@dataclass(frozen=True, slots=True)
class Proof:
    """A signed claim to be this system, good once: `jti` is not to be seen again until `until`."""

    client_id: str
    jti: str
    until: datetime


def read_assertion(text: str) -> Assertion:
    """`NotProved` where it is no signed JWT by an algorithm of ours that says who it is of."""
    if len(text) > _LONGEST:
        raise NotProved("not_readable")
    try:
        header, claims = (_part(part) for part in text.split(".")[:2])
        algorithm, kid, client_id = header["alg"], header["kid"], claims["iss"]
    except _NOT_READABLE:
        raise NotProved("not_readable") from None
    if algorithm not in ALGORITHMS:
        raise NotProved("algorithm")
    if not isinstance(kid, str) or not isinstance(client_id, str) or not CLIENT_ID.fullmatch(client_id):
        raise NotProved("not_readable")
    return Assertion(text, algorithm, kid, header.get("jku"), client_id)


def _part(text: str) -> dict[str, Any]:
    part = json.loads(urlsafe_b64decode(text + "=" * (-len(text) % 4)))
    if not isinstance(part, dict):
        raise ValueError("not an object")
    return part


def signed_by(assertion: Assertion, key: PublicKey) -> Mapping[str, Any]:
    """Its claims; `NotProved` where this key did not sign them."""
    try:
        return jwt.decode(assertion.text, key, algorithms=[assertion.algorithm]).claims
    except _NOT_READABLE:
        raise NotProved("signature") from None


def proof_of(assertion: Assertion, claims: Mapping[str, Any], token_url: str, now: datetime) -> Proof:
    """What signed claims prove here and now; `NotProved` where they are for another, or of another time."""
    if not claims.get("iss") == claims.get("sub") == assertion.client_id:
        raise NotProved("subject")
    if claims.get("aud") not in (token_url, [token_url]):
        raise NotProved("audience")
    until = _moment(claims.get("exp"))
    if until <= now - CLOCKS_DIFFER:
        raise NotProved("expired")
    if until > now + _LASTS_AT_MOST + CLOCKS_DIFFER:
        raise NotProved("lasts_too_long")
    if any(_moment(claims[name]) > now + CLOCKS_DIFFER for name in ("nbf", "iat") if name in claims):
        raise NotProved("not_yet_valid")
    jti = claims.get("jti")
    if not isinstance(jti, str) or not 1 <= len(jti) <= _LONGEST_JTI or not (jti.isascii() and jti.isprintable()):
        raise NotProved("no_jti")
    return Proof(assertion.client_id, jti, until + 2 * CLOCKS_DIFFER)


def _moment(value: Any) -> datetime:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise NotProved("no_time")
    try:
        return datetime.fromtimestamp(value, UTC)
    except (ValueError, OverflowError, OSError):
        raise NotProved("no_time") from None
