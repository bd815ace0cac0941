"""No call without bounds: its URL, its headers, the name it calls us by, and the time it takes.

A pure ASGI middleware below the one that logs, so that what is refused here is logged and counted like all else.
How much body a call may have is `intake/read_body.py`'s; a head without an end is `serving/http.py`'s, before all.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from service.errors import CallerError, HeadTooLarge, NotOurName, NotTakenNow, TooSlow
from service.settings.loopback import LOOPBACK

LONGEST_URL: Final = 8 * 1024
LONGEST_HEADERS: Final = 32 * 1024

_NOT_IN_TIME: Final = "This took too long and was ended. Keep what you sent, and send it again in a minute."


@dataclass(frozen=True, slots=True)
class Bounds:
    """`seconds` for one call; `hosts` are the names we answer by, None for any."""

    seconds: float
    hosts: frozenset[str] | None = None


def names_of_ours(public_url: str) -> frozenset[str]:
    """The name callers know us by, and those of loopback, by which this machine looks after us."""
    return LOOPBACK | {urlsplit(public_url).hostname or ""}


class Bounded:
    """Wraps the app; `tell` makes an answer of an error, in the manner of the window that was asked."""

    def __init__(self, app: ASGIApp, bounds: Bounds, tell: Callable[[Request, CallerError], Response]) -> None:
        self._app = app
        self._bounds = bounds
        self._tell = tell

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
        elif refused := refusal_of(scope, self._bounds.hosts):
            await self._tell(Request(scope), refused)(scope, receive, send)
        else:
            await self._in_time(scope, receive, send)

    async def _in_time(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Until the answer begins: what was asked for is made by then, and how fast it is read is the caller's."""
        all_here = answered = False

        async def receive_and_see() -> Message:
            nonlocal all_here
            message = await receive()
            all_here = not message.get("more_body", False)
            return message

        async def send_and_see(message: Message) -> None:
            nonlocal answered
            if not answered:
                answered = True
                limit.reschedule(None)
            await send(message)

        try:
            async with asyncio.timeout(self._bounds.seconds) as limit:
                await self._app(scope, receive_and_see, send_and_see)
        except TimeoutError:
            if not limit.expired():
                raise  # one of ours below, and no end of this limit
            error = NotTakenNow(_NOT_IN_TIME) if all_here or not _has_body(scope) else TooSlow(_NOT_IN_TIME)
            await self._tell(Request(scope), error)(scope, receive, send)


def refusal_of(scope: Scope, hosts: frozenset[str] | None) -> CallerError | None:
    """What of the head of this call is not taken."""
    if len(scope["raw_path"]) + len(scope["query_string"]) > LONGEST_URL:
        return HeadTooLarge(414, f"The URL may have {LONGEST_URL} bytes at most. Ask for less at once.")
    if sum(len(name) + len(value) for name, value in scope["headers"]) > LONGEST_HEADERS:
        return HeadTooLarge(431, f"The headers may have {LONGEST_HEADERS} bytes at most. Send fewer, or shorter ones.")
    if hosts is not None and _host(scope) not in hosts:
        return NotOurName("Call us by the name that you were given for us, in the URL and in the header Host.")
    return None


def _host(scope: Scope) -> str | None:
    """The one name that is called: of none, or of several, nobody is meant."""
    named = [value for name, value in scope["headers"] if name == b"host"]
    if len(named) != 1:
        return None
    try:
        return urlsplit(f"//{named[0].decode('ascii')}").hostname
    except ValueError:
        return None


def _has_body(scope: Scope) -> bool:
    return any(name in (b"content-length", b"transfer-encoding") for name, _ in scope["headers"])
