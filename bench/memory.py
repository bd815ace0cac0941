"""What server and worker hold in memory on a database of a million notes, beside one of ten thousand.

On each they start, take and deliver the same new notes, and list what they have, before they are weighed.
"""

import tempfile
from collections.abc import Iterator
from pathlib import Path
from urllib.request import ProxyHandler, build_opener

from bench.accept import CONNECTIONS
from bench.deliver import stub_ehr
from bench.deliveries import wait_until_delivered
from bench.load import post
from bench.notes import contacts
from bench.postgres import Databases
from bench.processes import free_port, process, resident, wait_until_answers
from bench.result import Result
from bench.seed import Seed, evenly, seed

FEW = 10_000
_CLIENTS = 2_000
_LISTS = ("/notes?specialist=es-1&limit=100", "/clients?specialist=es-1", "/healthz", "/readyz", "/metrics")
_OPENER = build_opener(ProxyHandler({}))


def measure(databases: Databases, scale: float) -> Iterator[Result]:
    most = max(2 * FEW, int(1_000_000 * scale))
    new_notes = max(500, int(3_000 * scale))
    few, many = (_weighed(databases, notes, new_notes) for notes in (FEW, most))
    for of_what, early, late in zip(("serve", "a worker"), few, many, strict=True):
        yield Result(
            f"memory of {of_what} after {most:,} notes",
            late,
            "MiB",
            early,
            f"after {FEW:,}",
            ratio=late / early,
            reach=1.2,
        )


def _weighed(databases: Databases, notes: int, new_notes: int) -> tuple[float, float]:
    """MiB of the server and of the worker."""
    url = databases.make()
    seed(url, Seed(notes, _CLIENTS, evenly(_CLIENTS), state="delivered", whole=False))
    port = str(free_port())
    with (
        stub_ehr(0) as ehr,
        process("serve", database_url=url, ehr_url=ehr, port=port, worker_in_serve="false") as server,
        process("worker", database_url=url, ehr_url=ehr) as worker,
    ):
        base = f"http://127.0.0.1:{port}"
        wait_until_answers(f"{base}/healthz")
        _post(base, new_notes)
        wait_until_delivered(url, longest=300)
        for path in _LISTS:
            with _OPENER.open(base + path, timeout=60) as answer:
                answer.read()
        weighed = resident(server), resident(worker)
    databases.drop(url)
    return weighed


def _post(base: str, count: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        bodies = Path(folder) / "bodies"
        bodies.write_bytes(b"\n".join(contacts(count, _CLIENTS)))
        post(f"{base}/notes", CONNECTIONS, 600, bodies)
