"""A real OpenID provider over real HTTP: a person signs in at its page, and what it hands out lets them in here."""

import subprocess
import sys
import time
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from tests.issuer import AUDIENCE
from tests.sandbox_server import free_port
from tests.sign_in import Json, letting_in, why_refused

CLIENT = ("joined-up-phone", "any secret")
BACK = "https://phone.example.test/signed-in"


@pytest.fixture(scope="module")
def provider() -> Iterator[httpx.Client]:
    port = free_port()
    command = [sys.executable, "-m", "tests.openid_provider", str(port), AUDIENCE]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    with httpx.Client(base_url=f"http://localhost:{port}", trust_env=False, timeout=10) as client:
        _wait_for(client, process)
        yield client
    process.kill()
    process.wait()


def _wait_for(client: httpx.Client, process: subprocess.Popen[bytes]) -> None:
    end = time.monotonic() + 60
    while time.monotonic() < end:
        assert process.poll() is None, "The provider ended by itself."
        try:
            client.get("/jwks").raise_for_status()
        except httpx.TransportError:
            time.sleep(0.1)
        else:
            return
    raise AssertionError("The provider did not start.")


def _signed_in(provider: httpx.Client, sub: str, **claims: Any) -> Json:
    """What the code flow ends with: access_token, id_token and the rest."""
    provider.put(f"/users/{sub}", json=claims).raise_for_status()
    asked = {
        "response_type": "code",
        "client_id": CLIENT[0],
        "redirect_uri": BACK,
        "scope": "openid profile",
        "state": "s",
        "nonce": f"n-{sub}",
    }
    page = provider.post("/oauth2/authorize", params=asked, data={"sub": sub})
    assert page.status_code == 302, page.text
    code = parse_qs(urlsplit(page.headers["location"]).query)["code"][0]
    form = {"grant_type": "authorization_code", "code": code, "redirect_uri": BACK}
    answer = provider.post("/oauth2/token", data=form, auth=CLIENT)
    assert answer.status_code == 200, answer.text
    tokens: Json = answer.json()
    return tokens


def _sign_out(provider: httpx.Client, token: str) -> None:
    provider.post("/revoke", data={"token": token}, auth=CLIENT).raise_for_status()


def _entry(provider: httpx.Client, **changes: Any) -> Json:
    """By discovery alone: nothing but the issuer's URL is known of it."""
    issuer = str(provider.base_url).rstrip("/")
    return {
        "issuer": issuer,
        "audience": AUDIENCE,
        "roles_claim": "realm_access.roles",
        "roles": {"ips-specialist": "specialist"},
        "teams_claim": "teams",
        "practitioner_claim": "uid",
        **changes,
    }


def _asking(provider: httpx.Client) -> Json:
    issuer = str(provider.base_url).rstrip("/")
    client = {"introspection_client_id": CLIENT[0], "introspection_client_secret": CLIENT[1]}
    return _entry(provider, introspection_url=f"{issuer}/introspect", **client)


async def test_who_signs_in_at_the_provider_is_let_in(provider: httpx.Client) -> None:
    said = {"name": "Ann Example", "realm_access": {"roles": ["ips-specialist"]}, "teams": ["north"], "uid": "es-1"}
    token = _signed_in(provider, "ann", **said)["access_token"]
    async with letting_in(_entry(provider)) as issuers:
        caller = await issuers.caller_of(token)
    assert (caller.subject, caller.name, *caller.roles) == ("ann", "Ann Example", "specialist")
    assert (caller.teams, caller.practitioner_id) == (("north",), "es-1")
    assert caller.issuer == str(provider.base_url).rstrip("/")


async def test_what_says_who_signed_in_is_no_key_to_the_service(provider: httpx.Client) -> None:
    token = _signed_in(provider, "bea")["id_token"]
    async with letting_in(_entry(provider, audience=CLIENT[0])) as issuers:
        assert await why_refused(issuers, token) == "kind"


async def test_a_token_for_another_service_lets_nobody_in(provider: httpx.Client) -> None:
    token = _signed_in(provider, "cat")["access_token"]
    async with letting_in(_entry(provider, audience="https://somebody.else.test")) as issuers:
        assert await why_refused(issuers, token) == "audience"


async def test_who_signs_out_is_let_in_no_more(provider: httpx.Client) -> None:
    token = _signed_in(provider, "eve")["access_token"]
    async with letting_in(_asking(provider)) as issuers:
        assert (await issuers.caller_of(token)).subject == "eve"
        _sign_out(provider, token)
        assert await why_refused(issuers, token) == "revoked"
