"""Notes delivered to an independent FHIR engine: Medplum's, with its memory repository, over HTTP.

`make tools` fetches it. Its memory repository slows down with what it holds: the runs are small.
"""

import subprocess
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from service.push.ehr import Ehr
from service.push.outcome import Delivered, Refused
from service.sandbox.people import patient_resource
from tests.ehr_answers.travelling import Note
from tests.samples_on_disk import sample

Json = dict[str, Any]
TOP = Path(__file__).parent.parent
FETCHED = TOP / ".tools" / "medplum"
NODE = FETCHED / "node_modules" / ".bin" / "node"
SAMPLES = ("contact/employer_with_the_client", "vocational_profile/full", "work_goal/full")

pytestmark = pytest.mark.skipif(not NODE.exists(), reason="Medplum's FHIR engine is not in .tools: make tools")


class Medplum:
    """The engine, running; a repository of its own."""

    def __init__(self, client: httpx.Client) -> None:
        self.url = str(client.base_url)
        self._client = client

    def add_patient(self, name: str) -> str:
        client = sample(name).form.client
        patient = patient_resource(client.nhs_number, client.birth_date.isoformat(), "Testperson", ["Avery"])
        return str(self._told(self._client.post("/Patient", json=patient))["id"])

    def all(self, resource_type: str) -> list[Json]:
        found = self._told(self._client.get(f"/{resource_type}", params={"_count": "100"}))
        return [entry["resource"] for entry in found.get("entry", [])]

    def change(self, resource: Json, **change: Any) -> None:
        path = f"/{resource['resourceType']}/{resource['id']}"
        self._told(self._client.put(path, json={**resource, **change}))

    def _told(self, answer: httpx.Response) -> Json:
        assert answer.is_success, answer.text
        told: Json = answer.json()
        return told


@pytest.fixture(params=["by transaction", "one by one"])
def medplum(request: pytest.FixtureRequest) -> Iterator[Medplum]:
    server = FETCHED / "server.mjs"  # beside its node_modules, or Node does not find them
    server.write_bytes((TOP / "tests" / "medplum" / "server.mjs").read_bytes())
    how = ["--without-transactions"] if request.param == "one by one" else []
    command = [str(NODE), str(server), *how]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as running:
        assert running.stdout is not None
        url = f"http://127.0.0.1:{int(running.stdout.readline())}/fhir"
        with httpx.Client(base_url=url, timeout=10, verify=False, trust_env=False) as client:
            yield Medplum(client)
        running.terminate()


@pytest.fixture
async def ehr(medplum: Medplum) -> AsyncIterator[Ehr]:
    async with Ehr(medplum.url, 20) as ehr:
        yield ehr


async def test_every_kind_of_note_is_there_once_amended_and_taken_back(medplum: Medplum, ehr: Ehr) -> None:
    expected: Counter[str] = Counter()
    for name in SAMPLES:
        note = Note(name, medplum.add_patient(name), ehr)
        for change in (note.leave, note.amend, note.retract):
            change()
            assert await note.push() == Delivered()
            assert await note.push() == Delivered()
        expected += Counter(one.type for one in note.resources) + Counter({"Provenance": 2})
    assert {name: len(medplum.all(name)) for name in expected} == expected
    assert {one["status"] for one in medplum.all("DocumentReference")} == {"entered-in-error"}


async def test_a_clinicians_change_is_not_overwritten(medplum: Medplum, ehr: Ehr) -> None:
    name = "contact/seen_face_to_face"
    note = Note(name, medplum.add_patient(name), ehr)
    assert await note.push() == Delivered()
    (document,) = medplum.all("DocumentReference")
    medplum.change(document, description="Changed by a clinician.")

    note.amend()
    outcome = await note.push()
    assert isinstance(outcome, Refused)
    assert outcome.reason.code == "changed_in_ehr"
    (document,) = medplum.all("DocumentReference")
    assert document["description"] == "Changed by a clinician."
