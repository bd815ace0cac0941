"""A stand-in for a trust's identity provider: discovery, JWKS, and tokens signed with ES256. For loopback only.

Who asks for a token gets it: nobody proves who they are here, and everybody of `staff.py` is fictional. The key is
made at the start and dies with the process. The demo and `joinedup sandbox --issuer-port` start it.
"""

import socket
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import Any, Final
from uuid import uuid4

import orjson
import uvicorn
from joserfc import jwt
from joserfc.jwk import ECKey
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from service.sandbox.staff import STAFF, Member

Json = dict[str, Any]

AUDIENCE: Final = "joinedup-sandbox"
GOOD_FOR: Final = 12 * 3600
_ALGORITHM: Final = "ES256"
_HOST: Final = "127.0.0.1"
_PEOPLE: Final = ("specialist", "clinician", "service_manager", "operator", "privacy_officer")


class Issuer:
    """One key, and the tokens that it signs. `url` is where it is found, and what its tokens name."""

    def __init__(self, url: str) -> None:
        self.url = url
        self._key = ECKey.generate_key("P-256", {"kid": uuid4().hex, "use": "sig", "alg": _ALGORITHM})

    def discovery(self) -> Json:
        """OpenID Connect Discovery 1.0, section 3, as far as it applies: nobody signs in here."""
        return {
            "issuer": self.url,
            "jwks_uri": f"{self.url}/jwks",
            "response_types_supported": [],
            "subject_types_supported": ["public"],
            "id_token_signing_alg_values_supported": [_ALGORITHM],
        }

    def jwks(self) -> Json:
        """The public half of the key."""
        return {"keys": [self._key.as_dict(private=False)]}

    def token(self, member: Member, now: float, good_for: int = GOOD_FOR) -> str:
        """An access token (RFC 9068), good for so many seconds."""
        issued = int(now)
        said = {"iss": self.url, "aud": AUDIENCE, "iat": issued, "exp": issued + good_for, "jti": uuid4().hex}
        header = {"alg": _ALGORITHM, "kid": self._key.kid, "typ": "at+jwt"}
        return jwt.encode(header, {**said, **member.claims()}, self._key, algorithms=[_ALGORITHM])


def issuer_url(port: int) -> str:
    """As its tokens spell it."""
    return f"http://{_HOST}:{port}"


def issuers_setting(url: str) -> str:
    """What JOINEDUP_ISSUERS has to be for a service that believes this issuer."""
    entry = {
        "issuer": url,
        "audience": AUDIENCE,
        "algorithms": [_ALGORITHM],
        "roles": {role: role for role in _PEOPLE},
        "teams_claim": "teams",
        "practitioner_claim": "practitioner",
        "systems": True,
    }
    return orjson.dumps([entry]).decode()


def issuer_app(issuer: Issuer, staff: Sequence[Member]) -> Starlette:
    """The ASGI application. Names of loopback only: no page from elsewhere fetches a token by a name of its own."""

    async def discovery(_: Request) -> Response:
        return JSONResponse(issuer.discovery())

    async def jwks(_: Request) -> Response:
        return JSONResponse(issuer.jwks())

    async def people(_: Request) -> Response:
        return JSONResponse([{"id": each.id, "role": each.role, **each.claims()} for each in staff])

    async def token(request: Request) -> Response:
        wanted = request.path_params["member"]
        member = next((each for each in staff if each.id == wanted), None)
        if member is None:
            return PlainTextResponse(f"Nobody has this id. {issuer.url}/people has them.\n", 404)
        return PlainTextResponse(issuer.token(member, time.time()), headers={"Cache-Control": "no-store"})

    return Starlette(
        routes=[
            Route("/.well-known/openid-configuration", discovery),
            Route("/jwks", jwks),
            Route("/people", people),
            Route("/token/{member}", token, methods=["POST"]),
        ],
        middleware=[Middleware(TrustedHostMiddleware, allowed_hosts=[_HOST, "localhost"])],
    )


def run_issuer(port: int) -> None:
    """Serve until told to stop (SIGINT, SIGTERM)."""
    # uvicorn raises Ctrl-C again once it has stopped.
    with _listening(port) as there, suppress(KeyboardInterrupt):
        _server(there, STAFF).run(sockets=[there])


@contextmanager
def issuer_beside(port: int, staff: Sequence[Member] = STAFF) -> Iterator[str]:
    """Served by a thread until the end of the block; its URL."""
    with _listening(port) as there:
        server = _server(there, staff)
        beside = threading.Thread(target=server.run, kwargs={"sockets": [there]}, daemon=True)
        beside.start()
        try:
            yield issuer_url(there.getsockname()[1])
        finally:
            server.should_exit = True
            beside.join()


def _listening(port: int) -> socket.socket:
    try:
        return socket.create_server((_HOST, port))
    except OSError:
        sentence = f"Nothing can listen on port {port} of {_HOST}: something else does. Choose another."
        raise SystemExit(sentence) from None


def _server(there: socket.socket, staff: Sequence[Member]) -> uvicorn.Server:
    app = issuer_app(Issuer(issuer_url(there.getsockname()[1])), staff)
    config = uvicorn.Config(app, ws="none", lifespan="off", access_log=False, log_config=None, log_level="warning")
    return uvicorn.Server(config)
