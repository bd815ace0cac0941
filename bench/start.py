"""How soon `serve` is ready with an embedded database that it has to make, and how long its code takes to import."""

import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from statistics import median

from bench.processes import free_port, process, surroundings, wait_until_answers
from bench.result import Result

ROUNDS = 3


def measure() -> Iterator[Result]:
    _import()  # compiles, once
    with tempfile.TemporaryDirectory(prefix="joinedup-bench-") as folder:
        first = _ready(f"{folder}/data")
        again = median(_ready(f"{folder}/data") for _ in range(ROUNDS))
    yield Result("serve ready, its embedded database made and migrated", first, "s", reach=5, side="under")
    yield Result("serve ready, its embedded database there already", again, "s", reach=5, side="under")
    imported = median(_import() for _ in range(ROUNDS))
    yield Result("import of all that serve needs", imported, "s", reach=2, side="under")


def _ready(folder: str) -> float:
    port = str(free_port())
    began = time.perf_counter()
    with process("serve", data_folder=folder, port=port):
        wait_until_answers(f"http://127.0.0.1:{port}/readyz")
        return time.perf_counter() - began


def _import() -> float:
    began = time.perf_counter()
    subprocess.run(
        [sys.executable, "-c", "import service.cli, service.app, service.worker"], env=surroundings(), check=True
    )
    return time.perf_counter() - began
