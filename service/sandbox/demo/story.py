"""The demo, told in order: notes travel into a sandbox EHR, survive its outage, and are counted one by one.

`joinedup demo` calls `run_demo`. The notes are in `notes.py`, the phone in `phone.py`, the processes in
`processes.py`, what is shown in `board.py`, the last reckoning in `reckoning.py`.
"""

import signal
import tempfile
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from rich.console import Console

from service.sandbox.demo.board import Board
from service.sandbox.demo.ehr_view import in_the_ehr
from service.sandbox.demo.notes import DemoNote, DemoNotes, amended_goal, demo_notes
from service.sandbox.demo.phone import Phone, Receipt
from service.sandbox.demo.processes import DemoFailed, Processes, Program, own_settings, port_near, told_to_stop
from service.sandbox.demo.reckoning import reckon

_LONGEST_WAIT = 90.0
_LOOK_EVERY = 0.15
_PARALLEL = 8
_INTERRUPTED = 130


def run_demo(once: bool, port: int = 8000, sandbox_port: int = 8090) -> int:
    """The exit status: 0 only if nothing was lost or doubled. Unless `once`, it stays up until Ctrl-C."""
    console = Console(highlight=False)
    with told_to_stop(), tempfile.TemporaryDirectory(prefix="joinedup-demo-", ignore_cleanup_errors=True) as folder:
        demo = _prepare(console, Path(folder), port, sandbox_port)
        try:
            return _tell(demo, once)
        except DemoFailed as failure:
            demo.board.say(str(failure), style="bold red")
            return 1
        except KeyboardInterrupt:
            demo.board.say("Stopped.")
            return _INTERRUPTED
        finally:
            _stop(demo)


@dataclass(frozen=True, slots=True)
class Demo:
    """Everything the story needs."""

    board: Board
    notes: DemoNotes
    phone: Phone
    processes: Processes
    sandbox: Program
    service: Program
    url: str
    sandbox_url: str


def _prepare(console: Console, folder: Path, port: int, sandbox_port: int) -> Demo:
    notes = demo_notes(datetime.now(UTC))
    board = Board(console, (*notes.first, *notes.later))
    port, sandbox_port = _free(board, "service", port), _free(board, "sandbox EHR", sandbox_port)
    url, sandbox_url = f"http://127.0.0.1:{port}", f"http://127.0.0.1:{sandbox_port}"
    environment = own_settings(
        data_folder=str(folder / "data"), host="127.0.0.1", port=str(port), ehr_url=f"{sandbox_url}/fhir"
    )
    store = ("--store", str(folder / "ehr.sqlite"))
    return Demo(
        board=board,
        notes=notes,
        phone=Phone(url),
        processes=Processes(environment, folder),
        sandbox=Program(
            "sandbox EHR",
            ("sandbox", "--port", str(sandbox_port), *store),
            f"{sandbox_url}/fhir/metadata",
            folder / "sandbox.log",
        ),
        service=Program("service", ("serve",), f"{url}/readyz", folder / "service.log"),
        url=url,
        sandbox_url=sandbox_url,
    )


def _free(board: Board, name: str, wanted: int) -> int:
    port = port_near(wanted)
    if port != wanted:
        board.say(f"Port {wanted} is taken on this machine; the {name} takes {port}.", style="yellow")
    return port


def _tell(demo: Demo, once: bool) -> int:
    demo.board.step("Joined Up, from a phone to the record. Every person in it is fictional.")
    _start(demo)
    _post_first(demo)
    _outage(demo)
    _post_again(demo)
    _amend_and_retract(demo)
    _wrong_birth_date(demo)
    posted = len(demo.notes.first) + len(demo.notes.later) + 1
    well = reckon(demo.board, demo.processes, demo.sandbox_url, posted)
    return _stay(demo, well) if not once else _status(well)


def _status(well: bool) -> int:
    return 0 if well else 1


def _start(demo: Demo) -> None:
    started = time.monotonic()
    demo.processes.start(demo.sandbox)
    demo.board.say(f"The sandbox EHR, a small FHIR R4 server, is at {demo.sandbox_url}/fhir")
    demo.processes.start(demo.service)
    demo.board.say(f"The service, with a PostgreSQL of its own, is at {demo.url}")
    demo.board.say(f"Both took {time.monotonic() - started:.1f} s to start.")


def _post_first(demo: Demo) -> None:
    people = len({note.person for note in demo.notes.first})
    demo.board.step(f"1. The phone posts notes of three kinds for {people} clients; each goes into the EHR.")
    with demo.board.watching():
        for note in demo.notes.first:
            demo.phone.post(note.body)
            _show(demo)
        _watch_until(demo, _all_delivered(demo.notes.first))
    demo.board.say(f"{len(demo.notes.first)} notes are in the EHR.", style="green")


def _outage(demo: Demo) -> None:
    demo.board.step("2. The EHR goes down. The phone posts on: every note is taken, and waits.")
    demo.processes.stop(demo.sandbox.name)
    for note in demo.notes.later:
        demo.phone.post(note.body)
    waiting = _watch_until(demo, lambda receipts: any(receipts[note.id].reason for note in demo.notes.later))
    for note in demo.notes.later:
        _say_why(demo.board, note, waiting[note.id])
    demo.board.step("3. The EHR is back: what waited goes by itself.")
    demo.processes.start(demo.sandbox)
    with demo.board.watching():
        _watch_until(demo, _all_delivered(demo.notes.later))
    demo.board.say(f"{len(demo.notes.later)} more notes are in the EHR.", style="green")


def _say_why(board: Board, note: DemoNote, receipt: Receipt) -> None:
    next_try = f" Next try at {receipt.next_try_at[11:19]} UTC." if receipt.next_try_at else ""
    board.say(f"{note.person}: {receipt.state}. {receipt.reason or 'Its turn comes when the EHR answers.'}{next_try}")


def _post_again(demo: Demo) -> None:
    notes = [note.body for note in (*demo.notes.first, *demo.notes.later)]
    demo.board.step("4. The phone does not know what got through, and posts every note a second time.")
    again = [demo.phone.post(note)[0] for note in notes]
    demo.board.say(f"{len(again)} posted again: {again.count(200)} already there, {again.count(201)} new.")
    at_once = [status for note in notes[:3] for status, _ in demo.phone.post_at_once([note] * _PARALLEL)]
    demo.board.say(
        f"Three of them, {_PARALLEL} times in parallel each: {at_once.count(200)} already there, "
        f"{at_once.count(201)} new."
    )


def _amend_and_retract(demo: Demo) -> None:
    goal, contact = demo.notes.first[1], demo.notes.first[-1]
    demo.board.step("5. One note is amended, another retracted.")
    amended = demo.phone.amend(amended_goal(goal), 1, "A step is done, and one was added.")
    retracted = demo.phone.retract(contact.id, "Written about the wrong client.")
    _watch_until(demo, _all_delivered((goal, contact)))
    for name, receipt in (("amended", amended), ("retracted", retracted)):
        told = in_the_ehr(f"{demo.sandbox_url}/fhir", receipt["id"], receipt["version"])
        demo.board.say(f"The {name} note in the EHR: {told}.")


def _wrong_birth_date(demo: Demo) -> None:
    wrong = demo.notes.wrong
    demo.board.step("6. A note with a wrong date of birth comes in front of a person, and reaches nobody's record.")
    demo.phone.post(wrong.body)
    receipts = _watch_until(demo, lambda receipts: receipts[wrong.id].state == "needs_attention")
    demo.board.say(f"{wrong.person}: needs attention. {receipts[wrong.id].reason}", style="red")
    demo.board.say("Who looks after the service sees it with: joinedup deliveries list --state needs_attention")
    right = {**wrong.body, "client": {**wrong.body["client"], "birth_date": demo.notes.right_birth_date}}
    demo.phone.amend(right, 1, "The date of birth was mistyped.")
    _watch_until(demo, _all_delivered((wrong,)))
    demo.board.say("Amended on the phone: it is in the EHR now.", style="green")


def _all_delivered(notes: tuple[DemoNote, ...]) -> Callable[[Mapping[str, Receipt]], bool]:
    return lambda receipts: all(receipts[note.id].state == "delivered" for note in notes)


def _watch_until(demo: Demo, done: Callable[[Mapping[str, Receipt]], bool]) -> Mapping[str, Receipt]:
    end = time.monotonic() + _LONGEST_WAIT
    while True:
        receipts = _show(demo)
        if done(receipts):
            return receipts
        ended = demo.processes.ended()
        if ended:
            raise DemoFailed(f"The {ended} has ended by itself.")
        if time.monotonic() > end:
            raise DemoFailed(f"Nothing more happened for {_LONGEST_WAIT:.0f} s.")
        time.sleep(_LOOK_EVERY)


def _show(demo: Demo) -> Mapping[str, Receipt]:
    receipts = demo.phone.receipts(demo.notes.specialists)
    demo.board.show(receipts)
    return receipts


def _stay(demo: Demo, well: bool) -> int:
    demo.board.step("Everything stays up. Look around, and press Ctrl-C to stop it all.")
    specialist = demo.notes.specialists[0]
    for sentence in (
        f"What a phone may do        {demo.url}/docs",
        f"A specialist's notes       {demo.url}/notes?specialist={specialist}",
        f"Their caseload             {demo.url}/clients?specialist={specialist}",
        f"Is it well                 {demo.url}/readyz  and  {demo.url}/metrics",
        f"What the EHR can do        {demo.sandbox_url}/fhir/metadata",
        f"The goals in the EHR       {demo.sandbox_url}/fhir/Goal",
        f"What the EHR holds         {demo.sandbox_url}/sandbox/store",
    ):
        demo.board.say(sentence)
    try:
        while not (ended := demo.processes.ended()):
            time.sleep(_LOOK_EVERY)
    except KeyboardInterrupt:
        return _status(well)
    raise DemoFailed(f"The {ended} has ended by itself.")


def _stop(demo: Demo) -> None:
    # A second Ctrl-C must not leave a process behind; stopping has its own longest wait.
    earlier = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        demo.phone.close()
        demo.processes.stop_all()
    finally:
        signal.signal(signal.SIGINT, earlier)
