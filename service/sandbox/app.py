"""The sandbox put together: FHIR routes, control routes, misbehaviour before them; and served by uvicorn.

`joinedup sandbox` calls `run_sandbox`; tests build `sandbox_app` or a `sandbox_server` they can stop.
"""

import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import uvicorn
from pydantic import ValidationError
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.types import ASGIApp

from service.sandbox.connection import TransportInScope
from service.sandbox.control import control_routes, tell_invalid
from service.sandbox.misbehaviour import Misbehaviour
from service.sandbox.offer import Offer, Style
from service.sandbox.people import seed_people
from service.sandbox.refusals import Refused
from service.sandbox.routes import fhir_routes, tell_no_route, tell_refused
from service.sandbox.state import State
from service.sandbox.store import Store

ROOT = "/fhir"


def run_sandbox(host: str, port: int, store: Path, seed: bool = True) -> None:
    """Serve until told to stop (SIGINT, SIGTERM)."""
    try:
        listening = socket.create_server((host, port))
    except OSError:
        raise SystemExit(f"Nothing can listen on port {port} of {host}: something else does. Choose another.") from None
    # uvicorn raises Ctrl-C again once it has stopped.
    with listening, suppress(KeyboardInterrupt):
        sandbox_server(sandbox_app(store, seed=seed), host, port).run(sockets=[listening])


def sandbox_app(store: Path, *, seed: bool = True, offer: Offer | None = None, style: Style | None = None) -> Starlette:
    """The ASGI application. `seed` puts the fictional people into a store that is empty."""
    opened = Store(store)
    if seed:
        seed_people(opened)
    state = State(opened, offer or Offer(), style or Style())

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        yield
        opened.close()

    app = Starlette(
        routes=[*fhir_routes(ROOT), *control_routes()],
        middleware=[Middleware(Misbehaviour, root=ROOT, state=state)],
        exception_handlers={Refused: tell_refused, HTTPException: tell_no_route, ValidationError: tell_invalid},
        lifespan=lifespan,
    )
    app.state.sandbox = state
    return app


def sandbox_server(app: ASGIApp, host: str, port: int) -> uvicorn.Server:
    """A uvicorn server whose connections `misbehaviour.py` can reset."""
    config = uvicorn.Config(
        app,
        host=host,
        port=port,
        http=TransportInScope,
        ws="none",
        access_log=False,
        log_config=None,
        log_level="warning",
        timeout_graceful_shutdown=1,
    )
    return uvicorn.Server(config)
