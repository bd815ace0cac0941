"""HTTP/1.1 as uvicorn speaks it, but no head without an end: neither in bytes nor in time.

uvicorn's own protocol gathers URL and headers for as long as they come, and waits for them for ever.
"""

from asyncio import TimerHandle, Transport
from typing import Any, Final

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

# Above what `hardening/bounds.py` takes, which answers in our manner; this is for what never ends. Also of what stands
# between the parts of a body, and after it.
MOST_BESIDE_BODY: Final = 64 * 1024
# What is sent on after the answer is read and thrown away, for a while, so that the answer arrives.
MOST_AFTER_ANSWER: Final = 8 * 1024 * 1024
HEAD_WITHIN: Final = 10.0

_REFUSED: Final = b"HTTP/1.1 %s\r\ncontent-length: 0\r\ncache-control: no-store\r\nconnection: close\r\n\r\n"
_TOO_LARGE: Final = _REFUSED % b"431 Request Header Fields Too Large"
_TOO_SLOW: Final = _REFUSED % b"408 Request Timeout"


class BoundedHttp(HttpToolsProtocol):
    """One connection. The clock of a head runs from the connection, or from its first byte on an open one."""

    _beside_body = 0
    _after_answer = 0
    _in_head = True
    _head_timer: TimerHandle | None = None

    def connection_made(self, transport: Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._start_clock()

    def connection_lost(self, exc: Exception | None) -> None:
        self._stop_clock()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        self._beside_body += len(data)
        super().data_received(data)
        if self._beside_body > MOST_BESIDE_BODY:
            self._refuse(_TOO_LARGE)

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self._in_head = True
        self._after_answer = 0
        if self._head_timer is None:
            self._start_clock()

    def on_header(self, name: bytes, value: bytes) -> None:
        if self._in_head:  # what follows a body would be taken for what was said before it
            super().on_header(name, value)

    def on_headers_complete(self) -> None:
        self._stop_clock()
        self._in_head = False
        self._beside_body = 0
        super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        # Twice, for each part of a body has a frame: parts of a few bytes each are nobody's habit.
        self._beside_body = max(0, self._beside_body - 2 * len(body))
        if self.cycle.response_complete:
            self._after_answer += len(body)
            if self._after_answer > MOST_AFTER_ANSWER:
                self.transport.close()
        super().on_body(body)

    def _start_clock(self) -> None:
        self._head_timer = self.loop.call_later(HEAD_WITHIN, self._head_is_late)

    def _stop_clock(self) -> None:
        if self._head_timer is not None:
            self._head_timer.cancel()
            self._head_timer = None

    def _head_is_late(self) -> None:
        self._head_timer = None
        self._refuse(_TOO_SLOW)

    def _refuse(self, answer: bytes) -> None:
        """Said outright where nothing is being answered; else what is being answered would be torn in two."""
        cycle: Any = self.cycle
        if not self.transport.is_closing() and (cycle is None or cycle.response_complete):
            self.transport.write(answer)
        self.transport.close()
