"""Issuers at work in a test, with clocks that the test turns, and tokens that no honest issuer makes."""

import hmac
import time
from base64 import urlsafe_b64encode
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from hashlib import sha256
from typing import Any

import orjson
import pytest

from service.auth.issuers import Issuers, issuers_of
from service.errors import NotSignedIn, NotTakenNow
from service.settings.access import AccessSettings

Json = dict[str, Any]


class Clocks:
    """The wall clock stands where the test began; the steady one at nothing. `pass_by` moves both."""

    def __init__(self) -> None:
        self.wall = time.time()
        self.steady = 0.0

    def pass_by(self, seconds: float) -> None:
        self.wall += seconds
        self.steady += seconds


@asynccontextmanager
async def letting_in(
    *entries: Json, clocks: Clocks | None = None, remembered: int = 100, **settings: Any
) -> AsyncIterator[Issuers]:
    """The issuers of these entries in JOINEDUP_ISSUERS."""
    times = clocks or Clocks()
    issuers = issuers_of(
        AccessSettings(issuers=entries, **settings),
        now=lambda: times.wall,
        clock=lambda: times.steady,
        remembered=remembered,
    )
    try:
        yield issuers
    finally:
        await issuers.close()


async def why_refused(issuers: Issuers, token: str) -> str:
    """The word for the audit; the caller is told nothing of it."""
    with pytest.raises(NotSignedIn) as refusal:
        await issuers.caller_of(token)
    told = f"{refusal.value.sentence} {refusal.value.title}"
    assert told == "Send a valid token: Authorization: Bearer …. Sign in again if yours has run out. Sign in first."
    return refusal.value.why


async def cannot_be_checked(issuers: Issuers, token: str) -> None:
    """Later, not no: its issuer does not answer."""
    with pytest.raises(NotTakenNow) as told:
        await issuers.caller_of(token)
    assert told.value.status == 503
    assert "send the same again in a minute" in told.value.sentence


def unsigned(header: Any, claims: Any, signature: bytes = b"") -> str:
    """Three parts, whatever is in them."""
    return ".".join(
        _encoded(part if isinstance(part, bytes) else orjson.dumps(part)) for part in (header, claims, signature)
    )


def signed_by_secret(header: Json, claims: Json, secret: bytes) -> str:
    """HS256, by hand: no library would take a public key for a secret."""
    body = unsigned(header, claims).rpartition(".")[0]
    return f"{body}.{_encoded(hmac.digest(secret, body.encode(), sha256))}"


def _encoded(part: bytes) -> str:
    return urlsafe_b64encode(part).rstrip(b"=").decode()
