"""A bearer token from the EHR's authorisation server: asked for once, kept until shortly before it expires.

SMART Backend Services: client_credentials with an assertion signed by our key (private_key_jwt), or with a client
secret. https://hl7.org/fhir/smart-app-launch/backend-services.html
"""

import asyncio
from base64 import b64encode
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal, Protocol
from urllib.parse import quote, urlsplit
from uuid import uuid4

from joserfc import jwt

from service.keys import Keys
from service.push.answer import Answer, NeverSent, Reply
from service.push.credentials import Outside
from service.r4.resource import Json
from service.settings.loopback import LOOPBACK

_JWT_BEARER = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
_ASSERTION_LASTS = timedelta(minutes=4)  # five at most, and clocks differ
_LASTS_UNSAID = 300
_SPARE = 30.0  # seconds before its end at which a token is not begun with any more


class Proof(Protocol):
    """How we prove to an authorisation server who we are."""

    def of(self, token_url: str) -> tuple[Mapping[str, str], Mapping[str, str]]:
        """The headers and the form fields of one request."""


@dataclass(frozen=True, slots=True)
class SignedProof:
    """private_key_jwt: `now` is the wall clock, for the assertion's times are compared with the server's."""

    client_id: str
    keys: Keys
    now: Callable[[], datetime]

    def of(self, token_url: str) -> tuple[Mapping[str, str], Mapping[str, str]]:
        """See `Proof`."""
        now = self.now()
        key = self.keys.that_signs(now)
        header = {"alg": key.algorithm, "kid": key.kid, "typ": "JWT"}
        claims = {
            "iss": self.client_id,
            "sub": self.client_id,
            "aud": token_url,
            "iat": int(now.timestamp()),
            "exp": int((now + _ASSERTION_LASTS).timestamp()),
            "jti": str(uuid4()),
        }
        assertion = jwt.encode(header, claims, key.key, algorithms=[key.algorithm])
        return {}, {"client_assertion_type": _JWT_BEARER, "client_assertion": assertion}


@dataclass(frozen=True, slots=True)
class SecretProof:
    """A client secret, by HTTP basic authentication (RFC 6749, section 2.3.1)."""

    client_id: str
    secret: str

    def of(self, token_url: str) -> tuple[Mapping[str, str], Mapping[str, str]]:  # noqa: ARG002 - for whoever asks
        """See `Proof`."""
        pair = f"{quote(self.client_id, safe='')}:{quote(self.secret, safe='')}"
        return {"Authorization": f"Basic {b64encode(pair.encode()).decode()}"}, {}


class Token:
    """`Credentials` of one process. `clock` is a steady one, in seconds."""

    def __init__(
        self, ehr_url: str, token_url: str | None, scopes: str, proof: Proof, clock: Callable[[], float]
    ) -> None:
        self._discovery = f"{ehr_url.rstrip('/')}/.well-known/smart-configuration"
        self._token_url = token_url
        self._scopes = scopes
        self._proof = proof
        self._clock = clock
        self._headers: Mapping[str, str] = {}
        self._ends_at = 0.0
        self._renewing = asyncio.Lock()

    async def headers(self, outside: Outside) -> Mapping[str, str] | NeverSent:
        """See `Credentials`. One renewal for all who wait for it."""
        if self._is_good():
            return self._headers
        async with self._renewing:
            if self._is_good():
                return self._headers
            return await self._renew(outside)

    def refused(self, headers: Mapping[str, str]) -> bool:
        """See `Credentials`. A token that another call has renewed meanwhile is left alone."""
        if headers == self._headers:
            self._ends_at = 0.0
        return True

    def _is_good(self) -> bool:
        return self._clock() < self._ends_at

    async def _renew(self, outside: Outside) -> Mapping[str, str] | NeverSent:
        if self._token_url is None:
            endpoint = _text(await outside.get(self._discovery), "token_endpoint")
            if endpoint is None or not _may_have_credentials(endpoint, self._discovery):
                return NeverSent("no_token_url")
            self._token_url = endpoint
        headers, fields = self._proof.of(self._token_url)
        asked = {"grant_type": "client_credentials", "scope": self._scopes, **fields}
        began = self._clock()
        reply = await outside.post_form(self._token_url, headers, asked)
        token = _text(reply, "access_token")
        if token is None:
            return NeverSent(_why(reply))
        self._headers = {"Authorization": f"Bearer {token}"}
        self._ends_at = began + _lasts(reply) - _SPARE
        return self._headers


def _may_have_credentials(url: str, told_by: str) -> bool:
    """Whatever an EHR names as its token endpoint: by https, or on this machine where the EHR is here too."""
    try:
        there, teller = urlsplit(url), urlsplit(told_by)
    except ValueError:
        return False
    here = there.scheme == "http" and there.hostname in LOOPBACK and teller.hostname in LOOPBACK
    return there.hostname is not None and (there.scheme == "https" or here)


def _why(reply: Reply) -> Literal["token_refused", "token_unreachable"]:
    """RFC 6749, section 5.2: 400 and 401 say that it does not know us, or not with these scopes."""
    return "token_refused" if isinstance(reply, Answer) and reply.status in {400, 401, 403} else "token_unreachable"


def _body(reply: Reply) -> Json:
    return reply.body or {} if isinstance(reply, Answer) and reply.status == 200 else {}


def _text(reply: Reply, name: str) -> str | None:
    value = _body(reply).get(name)
    return value if isinstance(value, str) and value else None


def _lasts(reply: Reply) -> float:
    seconds = _body(reply).get("expires_in")
    return float(seconds) if isinstance(seconds, int | float) and seconds > _SPARE else float(_LASTS_UNSAID)
