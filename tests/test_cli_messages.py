"""A record without a FHIR API, as those who run the service meet it: settings, a check, the proof, a person's word."""

import shutil
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

import orjson
import pytest
from pydantic import SecretStr

from service.db import Sessions
from service.outbox.deliver import deliver_next
from service.push.ehr import Ehr
from service.push.from_settings import carrier_of, messages_of, plan_of
from service.push.messages.mesh import Mesh
from service.push.outcome import Delivered, Outcome, TryLater
from service.push.push import push
from service.push.sending import Ledger, Sending
from service.settings import Settings
from tests.commands import Run
from tests.delivered import accept, id_of
from tests.mesh_stub import Says, mesh_stub
from tests.outbox import change, outbox_of, rows
from tests.phone import contact

MESH = {"mesh_mailbox": "A", "mesh_to": "B", "mesh_workflow": "IPS", "mesh_shared_key": "k", "mesh_password": "p"}


@pytest.fixture
def folder(bare: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """Where the record takes its messages from."""
    folder = tmp_path / "messages"
    folder.mkdir()
    bare.setenv("JOINEDUP_EHR_MESSAGES", "folder")
    bare.setenv("JOINEDUP_MESSAGE_FOLDER", str(folder))
    return folder


async def attempt(sessions: Sessions) -> Outcome:
    """As a worker would, with these settings."""
    plan = plan_of(Settings(_env_file=None))
    await change(sessions, "UPDATE lanes SET due_at = now() WHERE due_at IS NOT NULL")
    async with Ehr("http://127.0.0.1:9/fhir", 1) as nobody:

        async def send(sending: Sending, ledger: Ledger, now: datetime) -> Outcome:
            return await push(sending, nobody, ledger, plan, now)

        (outcome,) = await deliver_next(outbox_of(sessions), send)
    return outcome


def acknowledge(folder: Path) -> None:
    """The record takes in what has a manifest."""
    for file in folder.glob("*.manifest.json"):
        manifest = orjson.loads(file.read_bytes())
        (folder / manifest["acknowledge_as"]).write_bytes(orjson.dumps({"status": "accepted"}))


def names_in(folder: Path) -> list[str]:
    return [file.name for file in folder.iterdir()]


async def test_a_note_is_delivered_when_the_record_acknowledges_it_and_proved_by_that(
    run: Run, sessions: Sessions, folder: Path
) -> None:
    note = contact()
    await accept(sessions, note)
    assert isinstance(await attempt(sessions), TryLater)
    assert (await run("reconcile", "--json")).json()["waiting"] == [str(id_of(note))]
    acknowledge(folder)
    assert await attempt(sessions) == Delivered()
    assert (await run("reconcile", "--json")).json()["totals"]["in_ehr"] == 1
    await change(sessions, "DELETE FROM ehr_links WHERE key LIKE 'Encounter/%'")
    said = await run("reconcile", "--json")
    assert (said.status, said.json()["missing"]) == (1, [str(id_of(note))])
    await change(sessions, "DELETE FROM resources")
    assert (await run("reconcile", "--json")).json()["resources"][0]["missing"] == ["resources"]


async def test_what_was_acknowledged_is_not_repaired(run: Run, folder: Path) -> None:
    said = await run("reconcile", "--repair")
    assert (said.status, "Amend the note instead." in said.err) == (2, True)


async def test_a_check_asks_the_carrier(run: Run, folder: Path) -> None:
    assert "Notes go as messages, by folder, and it takes them now." in (await run("ehr", "check")).out
    assert "Send a test patient's note instead." in (await run("ehr", "check", "--probe")).err
    shutil.rmtree(folder)
    said = await run("ehr", "check")
    assert (said.status, "JOINEDUP_MESSAGE_FOLDER" in said.err) == (2, True)


async def test_a_person_says_which_message_it_was(run: Run, sessions: Sessions, folder: Path) -> None:
    await accept(sessions, contact())
    ((delivery,),) = await rows(sessions, "SELECT id FROM deliveries")
    sql = "INSERT INTO ehr_calls (delivery_id, number, keys) SELECT :id, 0, array_agg(type || '/' || id) FROM resources"
    await change(sessions, sql, id=delivery)
    await change(
        sessions, "UPDATE deliveries SET state = 'needs_attention', reason_code = 'mesh_doubled', reason = 'Two.'"
    )
    found = ["--found", f"folder/{uuid4()}.1.0", "--reason", "The record's team looked."]
    assert (await run("deliveries", "resolve", str(delivery), *found)).status == 0
    links = await rows(sessions, "SELECT DISTINCT ehr_type, ehr_id FROM ehr_links")
    assert links == [("folder", found[1].partition("/")[2])]
    assert isinstance(await attempt(sessions), TryLater), "it is looked for, and not handed over anew"
    assert names_in(folder) == []


# --- settings -----------------------------------------------------------------------------------------------


def _settings(**more: Any) -> Settings:
    return Settings(_env_file=None, **more)


async def test_mesh_is_reached_as_the_settings_say() -> None:
    with mesh_stub() as stub:
        stub.answers["POST /messageexchange/A"] = Says(200)
        messages = messages_of(_settings(ehr_messages="mesh", mesh_url=stub.mailbox.url, **MESH))
        assert messages
        assert isinstance(messages.adapter, Mesh)
        assert await messages.adapter.check() is None


def test_nothing_goes_as_a_message_unless_the_settings_say_so() -> None:
    assert messages_of(_settings()) is None
    assert carrier_of(_settings()) is None
    assert carrier_of(_settings(ehr_messages="mesh", **MESH)) == "mesh"


@pytest.mark.parametrize("name", MESH)
def test_what_is_missing_for_mesh_is_named(name: str) -> None:
    given = {key: value for key, value in MESH.items() if key != name}
    with pytest.raises(ValueError, match=f"JOINEDUP_EHR_MESSAGES=mesh needs JOINEDUP_{name.upper()}"):
        _settings(ehr_messages="mesh", **given)


def test_a_folder_has_to_be_named() -> None:
    with pytest.raises(ValueError, match="JOINEDUP_EHR_MESSAGES=folder needs JOINEDUP_MESSAGE_FOLDER"):
        _settings(ehr_messages="folder")


def test_patient_data_goes_to_mesh_by_https_only() -> None:
    with pytest.raises(ValueError, match="JOINEDUP_MESH_URL has to begin with https"):
        _settings(ehr_messages="mesh", mesh_url="http://mesh.example.nhs.uk", **MESH)


def test_no_secret_is_shown() -> None:
    messages = messages_of(_settings(ehr_messages="mesh", **(MESH | {"mesh_password": SecretStr("hidden")})))
    assert messages
    assert "hidden" not in repr(messages) + repr(vars(messages.adapter))
