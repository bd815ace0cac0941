"""A connection to the sandbox EHR is reset, dropped, cut or held on request, seen from the client's end."""

import socket
import time
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest
from starlette.types import Message

from service.sandbox.misbehaviour import Misbehaviour
from service.sandbox.offer import Offer, Style
from service.sandbox.rules import Rule
from service.sandbox.state import State
from service.sandbox.store import Store
from tests.sandbox_resources import Json, encounter
from tests.sandbox_server import SandboxServer


@pytest.fixture
def patient(sandbox: SandboxServer) -> str:
    reference = "Patient/" + sandbox.add_patient("9990001014", "1968-03-14")
    sandbox.forget_requests()
    return reference


@pytest.fixture
def elsewhere() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor() as executor:
        yield executor


def _post(sandbox: SandboxServer, resource: Json) -> httpx.Response:
    return httpx.post(f"{sandbox.url}/{resource['resourceType']}", json=resource, timeout=20)


def _waiting_post(sandbox: SandboxServer, resource: Json) -> socket.socket:
    """A client that has sent its request, and can go away at any time."""
    body = httpx.Request("POST", sandbox.url, json=resource).content
    client = socket.create_connection(("127.0.0.1", sandbox.port))
    head = f"POST /fhir/{resource['resourceType']} HTTP/1.1\r\nHost: sandbox\r\nContent-Type: application/json\r\n"
    client.sendall(head.encode() + f"Content-Length: {len(body)}\r\n\r\n".encode() + body)
    return client


@pytest.mark.parametrize(("when", "kept"), [("before", {}), ("after", {"Encounter": 1})])
def test_a_reset_is_a_reset_on_the_wire(sandbox: SandboxServer, patient: str, when: str, kept: Json) -> None:
    sandbox.misbehave(do="reset", when=when, times=1)
    client = _waiting_post(sandbox, encounter(patient))

    with pytest.raises(ConnectionResetError):
        client.recv(1)
    client.close()

    assert sandbox.store()["types"] == {"Patient": 1, **kept}
    assert sandbox.fhir("GET", "metadata").status_code == 200


@pytest.mark.parametrize(("when", "kept"), [("before", {}), ("after", {"Encounter": 1})])
def test_a_dropped_connection_ends_without_an_answer(
    sandbox: SandboxServer, patient: str, when: str, kept: Json
) -> None:
    sandbox.misbehave(do="drop", when=when, times=1)

    with pytest.raises(httpx.RemoteProtocolError, match="without sending a response"):
        _post(sandbox, encounter(patient))

    (seen,) = sandbox.requests()
    assert (seen["status"], seen["done"], seen["rule"]) == (None, when == "after", "drop")
    assert sandbox.store()["types"] == {"Patient": 1, **kept}


def test_an_answer_can_be_cut_in_the_middle(sandbox: SandboxServer, patient: str) -> None:
    sandbox.misbehave(do="cut", times=1)

    with pytest.raises(httpx.RemoteProtocolError, match="without sending complete message body"):
        _post(sandbox, encounter(patient))

    assert sandbox.store()["types"]["Encounter"] == 1


@pytest.mark.parametrize(("when", "kept_meanwhile"), [("before", 0), ("after", 1)])
def test_a_held_request_goes_on_when_released(
    sandbox: SandboxServer, patient: str, elsewhere: ThreadPoolExecutor, when: str, kept_meanwhile: int
) -> None:
    sandbox.misbehave(do="hold", when=when, only="writes", times=1)
    answer: Future[httpx.Response] = elsewhere.submit(_post, sandbox, encounter(patient))
    sandbox.wait_until_held()

    assert sandbox.store()["types"].get("Encounter", 0) == kept_meanwhile
    assert not answer.done()
    sandbox.release()

    assert answer.result(timeout=10).status_code == 201
    assert sandbox.store()["types"]["Encounter"] == 1
    assert sandbox.held() == 0


@pytest.mark.parametrize(("when", "kept"), [("before", {}), ("after", {"Encounter": 1})])
def test_a_client_that_goes_away_while_held_changes_nothing_more(
    sandbox: SandboxServer, patient: str, when: str, kept: Json
) -> None:
    sandbox.misbehave(do="hold", when=when, times=1)
    client = _waiting_post(sandbox, encounter(patient))
    sandbox.wait_until_held()

    client.close()
    sandbox.wait_until_let_go()
    sandbox.behave()

    assert sandbox.store()["types"] == {"Patient": 1, **kept}


def test_taking_the_rules_back_lets_go_what_is_held(
    sandbox: SandboxServer, patient: str, elsewhere: ThreadPoolExecutor
) -> None:
    sandbox.misbehave(do="hold")
    answer = elsewhere.submit(_post, sandbox, encounter(patient))
    sandbox.wait_until_held()

    sandbox.behave()

    assert answer.result(timeout=10).status_code == 201


def test_stopping_lets_go_what_is_held(sandbox: SandboxServer, patient: str, elsewhere: ThreadPoolExecutor) -> None:
    sandbox.misbehave(do="hold")
    answer = elsewhere.submit(_post, sandbox, encounter(patient))
    sandbox.wait_until_held()

    sandbox.stop()

    assert answer.result(timeout=10).status_code == 201


def test_a_client_that_gave_up_waiting_may_still_have_written(sandbox: SandboxServer, patient: str) -> None:
    sandbox.misbehave(latency=0.3, only="writes", times=1)

    with pytest.raises(httpx.ReadTimeout):
        httpx.post(f"{sandbox.url}/Encounter", json=encounter(patient), timeout=0.1)

    sandbox.wait_until(lambda: sandbox.store()["types"].get("Encounter") == 1)


def test_a_client_that_goes_away_while_sending_is_forgotten(sandbox: SandboxServer) -> None:
    with socket.create_connection(("127.0.0.1", sandbox.port)) as client:
        client.sendall(b"POST /fhir/Encounter HTTP/1.1\r\nHost: sandbox\r\nContent-Length: 9\r\n\r\n{")
        time.sleep(0.05)

    assert sandbox.fhir("GET", "metadata").status_code == 200
    assert [seen["method"] for seen in sandbox.requests()] == ["GET"]


def test_a_late_answer_is_the_right_one(sandbox: SandboxServer, patient: str) -> None:
    sandbox.misbehave(latency=0.05, when="after", times=1)

    assert _post(sandbox, encounter(patient)).status_code == 201


async def test_a_held_client_is_gone_only_when_it_says_so(tmp_path: Path) -> None:
    messages: list[Message] = [
        {"type": "http.request", "body": b"", "more_body": False},
        {"type": "http.request", "body": b"", "more_body": False},  # uvicorn may say so again
        {"type": "http.disconnect"},
    ]
    state = State(Store(tmp_path / "store.sqlite"), Offer(), Style())
    state.rules.add(Rule(do="hold"))
    sent: list[Message] = []

    async def receive() -> Message:
        return messages.pop(0)

    async def send(message: Message) -> None:
        sent.append(message)

    async def never(*_: object) -> None:
        raise AssertionError("done although nobody waits for it")

    scope = {"type": "http", "method": "POST", "path": "/fhir", "query_string": b"", "headers": []}
    await Misbehaviour(never, "/fhir", state)(scope, receive, send)
    state.store.close()

    assert (messages, sent) == ([], [])
