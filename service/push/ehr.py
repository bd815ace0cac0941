"""The EHR's FHIR API over HTTP, by what `wire.py` has of httpx; made once a process.

Before it: whoever in `push/` has something to ask. After it: `meaning.py`, which says what a reply means.
No exception of the transport leaves this file, no redirect is followed, no answer is read without a bound.
"""

import asyncio
import copy
import time
from collections.abc import Mapping
from http import HTTPStatus
from types import TracebackType
from typing import Self
from urllib.parse import quote, urlencode
from uuid import UUID, uuid4

import aiohttp
import orjson

from service.push.answer import Answer, AnswerLost, AnswerLostBy, NeverSent, NeverSentBy, Reply, Unreadable
from service.push.certificate import ClientCertificate, trusted
from service.push.credentials import Credentials, Header
from service.push.places import Places, what_slows
from service.wire import URL, AsyncBaseTransport, DecodingError, HTTPError, Request, Response, Timeout, over_the_network

_LONGEST_ANSWER = 8 * 1024 * 1024
_LONGEST_CONNECT = 10.0
_AT_ONCE = 16
_JSON_TYPES = frozenset({"", "application/fhir+json", "application/json", "application/json+fhir", "text/json"})
_ALWAYS = {"Accept": "application/fhir+json", "Accept-Encoding": "identity", "User-Agent": "joinedup"}
_FORM = {"Content-Type": "application/x-www-form-urlencoded"}
_BUNDLE = {"Content-Type": "application/fhir+json; charset=utf-8", "Prefer": "return=minimal"}
_RESOURCE = {"Content-Type": "application/fhir+json; charset=utf-8", "Prefer": "return=representation"}
_STRICT = {"Prefer": "handling=strict"}  # a search parameter that is not known is an error, not "everything"


class _TooLarge(Exception):
    """The answer is longer than we are willing to hold."""


class Ehr:
    """One EHR. `base_url` as references spell it, without a slash at its end; `timeout` in seconds, for a whole call.

    Calls are under way as many at once as `places` has, and more wait here; a call's time begins when it has its place.
    `transport` stands in for the network in tests. Who is trusted is the system's to say (or SSL_CERT_FILE).
    """

    def __init__(
        self,
        base_url: str,
        timeout: float,
        places: Places | None = None,
        *,
        credentials: Credentials | None = None,
        certificate: ClientCertificate | None = None,
        transport: AsyncBaseTransport | None = None,
    ) -> None:
        self.base_url = base_url.rstrip("/")
        self._home = URL(self.base_url)
        self._timeout = timeout
        self._places = places or Places(_AT_ONCE, time.monotonic)
        self._note_id: UUID | None = None
        self._transport = transport or _over_the_network(self.base_url, certificate)
        self._credentials = credentials or Header()
        connect = min(_LONGEST_CONNECT, timeout / 2)
        self._extensions = {"timeout": Timeout(timeout, connect=connect, pool=connect).as_dict()}

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def close(self) -> None:
        """Give the connections back; at shutdown, once nothing is in flight."""
        await self._transport.aclose()

    def about(self, note_id: UUID) -> "Ehr":
        """The same EHR over the same connections; the calls carry the note's id as `X-Correlation-ID`."""
        calls = copy.copy(self)
        calls._note_id = note_id
        return calls

    async def metadata(self) -> Reply:
        """The CapabilityStatement."""
        return await self._ask("GET", "/metadata")

    async def read(self, resource_type: str, resource_id: str) -> Reply:
        """One resource by the EHR's own id."""
        return await self._ask("GET", f"/{resource_type}/{quote(resource_id, safe='')}")

    async def search(self, resource_type: str, parameters: Mapping[str, str], *, by_post: bool = False) -> Reply:
        """Resources by parameters; `by_post` keeps the parameters of a person out of every URL and access log."""
        query = urlencode(parameters, quote_via=quote)
        if by_post:
            return await self._ask("POST", f"/{resource_type}/_search", _FORM | _STRICT, query.encode())
        return await self._ask("GET", f"/{resource_type}?{query}", _STRICT)

    def place(self) -> Places:
        """To be held around a write, its intent written before: who waited for it asks the ledger for the lease."""
        return self._places

    async def transaction(self, bundle: bytes) -> Reply:
        """A transaction Bundle, already JSON. Within `place()`."""
        return await self._send("POST", "", _BUNDLE, bundle)

    async def create(self, resource_type: str, body: bytes) -> Reply:
        """A new resource, already JSON; the EHR gives it its id. Within `place()`."""
        return await self._send("POST", f"/{resource_type}", _RESOURCE, body)

    async def update(self, resource_type: str, resource_id: str, body: bytes, version: str | None) -> Reply:
        """The next version of a resource; with `version` only if the EHR still has that one. Within `place()`."""
        headers = _RESOURCE if version is None else {**_RESOURCE, "If-Match": f'W/"{version}"'}
        return await self._send("PUT", f"/{resource_type}/{quote(resource_id, safe='')}", headers, body)

    async def delete(self, resource_type: str, resource_id: str) -> Reply:
        """What a probe wrote; a delivery deletes nothing."""
        return await self._ask("DELETE", f"/{resource_type}/{quote(resource_id, safe='')}")

    async def _ask(
        self, method: str, path: str, headers: dict[str, str] | None = None, content: bytes | None = None
    ) -> Reply:
        async with self._places:
            return await self._send(method, path, headers, content)

    async def get(self, url: str) -> Reply:
        """See `Outside`: without credentials, for it is they who ask."""
        return await self._carry("GET", URL(url), {"Accept": "application/json"}, None)

    async def post_form(self, url: str, headers: Mapping[str, str], fields: Mapping[str, str]) -> Reply:
        """See `Outside`."""
        content = urlencode(fields).encode()
        return await self._carry("POST", URL(url), {"Accept": "application/json", **_FORM, **headers}, content)

    async def _send(
        self, method: str, path: str, headers: dict[str, str] | None = None, content: bytes | None = None
    ) -> Reply:
        """With what lets us in; once more with something newer where the EHR says 401, for then it did nothing."""
        url = self.base_url + path if path else self._home
        lets_in = await self._credentials.headers(self)
        if isinstance(lets_in, NeverSent):
            return lets_in
        named = {**_ALWAYS, **self._names(), **(headers or {})}
        reply = await self._carry(method, url, {**named, **lets_in}, content)
        if not (
            isinstance(reply, Answer) and reply.status == HTTPStatus.UNAUTHORIZED and self._credentials.refused(lets_in)
        ):
            return reply
        newer = await self._credentials.headers(self)
        if isinstance(newer, NeverSent):
            return newer
        return await self._carry(method, url, {**named, **newer}, content)

    async def _carry(self, method: str, url: str | URL, headers: Mapping[str, str], content: bytes | None) -> Reply:
        request = Request(method, url, headers=headers, content=content, extensions=self._extensions)
        began = time.monotonic()
        reply = await self._answer_to(request)
        self._places.heard(self._kind_of(request), began, what_slows(reply))
        return reply

    def _kind_of(self, request: Request) -> str:
        """`POST Patient`: calls that may be compared by how long they take."""
        name = request.url.path.removeprefix(self._home.path).strip("/").partition("/")[0]
        return f"{request.method} {name}"

    async def _answer_to(self, request: Request, *, again: bool = False) -> Reply:
        try:
            async with asyncio.timeout(self._timeout):
                response = await self._transport.handle_async_request(request)
                try:
                    body = await _bounded(response)
                finally:
                    await response.aclose()
        except _TooLarge:
            return AnswerLost("too_large")
        except (HTTPError, aiohttp.ClientError, OSError) as fault:
            failure = _failure(fault)
            if request.method != "GET" or again or failure != AnswerLost("reset"):
                return failure
            # Often only a connection that was kept too long; a read may be asked for again.
            return await self._answer_to(request, again=True)
        return _answer(response, body)

    def _names(self) -> dict[str, str]:
        names = {"X-Request-ID": str(uuid4())}
        if self._note_id:
            names["X-Correlation-ID"] = str(self._note_id)
        return names


def _over_the_network(base_url: str, certificate: ClientCertificate | None) -> AsyncBaseTransport:
    return over_the_network(trusted(certificate) if base_url.startswith("https:") else False)


async def _bounded(response: Response) -> bytes:
    chunks = []
    left = _LONGEST_ANSWER
    async for chunk in response.aiter_bytes():
        left -= len(chunk)
        if left < 0:
            raise _TooLarge
        chunks.append(chunk)
    return b"".join(chunks)


def _failure(fault: Exception) -> NeverSent | AnswerLost:
    """By the exception of aiohttp underneath: httpx's names for them do not say whether anything was sent."""
    if isinstance(fault, DecodingError):
        return AnswerLost("truncated")
    cause = (fault.__cause__ or fault) if isinstance(fault, HTTPError) else fault
    if isinstance(cause, aiohttp.ClientConnectorError | aiohttp.ConnectionTimeoutError):
        return NeverSent(_why_never_sent(cause))
    return AnswerLost(_why_lost(cause))


def _why_never_sent(cause: BaseException) -> NeverSentBy:
    match cause:
        case aiohttp.ClientSSLError():
            return "tls"
        case aiohttp.ClientConnectorDNSError():
            return "no_such_host"
        case aiohttp.ConnectionTimeoutError():
            return "timeout"
        case _:
            return "refused"


def _why_lost(cause: BaseException) -> AnswerLostBy:
    match cause:
        case TimeoutError():
            return "timeout"
        case aiohttp.ClientPayloadError():
            return "truncated"
        case aiohttp.ClientResponseError():
            return "not_http"
        case _:
            return "reset"


def _answer(response: Response, content: bytes) -> Answer:
    body, unreadable = _json(response.headers.get("content-type", ""), content)
    return Answer(
        status=response.status_code,
        body=body,
        unreadable=unreadable,
        etag=response.headers.get("etag"),
        location=response.headers.get("location") or response.headers.get("content-location"),
        retry_after=response.headers.get("retry-after"),
    )


def _json(content_type: str, content: bytes) -> tuple[dict[str, object] | None, Unreadable | None]:
    if not content.strip():
        return None, "empty"
    if content_type.partition(";")[0].strip().lower() not in _JSON_TYPES:
        return None, "wrong_content_type"
    try:
        body = orjson.loads(content)
    except orjson.JSONDecodeError:
        return None, "not_json"
    return (body, None) if isinstance(body, dict) else (None, "not_json")
