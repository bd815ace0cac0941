"""The service's app without a worker, and a phone in front of it: over ASGI, on a real database."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
import pytest
from sqlalchemy import text

from service.db import Sessions
from service.intake.door import Door
from tests.app_at import app_at

Json = dict[str, Any]

JSON = {"Content-Type": "application/json; charset=utf-8"}


@asynccontextmanager
async def phone_at(database_url: str, **changes: Any) -> AsyncIterator[httpx.AsyncClient]:
    """A client of the app, from its start to its stop; `changes` of its settings."""
    async with app_at(database_url, "http://door", **changes) as (_, phone):
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
