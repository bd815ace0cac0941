"""Reconcile: 100,000 delivered notes read back from an EHR that answers at once; what the process holds meanwhile.

The stub keeps nothing, so that every note is called different: the lists of a report are as long as they get.
"""

import time
from collections.abc import Iterator

import psutil

from bench.deliver import stub_ehr
from bench.postgres import Databases
from bench.processes import resident, start_alone
from bench.result import Result
from bench.seed import Seed, evenly, seed

_CLIENTS = 10_000


def measure(databases: Databases, scale: float) -> Iterator[Result]:
    notes = max(5_000, int(100_000 * scale))
    url = databases.make()
    seed(url, Seed(notes, _CLIENTS, evenly(_CLIENTS), state="delivered"))
    with stub_ehr(0, "found") as ehr:
        began = time.perf_counter()
        weights, compared = _watch(databases, url, ehr, notes)
        took = time.perf_counter() - began
    databases.drop(url)
    yield Result(
        f"reconcile {notes:,} notes",
        compared / took,
        "notes/s",
        ratio=notes - compared,
        ratio_of="not compared",
        reach=0,
        side="at most",
        remark=f"{took:.0f} s, without the pace that spares an EHR",
    )
    yield Result(
        f"reconcile {notes:,} notes: memory, last tenth",
        weights[-1],
        "MiB",
        weights[0],
        "its second tenth",
        ratio=weights[-1] / weights[0],
        reach=1.2,
    )


def _watch(databases: Databases, url: str, ehr: str, notes: int) -> tuple[list[float], int]:
    """MiB at the second tenth of the notes and from there on, and how many were compared in the end."""
    settings = {"database_url": url, "ehr_url": ehr, "reconcile_reads_per_second": "1000000"}
    running = start_alone("reconcile", "--json", **settings)
    watched = psutil.Process(running.pid)
    weights: list[float] = []
    while running.poll() is None:
        if _compared(databases, url) >= notes / 5:
            weights.append(resident(watched))
        time.sleep(0.25)
    return weights, _compared(databases, url)


def _compared(databases: Databases, url: str) -> int:
    told = databases.fetch("SELECT max((totals ->> 'accepted')::integer) FROM reconciliations", url)
    return int(told) if isinstance(told, int) else 0
