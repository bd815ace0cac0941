"""Every request gets its ids, one line in the log, and its time in the meters.

A pure ASGI middleware, for the other kinds cost half of the throughput. `X-Request-ID` and
`X-Correlation-ID` are mirrored; one that is too long or has odd characters is replaced by one of ours. The
path is never logged nor counted, only the route's template: a path may hold anything. Where nobody below
answers, because the fault is ours, this does (500), and lets the exception rise to the server's log.
"""

import re
from time import perf_counter
from typing import Final
from uuid import uuid4

import orjson
import structlog
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from service.meters import Meters

_ID: Final = re.compile(rb"[A-Za-z0-9._\-]{1,64}")
_REQUEST_ID: Final = b"x-request-id"
_CORRELATION_ID: Final = b"x-correlation-id"
_METHODS: Final = frozenset(("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"))
# Asked every few seconds by machines: counted, but logged only when somebody reads at DEBUG.
_ASKED_BY_MACHINES: Final = frozenset(("/healthz", "/readyz", "/metrics"))
_OUR_FAULT: Final = orjson.dumps(
    {
        "type": "urn:joinedup:problem:our-fault",
        "title": "The fault is ours.",
        "status": 500,
        "detail": "Keep the note and send it again in a minute. If it goes on, report the X-Request-ID of this answer.",
        "issue_code": "exception",
    }
)

log = structlog.get_logger()


class Requests:
    """Wraps the whole app; `meters` are those that /metrics shows."""

    def __init__(self, app: ASGIApp, meters: Meters) -> None:
        self._app = app
        self._meters = meters

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request_id, correlation_id = ids_of(scope)
        mirrored = [(_REQUEST_ID, request_id), (_CORRELATION_ID, correlation_id)]
        answered = 0
        started = perf_counter()

        async def send_with_ids(message: Message) -> None:
            nonlocal answered
            if message["type"] == "http.response.start":
                answered = message["status"]
                message = {**message, "headers": [*message.get("headers", ()), *mirrored]}
            await send(message)

        scope.setdefault("state", {})["request_id"] = request_id.decode()
        structlog.contextvars.clear_contextvars()
        structlog.contextvars.bind_contextvars(request_id=request_id.decode(), correlation_id=correlation_id.decode())
        try:
            await self._app(scope, receive, send_with_ids)
        finally:
            if not answered:
                await _say_our_fault(send_with_ids)
            self._tell(scope, answered, perf_counter() - started)

    def _tell(self, scope: Scope, status: int, seconds: float) -> None:
        method = scope["method"] if scope["method"] in _METHODS else "OTHER"
        route = getattr(scope.get("route"), "path", "unknown")
        self._meters.request_ended(method, route, status, seconds)
        tell = log.debug if route in _ASKED_BY_MACHINES else log.info
        tell("request", method=method, route=route, status=status, seconds=round(seconds, 6))


async def _say_our_fault(send: Send) -> None:
    headers = [(b"content-type", b"application/problem+json"), (b"content-length", str(len(_OUR_FAULT)).encode())]
    await send({"type": "http.response.start", "status": 500, "headers": headers})
    await send({"type": "http.response.body", "body": _OUR_FAULT})


def ids_of(scope: Scope) -> tuple[bytes, bytes]:
    """The caller's request id and correlation id where they are safe to repeat, else ours."""
    sent = {name: value for name, value in scope["headers"] if name in (_REQUEST_ID, _CORRELATION_ID)}
    request_id = sent.get(_REQUEST_ID, b"")
    if not _ID.fullmatch(request_id):
        request_id = str(uuid4()).encode()
    correlation_id = sent.get(_CORRELATION_ID, b"")
    return request_id, correlation_id if _ID.fullmatch(correlation_id) else request_id
