"""The parts of the demo: what it shows, the processes it starts and stops, and how it reckons at the end."""

import os
import signal
import socket
import sys
from io import StringIO
from pathlib import Path

import pytest
from rich.console import Console

from service.sandbox.demo.board import Board
from service.sandbox.demo.ehr_view import in_the_ehr
from service.sandbox.demo.notes import DemoNote
from service.sandbox.demo.phone import Phone, Receipt
from service.sandbox.demo.processes import (
    DemoFailed,
    Processes,
    Program,
    own_settings,
    port_near,
)
from service.sandbox.demo.reckoning import tell_reckoning, totals_of
from service.sandbox.demo.sign_ins import SignIns
from service.sandbox.demo.signals import not_to_be_stopped, told_to_stop
from service.sandbox.issuer import issuer_beside
from tests.sandbox_server import SandboxServer, free_port

ANSWERS = (
    "import http.server, sys; "
    "http.server.HTTPServer(('127.0.0.1', int(sys.argv[1])), http.server.SimpleHTTPRequestHandler).serve_forever()"
)
DEAF = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); " + ANSWERS
PEOPLE = [DemoNote("Avery Testperson", "goal", {"id": "a"}), DemoNote("Blake Testperson", "contact", {"id": "b"})]
GOOD = {"accepted": 2, "in_ehr": 2, "waiting": 0, "needs_attention": 0, "missing": 0, "doubled": 0, "different": 0}


def _console(terminal: bool) -> Console:
    return Console(file=StringIO(), force_terminal=terminal, width=120, highlight=False)


def _shown(console: Console) -> str:
    assert isinstance(console.file, StringIO)
    return console.file.getvalue()


def _receipt(note_id: str, state: str) -> Receipt:
    return Receipt(note_id, 1, state, None, None)


def _program(folder: Path, source: str, port: int | None = None) -> Program:
    port = port or free_port()
    command = [sys.executable, "-c", source, str(port)]
    return Program("stand-in", command, f"http://127.0.0.1:{port}/", folder / "log")


def test_without_a_terminal_each_change_is_one_line() -> None:
    console = _console(terminal=False)
    board = Board(console, PEOPLE)

    with board.watching():
        board.show({"a": _receipt("a", "waiting")})
        board.show({"a": _receipt("a", "waiting"), "b": _receipt("b", "needs_attention")})
        board.show({"a": _receipt("a", "delivered"), "b": _receipt("b", "needs_attention")})

    assert _shown(console).splitlines() == [
        "  Avery Testperson, work goal: waiting",
        "  Blake Testperson, contact: needs attention",
        "  Avery Testperson, work goal: delivered",
    ]


def test_on_a_terminal_one_table_is_kept_up_to_date() -> None:
    console = _console(terminal=True)
    board = Board(console, PEOPLE)

    with board.watching():
        board.show({})
        board.show({"a": _receipt("a", "delivered"), "b": _receipt("b", "waiting")})
    board.show({})

    last = _shown(console).rsplit("Client (fictional)", 1)[-1]
    assert "delivered" in last
    assert "Blake Testperson" in last
    assert "1 delivered · 1 waiting" in _shown(console)


@pytest.mark.parametrize(
    ("change", "posted", "doubled_there", "well"),
    [
        ({}, 2, 0, True),
        ({}, 3, 0, False),
        ({}, 2, 1, False),
        ({"in_ehr": 1, "waiting": 1}, 2, 0, False),
        ({"missing": 1}, 2, 0, False),
        ({"doubled": 1}, 2, 0, False),
        ({"different": 1}, 2, 0, False),
    ],
)
def test_all_is_well_only_when_every_note_is_in_the_ehr_once(
    change: dict[str, int], posted: int, doubled_there: int, well: bool
) -> None:
    console = _console(terminal=False)

    assert tell_reckoning(Board(console, []), {**GOOD, **change}, posted, doubled_there) is well
    assert ("Nothing was lost and nothing doubled." in _shown(console)) is well


def test_a_reconciliation_that_comes_to_no_end_ends_the_demo_in_words() -> None:
    run = {"ended_at": "2026-11-30T10:00:00Z", "totals": {"accepted": 1}}

    assert totals_of([run], "") == {"accepted": 1}
    for runs in ([], [{**run, "ended_at": None}]):
        with pytest.raises(DemoFailed, match="the database is gone"):
            totals_of(runs, "the database is gone")


def test_a_process_is_started_until_it_answers_and_stopped(tmp_path: Path) -> None:
    processes = Processes(own_settings(), tmp_path)
    port = free_port()

    processes.start(_program(tmp_path, ANSWERS, port))
    assert processes.ended() is None
    assert port_near(port) != port
    processes.stop_all()

    assert port_near(port) == port
    assert processes.ended() is None


def test_a_process_that_does_not_start_is_told_with_its_last_words(tmp_path: Path) -> None:
    processes = Processes(own_settings(), tmp_path)

    with pytest.raises(DemoFailed, match="no database here"):
        processes.start(_program(tmp_path, "raise SystemExit('no database here')"))
    assert processes.ended() == "stand-in"
    processes.stop_all()


def test_a_process_that_never_answers_is_given_up(tmp_path: Path) -> None:
    processes = Processes(own_settings(), tmp_path, ready_within=0.2)

    with pytest.raises(DemoFailed, match="does not answer"):
        processes.start(_program(tmp_path, "import time; time.sleep(60)"))
    processes.stop_all()


def test_a_process_that_will_not_stop_is_killed(tmp_path: Path) -> None:
    processes = Processes(own_settings(), tmp_path, stopped_within=0.2)
    port = free_port()
    processes.start(_program(tmp_path, DEAF, port))

    processes.stop_all()

    assert port_near(port) == port


def test_no_setting_of_a_real_service_reaches_the_demo(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("JOINEDUP_DATABASE_URL", "postgresql://trust.example.org/real")
    monkeypatch.setenv("PATH_OF_SOMEBODY", "kept")

    settings = own_settings(port="1")
    told = Processes(settings, tmp_path).run([sys.executable, "-c", "import os; print(sorted(os.environ))"]).stdout

    assert settings["JOINEDUP_PORT"] == "1"
    assert "JOINEDUP_DATABASE_URL" not in told
    assert "PATH_OF_SOMEBODY" in told


def test_a_port_that_is_taken_is_not_taken_twice() -> None:
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", 0))
        holder.listen()
        taken = holder.getsockname()[1]

        assert port_near(taken) != taken
        assert port_near(0) != 0


@pytest.mark.parametrize("told", [signal.SIGTERM, signal.SIGHUP])
def test_being_told_to_stop_is_like_ctrl_c(told: signal.Signals) -> None:
    # Under nohup it would be ignored, and not heard.
    earlier = signal.signal(told, signal.SIG_DFL)
    try:
        with pytest.raises(KeyboardInterrupt), told_to_stop():
            os.kill(os.getpid(), told)
        assert signal.getsignal(told) is signal.SIG_DFL
    finally:
        signal.signal(told, earlier)


def test_a_demo_under_nohup_does_not_hear_the_hangup() -> None:
    earlier = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        with told_to_stop():
            os.kill(os.getpid(), signal.SIGHUP)
    finally:
        signal.signal(signal.SIGHUP, earlier)


def test_while_it_stops_it_is_not_stopped() -> None:
    earlier = signal.getsignal(signal.SIGINT)
    with not_to_be_stopped():
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            os.kill(os.getpid(), number)

    assert signal.getsignal(signal.SIGINT) is earlier


def test_a_note_that_is_not_taken_ends_the_demo_in_words(sandbox: SandboxServer) -> None:
    with issuer_beside(free_port()) as issuer:
        sign_ins = SignIns(issuer, sandbox.origin)
        phone = Phone(sandbox.origin, sign_ins)

        with pytest.raises(DemoFailed, match="did not take a note: 404"):
            phone.post({"specialist": {"id": "es-014"}})
    phone.close()
    sign_ins.close()


def test_somebody_whom_the_issuer_does_not_know_ends_the_demo_in_words() -> None:
    with issuer_beside(free_port()) as issuer:
        sign_ins = SignIns(issuer, issuer)

        with pytest.raises(DemoFailed, match="gave no token: 404 Nobody has this id"):
            sign_ins.token("a stranger")
    sign_ins.close()


def test_a_note_that_the_ehr_does_not_know_is_not_found_there(sandbox: SandboxServer) -> None:
    assert in_the_ehr(sandbox.url, "a note", 1) == "not found"
