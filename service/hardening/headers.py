"""Strict headers on every answer, also on one that says that the fault is ours.

A pure ASGI middleware, the outermost. What a page or a route says for itself is left as it is.
"""

from typing import Final

from starlette.types import ASGIApp, Message, Receive, Scope, Send

_EVERYWHERE: Final = (
    (b"cache-control", b"no-store"),
    # For what a browser might take for a page. Pages say what they need themselves.
    (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"referrer-policy", b"no-referrer"),
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
)
_ONE_YEAR_OF_HTTPS: Final = (b"strict-transport-security", b"max-age=31536000; includeSubDomains")


class StrictHeaders:
    """Wraps the whole app; `https` where callers reach us that way, by our own TLS or a proxy's."""

    def __init__(self, app: ASGIApp, *, https: bool) -> None:
        self._app = app
        self._headers = (*_EVERYWHERE, _ONE_YEAR_OF_HTTPS) if https else _EVERYWHERE

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                said = list(message.get("headers", ()))
                names = {name.lower() for name, _ in said}
                message = {**message, "headers": [*said, *(one for one in self._headers if one[0] not in names)]}
            await send(message)

        await self._app(scope, receive, send_with_headers)
