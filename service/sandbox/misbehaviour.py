"""Stands before the FHIR routes: writes down every request, and misbehaves where a rule asks for it.

Answers are captured whole, so that one can be lost, cut or replaced after what was asked has been committed.
"""

import asyncio
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import assert_never

import orjson
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from service.sandbox.connection import abort
from service.sandbox.refusals import operation_outcome
from service.sandbox.rules import Asked, Rule
from service.sandbox.state import Seen, State

Headers = list[tuple[bytes, bytes]]
_HTML = b"<!DOCTYPE html><html><head><title>Bad gateway</title></head><body><h1>Bad gateway</h1></body></html>"


@dataclass(slots=True)
class Answer:
    """One whole answer, kept back."""

    status: int = 500
    headers: Headers = field(default_factory=list)
    body: bytes = b""

    async def keep(self, message: Message) -> None:
        """The `send` of the application whose answer this is."""
        if message["type"] == "http.response.start":
            self.status, self.headers = message["status"], list(message["headers"])
        else:
            self.body += message.get("body", b"")


class Misbehaviour:
    """ASGI, around the FHIR application."""

    def __init__(self, fhir: ASGIApp, root: str, state: State) -> None:
        self._fhir = fhir
        self._root = root
        self._state = state

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Anything outside the FHIR root passes untouched."""
        if scope["type"] != "http" or not _is_below(scope["path"], self._root):
            await self._fhir(scope, receive, send)
            return
        body = await _whole_body(receive)
        if body is None:
            return
        asked = _asked(scope, self._root, body)
        seen = self._state.write_down(asked, _headers(scope))
        exchange = _Exchange(self._fhir, self._state, seen, scope, receive, send, body)
        await exchange.run(self._state.rules.use_for(asked))


@dataclass(frozen=True, slots=True)
class _Exchange:
    """One request, and what becomes of it."""

    fhir: ASGIApp
    state: State
    seen: Seen
    scope: Scope
    receive: Receive
    send: Send
    body: bytes

    async def run(self, rule: Rule | None) -> None:
        if rule is None:
            await self._tell(await self._do())
            return
        self.seen.rule = rule.do
        done = await self._do() if rule.when == "after" else None
        if rule.latency:
            await asyncio.sleep(rule.latency)
        await self._misbehave(rule, done)

    async def _misbehave(self, rule: Rule, done: Answer | None) -> None:
        match rule.do:
            case "wait":
                await self._tell(done or await self._do())
            case "hold":
                if await self._held():
                    await self._tell(done or await self._do())
            case "answer":
                own = await self._do() if rule.body == "own" and done is None else done
                await self._tell(_answer(rule, own))
            case "cut":
                await self._cut(done or await self._do())
            case "reset" | "drop":
                await self._abort(with_reset=rule.do == "reset")
            case _:
                assert_never(rule.do)

    async def _do(self) -> Answer:
        answer = Answer()
        await self.fhir(self.scope, _replay(self.body), answer.keep)
        self.seen.done = True
        return answer

    async def _tell(self, answer: Answer) -> None:
        self.seen.status = answer.status
        await self.send({"type": "http.response.start", "status": answer.status, "headers": answer.headers})
        await self.send({"type": "http.response.body", "body": answer.body})

    async def _cut(self, answer: Answer) -> None:
        await self.send({"type": "http.response.start", "status": answer.status, "headers": answer.headers})
        half = answer.body[: len(answer.body) // 2]
        await self.send({"type": "http.response.body", "body": half, "more_body": True})
        await self._abort(with_reset=False)

    async def _abort(self, with_reset: bool) -> None:
        abort(self.scope, with_reset)
        await _until_gone(self.receive)

    async def _held(self) -> bool:
        """Wait; whether the client is still there when released."""
        self.state.rules.held += 1
        gone = asyncio.ensure_future(_until_gone(self.receive))
        released = asyncio.ensure_future(self.state.rules.until_released())
        try:
            await asyncio.wait({gone, released}, return_when=asyncio.FIRST_COMPLETED)
            return not gone.done()
        finally:
            self.state.rules.held -= 1
            gone.cancel()
            released.cancel()


def _is_below(path: str, root: str) -> bool:
    return path == root or path.startswith(f"{root}/")


async def _whole_body(receive: Receive) -> bytes | None:
    body = b""
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            return None
        body += bytes(message.get("body", b""))
        if not message.get("more_body"):
            return body


async def _until_gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


def _replay(body: bytes) -> Receive:
    async def receive() -> Message:
        return {"type": "http.request", "body": body, "more_body": False}

    return receive


def _asked(scope: Scope, root: str, body: bytes) -> Asked:
    query = scope["query_string"].decode()
    path = scope["path"].removeprefix(root)
    return Asked(scope["method"], f"{path}?{query}" if query else path, body)


def _headers(scope: Scope) -> dict[str, str]:
    return {name.decode().lower(): value.decode("latin-1") for name, value in scope["headers"]}


def _answer(rule: Rule, done: Answer | None) -> Answer:
    answer = _with_body(rule, done)
    if rule.status is not None:
        answer = replace(answer, status=rule.status)
    headers = {name: value for name, value in answer.headers if name != b"content-length"}
    if rule.content_type is not None:
        headers[b"content-type"] = rule.content_type.encode()
    headers.update({name.lower().encode(): value.encode() for name, value in _extra_headers(rule).items()})
    headers[b"content-length"] = str(len(answer.body)).encode()
    return replace(answer, headers=list(headers.items()))


def _with_body(rule: Rule, done: Answer | None) -> Answer:
    outcome = rule.outcome or operation_outcome("error", rule.issue_code, "The sandbox was asked to misbehave.")
    told = Answer(503, [(b"content-type", b"application/fhir+json; charset=utf-8")], orjson.dumps(outcome))
    match rule.body:
        case "outcome":
            return told
        case "own":
            return done or told
        case "truncated":
            whole = done or told
            return replace(whole, body=whole.body[: len(whole.body) // 2])
        case "html":
            return Answer(503, [(b"content-type", b"text/html; charset=utf-8")], _HTML)
        case "text":
            return Answer(503, [(b"content-type", b"text/plain; charset=utf-8")], b"upstream connect error")
        case "empty":
            return Answer(503)
        case _:
            assert_never(rule.body)


def _extra_headers(rule: Rule) -> dict[str, str]:
    headers = dict(rule.headers)
    if rule.retry_after is not None:
        headers["Retry-After"] = str(rule.retry_after)
    if rule.retry_after_date is not None:
        when = datetime.now(UTC) + timedelta(seconds=rule.retry_after_date)
        headers["Retry-After"] = format_datetime(when, usegmt=True)
    return headers
