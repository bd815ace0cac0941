"""A backlog after an outage, drained by one worker: every note once, each client's in order, memory flat.

The clients have not been matched: each is looked for in the EHR, as after an outage of weeks.
"""

import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil

from bench.deliver import stub_ehr
from bench.deliveries import disorder, span, wait_until_delivered
from bench.postgres import Databases
from bench.processes import process, resident
from bench.result import Result
from bench.seed import Seed, encounter_of, evenly, seed

NOTES = 100_000
_LONGEST = 1_800


def measure(databases: Databases, scale: float) -> Iterator[Result]:
    notes = max(2_000, int(NOTES * scale))
    clients = notes // 10
    url = databases.make()
    seed(url, Seed(notes, clients, evenly(clients), matched=False))
    with tempfile.TemporaryDirectory() as folder:
        arrived = Path(folder) / "order"
        with (
            stub_ehr(0, "order", str(arrived)) as ehr,
            process("worker", database_url=url, ehr_url=ehr) as worker,
            _watched(worker) as memory,
        ):
            wait_until_delivered(url, _LONGEST)
        astray = disorder(url) + _out_of_turn(arrived, notes, clients)
    worked = span(url)
    databases.drop(url)
    yield Result(
        f"backlog of {notes:,} drained, {clients:,} clients looked for first",
        worked.rate,
        "notes/s",
        remark=f"{astray} out of order, missing or twice; {worked.failed} attempts failed; {worked.seconds:.0f} s",
        ratio=float(astray + worked.failed),
        ratio_of="astray",
        reach=0,
    )
    early, late = _early_and_late(memory)
    yield Result(
        f"backlog of {notes:,}: memory of the worker, last tenth",
        late,
        "MiB",
        early,
        "its second tenth",
        ratio=late / early,
        reach=1.2,
    )


@contextmanager
def _watched(worker: psutil.Process) -> Iterator[list[float]]:
    """Its memory, four times a second."""
    seen: list[float] = []
    over = threading.Event()

    def look() -> None:
        while not over.is_set():
            seen.append(resident(worker))
            time.sleep(0.25)

    watching = threading.Thread(target=look)
    watching.start()
    try:
        yield seen
    finally:
        over.set()
        watching.join()


def _early_and_late(memory: list[float]) -> tuple[float, float]:
    """The most it held in the second tenth of its life, and in the last."""
    tenth = max(1, len(memory) // 10)
    return max(memory[tenth : 2 * tenth]), max(memory[-tenth:])


def _out_of_turn(arrived: Path, notes: int, clients: int) -> int:
    """Transactions that reached the EHR before an earlier one of the same client, twice, or not at all."""
    note_of = {encounter_of(note): note for note in range(notes)}
    came = [note_of[line] for line in arrived.read_text().splitlines()]
    next_of = list(range(clients))
    astray = 0
    for note in came:
        astray += next_of[note % clients] != note
        next_of[note % clients] = note + clients
    return astray + abs(len(came) - notes)
