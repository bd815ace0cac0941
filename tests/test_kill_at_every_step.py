"""A worker is killed, really, at every step it takes; another one finishes, and the EHR has everything once.

Each kill has a client and a note of its own, so that one sandbox shows what became of all of them.
"""

import json
import os
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from itertools import takewhile
from pathlib import Path
from typing import Any

import pytest

from service.db import Sessions
from service.forms.note import FORM
from service.intake.receive import Arrival, receive_notes
from service.push.ehr import Ehr
from service.r4.resource import Resource
from service.watch.compare_notes import Reconciler
from service.watch.reconcile import reconcile
from tests import phone
from tests.carriers import CarrierOnDisk
from tests.delivered import accept
from tests.ehr_answers.manners import DOCUMENTS, SINGLE, TRANSACTIONS, Manners
from tests.killed_worker import Done, Job, door
from tests.notes import person
from tests.outbox import change, rows
from tests.sandbox_server import SandboxServer

Json = dict[str, Any]


class Workers:
    """Runs one worker process after another."""

    def __init__(self, program: subprocess.Popen[str], database_url: str, sandbox: SandboxServer) -> None:
        self._program = program
        self._database_url = database_url
        self._ehr_url = sandbox.url

    def run(self, **how: Any) -> Done:
        self.begin(**how)
        return self.ended()

    def begin(self, **how: Any) -> None:
        job = Job(self._database_url, self._ehr_url, **how)
        assert self._program.stdin is not None
        self._program.stdin.write(json.dumps(asdict(job)) + "\n")
        self._program.stdin.flush()

    def ended(self) -> Done:
        assert self._program.stdout is not None
        return Done(**json.loads(self._program.stdout.readline()))


@pytest.fixture(scope="module")
def program() -> Iterator[subprocess.Popen[str]]:
    started = subprocess.Popen(
        [sys.executable, "-m", "tests.killed_worker"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=Path(__file__).parent.parent,
    )
    with started:
        yield started


@pytest.fixture
def workers(program: subprocess.Popen[str], database_url: str, sandbox: SandboxServer) -> Workers:
    return Workers(program, database_url, sandbox)


def _about(number: int, **changes: Any) -> Json:
    client = {"nhs_number": person(number).nhs_number, "birth_date": "1990-02-03"}
    return {"client": client, **changes}


NOTES: dict[str, Callable[..., Json]] = {
    "contact": phone.contact,
    "vocational_profile": phone.vocational_profile,
    "work_goal": phone.work_goal,
}


async def _note_of(number: int, kind: str, sessions: Sessions, sandbox: SandboxServer) -> tuple[Resource, ...]:
    """A note about a client of its own, whom the EHR knows."""
    sandbox.add_patient(person(number).nhs_number, "1990-02-03")
    return await accept(sessions, NOTES[kind](**_about(number)))


async def _leave_it_for_now(sessions: Sessions) -> None:
    """What the killed worker had or was about to have is not due before everybody has been killed."""
    await change(sessions, "UPDATE lanes SET due_at = now() + interval '1 hour' WHERE due_at IS NOT NULL")


@pytest.mark.slow
@pytest.mark.parametrize(
    ("kind", "entries", "manners"),
    [
        ("contact", 8, TRANSACTIONS[0]),
        ("vocational_profile", 8, TRANSACTIONS[0]),
        ("work_goal", 8, TRANSACTIONS[0]),
        ("work_goal", 2, TRANSACTIONS[0]),
        ("contact", 8, SINGLE[1]),
        ("work_goal", 8, SINGLE[3]),
        ("contact", 8, DOCUMENTS[0]),
    ],
    ids=lambda value: value.name if isinstance(value, Manners) else value,
)
async def test_killed_at_any_step_nothing_is_lost_and_nothing_doubled(
    workers: Workers, sessions: Sessions, sandbox: SandboxServer, kind: str, entries: int, manners: Manners
) -> None:
    manners.taught(sandbox)
    made = [*await _note_of(0, kind, sessions, sandbox)]
    steps = _each_time(workers.run(bundle_entries=entries).steps)
    killed_at = []
    for number, (step, time) in enumerate(steps, start=1):
        made += await _note_of(number, kind, sessions, sandbox)
        if workers.run(kill_at=step, time=time, bundle_entries=entries).killed:
            killed_at.append(step)
        await _leave_it_for_now(sessions)
    assert not workers.run(hours=2, bundle_entries=entries).killed
    if manners is DOCUMENTS[0]:
        made = [resource for resource in made if resource.type == "DocumentReference"]
    await _is_there_once(sessions, sandbox, made, notes=len(steps) + 1, provenance=manners is not DOCUMENTS[0])
    _were_all_kinds_of_steps(killed_at)


@pytest.mark.slow
async def test_killed_at_any_step_of_a_message_it_is_handed_over_once(
    workers: Workers, sessions: Sessions, sandbox: SandboxServer, tmp_path: Path
) -> None:
    carrier = CarrierOnDisk(tmp_path / "book")
    await _note_of(0, "contact", sessions, sandbox)
    steps = _each_time(workers.run(book=str(carrier.book)).steps)
    killed_at = []
    for number, (step, time) in enumerate(steps, start=1):
        await _note_of(number, "contact", sessions, sandbox)
        if workers.run(kill_at=step, time=time, book=str(carrier.book)).killed:
            killed_at.append(step)
        await _leave_it_for_now(sessions)
    assert not workers.run(hours=2, book=str(carrier.book)).killed
    delivered = await rows(sessions, "SELECT note_id::text || '.1.0' FROM deliveries WHERE state = 'delivered'")
    assert sorted(carrier.taken()) == sorted(local_id for (local_id,) in delivered)
    assert len(delivered) == len(steps) + 1
    assert await rows(sessions, "SELECT count(*) FROM ehr_calls WHERE answered_at IS NULL") == [(0,)]
    _were_all_kinds_of_steps(killed_at)


@pytest.mark.slow
async def test_killed_at_any_step_of_an_amendment_the_ehr_has_the_amended_note_once(
    workers: Workers, sessions: Sessions, sandbox: SandboxServer
) -> None:
    first = await _work_goal_of(0, sessions, sandbox)
    workers.run()
    made = [*await _amended(first, sessions)]
    steps = _each_time(workers.run().steps)
    notes = [await _work_goal_of(number, sessions, sandbox) for number in range(1, len(steps) + 1)]
    workers.run()
    killed_at = []
    for note, (step, time) in zip(notes, steps, strict=True):
        made += await _amended(note, sessions)
        if workers.run(kill_at=step, time=time).killed:
            killed_at.append(step)
        await _leave_it_for_now(sessions)
    assert not workers.run(hours=2).killed
    await _is_there_once(sessions, sandbox, made, notes=len(steps) + 1, versions=2)
    _were_all_kinds_of_steps(killed_at)


@pytest.mark.slow
async def test_killed_at_any_step_of_reading_an_answer_it_is_taken_in_once(
    workers: Workers, sessions: Sessions, sandbox: SandboxServer
) -> None:
    await _answered(0, workers, sessions, sandbox)
    # From the first write on it is the delivery of an amendment, of which the test below tells.
    steps = _each_time(list(takewhile(lambda step: step != "write begins", workers.run(answers_every=3600).steps)))
    killed_at = []
    for number, (step, time) in enumerate(steps, start=1):
        await _answered(number, workers, sessions, sandbox)
        if workers.run(kill_at=step, time=time, answers_every=3600).killed:
            killed_at.append(step)
        await _leave_it_for_now(sessions)
    for _ in range(2):  # what a killed worker had half delivered is read once it is delivered
        assert not workers.run(hours=2, answers_every=0.001).killed
    for moment in ("commit begins: ", "commit done: "):
        assert any(step.startswith(f"{moment}UPDATE team_readings SET") for step in killed_at)
    notes = len(steps) + 1
    sql = "SELECT form ->> 'state', count(*) FROM notes WHERE version = :version GROUP BY 1"
    for version, state in ((1, "asked"), (2, "answered")):
        assert await rows(sessions, sql, version=version) == [(state, notes)]
    assert await rows(sessions, sql, version=3) == []
    assert [task["meta"]["versionId"] for task in sandbox.find("Task")] == ["2"] * notes
    async with Ehr(sandbox.url, 10) as ehr:
        assert (await reconcile(Reconciler(sessions, ehr, in_flight=8))).all_is_well


async def _answered(number: int, workers: Workers, sessions: Sessions, sandbox: SandboxServer) -> None:
    """A request that came in by the door, and that a clinician has answered in the EHR."""
    patient = sandbox.add_patient(person(number).nhs_number, "1990-02-03")
    form = FORM.validate_json(json.dumps(phone.team_request(**_about(number))))
    async with sessions.begin() as session:
        await receive_notes(session, door(), [Arrival(form, datetime.now(UTC))])
    workers.run()
    (task,) = sandbox.find("Task", patient=patient)
    words = [{"type": {"text": "Answer"}, "valueString": "At six."}]
    answer = sandbox.fhir("PUT", f"Task/{task['id']}", {**task, "status": "completed", "output": words})
    assert answer.status_code == 200, answer.text


@dataclass(frozen=True, slots=True)
class First:
    """The first version of a note, and what it became."""

    note: Json
    resources: tuple[Resource, ...]


async def _work_goal_of(number: int, sessions: Sessions, sandbox: SandboxServer) -> First:
    sandbox.add_patient(person(number).nhs_number, "1990-02-03")
    note = phone.work_goal(**_about(number))
    return First(note, await accept(sessions, note))


async def _amended(first: First, sessions: Sessions) -> tuple[Resource, ...]:
    changed = {**first.note, "words": "I want to bake cakes."}
    return await accept(sessions, changed, version=2, earlier=first.resources)


def _each_time(steps: list[str]) -> list[tuple[str, int]]:
    """Each step with how often it has come before: what the worker does beside it may come in between."""
    times: Counter[str] = Counter()
    told = []
    for step in steps:
        times[step] += 1
        told.append((step, times[step]))
    return told


def _were_all_kinds_of_steps(killed_at: list[str]) -> None:
    """Before the call; when the EHR had it and we did not know; after the answer; before and after each commit."""
    for step in ("write begins", "write done, answer not read", "write answered"):
        assert step in killed_at
    for moment in ("statement begins: ", "statement done: ", "commit begins: ", "commit done: "):
        # the claim, the intent, the result, and the settled delivery
        assert len({step for step in killed_at if step.startswith(moment)}) >= 4


async def test_killed_while_the_ehr_has_it_and_holds_its_answer_back(
    workers: Workers, sessions: Sessions, sandbox: SandboxServer
) -> None:
    made = await _note_of(1, "contact", sessions, sandbox)
    sandbox.misbehave(only="writes", do="hold", when="after", times=1)
    workers.begin()
    sandbox.wait_until_held()
    ((worker,),) = await rows(sessions, "SELECT leased_by FROM lanes")
    os.kill(int(worker.removeprefix("worker-")), signal.SIGKILL)
    assert workers.ended().killed
    assert sandbox.store()["types"]["Encounter"] == 1
    sandbox.behave()
    await _leave_it_for_now(sessions)
    workers.run(hours=2)
    await _is_there_once(sessions, sandbox, list(made), notes=1)


async def _is_there_once(
    sessions: Sessions,
    sandbox: SandboxServer,
    made: list[Resource],
    notes: int,
    versions: int = 1,
    *,
    provenance: bool = True,
) -> None:
    assert await rows(sessions, "SELECT state, count(*) FROM deliveries GROUP BY 1") == [
        ("delivered", notes * versions)
    ]
    assert await rows(sessions, "SELECT count(*) FROM ehr_calls WHERE answered_at IS NULL") == [(0,)]
    store = sandbox.store()
    expected = Counter(resource.type for resource in made) | {"Patient": notes}
    if provenance:
        expected["Provenance"] = notes * versions
    assert store["types"] == expected
    assert store["doubled"] == []
    async with Ehr(sandbox.url, 10) as ehr:
        found = await reconcile(Reconciler(sessions, ehr, in_flight=8))
    assert found.all_is_well
