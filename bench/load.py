"""The load: asks over a number of kept connections, as fast as it is answered, in a process of its own.

    python -m bench.load URL CONNECTIONS SECONDS FILE [TOKENS]

FILE has one JSON body a line to post, or, where it begins with a slash, a path to get; TOKENS one bearer token a line,
taken in turn. The same load meets the product and its limit, so what it costs itself is in both.
"""

import asyncio
import json
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import cycle
from pathlib import Path
from typing import cast
from urllib.parse import urlsplit

import uvloop

_JSON = b"Content-Type: application/json\r\nContent-Length: "


@dataclass(frozen=True, slots=True)
class Load:
    """What one run saw. Latencies in milliseconds."""

    answered: int
    refused: int
    seconds: float
    p50: float
    p99: float

    @property
    def rate(self) -> float:
        return self.answered / self.seconds


def post(url: str, connections: int, seconds: float, bodies: Path, tokens: Path | None = None) -> Load:
    """Run the load beside us and wait for it."""
    command = [sys.executable, "-m", "bench.load", url, str(connections), str(seconds), str(bodies)]
    command += [str(tokens)] if tokens else []
    run = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, check=True)
    return Load(**json.loads(run.stdout))


@dataclass(slots=True)
class _Run:
    requests: Iterator[bytes]
    until: float
    latencies: list[float] = field(default_factory=list)
    refused: int = 0


class _Connection(asyncio.Protocol):
    """One request at a time: the next one goes as soon as the answer is whole."""

    def __init__(self, run: _Run) -> None:
        self._run = run
        self._buffer = b""
        self._sent = 0.0
        self.done: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)  # uvloop's is one in all but name
        self._next()

    def _next(self) -> None:
        request = next(self._run.requests, None)
        if request is None or time.perf_counter() > self._run.until:
            self._transport.close()
            return
        self._sent = time.perf_counter()
        self._transport.write(request)

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        head, found, body = self._buffer.partition(b"\r\n\r\n")
        if not found or len(body) < _length(head):
            return
        self._run.latencies.append(time.perf_counter() - self._sent)
        self._run.refused += not head.startswith(b"HTTP/1.1 2")
        self._buffer = b""
        self._next()

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - asyncio's signature
        if not self.done.done():
            self.done.set_result(None)


def _length(head: bytes) -> int:
    lowered = head.lower()
    at = lowered.find(b"content-length:")
    return int(lowered[at + 15 :].split(b"\r\n", 1)[0]) if at >= 0 else 0


def requests_of(url: str, lines: Sequence[bytes], tokens: Sequence[bytes] = ()) -> Iterator[bytes]:
    """Each request as it goes over the wire."""
    to = urlsplit(url)
    host = b"Host: " + to.netloc.encode() + b"\r\n"
    bearers = cycle([b"Authorization: Bearer " + token + b"\r\n" for token in tokens] or [b""])
    post = b"POST " + to.path.encode() + b" HTTP/1.1\r\n"
    for line, bearer in zip(lines, bearers, strict=False):
        if line.startswith(b"/"):
            yield b"GET " + line + b" HTTP/1.1\r\n" + host + bearer + b"\r\n"
        else:
            yield post + host + bearer + _JSON + str(len(line)).encode() + b"\r\n\r\n" + line


async def _post(url: str, connections: int, seconds: float, lines: list[bytes], tokens: list[bytes]) -> Load:
    to = urlsplit(url)
    assert to.hostname and to.port
    host, port = to.hostname, to.port
    requests = requests_of(url, lines, tokens)
    began = time.perf_counter()
    run = _Run(requests, began + seconds)
    opened = [
        await asyncio.get_running_loop().create_connection(lambda: _Connection(run), host, port)
        for _ in range(connections)
    ]
    await asyncio.gather(*(protocol.done for _, protocol in opened))
    took = time.perf_counter() - began
    ordered = sorted(run.latencies)
    return Load(
        answered=len(ordered) - run.refused,
        refused=run.refused,
        seconds=took,
        p50=ordered[len(ordered) // 2] * 1000,
        p99=ordered[int(len(ordered) * 0.99)] * 1000,
    )


def main() -> None:
    url, connections, seconds, *files = sys.argv[1:]
    lines, *tokens = (Path(file).read_bytes().splitlines() for file in files)
    load = uvloop.run(_post(url, int(connections), float(seconds), lines, tokens[0] if tokens else []))
    sys.stdout.write(json.dumps({name: getattr(load, name) for name in Load.__slots__}))


if __name__ == "__main__":
    main()
