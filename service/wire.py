"""The one place of the product that knows httpx: its types under names of ours, and short questions to sign-in servers.

`push/ehr.py` takes the transport from here. `Questions` is for URLs that a setting or a server gave us: bounded in
time and size, no redirect, no proxy of the environment, and no address that a server of a trust does not have.
"""

import asyncio
import socket
import ssl
from collections.abc import Callable, Mapping
from functools import partial
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address
from typing import Any, Final, Literal, TypeAlias
from urllib.parse import urlencode

import aiohttp
import orjson
from httpx import (
    URL,
    AsyncBaseTransport,
    DecodingError,
    HTTPError,
    InvalidURL,
    Request,
    Response,
    Timeout,
)
from httpx_aiohttp import AiohttpTransport

__all__ = [
    "URL",
    "AsyncBaseTransport",
    "DecodingError",
    "HTTPError",
    "NoAnswer",
    "Questions",
    "Request",
    "Response",
    "Timeout",
    "over_the_network",
    "refusal_of",
]

Json: TypeAlias = dict[str, Any]
WhyNoAnswer: TypeAlias = Literal[
    "not_asked", "unreachable", "timeout", "status", "too_large", "not_json", "other_issuer", "no_jwks_uri", "no_keys"
]

_IDLE_SECONDS: Final = 3  # shorter than any server keeps a connection, so that none is sent into the void
_LONGEST_ANSWER: Final = 256 * 1024
_LONGEST_WAIT: Final = 5.0
_ON_THIS_MACHINE: Final = "localhost"
_ALWAYS: Final = {"Accept": "application/json", "Accept-Encoding": "identity", "User-Agent": "joinedup"}
_FORM: Final = {"Content-Type": "application/x-www-form-urlencoded"}
_THIS_NETWORK: Final = IPv4Network("0.0.0.0/8")
_NAT64: Final = IPv6Network("64:ff9b::/96")  # an IPv4 address in IPv6's clothes, RFC 6052


class NoAnswer(Exception):
    """A question had no answer that can be used; `why` is a word for the log, `status` the server's if it said one."""

    def __init__(self, why: WhyNoAnswer, status: int | None = None) -> None:
        super().__init__(why)
        self.why = why
        self.status = status


class Questions:
    """Asks for JSON. One a process; `close` it. `trust`: whose certificates are believed, else the system's."""

    def __init__(self, timeout: float = _LONGEST_WAIT, trust: ssl.SSLContext | None = None) -> None:
        self._timeout = timeout
        trusted = trust or ssl.create_default_context()
        # Two, so that a connection to this machine is never taken up by who may not ask there.
        self._transports = {
            loopback: over_the_network(trusted, partial(_open_socket, loopback=loopback)) for loopback in (True, False)
        }

    async def close(self) -> None:
        """Give the connections back."""
        for transport in self._transports.values():
            await transport.aclose()

    async def get(self, url: str, *, loopback: bool) -> Json:
        """The JSON object at a URL; `loopback`: whether it may be on this machine. `NoAnswer` for anything else."""
        return await self._ask("GET", url, _ALWAYS, None, loopback)

    async def post_form(
        self, url: str, fields: Mapping[str, str], headers: Mapping[str, str], *, loopback: bool
    ) -> Json:
        """The JSON object that answers a form. `NoAnswer` for anything else."""
        content = urlencode(fields).encode()
        return await self._ask("POST", url, {**_ALWAYS, **_FORM, **headers}, content, loopback)

    async def _ask(
        self, method: str, url: str, headers: Mapping[str, str], content: bytes | None, loopback: bool
    ) -> Json:
        if refusal_of(url, loopback=loopback):
            raise NoAnswer("not_asked")
        request = Request(method, url, headers=headers, content=content)
        try:
            async with asyncio.timeout(self._timeout):
                return await _answer(self._transports[loopback], request)
        except TimeoutError:
            raise NoAnswer("timeout") from None
        except (HTTPError, aiohttp.ClientError, OSError):
            # Not chained: the message of a fault of the network may hold the URL with what is in it.
            raise NoAnswer("unreachable") from None


def over_the_network(
    trust: ssl.SSLContext | bool, open_socket: Callable[[Any], socket.socket] | None = None
) -> AsyncBaseTransport:
    """Connections by aiohttp, made when the first is needed; `open_socket` sees each address before it is connected to.

    The transport itself, without httpx.AsyncClient around it: no redirects, cookies, proxies from the environment or
    log lines with URLs, and a third less processor time for each call.
    """

    def open_session() -> aiohttp.ClientSession:
        # Without a limit of its own: whoever has a place has a connection.
        connector = aiohttp.TCPConnector(
            limit=0, keepalive_timeout=_IDLE_SECONDS, ssl=trust, socket_factory=open_socket
        )
        session = aiohttp.ClientSession(connector=connector, cookie_jar=aiohttp.DummyCookieJar())
        # By itself it sends a PUT again when the connection broke, which may have been carried out: only who looks
        # first writes again. There is no public name for it; a test notices if this one goes.
        session._retry_connection = False
        return session

    return AiohttpTransport(verify=trust, client=open_session)


def refusal_of(url: str, *, loopback: bool) -> str | None:
    """Why this URL is not asked, as a sentence without it; None where it may be.

    Names are looked at again once they are resolved, at the very address that is connected to.
    """
    try:
        parsed = URL(url)
    except InvalidURL:
        return "That is no URL."
    if not parsed.host or parsed.scheme not in ("https", "http"):
        return "It has to begin with https://."
    if parsed.userinfo:
        return "A URL must not hold a name or a password."
    here = _is_loopback(parsed.host)
    if parsed.scheme == "http" and not (here and loopback):
        return "It has to begin with https://."
    if here:
        return None if loopback else "It must not be on this machine."
    address = _address(parsed.host)
    return None if address is None or _may_be_asked(address, loopback) else "That address is not one of a server."


async def _answer(transport: AsyncBaseTransport, request: Request) -> Json:
    response = await transport.handle_async_request(request)
    try:
        if response.status_code != 200:
            raise NoAnswer("status", response.status_code)
        body = await _bounded(response)
    finally:
        await response.aclose()
    try:
        said = orjson.loads(body)
    except orjson.JSONDecodeError:
        raise NoAnswer("not_json") from None
    if not isinstance(said, dict):
        raise NoAnswer("not_json")
    return said


async def _bounded(response: Response) -> bytes:
    """As it came: what is packed would have no bound once it is unpacked, and nobody was asked to pack it."""
    chunks = []
    left = _LONGEST_ANSWER
    async for chunk in response.aiter_raw():
        left -= len(chunk)
        if left < 0:
            raise NoAnswer("too_large")
        chunks.append(chunk)
    return b"".join(chunks)


def _open_socket(info: Any, loopback: bool) -> socket.socket:
    """For one address of aiohttp's; an OSError is a refused connection to it."""
    family, kind, protocol, _, where = info
    address = _address(str(where[0]))
    if address is None or not _may_be_asked(address, loopback):
        raise OSError("not an address that is asked")
    return socket.socket(family, kind, protocol)


def _may_be_asked(address: IPv4Address | IPv6Address, loopback: bool) -> bool:
    """Private addresses (10/8 and the like) are legitimate: in a hospital, that is where the servers are.

    Never link-local (169.254.169.254 is where clouds keep the machine's own credentials), multicast or unspecified.
    """
    if address.is_loopback:
        return loopback
    no_server = address.is_link_local or address.is_multicast or address.is_unspecified or address.is_reserved
    return not no_server and address not in _THIS_NETWORK


def _is_loopback(host: str) -> bool:
    address = _address(host)
    return host == _ON_THIS_MACHINE or (address is not None and address.is_loopback)


def _address(host: str) -> IPv4Address | IPv6Address | None:
    """An address in plain numbers, an IPv4 one out of its IPv6 clothes; None where it is a name."""
    try:
        address = ip_address(host)
    except ValueError:
        return None
    if isinstance(address, IPv4Address):
        return address
    if address in _NAT64:
        return IPv4Address(int(address) & 0xFFFFFFFF)
    return address.ipv4_mapped or address
