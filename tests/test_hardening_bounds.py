"""No call without bounds: URL, headers, the name we are called by, the time it takes."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx
import orjson
import pytest
from fastapi import FastAPI, Request, Response
from starlette.responses import StreamingResponse

from service.errors import CallerError
from service.hardening.bounds import LONGEST_HEADERS, LONGEST_URL, Bounded, Bounds
from service.intake.answers import problem_response
from service.intake.read_body import read_bounded
from service.settings.loopback import LOOPBACK
from tests.not_started import not_started


def told(_request: Request, error: CallerError) -> Response:
    return problem_response(error)


def slow_app() -> FastAPI:
    app = FastAPI()

    @app.post("/waits")
    async def waits(request: Request, seconds: float = 0) -> int:
        body = await read_bounded(request, 1000)
        await asyncio.sleep(seconds)
        return len(body)

    @app.get("/streams")
    async def streams() -> StreamingResponse:
        async def parts() -> AsyncIterator[bytes]:
            yield b"begun,"
            await asyncio.sleep(0.3)
            yield b"ended"

        return StreamingResponse(parts())

    @app.get("/times-out-by-itself")
    async def times_out() -> None:
        raise TimeoutError

    app.add_middleware(Bounded, bounds=Bounds(0.1), tell=told)
    return app


@asynccontextmanager
async def client_of(app: FastAPI, url: str = "http://door") -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(app, raise_app_exceptions=False), base_url=url
    ) as client:
        yield client


# --- time -------------------------------------------------------------------------------------------------


async def test_a_call_that_takes_too_long_is_ended_and_may_be_sent_again() -> None:
    async with client_of(slow_app()) as client:
        answer = await client.post("/waits?seconds=5", content=b"all of it")
        assert (await client.post("/waits", content=b"all of it")).json() == 9
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "60")
    assert "send it again" in answer.json()["detail"]


async def test_a_call_without_a_body_is_never_blamed_for_a_slow_one() -> None:
    async with client_of(slow_app()) as client:
        assert (await client.post("/waits?seconds=5")).status_code == 503


async def test_a_body_that_does_not_come_in_time_is_the_callers_delay() -> None:
    async def trickle() -> AsyncIterator[bytes]:
        while True:
            yield b"x"
            await asyncio.sleep(0.02)

    async with client_of(slow_app()) as client:
        answer = await client.post("/waits", content=trickle())
    assert answer.status_code == 408
    assert answer.json()["type"] == "urn:joinedup:problem:too-slow"


async def test_an_answer_that_has_begun_may_take_its_time() -> None:
    async with client_of(slow_app()) as client:
        assert (await client.get("/streams")).text == "begun,ended"


async def test_a_timeout_of_our_own_below_is_still_a_fault_of_ours() -> None:
    async with client_of(slow_app()) as client:
        assert (await client.get("/times-out-by-itself")).status_code == 500


# --- the head ---------------------------------------------------------------------------------------------


async def test_a_url_that_is_too_long_is_refused_and_one_below_is_not() -> None:
    async with client_of(not_started()) as client:
        assert (await client.get("/healthz?" + "x" * (LONGEST_URL - 8))).status_code == 200
        answer = await client.get("/healthz?" + "x" * LONGEST_URL)
    assert answer.status_code == 414
    assert answer.json()["type"] == "urn:joinedup:problem:head-too-large"


async def test_headers_that_are_too_large_are_refused_each_and_together() -> None:
    async with client_of(not_started()) as client:
        assert (await client.get("/healthz", headers={"a": "x" * (LONGEST_HEADERS - 500)})).status_code == 200
        assert (await client.get("/healthz", headers={"a": "x" * LONGEST_HEADERS})).status_code == 431
        many = {f"header-{number}": "x" * 1000 for number in range(40)}
        assert (await client.get("/healthz", headers=many)).status_code == 431


async def test_each_window_refuses_in_its_own_manner_and_with_the_callers_ids() -> None:
    long = "?" + "x" * LONGEST_URL
    async with client_of(not_started()) as client:
        door, fhir, desk = [
            await client.get(path + long, headers={"X-Request-ID": "r-1"})
            for path in ("/notes", "/fhir/Questionnaire", "/desk")
        ]
    assert door.headers["content-type"] == "application/problem+json"
    assert fhir.headers["content-type"] == "application/fhir+json"
    assert orjson.loads(fhir.content)["issue"][0]["code"] == "too-long"
    assert desk.headers["content-type"].startswith("text/html")
    for answer in (door, fhir, desk):
        assert answer.status_code == 414
        assert answer.headers["x-request-id"] == "r-1"
        assert answer.headers["x-frame-options"] == "DENY"


# --- the name we are called by ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("host", "status"),
    [
        ("work.trust.example", 200),
        ("Work.Trust.Example:443", 200),
        ("127.0.0.1:8000", 200),
        ("localhost", 200),
        ("[::1]:8000", 200),
        ("elsewhere.example", 421),
        ("work.trust.example.elsewhere.example", 421),
        ("work.trust.example@elsewhere.example", 421),
        ("[broken", 421),
        ("", 421),
        ("wörk.example", 421),
    ],
)
async def test_with_a_public_url_we_answer_by_its_name_and_loopbacks_only(host: str, status: int) -> None:
    async with client_of(not_started(public_url="https://work.trust.example/")) as client:
        answer = await client.get("/healthz", headers=[(b"Host", host.encode())])
    assert answer.status_code == status


async def test_two_names_at_once_are_none() -> None:
    async with client_of(not_started(public_url="https://work.trust.example/")) as client:
        answer = await client.get("/healthz", headers=[("Host", "work.trust.example"), ("Host", "elsewhere.example")])
    assert (answer.status_code, answer.json()["type"]) == (421, "urn:joinedup:problem:not-our-name")


async def test_without_a_public_url_any_name_will_do_unless_it_is_for_this_machine() -> None:
    async with client_of(not_started()) as client:
        assert (await client.get("/healthz")).status_code == 200
    async with client_of(not_started(for_this_machine=True)) as client:
        assert (await client.get("/healthz")).status_code == 421
        for name in LOOPBACK - {"::1"}:
            assert (await client.get("/healthz", headers={"Host": f"{name}:8000"})).status_code == 200


async def test_what_is_no_request_goes_through() -> None:
    seen: list[str] = []

    async def app(scope: object, receive: object, send: object) -> None:
        seen.append("came through")

    async def nothing(*_: object) -> None: ...

    await Bounded(app, Bounds(1), told)({"type": "lifespan"}, nothing, nothing)  # type: ignore[arg-type]
    assert seen == ["came through"]
