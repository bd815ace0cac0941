"""Every route that takes a body refuses one that is too large, declared or not, before it has read it all."""

from collections.abc import AsyncIterator
from typing import Any
from uuid import uuid4

import httpx
import pytest
from fastapi import FastAPI
from fastapi.routing import APIRoute

from service.app import make_app
from service.intake.read_body import LARGEST_BATCH
from service.settings import Settings

_MOST_READ = LARGEST_BATCH + 1024 * 1024


def routes_with_bodies(app: FastAPI) -> list[tuple[str, str]]:
    """Method and path, with made-up ids in it."""
    found = [route for route in _all(app.routes) if isinstance(route, APIRoute)]
    return [
        (method, route.path.format(**dict.fromkeys(route.param_convertors, str(uuid4()))))
        for route in found
        for method in sorted((route.methods or set()) & {"POST", "PUT", "PATCH", "DELETE"})
    ]


def _all(routes: Any) -> list[Any]:
    """FastAPI keeps included routers as they are: theirs are within."""
    return [
        inner
        for route in routes
        for inner in (_all(route.original_router.routes) if hasattr(route, "original_router") else [route])
    ]


ROUTES = routes_with_bodies(make_app(Settings(_env_file=None), "postgresql://nobody@127.0.0.1:1/nothing"))


def test_there_are_such_routes() -> None:
    assert len(ROUTES) >= 11
    assert {path.split("/")[1] for _, path in ROUTES} >= {"notes", "fhir", "deliveries", "desk"}


@pytest.mark.parametrize("declared", [True, False])
async def test_a_body_that_is_too_large_is_refused_unread(operator: httpx.AsyncClient, declared: bool) -> None:
    for method, path in ROUTES:
        sent = 0

        async def parts() -> AsyncIterator[bytes]:
            nonlocal sent
            while sent < 2 * _MOST_READ:
                sent += 65536
                yield b" " * 65536

        headers = {
            "Content-Type": "application/fhir+json" if path.startswith("/fhir") else "application/json",
            "If-Match": '"1"',
            **({"Content-Length": str(2 * _MOST_READ)} if declared else {}),
        }
        answer = await operator.request(method, path, content=parts(), headers=headers)
        assert (path, answer.status_code) == (path, 413)
        assert sent <= (65536 if declared else _MOST_READ)
