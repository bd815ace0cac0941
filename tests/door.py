"""The service's app without a worker, and a phone in front of it: over ASGI, on a real database."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
import pytest
from pydantic import SecretStr
from sqlalchemy import text

from service.app import make_app
from service.db import Sessions
from service.intake.door import Door
from service.settings import Settings
from tests.recording import record_problem

Json = dict[str, Any]

JSON = {"Content-Type": "application/json; charset=utf-8"}


@asynccontextmanager
async def phone_at(database_url: str, **changes: Any) -> AsyncIterator[httpx.AsyncClient]:
    """A client of the app, from its start to its stop; `changes` of its settings."""
    settings = Settings(database_url=SecretStr(database_url), worker_in_serve=False, _env_file=None, **changes)
    app = make_app(settings, database_url)
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(
            transport=transport, base_url="http://door", event_hooks={"response": [record_problem]}
        ) as phone,
    ):
        yield phone


@pytest.fixture
async def phone(database_url: str) -> AsyncIterator[httpx.AsyncClient]:
    async with phone_at(database_url) as phone:
        yield phone


async def confirm(sessions: Sessions, nhs_number: str) -> None:
    """As when the EHR's patient matched."""
    async with sessions.begin() as session:
        await session.execute(
            text(
                "UPDATE clients SET confirmed_at = now(), matched_at = now(), ehr_patient_id = 'p1',"
                " name = 'Ann Example'"
                " WHERE nhs_number = :nhs_number"
            ),
            {"nhs_number": nhs_number},
        )


async def amend(phone: httpx.AsyncClient, note: Json, if_match: str | None = '"1"', **changes: Any) -> httpx.Response:
    body = {"reason": "The time was wrong.", "note": {**note, **changes}}
    return await phone.put(f"/notes/{note['id']}", json=body, headers={"If-Match": if_match} if if_match else {})


def door_of(phone: httpx.AsyncClient) -> Door:
    """The door of the app that this phone talks to."""
    assert isinstance(phone._transport, httpx.ASGITransport)
    app: Any = phone._transport.app
    while not hasattr(app, "state"):
        app = app.app
    door: Door = app.state.door
    return door
