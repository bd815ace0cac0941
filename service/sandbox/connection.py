"""The TCP connection under a request: uvicorn's protocol, made to hand its transport to the application.

`scope["state"]` is a copy of the protocol's own `app_state`, one protocol a connection: so the transport of
just this connection travels with each of its requests. `misbehaviour.py` resets it.
"""

import asyncio
import socket
import struct

from starlette.types import Scope
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

_LINGER_ZERO = struct.pack("ii", 1, 0)


class TransportInScope(HttpToolsProtocol):
    """Passed to uvicorn as `http=`."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """One new connection."""
        super().connection_made(transport)
        self.app_state = {**self.app_state, "transport": transport}


def abort(scope: Scope, with_reset: bool) -> None:
    """Close at once, whatever was not sent is lost. With SO_LINGER 0 the client gets a TCP reset, else an end."""
    transport: asyncio.Transport = scope["state"]["transport"]
    if with_reset:
        with socket.socket(fileno=_duplicate(transport)) as duplicate:
            duplicate.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _LINGER_ZERO)
    transport.abort()


def _duplicate(transport: asyncio.Transport) -> int:
    # Options belong to the socket, not to the descriptor; uvloop's own socket object cannot set them.
    return socket.dup(transport.get_extra_info("socket").fileno())
