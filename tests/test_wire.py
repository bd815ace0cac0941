"""Questions to URLs that somebody gave us: bounded, and only at addresses where a server of a trust may be."""

import asyncio
import gzip
import socket
import ssl
from collections.abc import AsyncIterator
from typing import Any

import pytest
import trustme

from service.wire import NoAnswer, Questions, refusal_of
from tests.ehr_answers.raw_server import HEAD, Behaviour, floods, raw_server, resets, says, says_nothing
from tests.issuer import LocalIssuer


@pytest.fixture
async def questions() -> AsyncIterator[Questions]:
    made = Questions(timeout=1.0)
    yield made
    await made.close()


async def _why(questions: Questions, url: str, loopback: bool = True) -> str:
    with pytest.raises(NoAnswer) as fault:
        await questions.get(url, loopback=loopback)
    assert url not in f"{fault.value} {fault.value.__cause__}"
    return fault.value.why


@pytest.mark.parametrize(
    "url",
    [
        "https://idp.trust.example/realms/trust",
        "https://10.1.2.3/keys",
        "https://192.168.1.1:8443/keys",
        "https://172.16.0.9",
        "https://[fd00::1]/keys",
        "https://[::ffff:10.1.2.3]/keys",
        "https://idp",
    ],
)
def test_servers_of_a_trust_may_be_asked_also_where_they_have_private_addresses(url: str) -> None:
    assert refusal_of(url, loopback=False) is None


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1:8080/x", "http://localhost/x", "https://[::1]/x", "http://127.9.9.9/"]
)
def test_this_machine_is_asked_only_where_it_may_be(url: str) -> None:
    assert refusal_of(url, loopback=True) is None
    assert refusal_of(url, loopback=False) is not None


@pytest.mark.parametrize("loopback", [True, False])
@pytest.mark.parametrize(
    ("url", "told"),
    [
        ("http://idp.trust.example/", "https://"),
        ("http://10.1.2.3/", "https://"),
        ("ftp://idp.trust.example/", "https://"),
        ("file:///etc/passwd", "https://"),
        ("gopher://127.0.0.1/", "https://"),
        ("//idp.trust.example/", "https://"),
        ("idp.trust.example", "https://"),
        ("", "https://"),
        ("https://", "https://"),
        ("https://idp.trust.example:port/", "no URL"),
        ("https://joined:up@idp.trust.example/", "password"),
        ("https://joined@idp.trust.example/", "password"),
        ("https://169.254.169.254/latest/meta-data", "address"),
        ("https://[fe80::1]/", "address"),
        ("https://[::ffff:169.254.169.254]/", "address"),
        ("https://[64:ff9b::a9fe:a9fe]/", "address"),
        ("https://224.0.0.1/", "address"),
        ("https://[ff02::1]/", "address"),
        ("https://0.0.0.0/", "address"),
        ("https://[::]/", "address"),
        ("https://0.1.2.3/", "address"),
        ("https://255.255.255.255/", "address"),
        ("https://240.0.0.1/", "address"),
    ],
)
def test_what_is_never_asked(url: str, told: str, loopback: bool) -> None:
    refusal = refusal_of(url, loopback=loopback)
    assert refusal is not None
    assert told in refusal
    assert "idp.trust" not in refusal


async def test_what_is_never_asked_is_not_connected_to(questions: Questions) -> None:
    assert await _why(questions, "http://169.254.169.254/") == "not_asked"
    assert await _why(questions, "http://127.0.0.1:1/", loopback=False) == "not_asked"


@pytest.mark.parametrize(
    "address", ["169.254.169.254", "127.0.0.1", "127.0.0.53", "0.0.0.0", "::1", "fe80::1", "::ffff:127.0.0.1"]
)
async def test_a_name_is_looked_at_again_where_it_leads(
    questions: Questions, monkeypatch: pytest.MonkeyPatch, address: str
) -> None:
    """The name server may be the attacker's, and answer anew for the connection: so the address itself is looked at."""
    opened: list[Any] = []
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    answer = [(family, socket.SOCK_STREAM, 6, "", (address, 443, *((0, 0) if ":" in address else ())))]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: answer)
    monkeypatch.setattr(socket.socket, "connect", lambda *where: opened.append(where))
    assert await _why(questions, "https://idp.trust.example/", loopback=False) == "unreachable"
    assert opened == []


@pytest.mark.parametrize("host", ["2130706433", "127.1", "0x7f.0.0.1", "017700000001", "localhost."])
async def test_this_machine_in_another_spelling_is_not_connected_to(questions: Questions, host: str) -> None:
    connected: list[object] = []

    async def greet(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        connected.append(writer)
        writer.close()

    async with await asyncio.start_server(greet, "127.0.0.1", 0) as server:
        url = f"https://{host}:{server.sockets[0].getsockname()[1]}/"
        assert await _why(questions, url, loopback=False) in {"unreachable", "not_asked"}
        await asyncio.sleep(0.05)
    assert connected == []


async def test_json_is_read(questions: Questions, own_issuer: LocalIssuer) -> None:
    said = await questions.get(f"{own_issuer.url}/jwks", loopback=True)
    assert said["keys"][0]["kid"] == "first"
    own_issuer.opaque["t&=ü"] = {"active": True}
    said = await questions.post_form(f"{own_issuer.url}/introspect", {"token": "t&=ü"}, {}, loopback=True)
    assert said == {"active": True}


@pytest.mark.parametrize("status", [201, 204, 301, 302, 307, 308, 400, 401, 404, 500, 503])
async def test_any_other_status_is_no_answer_and_no_redirect_is_followed(
    questions: Questions, own_issuer: LocalIssuer, status: int
) -> None:
    own_issuer.answer = (status, b"" if status == 204 else b"{}")
    with pytest.raises(NoAnswer) as fault:
        await questions.get(f"{own_issuer.url}/x", loopback=True)
    assert (fault.value.why, fault.value.status) == ("status", status)
    assert own_issuer.asked == ["/x"]


@pytest.mark.parametrize("body", [b"", b"[]", b"null", b'"text"', b"{", b"<html>", b'{"a": NaN}', b"\xff"])
async def test_what_is_no_json_object_is_no_answer(questions: Questions, own_issuer: LocalIssuer, body: bytes) -> None:
    own_issuer.answer = (200, body)
    assert await _why(questions, f"{own_issuer.url}/x") == "not_json"


async def test_an_answer_has_a_longest_length(questions: Questions, own_issuer: LocalIssuer) -> None:
    longest = b'{"a":"' + b"x" * (256 * 1024 - 8) + b'"}'
    own_issuer.answer = (200, longest)
    assert len((await questions.get(f"{own_issuer.url}/x", loopback=True))["a"]) == 256 * 1024 - 8
    own_issuer.answer = (200, longest + b" ")
    assert await _why(questions, f"{own_issuer.url}/x") == "too_large"


async def test_a_packed_answer_is_not_unpacked(questions: Questions) -> None:
    packed = gzip.compress(b'{"a":"' + b"x" * 10_000_000 + b'"}')
    head = HEAD + b"Content-Encoding: gzip\r\nContent-Length: %d\r\n\r\n" % len(packed)
    async with raw_server(says(head + packed)) as url:
        assert await _why(questions, url) == "not_json"


@pytest.mark.parametrize(
    ("behaviour", "why"),
    [
        (says_nothing, "timeout"),
        (says(HEAD + b"Content-Length: 9\r\n\r\n"), "timeout"),
        (floods, "too_large"),
        (resets, "unreachable"),
        (says(close=True), "unreachable"),
        (says(HEAD + b"Content-Length: 9\r\n\r\n{}", close=True), "unreachable"),
        (says(b"SSH-2.0-OpenSSH_9.2\r\n\r\n", close=True), "unreachable"),
    ],
    ids=["silence", "no body", "a flood", "a reset", "closed", "cut short", "no HTTP"],
)
async def test_a_server_that_misbehaves_is_no_answer(questions: Questions, behaviour: Behaviour, why: str) -> None:
    async with raw_server(behaviour) as url:
        assert await _why(questions, url) == why


async def test_nobody_there_is_no_answer(questions: Questions, own_issuer: LocalIssuer) -> None:
    own_issuer.stop()
    assert await _why(questions, f"{own_issuer.url}/x") == "unreachable"


async def test_a_proxy_of_the_environment_is_not_used(
    questions: Questions, own_issuer: LocalIssuer, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    assert await questions.get(f"{own_issuer.url}/jwks", loopback=True)


async def test_a_server_is_believed_by_its_certificate_only() -> None:
    authority = trustme.CA()
    serving = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(serving)
    trusting = ssl.create_default_context()
    authority.configure_trust(trusting)

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}")
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0, ssl=serving)
    url = f"https://127.0.0.1:{server.sockets[0].getsockname()[1]}/"
    good, strange = Questions(timeout=5, trust=trusting), Questions(timeout=5)
    assert await good.get(url, loopback=True) == {}
    assert await _why(strange, url) == "unreachable"
    await good.close()
    await strange.close()
    server.close()
    await server.wait_closed()
