"""A socket that answers HTTP byte by byte as it is told: for what no HTTP server would ever do."""

import asyncio
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

Behaviour = Callable[[asyncio.StreamWriter], Awaitable[None]]

HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/fhir+json\r\n"


@asynccontextmanager
async def raw_server(*behaviours: Behaviour) -> AsyncIterator[str]:
    """The base URL. Each request is read whole, then met by the next behaviour; the last one serves for the rest."""
    left = list(behaviours)
    open_now: list[tuple[asyncio.StreamWriter, asyncio.Task[None]]] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while await _read_request(reader):
            try:
                await (left.pop(0) if len(left) > 1 else left[0])(writer)
            except ConnectionError:
                return

    def begin(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        open_now.append((writer, asyncio.ensure_future(serve(reader, writer))))

    server = await asyncio.start_server(begin, "127.0.0.1", 0)
    try:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/fhir"
    finally:
        server.close()
        for writer, _ in open_now:
            writer.transport.abort()
        await asyncio.gather(*(task for _, task in open_now))
        await server.wait_closed()


@asynccontextmanager
async def speaks_no_tls() -> AsyncIterator[str]:
    """An https URL, and behind it somebody who answers a handshake in plain text."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(1)
        writer.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")
        writer.close()

    async with await asyncio.start_server(serve, "127.0.0.1", 0) as server:
        yield f"https://127.0.0.1:{server.sockets[0].getsockname()[1]}/fhir"


async def _read_request(reader: asyncio.StreamReader) -> bool:
    try:
        head = (await reader.readuntil(b"\r\n\r\n")).lower()
        length = next((line for line in head.split(b"\r\n") if line.startswith(b"content-length:")), b": 0")
        await reader.readexactly(int(length.partition(b":")[2]))
    except (asyncio.IncompleteReadError, ConnectionError):
        return False
    return True


def says(*pieces: bytes, close: bool = False) -> Behaviour:
    """Write these bytes, one piece after the other."""

    async def behave(writer: asyncio.StreamWriter) -> None:
        for piece in pieces:
            writer.write(piece)
            await writer.drain()
        if close:
            writer.close()

    return behave


async def says_nothing(writer: asyncio.StreamWriter) -> None:
    """The request is taken, and that is all."""


async def drips(writer: asyncio.StreamWriter) -> None:
    """A byte now and then, for ever: no single wait is long."""
    writer.write(HEAD + b"Content-Length: 1000000\r\n\r\n")
    while not writer.transport.is_closing():
        writer.write(b" ")
        await asyncio.sleep(0.02)


async def resets(writer: asyncio.StreamWriter) -> None:
    """A TCP reset."""
    linger = b"\x01\x00\x00\x00\x00\x00\x00\x00"
    writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
    writer.transport.abort()


async def floods(writer: asyncio.StreamWriter) -> None:
    """More than anybody should hold in memory."""
    writer.write(HEAD + b"Connection: close\r\n\r\n")
    while not writer.transport.is_closing():
        writer.write(b" " * 1_000_000)
        await writer.drain()
