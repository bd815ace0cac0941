"""The search for patient data in what the run logged finds it where it is: else its silence says nothing."""

import os
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from service.db import Sessions
from tests.conftest import SERVER
from tests.notes import BORN, person, receive
from tests.patient_data import TOP, PatientData, from_databases, known_to_the_tests, typed_in
from tests.recording import record_problem

KNOWN = PatientData(["Maya Okonkwo", "Okoro", "1987-04-12", "Met in the library. Wants mornings only."])


@pytest.mark.parametrize(
    "line",
    [
        '{"event":"patient 9990000018 found"}',
        "999 000 0018",
        '{"event":"patient found","name":"maya okonkwo"}',
        "Mrs Okoro, again",
        "born 1987-04-12",
        "the note says: Met in the library. Wants mornings only. And so on",
    ],
)
def test_patient_data_in_a_line_is_found(line: str) -> None:
    assert KNOWN.found_in(line)


@pytest.mark.parametrize(
    "line",
    [
        '{"time":"2026-11-22T09:30:00Z","event":"note accepted","note_id":"4b1f2c1e-0000-4000-8000-999000001800"}',
        "9990000017 has no valid check digit",
        '{"seconds":0.9990000018}',
        "Okoroform is another word",
    ],
)
def test_ids_times_and_other_words_are_no_patient_data(line: str) -> None:
    assert KNOWN.found_in(line) is None


def test_what_nobody_typed_is_not_searched_for() -> None:
    form = {
        "id": "4b1f2c1e-0000-4000-8000-000000000001",
        "kind": "work_goal",
        "client": {"nhs_number": "9990000018", "birth_date": "1987-04-12"},
        "written_at": "2026-11-20T11:30:00+00:00",
        "steps": [{"what": "Write a CV", "who": "client"}],
    }
    assert set(typed_in(form)) == {"9990000018", "1987-04-12", "Write a CV"}
    assert len(PatientData(["00000000", "short", "2026-11-22"])) == 0


async def test_what_a_test_put_into_its_database_is_searched_for(sessions: Sessions) -> None:
    async with sessions.begin() as session:
        await receive(session, person(1))
    found = await from_databases(os.environ[SERVER])
    assert {"Robin Vale", person(1).nhs_number, str(BORN)} <= found


def test_the_people_of_the_sandbox_are_searched_for() -> None:
    assert known_to_the_tests(None).found_in("Rukhsana") is not None


_TEST = "import sys\n\ndef test_that_writes() -> None:\n    print({!r}, file=sys.stderr)\n"


@pytest.mark.parametrize(("written", "status"), [("patient 9990000018", 1), ("patient found", 0)])
def test_a_run_that_writes_patient_data_fails(tmp_path: Path, written: str, status: int) -> None:
    (tmp_path / "test_one.py").write_text(_TEST.format(written))
    (tmp_path / "pytest.ini").write_text("[pytest]\n")
    command = [sys.executable, "-m", "pytest", "-q", "-p", "tests.recording", "-p", "no:cacheprovider", str(tmp_path)]
    environment = {name: value for name, value in os.environ.items() if not name.startswith("JOINEDUP_TEST")}
    done = subprocess.run(command, capture_output=True, text=True, env=environment, cwd=TOP, check=False)
    assert done.returncode == status, done.stdout
    assert ("test_one.py::test_that_writes: '9990000018' in patient 9990000018" in done.stdout) == bool(status)


async def test_the_text_of_a_problem_is_searched_too(capsys: pytest.CaptureFixture[str]) -> None:
    problem = httpx.Response(409, headers={"Content-Type": "application/problem+json"}, content=b'{"detail":"x"}')
    receipt = httpx.Response(201, headers={"Content-Type": "application/json"}, content=b'{"id":"y"}')
    for response in (problem, receipt):
        await record_problem(response)
    assert capsys.readouterr().err == '{"detail":"x"}\n'
