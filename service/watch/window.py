"""Health and metrics as a small app of their own, for a worker that serves nothing else."""

from fastapi import FastAPI

from service.watch import health, metrics
from service.watch.watched import Watched


def watch_app(watched: Watched) -> FastAPI:
    """/healthz, /readyz and /metrics, as `serve` has them."""
    app = FastAPI(openapi_url=None)
    app.state.watched = watched
    app.include_router(health.router)
    app.include_router(metrics.router)
    return app
