"""The command `joinedup` in the tests: in this process, on a database of its own; or as a process that is stopped."""

import asyncio
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

import httpx
import pytest

from service.cli import main


@dataclass(frozen=True, slots=True)
class Ended:
    """How a command ended, and what it said."""

    status: int
    out: str
    err: str

    def json(self) -> Any:
        return json.loads(self.out)


Run: TypeAlias = Callable[..., Awaitable[Ended]]


@pytest.fixture
def bare(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> pytest.MonkeyPatch:
    """No setting of this machine, and none in a .env."""
    for name in [name for name in os.environ if name.startswith("JOINEDUP_")]:
        if not name.startswith("JOINEDUP_TEST_"):
            monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)
    return monkeypatch


@pytest.fixture
def run(bare: pytest.MonkeyPatch, database_url: str, capsys: pytest.CaptureFixture[str]) -> Iterator[Run]:
    """`await run("deliveries", "list")`, on this test's database."""
    bare.setenv("JOINEDUP_DATABASE_URL", database_url)
    said: list[str] = []

    async def run_(*arguments: str) -> Ended:
        return await asyncio.to_thread(_run, list(arguments), bare, capsys, said)

    yield run_
    sys.stderr.write("".join(said))  # for the search through everything that was logged


def _run(arguments: list[str], bare: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], said: list[str]) -> Ended:
    bare.setattr(sys, "argv", ["joinedup", *arguments])
    capsys.readouterr()
    with pytest.raises(SystemExit) as ended:
        main()
    out, err = capsys.readouterr()
    said.append(err)
    return Ended(int(ended.value.code or 0), out, err)


class Running:
    """A command in a process of its own."""

    def __init__(self, process: "subprocess.Popen[str]", said: Path) -> None:
        self._process = process
        self._said = said

    def said(self) -> str:
        """Everything on stdout so far."""
        return self._said.read_text()

    def url(self) -> str:
        """Where it listens, once it says so."""
        return str(self._wait(lambda: next((word for word in self.said().split() if word.startswith("http://")), None)))

    def answers(self, url: str) -> httpx.Response:
        """The first answer from there."""
        answer: httpx.Response = self._wait(lambda: _get(url))
        return answer

    def stop(self, how: signal.Signals = signal.SIGTERM) -> int:
        """Ask it to stop; its exit status."""
        self._process.send_signal(how)
        return self._process.wait(timeout=60)

    def _wait(self, look: Callable[[], Any]) -> Any:
        end = time.monotonic() + 60
        while not (found := look()):
            assert self._process.poll() is None, "it ended by itself"
            assert time.monotonic() < end, "it does not answer"
            time.sleep(0.05)
        return found


@contextmanager
def running(*arguments: str, **settings: str) -> Iterator[Running]:
    """`joinedup …` until the end of the block. Its stderr is ours, so that it is searched too."""
    others = {name: value for name, value in os.environ.items() if not name.startswith("JOINEDUP_")}
    environment = others | {f"JOINEDUP_{name.upper()}": value for name, value in settings.items()}
    with tempfile.TemporaryDirectory() as folder:
        said = Path(folder) / "said"
        with said.open("w") as out:
            process = subprocess.Popen(
                [sys.executable, "-c", "from service.cli import main; main()", *arguments],
                env=environment,
                cwd=folder,
                stdout=out,
                text=True,
            )
        try:
            yield Running(process, said)
        finally:
            process.kill()
            process.wait()


def _get(url: str) -> httpx.Response | None:
    try:
        return httpx.get(url, timeout=5)
    except httpx.TransportError:
        return None
