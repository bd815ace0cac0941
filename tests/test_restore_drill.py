"""The drill: the database is lost, and after restore, phones and worker nothing is missing nor doubled."""

import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import asyncpg
import pytest

from service.db import opened
from service.embedded_postgres import Urls
from tests.backups import count_notes, everything_in, send_notes
from tests.commands import Run
from tests.conftest import empty
from tests.delivered import deliver_all
from tests.door import amend, phone_at
from tests.outbox import rows
from tests.phone import NHS_NUMBERS, about, contact, vocational_profile, work_goal
from tests.sandbox_server import SandboxServer


async def _deliver(urls: Urls, ehr: SandboxServer) -> None:
    async with opened(urls.serving, 4) as sessions:
        await deliver_all(sessions, ehr)


async def test_the_drill_after_a_loss_the_phones_send_again_and_nothing_is_missing_nor_doubled(
    owner: Run, bare: pytest.MonkeyPatch, urls: Urls, ehr: SandboxServer, tmp_path: Path
) -> None:
    bare.setenv("JOINEDUP_EHR_URL", ehr.url)
    before = [contact(), work_goal(), vocational_profile(client=about(NHS_NUMBERS[1]))]
    waiting = contact(client=about(NHS_NUMBERS[2]))
    after = [contact(), work_goal(client=about(NHS_NUMBERS[1]))]
    # On an ordinary day: notes delivered, one still waiting, and the backup is made.
    assert await send_notes(urls, before) == [201, 201, 201]
    await _deliver(urls, ehr)
    assert await send_notes(urls, [waiting]) == [201]
    file = tmp_path / "monday.joinedup"
    assert (await owner("backup", str(file))).status == 0
    # The day goes on: more notes, and an amendment of one that the backup has, all delivered. Then the loss.
    assert await send_notes(urls, after) == [201, 201]
    async with phone_at(urls.serving) as phone:
        assert (await amend(phone, before[0], minutes=60)).status_code == 200
    await _deliver(urls, ehr)
    in_the_ehr = ehr.store()["types"]
    await empty(urls)
    # Restored; the phones send what they have again, the amendment too; the worker delivers.
    restored = await owner("restore", str(file), "--into-empty")
    assert (restored.status, restored.err) == (0, "")
    assert "run: joinedup reconcile" in restored.out
    assert await count_notes(urls) == 4
    assert await send_notes(urls, [*before, waiting, *after]) == [200, 200, 200, 200, 201, 201]
    async with phone_at(urls.serving) as phone:
        assert (await amend(phone, before[0], minutes=60)).status_code == 200
    await _deliver(urls, ehr)
    found = await owner("reconcile", "--json")
    assert found.status == 0, found.out
    totals = found.json()["totals"]
    assert (totals["accepted"], totals["in_ehr"]) == (6, 6)
    store = ehr.store()
    assert store["doubled"] == []
    assert {kind: count for kind, count in store["types"].items() if kind != "Provenance"} == {
        kind: count for kind, count in in_the_ehr.items() if kind != "Provenance"
    }


async def test_what_a_clinician_changed_since_the_backup_is_not_written_over_by_what_the_phones_send_again(
    owner: Run, urls: Urls, ehr: SandboxServer, tmp_path: Path
) -> None:
    await owner("backup", str(tmp_path / "monday"))
    note = contact()
    await send_notes(urls, [note])
    await _deliver(urls, ehr)
    (encounter,) = ehr.find("Encounter")
    ehr.fhir("PUT", f"Encounter/{encounter['id']}", {**encounter, "status": "cancelled"})
    await empty(urls)
    await owner("restore", str(tmp_path / "monday"), "--into-empty")
    await send_notes(urls, [note])
    await _deliver(urls, ehr)
    assert [one["status"] for one in ehr.find("Encounter")] == ["cancelled"]
    async with opened(urls.serving, 1) as sessions:
        assert await rows(sessions, "SELECT state, reason_code FROM deliveries") == [
            ("needs_attention", "changed_in_ehr")
        ]


async def test_what_is_written_after_a_restore_is_sent_without_a_look(
    owner: Run, urls: Urls, ehr: SandboxServer, tmp_path: Path
) -> None:
    await owner("backup", str(tmp_path / "monday"))
    await empty(urls)
    await owner("restore", str(tmp_path / "monday"), "--into-empty")
    tomorrow = (datetime.now(UTC) + timedelta(days=2)).isoformat()
    database = await asyncpg.connect(urls.owner)
    for note, written_at in ((contact(), None), (contact(client=about(NHS_NUMBERS[1])), tomorrow)):
        await send_notes(urls, [note])
        if written_at:
            await database.execute(
                "UPDATE notes SET written_at = $1::text::timestamptz WHERE id = $2", written_at, note["id"]
            )
        ehr.forget_requests()
        await _deliver(urls, ehr)
        looked = [one for one in ehr.requests() if "Encounter" in one["path"]]
        assert bool(looked) is (written_at is None)
    await database.close()


async def test_what_is_restored_is_what_was_there_row_by_row(owner: Run, urls: Urls, tmp_path: Path) -> None:
    await send_notes(urls, [contact(), work_goal(), vocational_profile(client=about(NHS_NUMBERS[1]))])
    file = tmp_path / "kept"
    began = time.monotonic()
    assert (await owner("backup", str(file))).status == 0
    before = await everything_in(urls)
    await empty(urls)
    assert (await owner("restore", str(file), "--into-empty")).status == 0
    assert time.monotonic() - began < 60
    assert await everything_in(urls) == before
    assert len(before["notes"]) == 3
    assert await send_notes(urls, [contact()]) == [201]  # the role that serves may do what it did before
