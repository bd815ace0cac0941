"""One ASGI app on this machine's loopback, until the process is told to stop.

Loopback only, until who may call is decided. The commands come before it.
"""

import os
import signal
import socket
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from ipaddress import ip_address
from types import FrameType
from typing import Final, NoReturn

import uvicorn
from starlette.types import ASGIApp

from service.errors import CannotStart

# Seconds for the requests in flight; what the lifespan stops (a worker) has its own.
_GRACE: Final = 30
_BACKLOG: Final = 2048


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


def listen_on_loopback(host: str, port: int) -> "closing[socket.socket]":
    """A socket that is listened on, closed at the end of a `with`. `CannotStart` for any other address."""
    if not _is_loopback(host):
        raise CannotStart(
            f"joinedup does not listen on {host}: until access control is built, anybody who can reach it could read "
            "and write. Set JOINEDUP_HOST to 127.0.0.1."
        )
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return closing(socket.create_server((host, port), family=family, backlog=_BACKLOG))
    except OSError as fault:
        raise CannotStart(
            f"Port {port} of {host} cannot be listened on ({os.strerror(fault.errno or 0)}). Stop what uses it, or "
            "choose another; 0 takes a free one."
        ) from None


def serve_app(app: ASGIApp, listener: socket.socket) -> None:
    """Until told to stop; requests in flight are finished first. Our middleware logs, so the server does not."""
    config = uvicorn.Config(
        app, log_config=None, access_log=False, server_header=False, lifespan="on", timeout_graceful_shutdown=_GRACE
    )
    try:
        uvicorn.Server(config).run([listener])
    except SystemExit:
        raise CannotStart("It did not start; the log above says where it failed.") from None


def _is_loopback(host: str) -> bool:
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False
