"""Chaos: four worker processes, a tenth of all calls to the EHR goes wrong, and one worker is killed on the way.

2,000 notes about 200 clients go to the sandbox EHR. A third of the faults come after the EHR has committed. At the end
the EHR is read back: what was lost, doubled, or written out of order? Ends with status 1 if anything was.
"""

import asyncio
import json
import sqlite3
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, closing
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Annotated, Any

import asyncpg
import httpx
import orjson
import typer
from rich.console import Console
from rich.table import Table

from bench.notes import CONTACT, GOAL, PROFILE, sample
from bench.people import BORN, hex_of, hyphened, nhs_number
from bench.postgres import Databases, as_superuser, open_databases
from bench.processes import free_port, process, start_alone, wait_until_answers
from service.db import opened
from service.push.ehr import Ehr
from service.watch.compare_notes import Reconciler
from service.watch.reconcile import reconcile

Json = dict[str, Any]

WORKERS = 4
CLIENTS = 200
NOTES_EACH = 10
_LONGEST = 900
_BATCH = 100
_KILLED_AFTER = 5
_TOLD_EVERY = 10

# Shares of all calls. Those that are done by the EHR before they go wrong are a third.
_FAULTS: tuple[tuple[float, Json], ...] = (
    (0.008, {"when": "after", "do": "reset"}),
    (0.008, {"when": "after", "do": "drop"}),
    (0.006, {"when": "after", "do": "cut"}),
    (0.006, {"when": "after", "do": "answer", "status": 504, "body": "html"}),
    (0.005, {"when": "after", "do": "wait", "latency": 4}),
    (0.015, {"when": "before", "do": "answer", "status": 503, "body": "html"}),
    (0.015, {"when": "before", "do": "answer", "status": 429, "retry_after": 1}),
    (0.015, {"when": "before", "do": "answer", "status": 409, "issue_code": "conflict"}),
    (0.012, {"when": "before", "do": "reset"}),
    (0.010, {"when": "before", "do": "answer", "status": 500}),
)


@dataclass(frozen=True, slots=True)
class Ended:
    """What came of one run."""

    strategy: str
    notes: int
    seconds: float
    calls: int
    faults: int
    after_commit: int
    attempts: int
    open: int
    found: dict[str, int]
    doubled_in_store: int
    out_of_order: int

    @property
    def is_well(self) -> bool:
        """Nothing lost, doubled, different or out of order, and nothing left."""
        faults = ("missing", "doubled", "different")
        return not (self.open or self.doubled_in_store or self.out_of_order or any(self.found[one] for one in faults))


def main(
    strategy: Annotated[list[str] | None, typer.Option(help="A, B or C; again for more; else all three.")] = None,
    clients: Annotated[int, typer.Option(min=8, help="10 notes each.")] = CLIENTS,
) -> None:
    """Run it, and print what came of it."""
    console = Console(width=None if Console().is_terminal else 160)
    with open_databases() as databases:
        ended = [_run(databases, name, clients, console) for name in strategy or ["A", "B", "C"]]
    console.print(_table(ended))
    sys.exit(0 if all(one.is_well for one in ended) else 1)


def _run(databases: Databases, strategy: str, clients: int, console: Console) -> Ended:
    with tempfile.TemporaryDirectory(prefix="joinedup-chaos-") as folder, ExitStack() as stack:
        store = Path(folder) / "ehr.sqlite"
        port = free_port()
        stack.enter_context(process("sandbox", "--port", str(port), "--store", str(store), "--no-seed"))
        there = f"http://127.0.0.1:{port}"
        wait_until_answers(f"{there}/fhir/metadata")
        database = databases.make()
        notes = list(_notes(clients))
        with httpx.Client(trust_env=False, timeout=60) as http:
            _register(http, there, clients)
            _post(http, stack, database, notes)
            for rule in _rules():
                http.post(f"{there}/sandbox/misbehave", json=rule).raise_for_status()
            console.print(f"strategy {strategy}: {len(notes):,} notes are in, {WORKERS} workers begin", style="dim")
            began = time.perf_counter()
            _work(stack, database, there, strategy, console)
            seconds = time.perf_counter() - began
            used = http.get(f"{there}/sandbox/misbehave").json()["rules"]
            last = http.get(f"{there}/sandbox/requests").json()["requests"][-1]  # the first ones are forgotten
            http.delete(f"{there}/sandbox/misbehave").raise_for_status()
            doubled = len(http.get(f"{there}/sandbox/store").json()["doubled"])
        found = asyncio.run(_read_back(database, f"{there}/fhir"))
        attempts, left = asyncio.run(_counts(database))
        return Ended(
            strategy=strategy,
            notes=len(notes),
            seconds=seconds,
            calls=last["number"],
            faults=sum(rule["used"] for rule in used),
            after_commit=sum(rule["used"] for rule in used if rule.get("when") == "after"),
            attempts=attempts,
            open=left,
            found=found,
            doubled_in_store=doubled,
            out_of_order=asyncio.run(_out_of_order(database, store)),
        )


def _notes(clients: int) -> Iterator[Json]:
    """In turn about each client: a profile, a goal, and eight contacts, of which half are about the goal."""
    for turn in range(NOTES_EACH):
        for client in range(clients):
            note = sample((PROFILE, GOAL)[turn] if turn < 2 else CONTACT)
            goal = {"goal_id": _id_of("note", client + clients)} if turn >= 2 and turn % 2 else {}
            about = {"nhs_number": nhs_number(client), "birth_date": BORN}
            yield note | {"id": _id_of("note", client + turn * clients), "client": about} | goal


def _id_of(what: str, number: int) -> str:
    return hyphened(hex_of(what, number))


def _rules() -> Iterator[Json]:
    """The first that fits is used, so each chance is of what the ones before it leave."""
    left = 1.0
    for share, rule in _FAULTS:
        yield {**rule, "chance": share / left}
        left -= share


def _register(http: httpx.Client, there: str, clients: int) -> None:
    for client in range(clients):
        identifier = {"system": "https://fhir.nhs.uk/Id/nhs-number", "value": nhs_number(client)}
        name = {"family": "Testperson", "given": ["Avery"]}
        patient = {"resourceType": "Patient", "identifier": [identifier], "birthDate": BORN, "name": [name]}
        http.post(f"{there}/fhir/Patient", json=patient).raise_for_status()


def _post(http: httpx.Client, stack: ExitStack, database: str, notes: Sequence[Json]) -> None:
    """As a phone with many notes would, to a service without a worker."""
    port = free_port()
    stack.enter_context(process("serve", database_url=database, port=str(port), worker_in_serve="false"))
    wait_until_answers(f"http://127.0.0.1:{port}/readyz")
    for first in range(0, len(notes), _BATCH):
        answer = http.post(
            f"http://127.0.0.1:{port}/notes/batch",
            content=orjson.dumps({"notes": notes[first : first + _BATCH]}),
            headers={"Content-Type": "application/json"},
        )
        refused = [result for result in answer.raise_for_status().json()["results"] if result["status"] != 201]
        if refused:
            raise SystemExit(f"the service did not take a note: {json.dumps(refused[0])}")


def _work(stack: ExitStack, database: str, there: str, strategy: str, console: Console) -> None:
    """Until nothing is open; on the way one worker is killed, and another takes its place."""
    settings = {
        "database_url": database,
        "ehr_url": f"{there}/fhir",
        "ehr_strategies": f"*={strategy}",
        "ehr_timeout": "3",
        "lease": "10",
        "log_level": "ERROR",
    }
    doomed = start_alone("worker", **settings)
    stack.callback(doomed.kill)
    for _ in range(WORKERS - 1):
        stack.enter_context(process("worker", **settings))
    began = told = time.perf_counter()
    while (left := asyncio.run(_counts(database))[1]) and time.perf_counter() - began < _LONGEST:
        if doomed.poll() is None and time.perf_counter() - began > _KILLED_AFTER:
            doomed.kill()
            doomed.wait()
            stack.enter_context(process("worker", **settings))
        if time.perf_counter() - told > _TOLD_EVERY:
            told = time.perf_counter()
            console.print(f"{left:,} are open", style="dim")
        time.sleep(0.5)


async def _counts(database: str) -> tuple[int, int]:
    """Attempts, and deliveries that have not ended."""
    connection = await asyncpg.connect(as_superuser(database))
    try:
        sql = "SELECT (SELECT count(*) FROM attempts), (SELECT count(*) FROM deliveries WHERE ended_at IS NULL)"
        return tuple(await connection.fetchrow(sql))
    finally:
        await connection.close()


async def _read_back(database: str, ehr_url: str) -> dict[str, int]:
    async with opened(database, 4) as sessions, Ehr(ehr_url, 30) as ehr:
        return (await reconcile(Reconciler(sessions, ehr, in_flight=8))).totals


async def _out_of_order(database: str, store: Path) -> int:
    """Of each client, the notes whose document came into the EHR before one that was received earlier."""
    connection = await asyncpg.connect(as_superuser(database))
    kept = await connection.fetch("""
        SELECT deliveries.client_id, ehr_links.ehr_id FROM deliveries
        JOIN ehr_links ON ehr_links.note_id = deliveries.note_id AND ehr_type = 'DocumentReference'
        ORDER BY deliveries.client_id, deliveries.sequence
    """)
    await connection.close()
    with closing(sqlite3.connect(store)) as ehr:
        came = dict(ehr.execute("SELECT id, seq FROM resources WHERE type = 'DocumentReference'").fetchall())
    pairs = pairwise((row["client_id"], came[row["ehr_id"]]) for row in kept)
    return sum(client == next_client and place > next_place for (client, place), (next_client, next_place) in pairs)


def _table(ended: Sequence[Ended]) -> Table:
    table = Table(title=f"joinedup chaos: {WORKERS} workers, one of them killed")
    columns = ("strategy", "notes", "seconds", "calls", "went wrong", "… after the commit", "attempts", "left over")
    for column in (*columns, "lost", "doubled", "different", "out of order"):
        table.add_column(column, justify="right")
    for one in ended:
        doubled = one.found["doubled"] + one.doubled_in_store
        shares = (f"{one.faults:,} ({one.faults / one.calls:.1%})", f"{one.after_commit:,}")
        ran = (f"{one.notes:,}", f"{one.seconds:.0f}", f"{one.calls:,}", *shares, f"{one.attempts:,}", str(one.open))
        found = (one.found["missing"], doubled, one.found["different"], one.out_of_order)
        table.add_row(one.strategy, *ran, *map(str, found))
    return table


if __name__ == "__main__":
    program = typer.Typer(add_completion=False, pretty_exceptions_enable=False)
    program.command()(main)
    program()
