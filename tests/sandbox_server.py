"""The sandbox EHR, really over a socket: fixture `sandbox`, one fresh store a test, stopped and started at will.

It runs in a thread of the test process, so a worker process that a test kills does not take it along.
`sandbox.url` is the FHIR base URL; `sandbox.misbehave(only="writes", do="drop", when="after", times=1)`.
"""

import socket
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import uvicorn
from starlette.types import ASGIApp

from service.sandbox.app import sandbox_app, sandbox_server
from service.sandbox.people import patient_resource

Json = dict[str, Any]

_closing: list[threading.Thread] = []


class SandboxServer:
    """One sandbox on a port of its own; the port and the store stay the same over `stop` and `start`."""

    def __init__(self, store: Path, seed: bool = False) -> None:
        self._store = store
        self._seed = seed
        self.port = free_port()
        self.origin = f"http://127.0.0.1:{self.port}"
        self.url = f"{self.origin}/fhir"
        self._client = self._new_client()
        self._server: uvicorn.Server | None = None
        self._thread: threading.Thread | None = None

    def _new_client(self) -> httpx.Client:
        # Loading certificates takes 40 ms, and there is no TLS here.
        return httpx.Client(base_url=self.origin, timeout=10, verify=False, trust_env=False)

    def app(self) -> ASGIApp:
        """What answers: the sandbox, or the sandbox behind something else."""
        return sandbox_app(self._store, seed=self._seed)

    def start(self) -> None:
        """Listen, and return when it answers."""
        self._server = sandbox_server(self.app(), "127.0.0.1", self.port)
        self._thread = threading.Thread(target=self._server.run, daemon=True)
        self._thread.start()
        while not self._server.started:
            if not self._thread.is_alive():
                raise RuntimeError("The sandbox did not start.")
            time.sleep(0.01)

    def stop(self) -> None:
        """An outage: the port refuses connections, open ones are closed, what is held is let go."""
        if self._server is None or self._thread is None:
            return
        self.release()
        self._client.close()
        self._server.should_exit = True
        self._thread.join(timeout=10)
        self._server = self._thread = None
        self._client = self._new_client()

    def close(self) -> None:
        """Stop for good, without waiting for it: the thread ends by itself, which takes uvicorn 0.3 s."""
        if self._server is not None and self._thread is not None:
            self._server.should_exit = True
            _closing.append(self._thread)
        self._client.close()

    # the control routes

    def misbehave(self, **rule: Any) -> int:
        """Add a rule (`service/sandbox/rules.py`); its id."""
        answer = self._client.post("/sandbox/misbehave", json=rule)
        assert answer.status_code == 201, answer.text
        return int(answer.json()["rules"][0]["id"])

    def behave(self, rule: int | None = None) -> None:
        """Take one rule back, or all; with the last one, let go what is held."""
        path = "/sandbox/misbehave" if rule is None else f"/sandbox/misbehave/{rule}"
        self._client.delete(path).raise_for_status()

    def rules(self) -> list[Json]:
        """The rules in force, each with how often it was `used`."""
        rules: list[Json] = self._client.get("/sandbox/misbehave").json()["rules"]
        return rules

    def release(self) -> None:
        """Let go what is held now."""
        self._client.post("/sandbox/release").raise_for_status()

    def held(self) -> int:
        """How many requests are held now."""
        return int(self._client.get("/sandbox/misbehave").json()["held"])

    def wait_until_held(self, number: int = 1) -> None:
        """Return when this many requests are held."""
        self.wait_until(lambda: self.held() >= number)

    def wait_until_let_go(self) -> None:
        """Return when no request is held any more."""
        self.wait_until(lambda: self.held() == 0)

    def wait_until(self, condition: Callable[[], bool], seconds: float = 20) -> None:
        """Ask again and again, and give up loudly."""
        end = time.monotonic() + seconds
        while not condition():
            assert time.monotonic() < end, "The sandbox waited in vain."
            time.sleep(0.02)

    def style(self, **style: Any) -> None:
        """Word answers differently (`service/sandbox/offer.py`)."""
        self._client.put("/sandbox/style", json=style).raise_for_status()

    def offer(self, **offer: Any) -> None:
        """Offer less, or more (`service/sandbox/offer.py`)."""
        self._client.put("/sandbox/offer", json=offer).raise_for_status()

    def store(self) -> Json:
        """Counts per `types`, and what is `doubled`."""
        store: Json = self._client.get("/sandbox/store").json()
        return store

    def requests(self) -> list[Json]:
        """Every FHIR request seen: method, path, headers, entries, status, done, rule."""
        requests: list[Json] = self._client.get("/sandbox/requests").json()["requests"]
        return requests

    def forget_requests(self) -> None:
        """Count from here."""
        self._client.delete("/sandbox/requests").raise_for_status()

    # FHIR, as any other system in the trust would use it

    def fhir(self, method: str, path: str, body: Json | None = None, **headers: str) -> httpx.Response:
        """One request below the base URL; header names with `_` for `-`."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return self._client.request(method, f"/fhir/{path}".rstrip("/"), json=body, headers=named)

    def create(self, resource: Json) -> Json:
        """Create a resource and return it as stored."""
        answer = self.fhir("POST", resource["resourceType"], resource)
        assert answer.status_code == 201, answer.text
        stored: Json = answer.json()
        return stored

    def add_patient(self, nhs_number: str, birth_date: str, family: str = "Testperson", given: str = "Avery") -> str:
        """A patient; the EHR's id for them."""
        return str(self.create(patient_resource(nhs_number, birth_date, family, [given]))["id"])

    def find(self, resource_type: str, **parameters: str) -> list[Json]:
        """Every match of a search."""
        answer = self._client.get(f"/fhir/{resource_type}", params={**parameters, "_count": "500"})
        answer.raise_for_status()
        return [entry["resource"] for entry in answer.json().get("entry", [])]


def wait_until_all_closed() -> None:
    """Their last words are said: uvicorn's log is one for the whole process, and a later test may read it."""
    while _closing:
        _closing.pop().join(timeout=10)


def free_port() -> int:
    """A port nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture
def sandbox(tmp_path: Path) -> Iterator[SandboxServer]:
    """An empty sandbox EHR, running."""
    server = SandboxServer(tmp_path / "sandbox.sqlite")
    server.start()
    yield server
    server.close()


@pytest.fixture
def seeded_sandbox(tmp_path: Path) -> Iterator[SandboxServer]:
    """A sandbox EHR with the people of `service/sandbox/people.json`, running."""
    server = SandboxServer(tmp_path / "seeded.sqlite", seed=True)
    server.start()
    yield server
    server.close()
