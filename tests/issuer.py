"""An issuer of tokens that listens on loopback: discovery, JWKS, introspection. Fixture `issuer`, one a test process.

`issuer.setting()` is its entry in JOINEDUP_ISSUERS; `issuer.token(roles=["clinician"], teams=["t1"])` a token of it.
"""

import json
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs

import pytest
from joserfc import jwt
from joserfc.jwk import ECKey, RSAKey

from tests.sandbox_server import free_port

Json = dict[str, Any]
AnyKey = ECKey | RSAKey

AUDIENCE = "https://joinedup.example.test"
OUR_ROLES = ("specialist", "clinician", "service_manager", "operator", "privacy_officer")
CURVES = {"ES256": "P-256", "ES384": "P-384"}


def new_key(kid: str | None, algorithm: str = "ES256") -> AnyKey:
    """A key pair as an issuer makes them."""
    named: Any = {"use": "sig", "alg": algorithm, **({"kid": kid} if kid else {})}
    if algorithm in CURVES:
        return ECKey.generate_key(CURVES[algorithm], named)
    return RSAKey.generate_key(2048, named)


class LocalIssuer:
    """One issuer on a port of its own, which stays the same over `stop` and `start`.

    `keys` are published; the last of them signs. `published` replaces the JWKS, `discovery` what is discovered.
    `asked` are the paths that were asked for, `introspected` the forms; `revoked` and `opaque` are tokens.
    """

    def __init__(self) -> None:
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.keys: list[AnyKey] = [new_key("first")]
        self.published: Any = None
        self.discovery: Any = {"issuer": self.url, "jwks_uri": f"{self.url}/jwks"}
        self.asked: list[str] = []
        self.introspected: list[tuple[Json, str | None]] = []
        self.revoked: set[str] = set()
        self.opaque: dict[str, Json] = {}
        self.answer: tuple[int, bytes] | None = None
        self._free = threading.Event()
        self._free.set()
        self._held = threading.Event()
        self._server: ThreadingHTTPServer | None = None

    def setting(self, **changes: Any) -> Json:
        """Its entry in JOINEDUP_ISSUERS, which is a JSON list of such."""
        entry = {
            "issuer": self.url,
            "audience": AUDIENCE,
            "roles_claim": "roles",
            "roles": {role: role for role in OUR_ROLES},
            "teams_claim": "teams",
            "practitioner_claim": "practitioner",
            "name_claim": "name",
            "systems": True,
        }
        return {name: value for name, value in {**entry, **changes}.items() if value is not None}

    def token(
        self,
        roles: list[str] | None = None,
        teams: list[str] | None = None,
        practitioner: str | None = None,
        *,
        key: AnyKey | None = None,
        header: Json | None = None,
        **claims: Any,
    ) -> str:
        """A signed token, good for 10 minutes. A claim given as None is left out; `scope="system/…"` makes a system."""
        signs = key or self.keys[-1]
        named = {"kid": signs.kid} if signs.kid else {}
        said = {**self.claims(), "roles": roles or [], "teams": teams or [], "practitioner": practitioner, **claims}
        algorithm = str(signs.alg)
        return jwt.encode(
            {"alg": algorithm, "typ": "at+jwt", **named, **(header or {})},
            {name: value for name, value in said.items() if value is not None},
            signs,
            algorithms=[algorithm],
        )

    def claims(self) -> Json:
        """What every token says: who, for whom, by whom, and when."""
        now = int(time.time())
        issued = now - 60  # so that a test on a busy machine may take its time
        return {
            "iss": self.url,
            "aud": AUDIENCE,
            "sub": "subject-1",
            "name": "Ann Example",
            "iat": issued,
            "exp": now + 600,
        }

    def rotate(self, keep: bool = True, algorithm: str = "ES256") -> None:
        """The next key signs; the ones before stay published, or not."""
        made = new_key(f"key-{len(self.asked)}-{time.monotonic_ns()}", algorithm)
        self.keys = [*(self.keys if keep else []), made]

    def jwks(self) -> Any:
        """What is published."""
        return self.published or {"keys": [key.as_dict(private=False) for key in self.keys]}

    def start(self) -> "LocalIssuer":
        """Listen, and return when it does."""
        self._server = ThreadingHTTPServer(("127.0.0.1", self.port), _answering_for(self))
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        return self

    def stop(self) -> None:
        """Nobody listens any more."""
        if self._server:
            self._server.shutdown()
            self._server.server_close()
            self._server = None

    def hold(self) -> None:
        """Take questions, and answer none until `let_go`."""
        self._held.clear()
        self._free.clear()

    def let_go(self) -> None:
        """Answer again."""
        self._free.set()

    def wait_until_held(self) -> None:
        """Return when somebody waits for an answer."""
        assert self._held.wait(timeout=10)

    def _wait(self) -> None:
        self._held.set()
        self._free.wait(timeout=10)

    def answer_to(self, path: str) -> tuple[int, bytes]:
        """Status and body for a GET."""
        self.asked.append(path)
        self._wait()
        known = {"/.well-known/openid-configuration": self.discovery, "/jwks": self.jwks()}
        if self.answer:
            return self.answer
        return (200, json.dumps(known[path]).encode()) if path in known else (404, b"")

    def introspect(self, form: Json, authorization: str | None) -> tuple[int, bytes]:
        """RFC 7662: what is known of a token now."""
        self.asked.append("/introspect")
        self.introspected.append((form, authorization))
        self._wait()
        if self.answer:
            return self.answer
        token = form.get("token", "")
        said = self.opaque.get(token, {"active": token not in self.revoked and token.count(".") == 2})
        return 200, json.dumps({"active": False} if token in self.revoked else said).encode()


def _answering_for(issuer: LocalIssuer) -> type[BaseHTTPRequestHandler]:
    class Answering(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self._say(*issuer.answer_to(self.path))

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0))).decode()
            form = {name: values[0] for name, values in parse_qs(body).items()}
            self._say(*issuer.introspect(form, self.headers.get("Authorization")))

        def _say(self, status: int, body: bytes) -> None:
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            if 300 <= status < 400:
                self.send_header("Location", "/jwks")
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: Any) -> None:
            """Nothing is logged: a test may read the log."""

    return Answering


@pytest.fixture(scope="session")
def issuer() -> Iterator[LocalIssuer]:
    """An issuer for tests that want tokens; who wants to break one makes one of their own: `own_issuer`."""
    made = LocalIssuer().start()
    yield made
    made.stop()


@pytest.fixture
def own_issuer() -> Iterator[LocalIssuer]:
    """An issuer of this test alone, to be broken, rotated and stopped."""
    made = LocalIssuer().start()
    yield made
    made.stop()
