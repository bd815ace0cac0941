"""What goes wrong on the wire, really over a socket: never sent is told apart from sent and lost."""

import asyncio
import gzip
import socket
import time
from collections.abc import Iterator

import httpx
import orjson
import pytest

from service.push.answer import Answer, AnswerLost, NeverSent
from service.push.ehr import Ehr
from service.push.find_patient import NHS_NUMBER as NHS_NUMBER_SYSTEM
from service.push.outcome import Delivered, TryLater, Unknown
from service.push.places import Places
from service.push.push import push
from service.push.sending import LeaseLost
from tests.ehr_answers.ledger import InMemoryLedger
from tests.ehr_answers.notes import NHS_NUMBER, NOTE, NOW, a_sending, nobodys_encounter
from tests.ehr_answers.offers import agreed
from tests.ehr_answers.raw_server import (
    HEAD,
    Behaviour,
    drips,
    floods,
    raw_server,
    resets,
    says,
    says_nothing,
    speaks_no_tls,
)
from tests.sandbox_server import SandboxServer

_TAKEN = orjson.dumps({"resourceType": "Bundle", "entry": [{"response": {"status": "201", "location": "Encounter/9"}}]})
_WHOLE = HEAD + b"Content-Length: %d\r\n\r\n" % len(_TAKEN) + _TAKEN
_CHUNKED = HEAD + b"Transfer-Encoding: chunked\r\n\r\n%x\r\n" % len(_TAKEN)

LOST: list[tuple[str, Behaviour, str, str]] = [
    ("no answer", says_nothing, "timeout", "answer_timed_out"),
    ("half a head", says(b"HTTP/1.1 200 O"), "timeout", "answer_timed_out"),
    ("a head and no body", says(HEAD + b"Content-Length: 9\r\n\r\n"), "timeout", "answer_timed_out"),
    ("an answer that drips", drips, "timeout", "answer_timed_out"),
    ("a reset", resets, "reset", "answer_reset"),
    ("closed without an answer", says(close=True), "reset", "answer_reset"),
    ("closed in the head", says(HEAD, close=True), "reset", "answer_reset"),
    ("closed in the body", says(_WHOLE[:-5], close=True), "truncated", "answer_truncated"),
    ("closed in a chunk", says(_CHUNKED + _TAKEN[:9], close=True), "truncated", "answer_truncated"),
    ("a chunk of no size", says(HEAD + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n"), "not_http", "answer_not_http"),
    (
        "a body that is no gzip",
        says(_WHOLE.replace(b"\r\n\r\n", b"\r\nContent-Encoding: gzip\r\n\r\n")),
        "truncated",
        "answer_truncated",
    ),
    ("not HTTP", says(b"SSH-2.0-OpenSSH_9.2\r\n\r\n", close=True), "not_http", "answer_not_http"),
    ("an endless answer", floods, "too_large", "answer_too_large"),
]


@pytest.mark.parametrize(("behaviour", "why", "code"), [case[1:] for case in LOST], ids=[case[0] for case in LOST])
async def test_an_answer_lost_after_sending_is_unknown(behaviour: Behaviour, why: str, code: str) -> None:
    ledger = InMemoryLedger()
    async with raw_server(behaviour) as url, Ehr(url, 0.4) as ehr:
        reply = await ehr.transaction(b"{}")
        outcome = await push(a_sending([nobodys_encounter()]), ehr, ledger, agreed(), NOW)

    assert reply == AnswerLost(why)  # type: ignore[arg-type]
    assert isinstance(outcome, Unknown)
    assert outcome.reason.code == code
    assert ledger.open_call is not None


@pytest.fixture
def full_port() -> Iterator[int]:
    """A port whose queue is full: it neither takes a connection nor refuses it."""
    with socket.socket() as listening, socket.socket() as first, socket.socket() as second:
        listening.bind(("127.0.0.1", 0))
        listening.listen(0)
        for waiting in (first, second):
            waiting.setblocking(False)
            waiting.connect_ex(listening.getsockname())
        yield listening.getsockname()[1]


def _closed_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


async def _check_never_sent(url: str, why: str, code: str) -> None:
    ledger = InMemoryLedger()
    async with Ehr(url, 0.4) as ehr:
        reply = await ehr.transaction(b"{}")
        outcome = await push(a_sending([nobodys_encounter()]), ehr, ledger, agreed(), NOW)

    assert reply == NeverSent(why)  # type: ignore[arg-type]
    assert isinstance(outcome, TryLater)
    assert (outcome.reason.code, outcome.ehr_wide) == (code, True)
    assert ledger.story == ["intend Encounter", "not_taken"]


async def test_a_refused_connection_was_never_sent() -> None:
    await _check_never_sent(f"http://127.0.0.1:{_closed_port()}/fhir", "refused", "ehr_unreachable")


async def test_an_unknown_host_was_never_sent() -> None:
    await _check_never_sent("http://ehr.invalid/fhir", "no_such_host", "ehr_no_such_host")


async def test_a_connection_that_is_not_taken_was_never_sent(full_port: int) -> None:
    await _check_never_sent(f"http://127.0.0.1:{full_port}/fhir", "timeout", "ehr_connect_timed_out")


async def test_a_failed_tls_handshake_was_never_sent() -> None:
    async with speaks_no_tls() as url:
        await _check_never_sent(url, "tls", "ehr_tls_failed")


async def test_a_whole_answer_over_the_same_connection_is_delivered_each_time() -> None:
    async with raw_server(says(_WHOLE)) as url, Ehr(url, 5) as ehr:
        for _ in range(3):
            assert await push(a_sending([nobodys_encounter()]), ehr, InMemoryLedger(), agreed(), NOW) == Delivered()


async def test_a_compressed_answer_is_read_though_none_was_asked_for() -> None:
    packed = gzip.compress(_TAKEN)
    head = HEAD + b"Content-Encoding: gzip\r\nContent-Length: %d\r\n\r\n" % len(packed)
    async with raw_server(says(head + packed)) as url, Ehr(url, 5) as ehr:
        assert await push(a_sending([nobodys_encounter()]), ehr, InMemoryLedger(), agreed(), NOW) == Delivered()


async def test_a_redirect_is_not_followed() -> None:
    moved = b"HTTP/1.1 307 Temporary Redirect\r\nLocation: /elsewhere\r\nContent-Length: 0\r\n\r\n"
    async with raw_server(says(moved), says(_WHOLE)) as url, Ehr(url, 5) as ehr:
        assert await ehr.transaction(b"{}") == Answer(307, unreadable="empty", location="/elsewhere")


async def test_a_read_is_asked_again_on_a_fresh_connection_when_the_kept_one_was_dropped() -> None:
    async with raw_server(says(_WHOLE), says(close=True), says(_WHOLE)) as url, Ehr(url, 5) as ehr:
        await ehr.metadata()
        reply = await ehr.metadata()

    assert isinstance(reply, Answer)
    assert reply.status == 200


async def test_a_write_is_not_sent_twice_when_the_kept_connection_was_dropped() -> None:
    async with raw_server(says(_WHOLE), says(close=True), says(_WHOLE)) as url, Ehr(url, 5) as ehr:
        await ehr.metadata()
        assert await ehr.transaction(b"{}") == AnswerLost("reset")


async def test_each_request_has_an_id_of_its_own_and_the_notes() -> None:
    heads: list[httpx.Headers] = []

    def answer(request: httpx.Request) -> httpx.Response:
        heads.append(request.headers)
        return httpx.Response(200)

    ehr = Ehr("https://ehr.example.test/fhir/", 5, transport=httpx.MockTransport(answer))
    await ehr.about(NOTE).metadata()
    await ehr.about(NOTE).transaction(b"{}")
    await ehr.metadata()

    assert [head.get("X-Correlation-ID") for head in heads] == [str(NOTE), str(NOTE), None]
    assert len({head["X-Request-ID"] for head in heads}) == 3
    assert {head["Accept"] for head in heads} == {"application/fhir+json"}


async def test_no_nhs_number_stands_in_a_url() -> None:
    requests: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        requests.append(request)
        return httpx.Response(200)

    ehr = Ehr("https://ehr.example.test/fhir", 5, transport=httpx.MockTransport(answer))
    await ehr.search("Patient", {"identifier": f"{NHS_NUMBER_SYSTEM}|{NHS_NUMBER}"}, by_post=True)

    (request,) = requests
    assert (request.method, str(request.url)) == ("POST", "https://ehr.example.test/fhir/Patient/_search")
    assert request.content.decode() == f"identifier=https%3A%2F%2Ffhir.nhs.uk%2FId%2Fnhs-number%7C{NHS_NUMBER}"


async def test_parameters_of_a_search_are_percent_encoded() -> None:
    urls: list[str] = []

    def answer(request: httpx.Request) -> httpx.Response:
        urls.append(str(request.url))
        return httpx.Response(200)

    ehr = Ehr("https://ehr.example.test/fhir", 5, transport=httpx.MockTransport(answer))
    await ehr.search("Encounter", {"identifier": "https://a.example/x y|1&2"})
    await ehr.read("Encounter", "a/b")

    assert urls == [
        "https://ehr.example.test/fhir/Encounter?identifier=https%3A%2F%2Fa.example%2Fx%20y%7C1%262",
        "https://ehr.example.test/fhir/Encounter/a%2Fb",
    ]


class Crowded(httpx.AsyncBaseTransport):
    """Holds every request until told, and knows how many were there at once."""

    def __init__(self) -> None:
        self.under_way = self.most = 0
        self.full, self.go = asyncio.Event(), asyncio.Event()

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        self.under_way += 1
        self.most = max(self.most, self.under_way)
        if self.under_way == 2:
            self.full.set()
        try:
            await self.go.wait()
        finally:
            self.under_way -= 1
        return httpx.Response(200, json={"resourceType": "Encounter"})


async def test_the_ehr_is_asked_no_more_at_once_than_it_bears_and_who_waits_loses_no_time() -> None:
    crowd = Crowded()
    ehr = Ehr("http://ehr.example/fhir", 0.3, places=Places(2, time.monotonic), transport=crowd)
    first = [asyncio.create_task(ehr.read("Encounter", "1")) for _ in range(2)]
    await crowd.full.wait()
    later = [asyncio.create_task(ehr.about(NOTE).read("Encounter", "1")) for _ in range(3)]
    # The first two time out while the others have not begun; these then have all of their own time.
    assert [await one for one in first] == [AnswerLost("timeout")] * 2
    crowd.go.set()
    answers = [await one for one in later]
    assert [isinstance(one, Answer) and one.status for one in answers] == [200] * 3
    assert crowd.most == 2


async def test_a_write_that_waited_for_its_place_while_the_lease_was_lost_is_not_sent() -> None:
    """Else two workers would write for the same client."""
    crowd, ledger = Crowded(), InMemoryLedger(lose_lease_at="about_to_send")
    ehr = Ehr("http://ehr.example/fhir", 5, places=Places(1, time.monotonic), transport=crowd)
    async with ehr.place():
        waiting = asyncio.create_task(push(a_sending([nobodys_encounter()]), ehr, ledger, agreed(), NOW))
        for _ in range(20):
            await asyncio.sleep(0)
        assert (crowd.most, ledger.story) == (0, ["intend Encounter"])
    with pytest.raises(LeaseLost):
        await waiting
    assert (crowd.most, ledger.story) == (0, ["intend Encounter"])


@pytest.mark.parametrize("when", ["before", "after"])
async def test_a_write_whose_connection_breaks_is_sent_once(sandbox: SandboxServer, when: str) -> None:
    """The library would send it again by itself, without a look at what the EHR has."""
    patient = sandbox.add_patient("9990000018", "1990-02-03")
    body = sandbox.fhir("GET", f"Patient/{patient}").content
    async with Ehr(sandbox.url, 5) as ehr:
        await ehr.metadata()  # so that the connection is one that was used before
        sandbox.forget_requests()
        sandbox.misbehave(methods=["PUT"], do="reset", when=when)
        reply = await ehr.update("Patient", patient, body, None)
    assert isinstance(reply, AnswerLost)
    assert [request["method"] for request in sandbox.requests()] == ["PUT"]
