"""Accept a contact: parsed, mapped, gated, stored with its resources and delivery, durable; 16 connections.

About clients that are known already. The limit is `limit_app.py`, on the product's way to the database; beside it
stands the same without SQLAlchemy. All are measured in turn, several times, and the middle one counts: what else the
machine does moves single figures by half.
"""

import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from statistics import median

from bench.load import Load, post
from bench.notes import contacts
from bench.postgres import Databases
from bench.processes import free_port, process, wait_until_answers
from bench.result import Result
from bench.seed import Seed, evenly, seed

CONNECTIONS = 16
ROUNDS = 3
CLIENTS = 2_000
_FASTEST = 4_000  # notes a second that no machine of today reaches here


def measure(databases: Databases, scale: float) -> Iterator[Result]:
    seconds = max(2.0, 8 * scale)
    url = databases.make()
    seed(url, Seed(CLIENTS, CLIENTS, evenly(CLIENTS), state="delivered"))
    with _limit(url) as limit, _limit(url, "bare") as bare, _product(url) as product:
        for warmed in (limit, bare, product):
            _load(warmed, 2)
        rounds = [(_load(limit, seconds), _load(bare, seconds), _load(product, seconds)) for _ in range(ROUNDS)]
    databases.drop(url)
    limits, bares, products = zip(*rounds, strict=True)
    return _results(limits, bares, products)


def _results(limits: Sequence[Load], bares: Sequence[Load], products: Sequence[Load]) -> Iterator[Result]:
    refused = sum(load.refused for load in [*limits, *bares, *products])
    value, limit = median(load.rate for load in products), median(load.rate for load in limits)
    driver = median(load.rate for load in bares)
    beside = f"{value / driver:.2f} of the driver alone, {driver:,.0f}/s"
    p50, p99 = median(load.p50 for load in products), median(load.p99 for load in products)
    yield Result(
        "accept a contact, 16 connections, one process",
        value,
        "notes/s",
        limit,
        "a note and an outbox row in one statement",
        ratio=value / limit,
        reach=0.35,
        side="at least",
        remark=f"{refused} refused; {beside}" if refused else beside,
    )
    yield Result("accept a contact, p99", p99, "ms", p50, "its p50", ratio=p99 / p50, reach=4)


def _load(url: str, seconds: float) -> Load:
    with tempfile.TemporaryDirectory() as folder:
        bodies = Path(folder) / "bodies"
        bodies.write_bytes(b"\n".join(contacts(int(seconds * _FASTEST), CLIENTS)))
        return post(f"{url}/notes", CONNECTIONS, seconds, bodies)


@contextmanager
def _limit(database_url: str, *how: str) -> Iterator[str]:
    port = free_port()
    with process("bench.limit_app", str(port), database_url, *how):
        url = f"http://127.0.0.1:{port}"
        wait_until_answers(f"{url}/healthz")
        yield url


@contextmanager
def _product(database_url: str) -> Iterator[str]:
    port = free_port()
    with process("serve", database_url=database_url, port=str(port), worker_in_serve="false"):
        url = f"http://127.0.0.1:{port}"
        wait_until_answers(f"{url}/healthz")
        yield url
