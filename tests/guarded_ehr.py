"""The sandbox EHR behind an authorisation server of its own, as SMART Backend Services has it: fixture `guarded`.

It knows a client by the JWKS that the client publishes, or by a secret, and lets nobody in without a token of its own.
"""

import time
from base64 import b64decode
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs
from uuid import uuid4

import pytest
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from tests.sandbox_server import SandboxServer

Json = dict[str, Any]
CLIENT_ID = "joined-up-at-example"
SECRET = "a secret: with a colon & more"
_LONGEST = 300


class Guard:
    """ASGI, around the sandbox. `jwks` is asked at every request, as a server that fetches it would."""

    def __init__(self, ehr: ASGIApp, origin: str) -> None:
        self._ehr = ehr
        self.token_url = f"{origin}/token"
        self.jwks: Callable[[], Json] = lambda: {"keys": []}
        self.asked: list[Json] = []
        self.refused: list[str] = []
        self.good: set[str] = set()
        self.lasts: int | None = 300
        self.answer: Callable[[], Response] | None = None
        self.discovery: Json | None = {"token_endpoint": self.token_url}
        self.header: tuple[bytes, bytes] | None = None
        self.now: Callable[[], float] = time.time
        self._seen: set[str] = set()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"].startswith("/sandbox"):
            await self._ehr(scope, receive, send)
        elif scope["path"] == "/fhir/.well-known/smart-configuration":
            answer = JSONResponse(self.discovery) if self.discovery else Response(status_code=404)
            await answer(scope, receive, send)
        elif scope["path"] == "/token":
            await (await self._token(Request(scope, receive)))(scope, receive, send)
        elif self._lets_in(dict(scope["headers"])):
            await self._ehr(scope, receive, send)
        else:
            await Response(status_code=401)(scope, receive, send)

    def _lets_in(self, headers: dict[bytes, bytes]) -> bool:
        if self.header:
            return headers.get(self.header[0]) == self.header[1]
        return headers.get(b"authorization", b"").decode().removeprefix("Bearer ") in self.good

    async def _token(self, request: Request) -> Response:
        form = {name: values[0] for name, values in parse_qs((await request.body()).decode()).items()}
        self.asked.append(form)
        if self.answer:
            return self.answer()
        fault = self._fault_of(form, request.headers.get("authorization"))
        if fault:
            self.refused.append(fault)
            return JSONResponse({"error": "invalid_client"}, 401)
        token = uuid4().hex
        self.good.add(token)
        lasts = {} if self.lasts is None else {"expires_in": self.lasts}
        return JSONResponse({"access_token": token, "token_type": "bearer", "scope": form["scope"], **lasts})

    def _fault_of(self, form: dict[str, str], authorization: str | None) -> str | None:
        if form.get("grant_type") != "client_credentials" or not form.get("scope"):
            return "grant or scope"
        if authorization:
            expected = f"{CLIENT_ID}:a%20secret%3A%20with%20a%20colon%20%26%20more"
            return None if b64decode(authorization.removeprefix("Basic ")).decode() == expected else "secret"
        if form.get("client_assertion_type") != "urn:ietf:params:oauth:client-assertion-type:jwt-bearer":
            return "assertion type"
        return self._fault_of_assertion(form.get("client_assertion", ""))

    def _fault_of_assertion(self, assertion: str) -> str | None:
        try:
            keys = KeySet.import_key_set(self.jwks())  # type: ignore[arg-type] # as it came over the wire
            token = jwt.decode(assertion, keys, algorithms=["ES384", "RS384"])
        except (JoseError, ValueError):
            return "signature"
        claims = token.claims
        lasts = claims["exp"] - self.now()
        checks = {
            "issuer": claims["iss"] == claims["sub"] == CLIENT_ID,
            "audience": claims["aud"] == self.token_url,
            "expiry": 0 < lasts <= _LONGEST,
            "repeated": claims["jti"] not in self._seen,
            "header": token.header["typ"] == "JWT" and "kid" in token.header,
        }
        self._seen.add(claims["jti"])
        return next((name for name, holds in checks.items() if not holds), None)


class GuardedServer(SandboxServer):
    """The sandbox behind its guard."""

    def app(self) -> ASGIApp:
        """See `SandboxServer`."""
        self.guard = Guard(super().app(), self.origin)
        return self.guard


@pytest.fixture
def guarded(tmp_path: Path) -> Iterator[GuardedServer]:
    """An empty sandbox EHR that lets nobody in without a token, running."""
    server = GuardedServer(tmp_path / "guarded.sqlite")
    server.start()
    yield server
    server.close()
