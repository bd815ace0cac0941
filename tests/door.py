"""The service's app without a worker, and a phone in front of it: over ASGI, on a real database."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx
from pydantic import SecretStr

from service.app import make_app
from service.settings import Settings
from tests.recording import record_problem


@asynccontextmanager
async def phone_at(database_url: str) -> AsyncIterator[httpx.AsyncClient]:
    """A client of the app, from its start to its stop."""
    settings = Settings(database_url=SecretStr(database_url), worker_in_serve=False, _env_file=None)
    app = make_app(settings, database_url)
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(
            transport=transport, base_url="http://door", event_hooks={"response": [record_problem]}
        ) as phone,
    ):
        yield phone
