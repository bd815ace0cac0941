"""The stage of the demo: the processes, the phones and the board; set up, watched, and cleared away."""

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import NoReturn

from rich.console import Console

from service.sandbox.demo.board import Board
from service.sandbox.demo.notes import DemoNotes, demo_notes
from service.sandbox.demo.phone import Phone, Receipt
from service.sandbox.demo.processes import (
    DemoFailed,
    Processes,
    Program,
    issuer_alone,
    joinedup,
    own_settings,
    port_near,
    sandbox_alone,
)
from service.sandbox.demo.sign_ins import SignIns
from service.sandbox.demo.signals import not_to_be_stopped
from service.sandbox.issuer import issuer_url, issuers_setting

_LOOK_EVERY = 0.15

Receipts = Mapping[str, Receipt]


@dataclass(frozen=True, slots=True)
class Stage:
    """Everything the story needs. `patience` is how many seconds it waits for what has to happen."""

    board: Board
    notes: DemoNotes
    phone: Phone
    sign_ins: SignIns
    processes: Processes
    sandbox: Program
    issuer: Program
    service: Program
    url: str
    sandbox_url: str
    issuer_url: str
    data_folder: Path
    patience: float = 90.0

    def show(self) -> Receipts:
        """Where every note stands, shown."""
        receipts = self.phone.receipts(self.notes.specialists)
        self.board.show(receipts)
        return receipts

    def watch_until(self, done: Callable[[Receipts], bool]) -> Receipts:
        """Show where every note stands until that is so."""
        end = time.monotonic() + self.patience
        while not done(receipts := self.show()):
            self.must_run()
            if time.monotonic() > end:
                raise DemoFailed(f"What should happen did not, in {self.patience:.0f} s.")
            time.sleep(_LOOK_EVERY)
        return receipts

    def stay_up(self) -> NoReturn:
        """Until Ctrl-C, or until one of the processes ends by itself."""
        while True:
            self.must_run()
            time.sleep(_LOOK_EVERY)

    def must_run(self) -> None:
        """Raises `DemoFailed` where a process has ended by itself."""
        ended = self.processes.ended()
        if ended:
            raise DemoFailed(f"The {ended} has ended by itself.")


@contextmanager
def set_up(console: Console, folder: Path, port: int, sandbox_port: int) -> Iterator[Stage]:
    """A stage whose data is in `folder`. Nothing runs yet when it is entered, and nothing when it is left."""
    notes = demo_notes(datetime.now(UTC))
    board = Board(console, (*notes.first, *notes.later))
    port, sandbox_port = _port(board, "service", port), _port(board, "sandbox EHR", sandbox_port)
    url, sandbox_url = f"http://127.0.0.1:{port}", f"http://127.0.0.1:{sandbox_port}"
    issuer_port = port_near(0)
    issuer, sign_ins = issuer_url(issuer_port), SignIns(issuer_url(issuer_port), url)
    data_folder = folder / "data"
    settings = own_settings(
        data_folder=str(data_folder),
        host="127.0.0.1",
        port=str(port),
        ehr_url=f"{sandbox_url}/fhir",
        team_answers_every="2",
        issuers=issuers_setting(issuer),
    )
    sandbox = sandbox_alone(sandbox_port, folder / "ehr.sqlite")
    stage = Stage(
        board=board,
        notes=notes,
        phone=Phone(url, sign_ins),
        sign_ins=sign_ins,
        processes=Processes(settings, folder),
        sandbox=Program("sandbox EHR", sandbox, f"{sandbox_url}/fhir/metadata", folder / "sandbox.log"),
        issuer=Program("issuer", issuer_alone(issuer_port), f"{issuer}/jwks", folder / "issuer.log"),
        service=Program("service", joinedup("serve"), f"{url}/readyz", folder / "service.log"),
        url=url,
        sandbox_url=sandbox_url,
        issuer_url=issuer,
        data_folder=data_folder,
    )
    try:
        yield stage
    finally:
        _clear(stage)


def _port(board: Board, name: str, wanted: int) -> int:
    port = port_near(wanted)
    if wanted and port != wanted:
        board.say(f"Port {wanted} is taken on this machine; the {name} takes {port}.", style="yellow")
    return port


def _clear(stage: Stage) -> None:
    with not_to_be_stopped():
        stage.phone.close()
        stage.sign_ins.close()
        stage.processes.stop_all()
