"""Servers and workers as processes of their own: started, waited for, watched, stopped."""

import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from urllib.error import URLError
from urllib.request import ProxyHandler, build_opener

import psutil

_LOOPBACK = build_opener(ProxyHandler({}))
_LONGEST_STOP = 30
_JOINEDUP = str(Path(sys.executable).with_name("joinedup"))


class Fell(Exception):
    """A process of the bench ended by itself; its last words are in the message."""


def free_port() -> int:
    with closing(socket.socket()) as bound:
        bound.bind(("127.0.0.1", 0))
        port: int = bound.getsockname()[1]
        return port


@contextmanager
def process(*command: str, **settings: str) -> Iterator[psutil.Process]:
    """`joinedup …` or `python -m bench.…`, with these settings and none of the caller's; stopped by SIGTERM."""
    program = [sys.executable, "-m"] if command[0].startswith("bench.") else [_JOINEDUP]
    environment = _environment(settings)
    with tempfile.TemporaryFile() as said:
        started = subprocess.Popen(
            [*program, *command], env=environment, stdin=subprocess.DEVNULL, stdout=said, stderr=said
        )
        try:
            yield psutil.Process(started.pid)
            if started.poll() is not None:
                said.seek(0)
                raise Fell(f"{' '.join(command)}: {said.read()[-2000:].decode(errors='replace')}")
        finally:
            _stop(started)


def start_alone(*command: str, **settings: str) -> subprocess.Popen[bytes]:
    """`joinedup …` for somebody to kill; what it says is lost."""
    quiet = subprocess.DEVNULL
    return subprocess.Popen([_JOINEDUP, *command], env=_environment(settings), stdin=quiet, stdout=quiet, stderr=quiet)


def _environment(settings: dict[str, str]) -> dict[str, str]:
    return surroundings() | {f"JOINEDUP_{name.upper()}": value for name, value in settings.items()}


def surroundings() -> dict[str, str]:
    """Ours, without settings of the caller's, and with compiled modules kept, as they are in life."""
    not_ours = ("JOINEDUP_", "PYTHONDONTWRITEBYTECODE")
    return {name: value for name, value in os.environ.items() if not name.startswith(not_ours)}


def _stop(started: subprocess.Popen[bytes]) -> None:
    started.send_signal(signal.SIGTERM)
    try:
        started.wait(_LONGEST_STOP)
    except subprocess.TimeoutExpired:
        started.kill()
        started.wait()


def wait_until_answers(url: str, longest: float = 60) -> float:
    """Seconds until this URL answers 200."""
    began = time.perf_counter()
    while time.perf_counter() - began < longest:
        if _answers(url):
            return time.perf_counter() - began
        time.sleep(0.01)
    raise Fell(f"{url} does not answer")


def _answers(url: str) -> bool:
    try:
        with _LOOPBACK.open(url, timeout=5) as answer:
            return bool(answer.status == 200)
    except (URLError, OSError):
        return False


def resident(watched: psutil.Process) -> float:
    """MiB of memory that this process and its children hold."""
    family = [watched, *watched.children(recursive=True)]
    return sum(float(one.memory_info().rss) for one in family) / 2**20
