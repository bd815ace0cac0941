"""The operator at the desk: over ASGI, from this machine as a browser would say it, on a real database."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx
import pytest

from tests.app_at import app_at


@asynccontextmanager
async def operator_at(database_url: str) -> AsyncIterator[httpx.AsyncClient]:
    """A client of the app, from its start to its stop."""
    async with app_at(database_url) as (_, operator):
        yield operator


@pytest.fixture
async def operator(database_url: str) -> AsyncIterator[httpx.AsyncClient]:
    async with operator_at(database_url) as operator:
        yield operator
