"""Health and metrics as a small app of their own, for a worker that serves nothing else."""

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager

from fastapi import FastAPI

from service.hardening.headers import StrictHeaders
from service.watch import health, metrics


def watch_app(lifespan: Callable[[FastAPI], AbstractAsyncContextManager[None]] | None = None) -> FastAPI:
    """/healthz, /readyz and /metrics, as `serve` has them; `lifespan` sets `app.state.watched`."""
    app = FastAPI(openapi_url=None, lifespan=lifespan)
    app.include_router(health.router)
    app.include_router(metrics.router)
    app.add_middleware(StrictHeaders, https=False)
    return app
