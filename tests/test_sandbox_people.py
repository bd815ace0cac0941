"""The fictional people of the sandbox, and the command that serves them."""

import signal
import subprocess
import sys
from pathlib import Path

import httpx
import orjson
import pytest
from nhs_number.validate import is_valid

from service.sandbox.app import run_sandbox
from service.sandbox.people import PEOPLE
from tests.sandbox_server import SandboxServer, free_port

SPECIALIST = "https://ips.example.nhs.uk/Id/specialist"


def test_every_nhs_number_is_of_the_test_range_and_valid_and_its_own() -> None:
    numbers = [person["nhs_number"] for person in orjson.loads(PEOPLE.read_bytes())["patients"]]

    assert len(set(numbers)) == len(numbers) >= 12
    assert all(number.startswith("999") and is_valid(number) for number in numbers)


def test_the_people_are_seeded_once(seeded_sandbox: SandboxServer) -> None:
    assert seeded_sandbox.store() == {"types": {"Patient": 16, "Practitioner": 3}, "doubled": []}

    seeded_sandbox.stop()
    seeded_sandbox.start()

    assert seeded_sandbox.store()["types"] == {"Patient": 16, "Practitioner": 3}


def test_a_seeded_number_is_present_and_verified(seeded_sandbox: SandboxServer) -> None:
    (patient,) = seeded_sandbox.find("Patient", family="Okonkwo")

    (extension,) = patient["identifier"][0]["extension"]
    assert extension["valueCodeableConcept"]["coding"][0]["code"] == "01"


def test_one_specialist_is_known_and_one_is_not(seeded_sandbox: SandboxServer) -> None:
    assert len(seeded_sandbox.find("Practitioner", identifier=f"{SPECIALIST}|es-014")) == 1
    assert seeded_sandbox.find("Practitioner", identifier=f"{SPECIALIST}|es-027") == []
    (clinician,) = seeded_sandbox.find("Practitioner", family="Vasquez")
    assert clinician["name"][0]["prefix"] == ["Dr"]


def test_the_sandbox_runs_as_a_process_until_it_is_told_to_stop(tmp_path: Path) -> None:
    port = free_port()
    program = (
        "import pathlib, sys; from service.sandbox.app import run_sandbox; "
        "run_sandbox('127.0.0.1', int(sys.argv[1]), pathlib.Path(sys.argv[2]))"
    )
    process = subprocess.Popen([sys.executable, "-c", program, str(port), str(tmp_path / "store.sqlite")])
    try:
        with httpx.Client(transport=httpx.HTTPTransport(retries=8)) as client:
            assert client.get(f"http://127.0.0.1:{port}/fhir/Patient").json()["total"] == 16
    finally:
        process.send_signal(signal.SIGINT)
        stopped = process.wait(timeout=20)

    assert stopped == 0


def test_a_port_that_is_taken_is_told_in_a_sentence(sandbox: SandboxServer, tmp_path: Path) -> None:
    with pytest.raises(SystemExit, match=f"port {sandbox.port} of 127.0.0.1"):
        run_sandbox("127.0.0.1", sandbox.port, tmp_path / "another.sqlite")
