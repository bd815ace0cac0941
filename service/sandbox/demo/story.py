"""The demo, told in order: notes travel into a sandbox EHR, survive its outage, and are counted one by one.

`joinedup demo` calls `run_demo`. `stage.py` holds what it needs, `notes.py` the notes, `phone.py` the phones,
`board.py` what is shown, `who_may.py` who is let in, `reckoning.py` the end.
"""

import tempfile
import time
from collections.abc import Callable, Sequence
from http import HTTPStatus
from pathlib import Path
from typing import NoReturn

from rich.console import Console

from service.sandbox.demo.board import Board
from service.sandbox.demo.ehr_view import answer_in_the_ehr, in_the_ehr
from service.sandbox.demo.notes import DemoNote, amended_goal
from service.sandbox.demo.processes import DemoFailed
from service.sandbox.demo.reckoning import reckon
from service.sandbox.demo.signals import told_to_stop
from service.sandbox.demo.stage import Receipts, Stage, set_up
from service.sandbox.demo.who_may import ready_to_paste, show_who_may

_PARALLEL = 8
_INTERRUPTED = 130
_OPEN = "/deliveries?state=needs_attention"
_ANSWER = "Moved to the evening from tonight. I will see her in two weeks."


def run_demo(once: bool, port: int = 8000, sandbox_port: int = 8090) -> int:
    """The exit status: 0 only if nothing was lost, doubled or shown to others. Unless `once`, up until Ctrl-C."""
    console = Console(highlight=False)
    with (
        told_to_stop(),
        tempfile.TemporaryDirectory(prefix="joinedup-demo-", ignore_cleanup_errors=True) as folder,
        set_up(console, Path(folder), port, sandbox_port) as stage,
    ):
        return tell(stage, once)


def tell(stage: Stage, once: bool) -> int:
    """The whole story, on a stage that is set up; the exit status."""
    well: bool | None = None
    try:
        well = _tell(stage)
        if not once:
            stay(stage)
    except DemoFailed as failure:
        stage.board.say(str(failure), style="bold red")
        return 1
    except KeyboardInterrupt:
        stage.board.say("Stopped." if well is not None else "Stopped before the end.")
    return _INTERRUPTED if well is None else int(not well)


def _tell(stage: Stage) -> bool:
    stage.board.step("Joined Up, from a phone to the record. Every person in it is fictional.")
    _start(stage)
    _post_first(stage)
    _outage(stage)
    _post_again(stage)
    _amend_and_retract(stage)
    _wrong_birth_date(stage)
    _post_the_rest(stage)
    _clinician_answers(stage)
    refused = show_who_may(stage, stage.notes.first[0])
    posted = len(stage.notes.first) + len(stage.notes.later) + len(stage.notes.rest) + 1
    return reckon(stage, posted) and refused


def _start(stage: Stage) -> None:
    started = time.monotonic()
    stage.processes.start(stage.sandbox, stage.issuer, stage.service)
    stage.board.say(f"The sandbox EHR, a small FHIR R4 server, is at {stage.sandbox_url}/fhir")
    stage.board.say(f"A stand-in for the trust's identity provider is at {stage.issuer_url}")
    stage.board.say(f"The service, with a PostgreSQL of its own, is at {stage.url}")
    stage.board.say(f"All took {time.monotonic() - started:.1f} s to start.")


def _post_first(stage: Stage) -> None:
    people = len({note.person for note in stage.notes.first})
    stage.board.step(f"1. The phone posts notes of three kinds for {people} clients; each goes into the EHR.")
    with stage.board.watching():
        for note in stage.notes.first:
            stage.phone.post(note.body)
            stage.show()
        stage.watch_until(_all_delivered(stage.notes.first))
    stage.board.say(f"{len(stage.notes.first)} notes are in the EHR.", style="green")


def _outage(stage: Stage) -> None:
    stage.board.step("2. The EHR goes down. The phone posts on: every note is taken, and waits.")
    later = stage.notes.later
    stage.processes.stop(stage.sandbox.name)
    with stage.board.watching():
        for note in later:
            stage.phone.post(note.body)
        receipts = stage.watch_until(lambda receipts: any(receipts[note.id].next_try_at for note in later))
    _say_why(stage.board, later, receipts)
    stage.board.step("3. The EHR is back: what waited goes by itself.")
    stage.processes.start(stage.sandbox)
    with stage.board.watching():
        stage.watch_until(_all_delivered(later))
    stage.board.say(f"{len(later)} more notes are in the EHR.", style="green")


def _say_why(board: Board, notes: Sequence[DemoNote], receipts: Receipts) -> None:
    for note in notes:
        next_try = receipts[note.id].next_try_at
        when = f"next try at {next_try[11:19]} UTC" if next_try else "goes when the EHR answers"
        board.say(f"{note.person}: {receipts[note.id].state}, {when}")
    reasons = {reason for note in notes if (reason := receipts[note.id].reason)}
    for reason in sorted(reasons):
        board.say(f"Why: {reason}", style="yellow")


def _post_again(stage: Stage) -> None:
    notes = [note.body for note in (*stage.notes.first, *stage.notes.later)]
    stage.board.step("4. The phone does not know what got through, and posts every note a second time.")
    again = [stage.phone.post(note) for note in notes]
    stage.board.say(f"{len(again)} posted again: {_counted(again)}.")
    at_once = [status for note in notes[:3] for status in stage.phone.post_at_once([note] * _PARALLEL)]
    stage.board.say(f"Three of them, {_PARALLEL} times in parallel each: {_counted(at_once)}.")


def _counted(statuses: list[int]) -> str:
    return f"{statuses.count(HTTPStatus.OK)} already there, {statuses.count(HTTPStatus.CREATED)} new"


def _amend_and_retract(stage: Stage) -> None:
    goal, contact = stage.notes.first[1], stage.notes.first[-1]
    stage.board.step("5. One note is amended, another retracted.")
    versions = {
        "amended": (goal, stage.phone.amend(amended_goal(goal), 1, "A step is done, and one was added.")),
        "retracted": (contact, stage.phone.retract(contact.body, "Written about the wrong client.")),
    }
    stage.watch_until(_all_delivered((goal, contact)))
    for name, (note, version) in versions.items():
        told = in_the_ehr(f"{stage.sandbox_url}/fhir", note.id, version)
        stage.board.say(f"The {name} note in the EHR: {told}.")


def _wrong_birth_date(stage: Stage) -> None:
    wrong = stage.notes.wrong
    stage.board.step("6. A note with a wrong date of birth comes in front of a person, and reaches nobody's record.")
    stage.phone.post(wrong.body)
    receipts = stage.watch_until(lambda receipts: receipts[wrong.id].state == "needs_attention")
    stage.board.say(f"{wrong.person}: needs attention. {receipts[wrong.id].reason}", style="red")
    open_ = stage.sign_ins.get("operator", _OPEN).raise_for_status().json()["deliveries"]
    stage.board.say(f"The operator sees {len(open_)} of them: GET {_OPEN}, or /desk")
    right = {**wrong.body, "client": {**wrong.body["client"], "birth_date": stage.notes.right_birth_date}}
    stage.phone.amend(right, 1, "The date of birth was mistyped.")
    stage.watch_until(_all_delivered((wrong,)))
    stage.board.say("Amended on the phone: it is in the EHR now.", style="green")


def _post_the_rest(stage: Stage) -> None:
    rest, ehr = stage.notes.rest, f"{stage.sandbox_url}/fhir"
    stage.board.step(f"7. About {rest[0].person}, everything else that a specialist writes.")
    for note in rest:
        stage.phone.post(note.body)
    stage.watch_until(_all_delivered(rest))
    for note in rest:
        stage.board.say(f"{note.column.replace('_', ' ').capitalize()}: {in_the_ehr(ehr, note.id, 1)}.")


def _clinician_answers(stage: Stage) -> None:
    request = stage.notes.rest[-1]
    stage.board.step("8. A psychiatrist answers the request where they work, in the EHR; the specialist sees it.")
    answer_in_the_ehr(f"{stage.sandbox_url}/fhir", request.id, _ANSWER)
    stage.watch_until(lambda receipts: receipts[request.id].version > 1)
    stage.board.say(f"The note has its answer: “{_ANSWER}”", style="green")


def _all_delivered(notes: tuple[DemoNote, ...]) -> Callable[[Receipts], bool]:
    return lambda receipts: all(receipts[note.id].state == "delivered" for note in notes)


def stay(stage: Stage) -> NoReturn:
    """Say what there is to look at, and leave it up."""
    stage.board.step("Everything stays up. Look around, and press Ctrl-C to stop it all.")
    decision = next(note.id for note in stage.notes.rest if note.column == "disclosure_decision")
    for sentence in (
        f"What a phone may do        {stage.url}/openapi.json",
        f"Is it well                 {stage.url}/readyz",
        f"What the EHR can do        {stage.sandbox_url}/fhir/metadata",
        f"The goals in the EHR       {stage.sandbox_url}/fhir/Goal",
        f"What the EHR holds         {stage.sandbox_url}/sandbox/store",
        f"A command on this data     JOINEDUP_DATA_FOLDER={stage.data_folder} joinedup audit verify",
    ):
        stage.board.say(sentence)
    stage.board.step("With a token. These are good for 12 hours, or until the demo stops.")
    for sentence in ready_to_paste(stage):
        stage.board.say(sentence)
    stage.board.say(
        f"As the specialist, too: /clients  /concerns?specialist={stage.notes.specialists[0]}  "
        f"/notes/{decision}/employer-copy?format=text"
    )
    stage.board.say("As the operator, too: /metrics  /reconciliations")
    stage.stay_up()
