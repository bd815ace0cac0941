"""The operator at the desk: over ASGI, from this machine as a browser would say it, on a real database."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx
import pytest
from pydantic import SecretStr

from service.app import make_app
from service.settings import Settings


@asynccontextmanager
async def operator_at(database_url: str) -> AsyncIterator[httpx.AsyncClient]:
    """A client of the app, from its start to its stop."""
    settings = Settings(database_url=SecretStr(database_url), worker_in_serve=False, _env_file=None)
    app = make_app(settings, database_url)
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:8000") as operator,
    ):
        yield operator


@pytest.fixture
async def operator(database_url: str) -> AsyncIterator[httpx.AsyncClient]:
    async with operator_at(database_url) as operator:
        yield operator
