"""The sandbox's issuer: the service believes its tokens, each of its staff is a caller, and it is on loopback only."""

import signal
import socket
import subprocess
import time
from collections.abc import AsyncIterator, Iterator

import httpx
import pytest
from pydantic import SecretStr

from service.auth.issuers import Issuers, issuers_of
from service.caller import ROLES
from service.errors import NotSignedIn
from service.sandbox.demo.processes import issuer_alone
from service.sandbox.issuer import Issuer, issuer_beside, issuers_setting, run_issuer
from service.sandbox.staff import STAFF, Member
from service.settings import Settings
from tests.sandbox_server import free_port


@pytest.fixture
def url() -> Iterator[str]:
    with issuer_beside(free_port()) as listening:
        yield listening


@pytest.fixture
async def issuers(url: str) -> AsyncIterator[Issuers]:
    settings = Settings(database_url=SecretStr("postgresql://nobody"), issuers=issuers_setting(url), _env_file=None)
    known = issuers_of(settings)
    yield known
    await known.close()


def _token(url: str, member: str) -> str:
    return httpx.post(f"{url}/token/{member}").raise_for_status().text


@pytest.mark.parametrize("member", STAFF, ids=lambda member: member.id)
async def test_each_of_its_staff_is_a_caller_of_the_service(url: str, issuers: Issuers, member: Member) -> None:
    caller = await issuers.caller_of(_token(url, member.id))

    assert (caller.subject, caller.name, set(map(str, caller.roles))) == (member.id, member.name, {member.role})
    assert caller.teams == member.teams
    assert caller.practitioner_id == (member.id if member.role == "specialist" else None)
    assert caller.scopes == frozenset((member.scope or "").split())


def test_there_is_somebody_of_every_role() -> None:
    assert {member.role for member in STAFF} == set(ROLES)


async def test_its_tokens_end_and_no_other_key_makes_them(issuers: Issuers, url: str) -> None:
    ended = Issuer(url).token(STAFF[0], now=0)
    forged = Issuer(url).token(STAFF[0], now=2_000_000_000)

    for token in (ended, forged):
        with pytest.raises(NotSignedIn):
            await issuers.caller_of(token)


def test_it_says_where_its_keys_are_and_keeps_the_private_half(url: str) -> None:
    discovered = httpx.get(f"{url}/.well-known/openid-configuration").json()
    (key,) = httpx.get(discovered["jwks_uri"]).json()["keys"]

    assert discovered["issuer"] == url
    assert key["alg"] == "ES256"
    assert "d" not in key


def test_it_names_whom_it_gives_tokens_and_gives_no_others(url: str) -> None:
    assert {each["id"] for each in httpx.get(f"{url}/people").json()} == {member.id for member in STAFF}
    assert httpx.post(f"{url}/token/nobody").status_code == 404


def test_a_page_from_elsewhere_gets_no_token_by_a_name_of_its_own(url: str) -> None:
    assert httpx.post(f"{url}/token/operator", headers={"Host": "elsewhere.example"}).status_code == 400


def test_it_stays_up_until_it_is_told_to_stop() -> None:
    port = free_port()
    with subprocess.Popen(issuer_alone(port)) as alone:
        end = time.monotonic() + 60
        while not (answer := _answer_of(port)):
            assert time.monotonic() < end
            time.sleep(0.05)
        assert answer.json()["keys"]
        alone.send_signal(signal.SIGINT)
        assert alone.wait(30) == 0


def _answer_of(port: int) -> httpx.Response | None:
    try:
        return httpx.get(f"http://127.0.0.1:{port}/jwks")
    except httpx.ConnectError:
        return None


def test_a_port_that_is_taken_is_told() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken, pytest.raises(SystemExit, match="Choose another"):
        run_issuer(taken.getsockname()[1])
