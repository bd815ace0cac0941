"""The settings say how the EHR lets us in, and it does: by each way, over a real connection."""

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import trustme
from pydantic import SecretStr

from service.errors import CannotStart
from service.keys import Keys
from service.push.answer import Answer
from service.push.from_settings import ehr_of, keys_of
from service.settings import Settings
from tests.guarded_ehr import CLIENT_ID, SECRET, GuardedServer


def _settings(url: str, **more: Any) -> Settings:
    return Settings(_env_file=None, ehr_url=url, **more)


async def _status(settings: Settings) -> int | str:
    async with ehr_of(settings) as ehr:
        reply = await ehr.metadata()
    return reply.status if isinstance(reply, Answer) else reply.why


async def test_without_credentials_the_guard_lets_nobody_in(guarded: GuardedServer) -> None:
    assert await _status(_settings(guarded.url)) == 401


async def test_a_signed_assertion_by_the_key_in_the_folder(guarded: GuardedServer, tmp_path: Path) -> None:
    settings = _settings(guarded.url, ehr_auth="smart", ehr_client_id=CLIENT_ID, keys_folder=tmp_path / "keys")
    with pytest.raises(CannotStart, match="joinedup keys new"):
        ehr_of(settings)
    keys = keys_of(settings)
    keys.new("ES384", datetime.now(UTC))
    guarded.guard.jwks = keys.published
    assert await _status(settings) == 200


async def test_a_signed_assertion_by_the_key_in_the_environment(guarded: GuardedServer, tmp_path: Path) -> None:
    keys = Keys(tmp_path / "elsewhere", timedelta(0))
    keys.new("RS384", datetime.now(UTC))
    guarded.guard.jwks = keys.published
    (file,) = keys.folder.iterdir()
    key = SecretStr(file.read_text())
    none = tmp_path / "none"
    settings = _settings(guarded.url, ehr_auth="smart", ehr_client_id=CLIENT_ID, ehr_key=key, keys_folder=none)
    assert await _status(settings) == 200


async def test_a_client_secret_at_a_token_url_that_is_set(guarded: GuardedServer) -> None:
    guarded.guard.discovery = None
    secret = {"ehr_client_id": CLIENT_ID, "ehr_client_secret": SecretStr(SECRET)}
    settings = _settings(guarded.url, ehr_auth="secret", ehr_token_url=guarded.guard.token_url, **secret)
    assert await _status(settings) == 200


async def test_a_header_of_the_trusts_choice(guarded: GuardedServer) -> None:
    guarded.guard.header = (b"x-api-key", b"let me in: here")
    header = SecretStr("X-API-Key: let me in: here")
    assert await _status(_settings(guarded.url, ehr_auth="header", ehr_header=header)) == 200


def test_keys_lie_in_the_home_of_who_runs_it(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    assert keys_of(_settings("http://127.0.0.1/fhir")).folder == tmp_path / ".config" / "joinedup" / "keys"


# --- mutual TLS -------------------------------------------------------------------------------------------

_ANSWER = (
    b"HTTP/1.1 200 OK\r\nContent-Type: application/fhir+json\r\nContent-Length: 41\r\nConnection: close\r\n\r\n"
    b'{"resourceType": "CapabilityStatement"}  '
)


@pytest.fixture
def authority(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> trustme.CA:
    """Trusted by this process, as a trust's own authority is by its machines."""
    authority = trustme.CA()
    authority.cert_pem.write_to_path(tmp_path / "authority.pem")
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "authority.pem"))
    return authority


@pytest.fixture
async def strict(authority: trustme.CA) -> AsyncIterator[str]:
    """An EHR over TLS that lets in whom its authority has given a certificate."""
    tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    authority.issue_cert("localhost").configure_cert(tls)
    authority.configure_trust(tls)
    tls.verify_mode = ssl.CERT_REQUIRED

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(ConnectionError, asyncio.IncompleteReadError):
            await reader.readuntil(b"\r\n\r\n")
            writer.write(_ANSWER)
            await writer.drain()
        writer.close()

    async with await asyncio.start_server(answer, "localhost", 0, ssl=tls) as server:
        yield f"https://localhost:{server.sockets[0].getsockname()[1]}/fhir"


async def test_our_certificate_lets_us_in_and_nothing_else_does(
    strict: str, authority: trustme.CA, tmp_path: Path
) -> None:
    ours = authority.issue_cert("joinedup.trust.example")
    chain, key = tmp_path / "ours.pem", tmp_path / "ours.key"
    ours.cert_chain_pems[0].write_to_path(chain)
    ours.private_key_pem.write_to_path(key)

    assert await _status(_settings(strict, ehr_client_certificate=chain, ehr_client_key=key)) == 200
    assert await _status(_settings(strict)) in {"reset", "tls"}


@pytest.mark.parametrize("content", [None, b"no certificate"])
async def test_a_certificate_that_cannot_be_read_is_told_at_start(
    strict: str, tmp_path: Path, content: bytes | None
) -> None:
    for name in ("ours.pem", "ours.key"):
        if content:
            (tmp_path / name).write_bytes(content)
    settings = _settings(strict, ehr_client_certificate=tmp_path / "ours.pem", ehr_client_key=tmp_path / "ours.key")
    with pytest.raises(CannotStart, match="JOINEDUP_EHR_CLIENT_CERTIFICATE"):
        ehr_of(settings)
