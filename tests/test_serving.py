"""Where we listen and how: loopback alone without sign-in, TLS 1.2 at least, no head without an end. Over sockets."""

import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import uvicorn
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    PrivateFormat,
    load_pem_private_key,
)
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from service.errors import CannotStart
from service.hardening.headers import StrictHeaders
from service.serving import http
from service.serving.http import MOST_AFTER_ANSWER, MOST_BESIDE_BODY
from service.serving.listen import listen
from service.serving.run import server_config
from service.serving.tls import tls_context
from tests.pem import Pem, made_pem


@pytest.fixture(scope="module")
def pem(tmp_path_factory: pytest.TempPathFactory) -> Pem:
    return made_pem(tmp_path_factory.mktemp("tls"))


async def answer(scope: Scope, receive: Receive, send: Send) -> None:
    """Says from where it was asked; on /body reads all first, on /trailers says which headers it was sent."""
    if scope["type"] == "lifespan":
        for step in ("startup", "shutdown"):
            await receive()
            await send({"type": f"lifespan.{step}.complete"})
        return
    request = Request(scope, receive)
    said = f"{scope['client'][0]} {scope['scheme']}"
    if scope["path"] in ("/body", "/trailers"):
        said = str(len(await request.body()))
    if scope["path"] == "/trailers":
        said = " ".join(sorted(name.decode() for name, _ in scope["headers"]))
    response: Response = PlainTextResponse(said)
    await response(scope, receive, send)


@contextmanager
def served(
    app: ASGIApp = answer, tls: ssl.SSLContext | None = None, trusted_proxies: tuple[str, ...] = ()
) -> Iterator[int]:
    """The port, on loopback, until the end of the block."""
    with listen("127.0.0.1", 0) as listener:
        server = uvicorn.Server(server_config(app, tls, trusted_proxies))
        thread = threading.Thread(target=server.run, args=([listener],), daemon=True)
        thread.start()
        while not server.started:
            assert thread.is_alive()
            time.sleep(0.01)
        try:
            yield int(listener.getsockname()[1])
        finally:
            server.should_exit = True
            thread.join(timeout=10)


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    with served() as port:
        yield port


def asked(port: int, *parts: bytes, wait: Callable[[], None] = lambda: None) -> bytes:
    """All that comes back for these bytes, until it closes or falls silent."""
    with socket.create_connection(("127.0.0.1", port), timeout=5) as connection:
        return _said(connection, parts, wait)


def _said(connection: socket.socket, parts: tuple[bytes, ...], wait: Callable[[], None] = lambda: None) -> bytes:
    came = b""
    try:
        for part in parts:
            connection.sendall(part)
            wait()
        while data := connection.recv(65536):
            came += data
            if b"\r\n\r\n" in came and b"connection: close" not in came.lower():
                break
    except OSError:
        pass  # it closed on us: what it said before is what counts
    return came


# --- where --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("host", ["0.0.0.0", "192.0.2.1", "::", "somewhere.example"])
def test_without_an_issuer_no_address_but_loopback_is_listened_on(host: str) -> None:
    with pytest.raises(CannotStart, match="no issuer of tokens is set"):
        listen(host, 0, callers_sign_in=False, encrypted=True)


@pytest.mark.parametrize("host", ["0.0.0.0", "192.0.2.1", "::"])
def test_without_encryption_neither_for_tokens_would_go_in_the_clear(host: str) -> None:
    with pytest.raises(CannotStart, match="in the clear"):
        listen(host, 0, callers_sign_in=True, encrypted=False)


def test_with_both_we_may_be_reached_from_elsewhere() -> None:
    with listen("0.0.0.0", 0, callers_sign_in=True, encrypted=True) as listener:
        assert listener.getsockname()[0] == "0.0.0.0"


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "127.0.0.2"])
def test_loopback_needs_neither(host: str) -> None:
    with listen(host, 0) as listener:
        assert listener.getsockname()[0].startswith("127.")


# --- TLS ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
def test_by_tls_1_2_and_1_3_we_answer_and_say_https_for_a_year(pem: Pem, version: ssl.TLSVersion) -> None:
    app = StrictHeaders(answer, https=True)
    pem.trust.minimum_version = pem.trust.maximum_version = version
    with (
        served(app, tls_context(pem.certificate, pem.key)) as port,
        socket.create_connection(("127.0.0.1", port), timeout=5) as plain,
        pem.trust.wrap_socket(plain, server_hostname="localhost") as connection,
    ):
        assert connection.version() == version.name.replace("_", ".")
        assert "GCM" in connection.cipher()[0] or "CHACHA20" in connection.cipher()[0]  # type: ignore[index]
        said = _said(connection, (b"GET / HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n",))
    assert said.startswith(b"HTTP/1.1 200 ")
    assert b"strict-transport-security: max-age=31536000; includeSubDomains" in said
    assert said.endswith(b" https")


@pytest.mark.filterwarnings("ignore:ssl.TLSVersion.TLSv1:DeprecationWarning")
@pytest.mark.parametrize(
    ("version", "ciphers"),
    [
        (ssl.TLSVersion.TLSv1_1, "ALL:@SECLEVEL=0"),
        (ssl.TLSVersion.TLSv1_2, "AES256-SHA256:AES128-SHA:@SECLEVEL=0"),
        (ssl.TLSVersion.TLSv1_2, "ECDHE+AES+SHA256:!AESGCM:@SECLEVEL=0"),
    ],
)
def test_older_tls_and_weak_ciphers_are_refused(pem: Pem, version: ssl.TLSVersion, ciphers: str) -> None:
    weak = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    weak.check_hostname = False
    weak.verify_mode = ssl.CERT_NONE
    weak.minimum_version = weak.maximum_version = version
    weak.set_ciphers(ciphers)
    with (
        served(tls=tls_context(pem.certificate, pem.key)) as port,
        socket.create_connection(("127.0.0.1", port), timeout=5) as plain,
        pytest.raises(ssl.SSLError),
    ):
        weak.wrap_socket(plain).close()


def test_a_certificate_that_is_none_or_has_another_key_is_told(pem: Pem, tmp_path: Path) -> None:
    other = made_pem(tmp_path)
    locked = tmp_path / "locked.pem"
    key = load_pem_private_key(pem.key.read_bytes(), None)
    locked.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(b"passphrase")))
    (tmp_path / "empty").touch()
    for certificate, with_key in (
        (pem.certificate, other.key),
        (pem.certificate, locked),
        (pem.certificate, tmp_path / "nowhere"),
        (tmp_path / "empty", pem.key),
    ):
        with pytest.raises(CannotStart, match="JOINEDUP_TLS_CERTIFICATE and JOINEDUP_TLS_KEY cannot be used"):
            tls_context(certificate, with_key)


# --- from where ---------------------------------------------------------------------------------------

_FORWARDED = (
    b"GET / HTTP/1.1\r\nhost: a\r\nx-forwarded-for: 198.51.100.9\r\nx-forwarded-proto: https\r\n"
    b"connection: close\r\n\r\n"
)


def test_nobody_is_believed_where_they_come_from_unless_they_are_a_trusted_proxy(port: int) -> None:
    assert asked(port, _FORWARDED).endswith(b"127.0.0.1 http")
    with served(trusted_proxies=("127.0.0.0/8",)) as behind_a_proxy:
        assert asked(behind_a_proxy, _FORWARDED).endswith(b"198.51.100.9 https")
    with served(trusted_proxies=("192.0.2.0/24",)) as behind_another:
        assert asked(behind_another, _FORWARDED).endswith(b"127.0.0.1 http")


# --- heads and bodies without an end ------------------------------------------------------------------


def test_a_header_without_an_end_is_refused(port: int) -> None:
    said = asked(port, b"GET / HTTP/1.1\r\nhost: a\r\na: ", *[b"x" * 8192] * 20)
    assert said.startswith(b"HTTP/1.1 431 ") or said == b""


def test_a_url_without_an_end_is_refused(port: int) -> None:
    said = asked(port, b"GET /", *[b"x" * 8192] * 20)
    assert said.startswith(b"HTTP/1.1 431 ") or said == b""


def test_what_is_no_http_is_told_once_however_much_of_it_comes(port: int) -> None:
    said = asked(port, b"\x16\x03\x01" + b"x" * 200_000)
    assert (said.count(b"HTTP/1.1") <= 1, b"431" in said) == (True, False)


def test_a_large_head_in_one_go_is_for_the_app_to_judge(port: int) -> None:
    said = asked(port, b"GET / HTTP/1.1\r\nhost: a\r\na: " + b"x" * 40_000 + b"\r\nconnection: close\r\n\r\n")
    assert said.startswith(b"HTTP/1.1 200 ")


def test_a_body_in_parts_of_nothing_is_refused(port: int) -> None:
    head = b"POST /body HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\n\r\n"
    said = asked(port, head, *[b"1;" + b"x" * 4000 + b"\r\ny\r\n"] * 40)
    assert b"200" not in said[:20]


def test_a_body_in_parts_of_a_usual_size_is_taken(port: int) -> None:
    head = b"POST /body HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\nconnection: close\r\n\r\n"
    parts = [b"400\r\n" + b"y" * 1024 + b"\r\n"] * 2000
    assert asked(port, head, *parts, b"0\r\n\r\n").endswith(str(2000 * 1024).encode())


def test_what_follows_a_body_is_not_taken_for_a_header(port: int) -> None:
    head = b"POST /trailers HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\nconnection: close\r\n\r\n"
    said = asked(port, head, b"1\r\ny\r\n0\r\nauthorization: x\r\n\r\n")
    assert said.endswith(b"connection host transfer-encoding")


def test_who_goes_on_sending_after_the_answer_is_cut_off(port: int) -> None:
    size = MOST_AFTER_ANSWER + 4 * 1024 * 1024
    with socket.create_connection(("127.0.0.1", port), timeout=5) as connection:
        connection.sendall(b"POST / HTTP/1.1\r\nhost: a\r\ncontent-length: %d\r\n\r\n" % size)
        time.sleep(0.2)
        with pytest.raises(OSError):
            for _ in range(size // 65536):
                connection.sendall(b"z" * 65536)
                time.sleep(0.001)


def test_a_head_that_does_not_come_in_time_is_refused_and_so_is_silence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http, "HEAD_WITHIN", 0.2)
    with served() as port:
        assert asked(port, b"GET / HTTP/1.1\r\n").startswith(b"HTTP/1.1 408 ")
        assert asked(port).startswith(b"HTTP/1.1 408 ")


def test_the_next_head_on_an_open_connection_has_its_own_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http, "HEAD_WITHIN", 0.3)
    whole = b"GET / HTTP/1.1\r\nhost: a\r\n\r\n"
    with served() as port, socket.create_connection(("127.0.0.1", port), timeout=5) as connection:
        for _ in range(3):
            connection.sendall(whole)
            assert connection.recv(65536).startswith(b"HTTP/1.1 200 ")
            time.sleep(0.2)
        connection.sendall(b"GET /half HTTP/1.1\r\n")
        assert connection.recv(65536).startswith(b"HTTP/1.1 408 ")


def test_heads_that_follow_each_other_are_counted_one_by_one(port: int) -> None:
    head = b"GET / HTTP/1.1\r\nhost: a\r\na: " + b"x" * 20_000 + b"\r\n\r\n"
    assert len(head) * 5 > MOST_BESIDE_BODY
    with socket.create_connection(("127.0.0.1", port), timeout=5) as connection:
        for _ in range(5):
            connection.sendall(head)
            assert connection.recv(65536).startswith(b"HTTP/1.1 200 ")
