"""The demo itself, from its first word to its last process: nothing lost, nothing doubled, nothing left behind."""

import os
import pty
import select
import subprocess
import sys
import time
from collections.abc import Iterator
from uuid import uuid4

import psutil
import pytest

from service.sandbox.demo.story import run_demo

pytestmark = pytest.mark.slow

MARK = "MARK_OF_THE_DEMO"
CTRL_C = b"\x03"
# A session's first terminal to be opened becomes its own: so Ctrl-C reaches the demo, and the demo alone.
ON_THE_TERMINAL = """
import os, sys
os.close(os.open(os.ttyname(0), os.O_RDWR))
from service.sandbox.demo.story import run_demo
sys.exit(run_demo(False, 0, 0))
"""


@pytest.fixture
def mark(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """Every process that the demo starts bears it; none may be left."""
    value = uuid4().hex
    monkeypatch.setenv(MARK, value)
    yield value
    assert _left_behind(value) == []


def _left_behind(value: str) -> list[str]:
    return [process.name() for process in psutil.process_iter() if _bears(process, value)]


def _bears(process: psutil.Process, value: str) -> bool:
    try:
        return process.pid != os.getpid() and process.environ().get(MARK) == value
    except (psutil.NoSuchProcess, psutil.AccessDenied):
        return False


@pytest.mark.usefixtures("mark")
def test_the_demo_ends_well_by_itself(capsys: pytest.CaptureFixture[str]) -> None:
    assert run_demo(once=True, port=0, sandbox_port=0) == 0

    told = capsys.readouterr().out
    for sentence in (
        "36 notes are in the EHR.",
        "waiting, next try at",
        "Why: The EHR",
        "12 more notes are in the EHR.",
        "48 posted again: 48 already there, 0 new.",
        "8 times in parallel each: 24 already there, 0 new.",
        "Goal version 2 active",
        "Encounter version 2 entered-in-error",
        "needs attention. The date of birth",
        "Referral: ServiceRequest version 1 active, CareTeam version 1 active, EpisodeOfCare version 1 active",
        "The note has its answer: “Moved to the evening",
        "A specialist of another team: 404 Not Found",
        "That clinician opens the record for an hour, with a reason: 201 Created",
        "Nothing was lost and nothing doubled.",
    ):
        assert sentence in told


@pytest.mark.usefixtures("mark")
def test_the_demo_stays_up_on_a_terminal_until_ctrl_c() -> None:
    ours, theirs = pty.openpty()
    environment = {**os.environ, "TERM": "xterm-256color", "COLUMNS": "120", "LINES": "40"}
    demo = subprocess.Popen(
        [sys.executable, "-c", ON_THE_TERMINAL],
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        env=environment,
        start_new_session=True,
    )
    os.close(theirs)

    told = _read_until(ours, b"press Ctrl-C")
    os.write(ours, CTRL_C)
    told += _read_until(ours, b"Stopped.", pressing=CTRL_C)

    assert demo.wait(60) == 0
    os.close(ours)
    assert b"Client (fictional)" in told


def _read_until(terminal: int, words: bytes, pressing: bytes = b"") -> bytes:
    """As a person does who sees nothing happen, the key is pressed again: Python may lose one Ctrl-C."""
    told = b""
    end = time.monotonic() + 240
    while words not in told:
        assert time.monotonic() < end, told[-2000:]
        if select.select([terminal], [], [], 10)[0]:
            told += os.read(terminal, 65536)
        else:
            os.write(terminal, pressing)
    return told
