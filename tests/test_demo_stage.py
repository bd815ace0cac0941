"""The demo on its stage: it ends in words when something does not happen, and clears everything away."""

import os
import re
import signal
import sys
import threading
from collections.abc import Iterator
from dataclasses import replace
from io import StringIO
from pathlib import Path

import httpx
import pytest
from rich.console import Console

from service.sandbox.demo.processes import DemoFailed, Program, joinedup
from service.sandbox.demo.signals import told_to_stop
from service.sandbox.demo.stage import Stage, set_up
from service.sandbox.demo.story import stay, tell
from service.sandbox.demo.who_may import show_who_may
from tests.sandbox_server import free_port

NO_NOTES = """
import http.server, sys
class Answer(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b'{"notes": [], "next": null}')
    do_POST = do_GET
http.server.HTTPServer(("127.0.0.1", int(sys.argv[1])), Answer).serve_forever()
"""


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Stage]:
    console = Console(file=StringIO(), width=120, highlight=False)
    with set_up(console, tmp_path, 0, 0) as empty:
        yield empty


def _said(stage: Stage) -> str:
    file = stage.board.console.file
    assert isinstance(file, StringIO)
    return file.getvalue()


def _stand_in(stage: Stage, name: str) -> Program:
    """Something that answers in the service's place, with no note at all."""
    port = stage.url.rsplit(":", 1)[1]
    return Program(name, [sys.executable, "-c", NO_NOTES, port], stage.url, stage.service.log)


def test_a_sandbox_that_does_not_start_ends_the_demo(stage: Stage) -> None:
    broken = replace(stage.sandbox, command=[sys.executable, "-c", "raise SystemExit('no room')"])

    assert tell(replace(stage, sandbox=broken), once=True) == 1
    assert "The sandbox EHR did not start. It said:\nno room" in _said(stage)


def test_what_does_not_happen_is_not_waited_for_without_end(stage: Stage) -> None:
    stage.processes.start(stage.issuer, _stand_in(stage, "service"))

    with pytest.raises(DemoFailed, match="did not"):
        replace(stage, patience=0.3).watch_until(lambda receipts: len(receipts) == 1)


def test_a_process_that_ends_by_itself_ends_the_demo(stage: Stage) -> None:
    stage.processes.start(stage.issuer, _stand_in(stage, "service"))
    stage.processes.start(
        Program("neighbour", [sys.executable, "-c", "pass"], stage.url, stage.service.log)  # answered by the other one
    )

    with pytest.raises(DemoFailed, match=r"The neighbour has ended by itself\."):
        stay(stage)
    said = _said(stage)
    assert f"{stage.url}/openapi.json" in said
    for role in ("specialist", "clinician", "service manager", "operator", "privacy officer", "system"):
        assert re.search(rf"As {role}, .*:\n  curl -H 'Authorization: Bearer ey\S+' '{stage.url}/\S+'", said)


def test_a_refusal_that_is_none_is_told_and_ends_the_demo_badly(stage: Stage) -> None:
    stage.processes.start(stage.issuer, _stand_in(stage, "service"))  # it shows everybody everything

    assert not show_who_may(stage, stage.notes.first[0])
    assert "Without a token: 200 OK, and 401 is right" in _said(stage)
    assert "Nobody was told." in _said(stage)


def test_being_stopped_before_the_end_is_told_and_clears_up(tmp_path: Path) -> None:
    console = Console(file=StringIO(), width=120, highlight=False)
    with told_to_stop(), set_up(console, tmp_path, 0, 0) as stage:
        never = replace(stage.sandbox, command=[sys.executable, "-c", "import time; time.sleep(60)"])
        threading.Timer(0.3, os.kill, (os.getpid(), signal.SIGTERM)).start()
        assert tell(replace(stage, sandbox=never), once=True) == 130

    assert "Stopped before the end." in _said(stage)
    assert stage.processes.ended() is None


def test_a_port_that_is_taken_is_told(tmp_path: Path) -> None:
    console = Console(file=StringIO(), width=120, highlight=False)
    with set_up(console, tmp_path, 0, 0) as one:
        one.processes.start(_stand_in(one, "service"))
        taken = int(one.url.rsplit(":", 1)[1])
        with set_up(console, tmp_path, taken, free_port()) as another:
            assert another.url != one.url

    assert f"Port {taken} is taken on this machine; the service takes" in _said(one)
    with pytest.raises(httpx.ConnectError):
        httpx.get(one.url)


def test_commands_of_the_demo_are_run_by_this_very_python() -> None:
    assert joinedup("serve")[0] == sys.executable
