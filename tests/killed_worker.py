"""A real worker that is really killed, at the step it is told: `python -m tests.killed_worker`.

One JSON job a line comes in; each runs in a forked process of its own, for importing everything takes seconds.
A step is what the worker does to the outside: a statement, a commit, a call to the EHR, each begun and done.
What comes out, one JSON line a job: the steps that were reached, and whether the process was killed.
"""

import asyncio
import gc
import json
import os
import signal
import sys
import tempfile
from collections import Counter
from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import httpx
from httpx_aiohttp import AiohttpTransport
from sqlalchemy import event, text
from sqlalchemy.ext.asyncio import AsyncEngine

from service.db import Sessions, open_engine, sessions_of
from service.intake.door import Door
from service.logs import configure_logs
from service.mapping.names import Names
from service.meters import Meters
from service.outbox.claim import Claimant
from service.outbox.deliver import open_outbox
from service.push.ehr import Ehr
from service.push.meaning import Failure
from service.push.messages.adapter import Message, Messages, Standing
from service.push.outcome import Outcome
from service.push.plan import PushPlan
from service.push.push import push
from service.push.sending import Ledger, Sending
from service.r4.gate import compile_gate
from service.settings import shipped_folder
from service.watch.team_answers import TeamAnswers
from service.worker import Pace, Worker
from tests.carriers import CarrierOnDisk

Reached = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Job:
    """`kill_at` is a step, at its `time`-th occurrence; empty lets it live. `hours`: how far ahead its clock is.

    With a `book`, notes go as messages, by a carrier that keeps them in this file. With `answers_every`, in seconds,
    it first reads in the EHR what the clinical team did with the requests that are due.
    """

    database_url: str
    ehr_url: str
    kill_at: str = ""
    time: int = 1
    hours: int = 0
    bundle_entries: int = 8
    book: str = ""
    answers_every: float = 0


@dataclass(frozen=True, slots=True)
class Done:
    """`steps` are in words, the last one reached last."""

    killed: bool
    steps: list[str]


def main() -> None:
    configure_logs("WARNING")
    gc.freeze()
    for line in sys.stdin:
        sys.stdout.write(json.dumps(asdict(_run_apart(Job(**json.loads(line))))) + "\n")
        sys.stdout.flush()


@cache
def door() -> Door:
    """The one door, made once a process."""
    fhir_base = "https://ips.example.nhs.uk"
    return Door(Names(fhir_base, "EXAMPLE"), compile_gate(shipped_folder("fhir_profiles"), fhir_base), Meters())


def _run_apart(job: Job) -> Done:
    if job.answers_every:
        door()  # made once, for all that are forked
    with tempfile.TemporaryFile("w+b", buffering=0) as steps:
        child = os.fork()
        if not child:
            asyncio.run(_work(job, steps.fileno()))
            os._exit(0)
        _, status = os.waitpid(child, 0)
        steps.seek(0)
        reached = steps.read().decode().splitlines()
    killed = os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL
    assert killed or os.waitstatus_to_exitcode(status) == 0, reached
    return Done(killed, reached)


async def _work(job: Job, steps: int) -> None:
    times: Counter[str] = Counter()

    def reached(step: str) -> None:
        times[step] += 1
        os.write(steps, f"{step}\n".encode())
        if step == job.kill_at and times[step] == job.time:
            os.kill(os.getpid(), signal.SIGKILL)

    engine = open_engine(job.database_url, 4)
    _watch(engine, reached)
    looking = open_engine(job.database_url, 1)
    transport = WatchedTransport(AiohttpTransport(verify=False), reached)
    async with Ehr(job.ehr_url, 10, transport=transport) as ehr:
        messages = Messages(WatchedCarrier(Path(job.book), reached)) if job.book else None
        plan = PushPlan(job.bundle_entries, messages=messages)
        every = timedelta(seconds=job.answers_every)
        await TeamAnswers(sessions_of(engine), ehr, plan.negotiation, door, every).read_if_due()
        await _until_delivered(job, sessions_of(engine), sessions_of(looking), ehr, plan)
    await engine.dispose()
    await looking.dispose()


async def _until_delivered(job: Job, sessions: Sessions, looking: Sessions, ehr: Ehr, plan: PushPlan) -> None:
    async def send(sending: Sending, ledger: Ledger, now: datetime) -> Outcome:
        return await push(sending, ehr, ledger, plan, now)

    at = datetime.now(UTC) + timedelta(hours=job.hours) if job.hours else None
    outbox = open_outbox(sessions, Claimant(f"worker-{os.getpid()}", timedelta(hours=1), timedelta(minutes=15)), at)
    stop = asyncio.Event()
    working = asyncio.create_task(Worker(outbox, send, Pace(8, 0.05), Meters()).run(stop))
    while await _something_due(looking, at):  # noqa: ASYNC110 - it is in the database, with no event to wait for
        await asyncio.sleep(0.02)
    stop.set()
    await working


_DUE = text("SELECT count(*) FROM lanes WHERE due_at <= :now OR leased_by = :me")


async def _something_due(sessions: Sessions, at: datetime | None) -> bool:
    async with sessions() as session:
        binds = {"now": at or datetime.now(UTC), "me": f"worker-{os.getpid()}"}
        return bool(await session.scalar(_DUE, binds))


def _watch(engine: AsyncEngine, reached: Reached) -> None:
    """Every statement and every commit of this engine is two steps; a commit is named by what it commits."""
    last: dict[int, str] = {}

    def begins(connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        last[id(connection.connection.dbapi_connection)] = _words(statement)
        reached(f"statement begins: {_words(statement)}")

    def done(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        reached(f"statement done: {_words(statement)}")

    event.listen(engine.sync_engine, "before_cursor_execute", begins)
    event.listen(engine.sync_engine, "after_cursor_execute", done)
    dialect = engine.sync_engine.dialect
    commit = dialect.do_commit

    def watched_commit(connection: Any) -> None:
        what = last[id(getattr(connection, "dbapi_connection", connection))]
        reached(f"commit begins: {what}")
        commit(connection)
        reached(f"commit done: {what}")

    dialect.do_commit = watched_commit  # type: ignore # SQLAlchemy has no event for it


def _words(statement: str) -> str:
    return " ".join(statement.split())[:60]


class WatchedTransport(httpx.AsyncBaseTransport):
    """Every call to the EHR is three steps; at the second the EHR has done its work and we know nothing of it."""

    def __init__(self, transport: httpx.AsyncBaseTransport, reached: Reached) -> None:
        self._transport = transport
        self._reached = reached

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        writes = request.method in {"POST", "PUT"} and not request.url.path.endswith("_search")
        call = "write" if writes else "look"
        self._reached(f"{call} begins")
        response = await self._transport.handle_async_request(request)
        self._reached(f"{call} done, answer not read")
        content = await response.aread()
        self._reached(f"{call} answered")
        headers = [(name, value) for name, value in response.headers.raw if name.lower() != b"transfer-encoding"]
        return httpx.Response(response.status_code, headers=headers, content=content)

    async def aclose(self) -> None:
        await self._transport.aclose()


class WatchedCarrier(CarrierOnDisk):
    """Handing a message over is three steps, as a call to the EHR is."""

    def __init__(self, book: Path, reached: Reached) -> None:
        super().__init__(book)
        self._reached = reached

    async def send(self, message: Message) -> Standing | Failure:
        self._reached("write begins")
        standing = await super().send(message)
        self._reached("write done, answer not read")
        self._reached("write answered")
        return standing


if __name__ == "__main__":
    main()
