"""Every request: its ids mirrored, one log line, its time by route; never its path, never its body."""

from collections.abc import AsyncIterator, Iterator
from typing import Any
from uuid import UUID

import httpx
import orjson
import pytest
import structlog
from fastapi import FastAPI, WebSocket
from starlette.types import Message

from service.meters import Meters
from service.watch.requests import Requests


@pytest.fixture
def meters() -> Meters:
    return Meters()


@pytest.fixture
def told() -> Iterator[list[dict[str, Any]]]:
    """What was logged, as it was handed to the log."""
    before = structlog.get_config()
    lines: list[dict[str, Any]] = []

    def keep(_logger: Any, _level: str, line: Any) -> str:
        lines.append(dict(line))
        raise structlog.DropEvent

    structlog.configure(
        processors=[structlog.contextvars.merge_contextvars, keep],
        wrapper_class=structlog.make_filtering_bound_logger("INFO"),
    )
    yield lines
    structlog.configure(**before)


@pytest.fixture
async def client(meters: Meters, told: list[dict[str, Any]]) -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(make(meters), raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://service") as opened:
        yield opened


def make(meters: Meters) -> FastAPI:
    app = FastAPI()
    app.add_middleware(Requests, meters=meters)

    @app.get("/notes/{note_id}")
    async def get_note(note_id: str) -> str:
        return note_id

    @app.get("/broken")
    async def get_broken() -> str:
        raise ValueError("Okonkwo")

    @app.get("/healthz")
    async def get_health() -> str:
        return "alive"

    @app.websocket("/socket")
    async def socket(socket: WebSocket) -> None:
        await socket.accept()
        await socket.close()

    return app


async def test_the_callers_ids_are_mirrored(client: httpx.AsyncClient) -> None:
    answer = await client.get("/notes/1", headers={"X-Request-ID": "r-1", "X-Correlation-ID": "c.1_A"})
    assert (answer.headers["X-Request-ID"], answer.headers["X-Correlation-ID"]) == ("r-1", "c.1_A")


async def test_a_request_without_ids_gets_one_for_both(client: httpx.AsyncClient) -> None:
    answer = await client.get("/notes/1")
    assert UUID(answer.headers["X-Request-ID"])
    assert answer.headers["X-Correlation-ID"] == answer.headers["X-Request-ID"]


@pytest.mark.parametrize("odd", ["", "a b", "x" * 65, "a;b", "<script>", "a\tb", "é"])
async def test_an_id_that_is_not_safe_to_repeat_is_replaced(client: httpx.AsyncClient, odd: str) -> None:
    headers = {b"X-Request-ID": odd.encode(), b"X-Correlation-ID": odd.encode()}
    answer = await client.get("/notes/1", headers=headers)
    assert UUID(answer.headers["X-Request-ID"])
    assert answer.headers["X-Correlation-ID"] == answer.headers["X-Request-ID"]


async def test_each_request_is_one_line_with_the_route_and_not_the_path(
    client: httpx.AsyncClient, told: list[dict[str, Any]]
) -> None:
    await client.get("/notes/9990000018?name=Okonkwo", headers={"X-Request-ID": "r-1", "X-Correlation-ID": "c-1"})
    (line,) = told
    assert line.pop("seconds") > 0
    assert line == {
        "event": "request",
        "method": "GET",
        "route": "/notes/{note_id}",
        "status": 200,
        "request_id": "r-1",
        "correlation_id": "c-1",
    }


async def test_the_ids_of_one_request_do_not_reach_the_next(
    client: httpx.AsyncClient, told: list[dict[str, Any]]
) -> None:
    structlog.contextvars.bind_contextvars(note_id="of-an-earlier-request")
    await client.get("/notes/1", headers={"X-Request-ID": "r-1"})
    assert "note_id" not in told[0]


async def test_a_path_that_is_not_served_is_not_repeated(
    client: httpx.AsyncClient, told: list[dict[str, Any]], meters: Meters
) -> None:
    answer = await client.request("BREW", "/Okonkwo")
    assert answer.status_code == 404
    assert (told[0]["route"], told[0]["method"]) == ("unknown", "OTHER")
    assert _count(meters, "OTHER", "unknown", "404") == 1


async def test_each_request_is_timed_by_its_route(client: httpx.AsyncClient, meters: Meters) -> None:
    for note in ("1", "2"):
        await client.get(f"/notes/{note}")
    assert _count(meters, "GET", "/notes/{note_id}", "200") == 2


async def test_what_machines_ask_is_counted_and_not_logged(
    client: httpx.AsyncClient, told: list[dict[str, Any]], meters: Meters
) -> None:
    await client.get("/healthz")
    assert told == []
    assert _count(meters, "GET", "/healthz", "200") == 1


async def test_a_fault_of_ours_is_answered_with_the_ids_and_no_word_of_it(
    client: httpx.AsyncClient, told: list[dict[str, Any]], meters: Meters
) -> None:
    answer = await client.get("/broken", headers={"X-Request-ID": "r-1"})
    assert answer.status_code == 500
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert answer.headers["X-Request-ID"] == "r-1"
    assert orjson.loads(answer.content)["issue_code"] == "exception"
    assert "Okonkwo" not in answer.text
    assert told[0]["status"] == 500
    assert _count(meters, "GET", "/broken", "500") == 1


async def test_a_fault_of_ours_rises_to_the_server(meters: Meters) -> None:
    transport = httpx.ASGITransport(make(meters))
    async with httpx.AsyncClient(transport=transport, base_url="http://service") as client:
        with pytest.raises(ValueError, match="Okonkwo"):
            await client.get("/broken")


async def test_what_is_not_http_passes_through(meters: Meters, told: list[dict[str, Any]]) -> None:
    sent: list[Message] = []
    heard = iter([{"type": "websocket.connect"}, {"type": "websocket.disconnect"}])

    async def receive() -> Message:
        return next(heard)

    async def send(message: Message) -> None:
        sent.append(message)

    scope = {"type": "websocket", "path": "/socket", "headers": [], "query_string": b"", "subprotocols": []}
    await make(meters)(scope, receive, send)
    assert [message["type"] for message in sent] == ["websocket.accept", "websocket.close"]
    assert told == []


def _count(meters: Meters, method: str, route: str, status: str) -> float | None:
    labels = {"method": method, "route": route, "status": status}
    return meters.registry.get_sample_value("joinedup_request_seconds_count", labels)
