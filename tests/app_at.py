"""The service's app over ASGI, from its start to its stop, on a real database: as phones and operators ask it."""

import gc
import itertools
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
from fastapi import FastAPI
from pydantic import SecretStr

from service.app import make_app
from service.settings import Settings
from tests.recording import record_problem

HERE = "http://127.0.0.1:8000"
_BETWEEN = 20
_ENDED = itertools.count(1)


@asynccontextmanager
async def app_at(
    database_url: str, base_url: str = HERE, **changes: Any
) -> AsyncIterator[tuple[FastAPI, httpx.AsyncClient]]:
    """Without a worker; `changes` are settings."""
    given = {"database_url": SecretStr(database_url), "worker_in_serve": False, **changes}
    app = make_app(Settings(**given, _env_file=None), database_url)
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    hooks: Any = {"response": [record_problem]}
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=transport, base_url=base_url, event_hooks=hooks) as client,
    ):
        yield app, client
    # What lives as long as the service is never walked (`garbage.py`); here it ends, a thousand times a run. Walking it
    # costs half a second, so not every time.
    if next(_ENDED) % _BETWEEN == 0:
        gc.unfreeze()
