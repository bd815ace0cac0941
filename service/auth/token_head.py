"""What a token says of itself before anybody vouches for it: enough to know whom to ask, and nothing more."""

import re
from base64 import urlsafe_b64decode
from dataclasses import dataclass
from typing import Any, Final

import orjson

from service.errors import NotSignedIn

LONGEST_TOKEN: Final = 16 * 1024
_BEARER: Final = re.compile(r"[A-Za-z0-9\-._~+/]+=*")  # RFC 6750, section 2.1
_JWT: Final = re.compile(r"[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]*")
_TYPES: Final = frozenset({"jwt", "at+jwt", "application/at+jwt"})  # RFC 9068; others are for other uses
_LONGEST_HEADER: Final = 4096


@dataclass(frozen=True, slots=True)
class TokenHead:
    """Not verified: a forger writes what they like here. `jku` and `x5u` are not followed."""

    algorithm: str
    kid: str | None
    issuer: str


def head_of(token: str) -> TokenHead | None:
    """None for a token that is no JWT, so that only its issuer can say what it is. `NotSignedIn` where it is bad."""
    if len(token) > LONGEST_TOKEN or not _BEARER.fullmatch(token):
        raise NotSignedIn("garbage" if token else "none")
    parts = token.split(".") if _JWT.fullmatch(token) else []
    header = json_of(parts[0]) if parts else None
    if header is None or not isinstance(header.get("alg"), str):
        return None
    claims = json_of(parts[1])
    if claims is None or len(parts[0]) > _LONGEST_HEADER:
        raise NotSignedIn("garbage")
    return _checked(header, claims)


def json_of(part: str) -> dict[str, Any] | None:
    """The JSON object in one part of a token, or None."""
    try:
        said = orjson.loads(urlsafe_b64decode(part + "=" * (-len(part) % 4)))
    except ValueError:
        return None
    return said if isinstance(said, dict) else None


def _checked(header: dict[str, Any], claims: dict[str, Any]) -> TokenHead:
    kid, kind, issuer = header.get("kid"), header.get("typ", "JWT"), claims.get("iss")
    # `crit` names what has to be understood (RFC 7515, section 4.1.11): no extension is. What is nested is a key that
    # the token brings along (`jwk`), or there to exhaust whoever reads it next.
    if "crit" in header or not isinstance(kid, str | None) or not all(map(_is_flat, header.values())):
        raise NotSignedIn("header")
    if not isinstance(kind, str) or kind.lower() not in _TYPES:
        raise NotSignedIn("kind")
    if not isinstance(issuer, str):
        raise NotSignedIn("claims" if issuer is not None else "issuer")
    return TokenHead(header["alg"], kid, issuer)


def _is_flat(value: Any) -> bool:
    return not isinstance(value, dict | list) or (
        isinstance(value, list) and all(isinstance(each, str) for each in value)
    )
