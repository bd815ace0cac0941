"""The processes of the demo (sandbox EHR, issuer, service): started, waited for, stopped, none left behind.

Each runs in a session of its own, so that Ctrl-C reaches the demo alone and it decides who stops first.
"""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import httpx

_TAIL = 20


class DemoFailed(Exception):
    """The demo cannot go on; the sentence says why."""


@dataclass(frozen=True, slots=True)
class Program:
    """What is started: `ready` is the URL that answers once it has started."""

    name: str
    command: Sequence[str]
    ready: str
    log: Path


def joinedup(*arguments: str) -> list[str]:
    """The command line of `joinedup …` in this very environment, whatever is on the PATH."""
    return [sys.executable, "-c", "from service.cli import main; main()", *arguments]


def sandbox_alone(port: int, store: Path) -> list[str]:
    """As `joinedup sandbox`, without the seconds that loading the rest of the program takes."""
    program = (
        "import pathlib, sys; from service.sandbox.app import run_sandbox; "
        "run_sandbox('127.0.0.1', int(sys.argv[1]), pathlib.Path(sys.argv[2]))"
    )
    return [sys.executable, "-c", program, str(port), str(store)]


def issuer_alone(port: int) -> list[str]:
    """The issuer of tokens, in a process that no outage of the sandbox EHR stops."""
    program = "import sys; from service.sandbox.issuer import run_issuer; run_issuer(int(sys.argv[1]))"
    return [sys.executable, "-c", program, str(port)]


def own_settings(**settings: str) -> dict[str, str]:
    """This process's environment, with these settings of the service and none that somebody set for real."""
    rest = {name: value for name, value in os.environ.items() if not name.upper().startswith("JOINEDUP_")}
    return {**rest, **{f"JOINEDUP_{name.upper()}": value for name, value in settings.items()}}


class Processes:
    """What runs, by name. Seconds: how long one may take to answer, and to stop, before it is killed."""

    def __init__(
        self, environment: Mapping[str, str], folder: Path, ready_within: float = 60, stopped_within: float = 30
    ) -> None:
        self._environment = dict(environment)
        self._folder = folder
        self._ready_within = ready_within
        self._stopped_within = stopped_within
        self._running: dict[str, subprocess.Popen[bytes]] = {}

    def start(self, *programs: Program) -> None:
        """Start them side by side, and return when each answers."""
        for program in programs:
            self._running[program.name] = self._begin(program)
        for program in programs:
            _wait_until_ready(program, self._running[program.name], self._ready_within)

    def _begin(self, program: Program) -> subprocess.Popen[bytes]:
        with program.log.open("ab") as log:
            return subprocess.Popen(  # noqa: S603  (our own command, our own arguments)
                program.command,
                env=self._environment,
                cwd=self._folder,  # where no .env of somebody's lies
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    def stop(self, name: str) -> None:
        """Ask it to stop, wait for that, and insist in the end."""
        process = self._running.pop(name)
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(self._stopped_within)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()

    def stop_all(self) -> None:
        """The newest first."""
        for name in reversed(list(self._running)):
            self.stop(name)

    def run(self, command: Sequence[str]) -> subprocess.CompletedProcess[str]:
        """One command to its end."""
        return subprocess.run(  # noqa: S603  (our own command, our own arguments)
            command, env=self._environment, cwd=self._folder, capture_output=True, text=True, check=False
        )

    def ended(self) -> str | None:
        """The name of one that ended by itself."""
        return next((name for name, process in self._running.items() if process.poll() is not None), None)


def _wait_until_ready(program: Program, process: subprocess.Popen[bytes], seconds: float) -> None:
    end = time.monotonic() + seconds
    while not _answers(program.ready):
        if process.poll() is not None:
            raise DemoFailed(f"The {program.name} did not start. It said:\n{_tail(program.log)}")
        if time.monotonic() > end:
            raise DemoFailed(f"The {program.name} does not answer. It said:\n{_tail(program.log)}")
        time.sleep(0.05)


def _answers(url: str) -> bool:
    try:
        return httpx.get(url, timeout=2).is_success
    except httpx.TransportError:
        return False


def _tail(log: Path) -> str:
    return "\n".join(log.read_text(errors="replace").splitlines()[-_TAIL:])


def port_near(wanted: int) -> int:
    """The wanted port of this machine, or a free one where that is taken (0 always takes a free one)."""
    return wanted if wanted and _is_free(wanted) else _free_port()


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # as servers do: not what only lingers
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
        return True


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
