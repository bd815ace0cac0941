"""Backup and restore as commands, and the drill: the database is lost, and nothing is missing nor doubled after."""

import os
import stat
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from service.commands.pg_tools import Program, environment_of, programs, that_fits
from service.db import opened
from service.embedded_postgres import Urls
from service.errors import CannotStart
from tests.commands import Run
from tests.conftest import empty
from tests.delivered import deliver_all
from tests.door import amend, phone_at
from tests.outbox import rows
from tests.phone import NHS_NUMBERS, about, contact, vocational_profile, work_goal
from tests.sandbox_server import SandboxServer

Json = dict[str, Any]


@pytest.fixture
def owner(run: Run, bare: pytest.MonkeyPatch, urls: Urls) -> Run:
    """The command, where the settings name the owner too."""
    bare.setenv("JOINEDUP_DATABASE_OWNER_URL", urls.owner)
    return run


# --- the drill ----------------------------------------------------------------------------------------


async def _send(urls: Urls, notes: list[Json]) -> list[int]:
    """As phones do: each note as it is, and the same again if nobody answered."""
    async with phone_at(urls.serving) as phone:
        return [(await phone.post("/notes", json=note)).status_code for note in notes]


async def _deliver(urls: Urls, ehr: SandboxServer) -> None:
    async with opened(urls.serving, 4) as sessions:
        await deliver_all(sessions, ehr)


async def _count(urls: Urls) -> int:
    async with opened(urls.serving, 1) as sessions:
        return int((await rows(sessions, "SELECT count(*) FROM notes"))[0][0])


async def test_the_drill_after_a_loss_the_phones_send_again_and_nothing_is_missing_nor_doubled(
    owner: Run, bare: pytest.MonkeyPatch, urls: Urls, ehr: SandboxServer, tmp_path: Path
) -> None:
    bare.setenv("JOINEDUP_EHR_URL", ehr.url)
    before = [contact(), work_goal(), vocational_profile(client=about(NHS_NUMBERS[1]))]
    waiting = contact(client=about(NHS_NUMBERS[2]))
    after = [contact(), work_goal(client=about(NHS_NUMBERS[1]))]
    # On an ordinary day: notes delivered, one still waiting, and the backup is made.
    assert await _send(urls, before) == [201, 201, 201]
    await _deliver(urls, ehr)
    assert await _send(urls, [waiting]) == [201]
    file = tmp_path / "monday.joinedup"
    assert (await owner("backup", str(file))).status == 0
    # The day goes on: more notes, and an amendment of one that the backup has, all delivered. Then the loss.
    assert await _send(urls, after) == [201, 201]
    async with phone_at(urls.serving) as phone:
        assert (await amend(phone, before[0], minutes=60)).status_code == 200
    await _deliver(urls, ehr)
    in_the_ehr = ehr.store()["types"]
    await empty(urls)
    # Restored; the phones send what they have again, the amendment too; the worker delivers.
    restored = await owner("restore", str(file), "--into-empty")
    assert (restored.status, restored.err) == (0, "")
    assert "run: joinedup reconcile" in restored.out
    assert await _count(urls) == 4
    assert await _send(urls, [*before, waiting, *after]) == [200, 200, 200, 200, 201, 201]
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
    await _send(urls, [note])
    await _deliver(urls, ehr)
    (encounter,) = ehr.find("Encounter")
    ehr.fhir("PUT", f"Encounter/{encounter['id']}", {**encounter, "status": "cancelled"})
    await empty(urls)
    await owner("restore", str(tmp_path / "monday"), "--into-empty")
    await _send(urls, [note])
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
        await _send(urls, [note])
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
    await _send(urls, [contact(), work_goal(), vocational_profile(client=about(NHS_NUMBERS[1]))])
    file = tmp_path / "kept"
    began = time.monotonic()
    assert (await owner("backup", str(file))).status == 0
    before = await _everything(urls)
    await empty(urls)
    assert (await owner("restore", str(file), "--into-empty")).status == 0
    assert time.monotonic() - began < 60
    assert await _everything(urls) == before
    assert len(before["notes"]) == 3
    assert await _send(urls, [contact()]) == [201]  # the role that serves may do what it did before


async def _everything(urls: Urls) -> dict[str, list[str]]:
    database = await asyncpg.connect(urls.owner)
    try:
        tables = await database.fetch("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
        return {
            name: sorted(str(row[0]) for row in await database.fetch(f"SELECT t::text FROM {name} AS t"))
            for (name,) in tables
        }
    finally:
        await database.close()


# --- backup -------------------------------------------------------------------------------------------


async def test_a_backup_is_for_its_owner_alone_and_leaves_nothing_beside(owner: Run, tmp_path: Path) -> None:
    folder = tmp_path / "backups"
    folder.mkdir()
    said = await owner("backup", str(folder / "monday"))
    assert (said.status, said.err) == (0, "")
    assert "It holds patient data" in said.out
    assert stat.S_IMODE((folder / "monday").stat().st_mode) == 0o600
    assert [file.name for file in folder.iterdir()] == ["monday"]


async def test_a_backup_writes_over_nothing(owner: Run, tmp_path: Path) -> None:
    (tmp_path / "monday").write_text("tuesday's")
    said = await owner("backup", str(tmp_path / "monday"))
    assert (said.status, "is not written over" in said.err) == (2, True)
    assert (tmp_path / "monday").read_text() == "tuesday's"


async def test_a_file_that_came_meanwhile_is_not_written_over_either(
    owner: Run, bare: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    _pretend(bare, tmp_path, "pg_dump", f"echo theirs > {tmp_path}/monday; exit 0")
    said = await owner("backup", str(tmp_path / "monday"))
    assert said.status == 2
    assert (tmp_path / "monday").read_text() == "theirs\n"


async def test_a_folder_that_is_not_there_is_told(owner: Run, tmp_path: Path) -> None:
    said = await owner("backup", str(tmp_path / "nowhere" / "monday"))
    assert (said.status, "cannot be written (No such file or directory)" in said.err) == (2, True)


async def test_of_an_empty_database_there_is_nothing_to_back_up(owner: Run, urls: Urls, tmp_path: Path) -> None:
    await empty(urls)
    said = await owner("backup", str(tmp_path / "monday"))
    assert (said.status, "there is nothing to back up" in said.err) == (2, True)
    assert not (tmp_path / "monday").exists()


async def test_a_backup_needs_the_owners_url(run: Run, tmp_path: Path) -> None:
    said = await run("backup", str(tmp_path / "monday"))
    assert (said.status, "JOINEDUP_DATABASE_OWNER_URL is not set" in said.err) == (2, True)


async def test_a_database_that_is_silent_is_told_without_its_password(
    owner: Run, bare: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    bare.setenv("JOINEDUP_DATABASE_OWNER_URL", "postgresql://joinedup:letmein@127.0.0.1:1/joinedup")
    said = await owner("backup", str(tmp_path / "monday"))
    assert (said.status, "cannot be reached" in said.err, "letmein" in said.err) == (2, True, False)


async def test_a_dump_that_fails_leaves_no_file_and_says_where_it_says_why(
    owner: Run, bare: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    _pretend(bare, tmp_path, "pg_dump", "echo 'row of Okonkwo' >&2; exit 1")
    said = await owner("backup", str(tmp_path / "monday"))
    assert said.status == 2
    assert "Okonkwo" not in said.err
    assert not (tmp_path / "monday").exists()
    assert _kept_log(said.err) == (0o600, "row of Okonkwo\n")


def _kept_log(said: str) -> tuple[int, str]:
    log = Path(next(word for word in said.split() if word.endswith(".log;")).rstrip(";"))
    try:
        return stat.S_IMODE(log.stat().st_mode), log.read_text()
    finally:
        log.unlink()


async def test_what_cannot_be_read_back_is_no_backup(owner: Run, bare: pytest.MonkeyPatch, tmp_path: Path) -> None:
    _pretend(bare, tmp_path, "pg_dump", "exit 0")
    said = await owner("backup", str(tmp_path / "monday"))
    assert (said.status, "is not a backup that can be read" in said.err) == (2, True)
    assert not (tmp_path / "monday").exists()


def _pretend(bare: pytest.MonkeyPatch, folder: Path, tool: str, script: str) -> None:
    """One on the PATH, of a release that is preferred."""
    place = folder / "bin"
    place.mkdir()
    (place / tool).write_text(
        f'#!/bin/sh\n[ "$1" = --version ] && echo "{tool} (PostgreSQL) 18.1" && exit 0\n{script}\n'
    )
    (place / tool).chmod(0o755)
    bare.setenv("PATH", f"{place}{os.pathsep}{os.environ['PATH']}")


# --- restore ------------------------------------------------------------------------------------------


async def test_a_restore_fills_an_empty_database_and_no_other(owner: Run, urls: Urls, tmp_path: Path) -> None:
    file = str(tmp_path / "monday")
    await owner("backup", file)
    await _send(urls, [contact()])
    said = await owner("restore", file, "--into-empty")
    assert (said.status, "nothing is restored over them" in said.err) == (2, True)
    assert await _count(urls) == 1


async def test_a_restore_has_to_be_meant(owner: Run, tmp_path: Path) -> None:
    said = await owner("restore", str(tmp_path / "monday"))
    assert (said.status, "without --into-empty" in said.err) == (2, True)


@pytest.mark.parametrize("content", [None, "", "not an archive"])
async def test_what_is_no_backup_is_told_before_anything_is_done(
    owner: Run, tmp_path: Path, content: str | None
) -> None:
    if content is not None:
        (tmp_path / "monday").write_text(content)
    said = await owner("restore", str(tmp_path / "monday"), "--into-empty")
    assert (said.status, "is not a backup that can be read" in said.err) == (2, True)


async def test_a_backup_that_breaks_off_leaves_the_database_empty(owner: Run, urls: Urls, tmp_path: Path) -> None:
    file = tmp_path / "monday"
    await _send(urls, [contact() for _ in range(3)])
    await owner("backup", str(file))
    whole = file.read_bytes()
    file.write_bytes(whole[: len(whole) - 2000])
    await empty(urls)
    said = await owner("restore", str(file), "--into-empty")
    assert (said.status, "is not a backup that can be read" in said.err) == (2, True)
    assert await _everything(urls) == {}


async def test_a_restore_that_fails_half_way_leaves_the_database_empty(owner: Run, urls: Urls, tmp_path: Path) -> None:
    await _send(urls, [contact()])
    await owner("backup", str(tmp_path / "monday"))
    await empty(urls)
    admin = await asyncpg.connect(urls.owner)
    await admin.execute("CREATE DOMAIN alembic_version AS text")  # in the way, and no table
    await admin.close()
    said = await owner("restore", str(tmp_path / "monday"), "--into-empty")
    assert (said.status, "pg_restore failed" in said.err) == (2, True)
    assert _kept_log(said.err)[0] == 0o600
    assert await _everything(urls) == {}


# --- the programs -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("major", "chosen"), [(16, "/sixteen"), (17, "/eighteen"), (18, "/eighteen"), (14, "/sixteen")]
)
def test_the_nearest_release_that_is_not_older_is_taken(major: int, chosen: str) -> None:
    at_hand = [Program(Path("/eighteen"), 18), Program(Path("/sixteen"), 16), Program(Path("/other"), 18)]
    assert that_fits("pg_dump", major, at_hand) == Path(chosen)


@pytest.mark.parametrize(("at_hand", "found"), [([], "here. Install"), ([Program(Path("/old"), 14)], "(found: 14)")])
def test_where_none_fits_it_is_said_which_is_needed(at_hand: list[Program], found: str) -> None:
    with pytest.raises(CannotStart, match="no pg_dump of that release or a newer one") as caught:
        that_fits("pg_dump", 19, at_hand)
    assert found in str(caught.value)


def test_the_programs_of_the_wheel_are_found_and_what_is_none_is_not(tmp_path: Path) -> None:
    (tmp_path / "pg_dump").write_text("#!/bin/sh\necho no version here\n")
    (tmp_path / "pg_dump").chmod(0o755)
    found = programs("pg_dump", f"{tmp_path}{os.pathsep}")
    assert found
    assert all("pginstall" in str(program.path) for program in found)


def test_the_way_to_the_database_goes_by_the_environment_with_its_password() -> None:
    said = environment_of(
        "postgresql://joined:s%40crit@db.trust.example:5433/up?sslmode=verify-full&sslrootcert=/ca&other=x", {"A": "b"}
    )
    assert said == {
        "A": "b",
        "PGHOST": "db.trust.example",
        "PGPORT": "5433",
        "PGUSER": "joined",
        "PGPASSWORD": "s@crit",
        "PGDATABASE": "up",
        "PGSSLMODE": "verify-full",
        "PGSSLROOTCERT": "/ca",
        "LC_ALL": "C",
    }


def test_what_the_url_leaves_out_is_left_to_the_environment() -> None:
    said = environment_of("postgresql://joinedup@/joinedup?host=/run/postgresql", {"PGPASSWORD": "theirs"})
    assert (said["PGHOST"], said["PGPASSWORD"], "PGPORT" in said) == ("/run/postgresql", "theirs", False)
