"""Deliver: one worker process against a stub EHR, that answers at once and that takes 50 ms.

The limit of the first is a bare client that posts the very bundles the worker sent, at the same concurrency; of
the second, what sixteen in flight at 50 ms each come to.
"""

import json
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median

from bench.deliveries import Span, span, wait_until_delivered
from bench.postgres import Databases
from bench.processes import free_port, process, wait_until_answers
from bench.result import Result
from bench.seed import Seed, evenly, seed

IN_FLIGHT = 16
DELAY = 0.05
ROUNDS = 3


def measure(databases: Databases, scale: float) -> Iterator[Result]:
    notes = max(1_000, int(4_000 * scale))
    with tempfile.TemporaryDirectory() as folder:
        requests = Path(folder) / "requests"
        with stub_ehr(0, "requests", str(requests)) as ehr:
            work_on(databases, 1_000, ehr)
        rounds = [_at_once(databases, notes, requests) for _ in range(ROUNDS)]
    product, bare = median(one.rate for one, _ in rounds), median(rate for _, rate in rounds)
    yield Result(
        "deliver to an EHR that answers at once, one worker",
        product,
        "notes/s",
        bare,
        f"a bare client posting the same bundles, {IN_FLIGHT} in flight",
        ratio=product / bare,
        reach=0.5,
        side="at least",
        remark=_failures(one for one, _ in rounds),
    )
    with stub_ehr(DELAY) as ehr:
        slow = work_on(databases, max(1_000, int(3_000 * scale)), ehr)
    fastest = IN_FLIGHT / DELAY
    yield Result(
        f"deliver to an EHR that takes 50 ms, {IN_FLIGHT} in flight",
        slow.rate,
        "notes/s",
        fastest,
        "16 / 0.05 s",
        ratio=slow.rate / fastest,
        reach=0.9,
        side="at least",
        remark=_failures([slow]),
    )


def _at_once(databases: Databases, notes: int, requests: Path) -> tuple[Span, float]:
    """What the worker reaches, and right after it the bare client with what such a worker sent."""
    with stub_ehr(0) as ehr:
        return work_on(databases, notes, ehr), _bare(ehr, requests)


def work_on(databases: Databases, notes: int, ehr: str) -> Span:
    """Matched clients, ten notes each: each delivery is one transaction."""
    url = databases.make()
    clients = max(IN_FLIGHT * 4, notes // 10)
    seed(url, Seed(notes, clients, evenly(clients)))
    with process("worker", database_url=url, ehr_url=ehr, ehr_in_flight=str(IN_FLIGHT)):
        wait_until_delivered(url, longest=300)
    worked = span(url)
    databases.drop(url)
    return worked


def _bare(ehr: str, requests: Path) -> float:
    command = [sys.executable, "-m", "bench.bare_client", ehr, str(IN_FLIGHT), str(requests)]
    run = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, check=True)
    return float(json.loads(run.stdout))


def _failures(spans: Iterable[Span]) -> str:
    failed = sum(one.failed for one in spans)
    return f"{failed} attempts failed" if failed else ""


@contextmanager
def stub_ehr(delay: float, *kept: str) -> Iterator[str]:
    """Its base URL; `kept` as `stub_ehr.py` takes it."""
    port = free_port()
    with process("bench.stub_ehr", str(port), str(delay), *kept):
        url = f"http://127.0.0.1:{port}/fhir"
        wait_until_answers(f"{url}/metadata")
        yield url
