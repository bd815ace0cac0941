"""A process that stays up looks for garbage seldom: `serve` and `worker` alike."""

import gc
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from fastapi import FastAPI

from service import app as service_app
from service import cli
from service.meters import Meters
from service.settings import Settings

NOWHERE = "postgresql://nobody@127.0.0.1:1/nothing"


@pytest.fixture(autouse=True)
def as_python_comes() -> Iterator[None]:
    """With the collector as it is before anybody sets it, and as it was found."""
    found = gc.get_threshold()
    gc.unfreeze()
    gc.set_threshold(700, 10, 10)
    yield
    gc.unfreeze()
    gc.set_threshold(*found)


@asynccontextmanager
async def _looked_at(*_: Any) -> AsyncIterator[None]:
    """Stands in for the worker: by the time that it begins, the collector is set."""
    _is_seldom()
    yield


def _is_seldom() -> None:
    assert gc.get_threshold()[0] > 10_000
    assert gc.get_freeze_count() > 10_000


async def test_a_worker_by_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cli, "worker_beside", _looked_at)
    async with cli._working(Settings(_env_file=None), NOWHERE, FastAPI()):
        _is_seldom()


async def test_the_service_with_a_worker_beside(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(service_app, "worker_beside", _looked_at)
    async with service_app._lifespan(Settings(worker_in_serve=True, _env_file=None), NOWHERE, Meters(), FastAPI()):
        _is_seldom()
