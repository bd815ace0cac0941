"""Runs one ASGI app on a socket until the process is told to stop. The commands come before it."""

import signal
import socket
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from ssl import SSLContext
from types import FrameType
from typing import Final, NoReturn

import uvicorn
from starlette.types import ASGIApp

from service.errors import CannotStart
from service.serving.http import BoundedHttp

# Seconds for the requests in flight; what the lifespan stops (a worker) has its own.
_GRACE: Final = 30


@contextmanager
def until_told_to_stop() -> Iterator[None]:
    """SIGTERM leaves the block as Ctrl-C does: through everything that has to be closed, without a traceback."""

    def leave(_number: int, _frame: FrameType | None) -> NoReturn:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGTERM, leave)
    try:
        with suppress(KeyboardInterrupt):
            yield
    finally:
        signal.signal(signal.SIGTERM, before)


def serve_app(
    app: ASGIApp, listener: socket.socket, tls: SSLContext | None = None, trusted_proxies: Sequence[str] = ()
) -> None:
    """Until told to stop; requests in flight are finished first. Our middleware logs, so the server does not."""
    try:
        uvicorn.Server(server_config(app, tls, trusted_proxies)).run([listener])
    except SystemExit:
        raise CannotStart("It did not start; the log above says where it failed.") from None


def server_config(app: ASGIApp, tls: SSLContext | None = None, trusted_proxies: Sequence[str] = ()) -> uvicorn.Config:
    """How we are served. Without proxies that are named, what anybody says of where they come from is not believed."""
    return uvicorn.Config(
        app,
        http=BoundedHttp,
        ws="none",
        log_config=None,
        access_log=False,
        server_header=False,
        lifespan="on",
        timeout_graceful_shutdown=_GRACE,
        proxy_headers=bool(trusted_proxies),
        forwarded_allow_ips=list(trusted_proxies),
        ssl_context_factory=None if tls is None else lambda _config, _default: tls,
    )
