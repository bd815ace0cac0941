"""The story of one note, from the phone to the record. Read this first.

Every part is the real one: the app at the door, PostgreSQL, the outbox, the push, an EHR over a socket.
Only the worker's loop is turned by hand here, so that the story can stop between its steps.
"""

import base64
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from service.db import Sessions
from service.outbox.deliver import deliver_next
from service.push.ehr import Ehr
from service.push.outcome import Delivered, Outcome, Refused, TryLater
from service.push.plan import PushPlan
from service.push.push import push
from service.watch.compare_notes import Reconciler
from service.watch.reconcile import reconcile
from tests.outbox import outbox_of
from tests.phone import NHS_NUMBERS, about, contact
from tests.sandbox_server import SandboxServer

CLIENT = NHS_NUMBERS[0]
BORN = "1990-02-03"


class Story:
    """The worker, turned by hand, and what can be seen of the record."""

    def __init__(self, sessions: Sessions, sandbox: SandboxServer, ehr: Ehr) -> None:
        self.sessions, self.sandbox, self.ehr = sessions, sandbox, ehr
        self.plan = PushPlan()

    async def the_worker_turns_once(self, later: timedelta | None = None) -> list[Outcome]:
        """Claims what is due (by then, if later), sends it, settles it."""
        outbox = outbox_of(self.sessions, at=datetime.now(UTC) + later if later else None)
        return await deliver_next(outbox, lambda sending, ledger, now: push(sending, self.ehr, ledger, self.plan, now))

    def in_the_record(self, resource_type: str) -> list[dict[str, Any]]:
        """What the EHR shows of our client."""
        patients = self.sandbox.find("Patient", identifier=f"https://fhir.nhs.uk/Id/nhs-number|{CLIENT}")
        return self.sandbox.find(resource_type, patient=f"Patient/{patients[0]['id']}")


@pytest.fixture
async def story(sessions: Sessions, sandbox: SandboxServer) -> AsyncIterator[Story]:
    sandbox.add_patient(CLIENT, BORN, family="Example", given="Ann")
    async with Ehr(sandbox.url, timeout=5) as ehr:
        yield Story(sessions, sandbox, ehr)


async def test_a_note_posted_by_a_phone_is_in_the_record_once_and_proved_to_be_there(
    phone: httpx.AsyncClient, story: Story
) -> None:
    # The specialist met the client in a library, wrote it down without signal, and the phone sends it hours later.
    note = contact(client=about(CLIENT, BORN), note="Wants to bake. Mornings only.")
    receipt = await phone.post("/notes", json=note)
    assert receipt.status_code == 201

    # From that answer on it is safe: stored, mapped, and waiting in its client's lane.
    assert (await phone.get(f"/notes/{note['id']}")).json()["delivery"]["state"] == "waiting"

    # A worker finds the patient by NHS number and date of birth, and sends everything in one transaction.
    assert await story.the_worker_turns_once() == [Delivered()]

    # The clinical team can read it in their own record: the contact, its text, what counts, and who wrote it.
    [encounter] = story.in_the_record("Encounter")
    [document] = story.in_the_record("DocumentReference")
    assert encounter["status"] == "finished"
    assert document["context"]["encounter"][0]["reference"] == f"Encounter/{encounter['id']}"
    assert "Wants to bake." in base64.b64decode(document["content"][0]["attachment"]["data"]).decode()
    assert len(story.in_the_record("Procedure")) == 1
    assert len(story.sandbox.find("Provenance", target=f"Encounter/{encounter['id']}")) == 1

    # The phone hears so, in a sentence; the client now has the name that the EHR gives.
    shown = (await phone.get(f"/notes/{note['id']}")).json()["delivery"]
    assert (shown["state"], shown["sentence"][:13]) == ("delivered", "In the record")
    [client] = (await phone.get("/clients", params={"specialist": "es-1"})).json()["clients"]
    assert (client["confirmed"], client["name"]) == (True, "Ann Example")

    # The phone never got its receipt and sends the note again: nothing happens twice.
    again = await phone.post("/notes", json=note)
    assert (again.status_code, again.json()) == (200, receipt.json())
    assert await story.the_worker_turns_once() == []

    # And it is proved: every resource is read back from the EHR and compared.
    proof = await reconcile(Reconciler(story.sessions, story.ehr, in_flight=4))
    assert proof.all_is_well
    assert (proof.accepted, proof.totals["in_ehr"]) == (1, 1)


async def test_an_outage_of_the_ehr_loses_nothing_and_the_phone_is_told(phone: httpx.AsyncClient, story: Story) -> None:
    note = contact(client=about(CLIENT, BORN))
    story.sandbox.stop()
    assert (await phone.post("/notes", json=note)).status_code == 201

    [outcome] = await story.the_worker_turns_once()
    assert isinstance(outcome, TryLater)
    waiting = (await phone.get(f"/notes/{note['id']}")).json()["delivery"]
    assert (waiting["state"], waiting["reason_code"]) == ("waiting", "ehr_unreachable")
    assert "Next try at" in waiting["sentence"]

    story.sandbox.start()
    assert await story.the_worker_turns_once(later=timedelta(minutes=1)) == [Delivered()]
    assert len(story.in_the_record("Encounter")) == 1


async def test_a_correction_and_a_retraction_reach_the_record_and_every_version_stays(
    phone: httpx.AsyncClient, story: Story
) -> None:
    note = contact(client=about(CLIENT, BORN))
    await phone.post("/notes", json=note)
    await story.the_worker_turns_once()

    amendment = {"reason": "It lasted longer.", "note": {**note, "minutes": 60}}
    assert (await phone.put(f"/notes/{note['id']}", json=amendment, headers={"If-Match": '"1"'})).status_code == 200
    assert await story.the_worker_turns_once() == [Delivered()]
    [encounter] = story.in_the_record("Encounter")
    assert encounter["length"]["value"] == 60

    await phone.post(f"/notes/{note['id']}/retraction", json={"reason": "It was about somebody else."})
    assert await story.the_worker_turns_once() == [Delivered()]
    [encounter] = story.in_the_record("Encounter")
    assert encounter["status"] == "entered-in-error"
    assert [version["version"] for version in (await phone.get(f"/notes/{note['id']}")).json()["versions"]] == [1, 2, 3]


async def test_a_wrong_date_of_birth_waits_for_a_person_and_amending_puts_it_right(
    phone: httpx.AsyncClient, story: Story
) -> None:
    note = contact(client=about(CLIENT, "1990-03-02"))
    await phone.post("/notes", json=note)

    [outcome] = await story.the_worker_turns_once()
    assert isinstance(outcome, Refused)
    shown = (await phone.get(f"/notes/{note['id']}")).json()["delivery"]
    assert (shown["state"], shown["reason_code"]) == ("needs_attention", "patient_birth_date_differs")
    assert story.in_the_record("Encounter") == []

    amendment = {"reason": "Day and month were swapped.", "note": {**note, "client": about(CLIENT, BORN)}}
    await phone.put(f"/notes/{note['id']}", json=amendment, headers={"If-Match": '"1"'})
    assert await story.the_worker_turns_once() == [Delivered()]
    assert len(story.in_the_record("Encounter")) == 1
