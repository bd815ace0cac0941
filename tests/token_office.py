"""A service that issues tokens to systems, over HTTP, and systems that ask it: fixture `office`."""

import asyncio
import json
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import pytest
import uvicorn
from fastapi import FastAPI
from joserfc import jws
from pydantic import HttpUrl, SecretStr
from sqlalchemy import text

from service.app import make_app
from service.auth.client_keys import jwks_to_register
from service.auth.give_token import TokenOffice
from service.auth.scopes import to_register
from service.auth.system_clients import Registration, register
from service.db import Sessions
from service.keys import Algorithm, Keys, SigningKey
from service.push.token import SignedProof
from service.settings import Settings
from tests.sandbox_server import free_port

CLIENT_ID = "rio-test"
MAY = "system/QuestionnaireResponse.c system/Questionnaire.rs"
JWT_BEARER = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
Json = dict[str, Any]


@dataclass(slots=True)
class System:
    """A system with keys of its own, that asks for tokens as our own push does. `claims`, `header`: what it changes."""

    token_url: str
    keys: Keys
    client_id: str = CLIENT_ID
    claims: Json = field(default_factory=dict)
    header: Json = field(default_factory=dict)

    def form(self, scope: str = MAY) -> dict[str, str]:
        """What our own client sends, or what it would if it were not right."""
        proof = SignedProof(self.client_id, self.keys, lambda: datetime.now(UTC))
        _, fields = proof.of(self.token_url)
        changed = {"client_assertion": self.assertion()} if self.claims or self.header else {}
        return {"grant_type": "client_credentials", "scope": scope, **fields, **changed}

    def assertion(self) -> str:
        """With the changes; what is changed to None is left out."""
        now = int(datetime.now(UTC).timestamp())
        key = self.signing_key()
        ours = {"iss": self.client_id, "sub": self.client_id, "aud": self.token_url, "exp": now + 240}
        header = {"alg": key.algorithm, "kid": key.kid, "typ": "JWT"}
        claims = {**ours, "jti": str(uuid4())} | self.claims
        payload = json.dumps(_said(claims))
        return jws.serialize_compact(_said(header | self.header), payload, key.key, algorithms=[key.algorithm])

    def signing_key(self) -> SigningKey:
        return self.keys.all()[-1]


def _said(values: Mapping[str, Any]) -> Json:
    return {name: value for name, value in values.items() if value is not None}


@dataclass(frozen=True, slots=True)
class Office:
    """The service that gives tokens, as others reach it."""

    url: str
    app: FastAPI
    http: httpx.AsyncClient
    folder: Path
    sessions: Sessions

    @property
    def inside(self) -> TokenOffice:
        office: TokenOffice = self.app.state.token_office
        return office

    @property
    def token_url(self) -> str:
        return f"{self.url}/oauth/token"

    def system(self, client_id: str = CLIENT_ID, algorithm: Algorithm = "ES384", **changes: Any) -> System:
        """A system whose keys nobody knows yet."""
        return System(self.token_url, new_keys(self.folder / f"{uuid4()}", algorithm), client_id, **changes)

    async def registered(
        self, client_id: str = CLIENT_ID, algorithm: Algorithm = "ES384", may: str = MAY, **changes: Any
    ) -> System:
        """The same, registered by its public keys."""
        system = self.system(client_id, algorithm, **changes)
        jwks = jwks_to_register(httpx.Response(200, json=system.keys.published()).content)
        await self.register(Registration(client_id, "RiO, test", to_register(may), jwks))
        return system

    async def register(self, registration: Registration) -> None:
        async with self.sessions.begin() as session:
            await register(session, registration, "an operator")

    async def ask(self, form: Mapping[str, str]) -> httpx.Response:
        return await self.http.post("/oauth/token", data=dict(form))


def new_keys(folder: Path, algorithm: Algorithm = "ES384") -> Keys:
    keys = Keys(folder, timedelta(0))
    keys.new(algorithm, datetime.now(UTC))
    return keys


def settings_of(database_url: str, url: str, folder: Path) -> Settings:
    return Settings(
        database_url=SecretStr(database_url),
        worker_in_serve=False,
        public_url=HttpUrl(url),
        issue_system_tokens=True,
        issuer_keys_folder=folder,
        refusals_per_minute=20,
        _env_file=None,
    )


@pytest.fixture
async def office(database_url: str, sessions: Sessions, tmp_path: Path) -> AsyncIterator[Office]:
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    app = make_app(settings_of(database_url, url, tmp_path / "issuer"), database_url)
    server = uvicorn.Server(uvicorn.Config(app, port=port, log_config=None, access_log=False))
    serving = asyncio.create_task(server.serve())
    while not server.started:
        assert not serving.done()
        await asyncio.sleep(0.01)
    async with httpx.AsyncClient(base_url=url, verify=False, trust_env=False) as http:
        yield Office(url, app, http, tmp_path, sessions)
    server.should_exit = True
    await serving


async def is_refused(office: Office, form: dict[str, str]) -> None:
    answer = await office.ask(form)
    assert (answer.status_code, answer.json()) == (401, {"error": "invalid_client"})


async def audit_of(office: Office) -> list[tuple[str, str, str, str | None]]:
    async with office.sessions() as session:
        lines = await session.execute(text("SELECT who, action, outcome, reason_code FROM audit ORDER BY id"))
    return [(who, action, outcome, why) for who, action, outcome, why in lines]
