"""Backup and restore as commands: what they write, what they refuse, and which of PostgreSQL's programs they run."""

import os
import stat
import tempfile
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from service.commands.pg_tools import Program, environment_of, programs, that_fits
from service.db import Sessions
from service.embedded_postgres import Urls
from service.errors import CannotStart
from tests.backups import count_notes, everything_in, send_notes
from tests.commands import Run
from tests.conftest import empty
from tests.outbox import change, rows
from tests.phone import contact

Json = dict[str, Any]


# --- backup -------------------------------------------------------------------------------------------


async def test_a_backup_is_for_its_owner_alone_and_leaves_nothing_beside(owner: Run, tmp_path: Path) -> None:
    folder = tmp_path / "backups"
    folder.mkdir()
    said = await owner("backup", str(folder / "monday"))
    assert (said.status, said.err) == (0, "")
    assert "It holds patient data" in said.out
    assert stat.S_IMODE((folder / "monday").stat().st_mode) == 0o600
    assert [file.name for file in folder.iterdir()] == ["monday"]


async def test_who_takes_everything_away_is_written_down_and_in_the_backup(
    owner: Run, owners: Sessions, urls: Urls, tmp_path: Path
) -> None:
    assert (await owner("backup", str(tmp_path / "monday"), "--by", "ruth")).status == 0
    assert await rows(owners, "SELECT who, action FROM audit") == [("ruth", "backed_up")]
    await empty(urls)
    assert (await owner("restore", str(tmp_path / "monday"), "--into-empty")).status == 0
    assert await rows(owners, "SELECT who, action FROM audit") == [("ruth", "backed_up")]


async def test_tables_of_long_ago_are_backed_up_without_a_line(owner: Run, owners: Sessions, tmp_path: Path) -> None:
    await change(owners, "DROP FUNCTION write_audit(jsonb)")
    assert (await owner("backup", str(tmp_path / "monday"))).status == 0


async def test_a_backup_writes_over_nothing(owner: Run, tmp_path: Path) -> None:
    (tmp_path / "monday").write_text("tuesday's")
    said = await owner("backup", str(tmp_path / "monday"))
    assert (said.status, "is not written over" in said.err) == (2, True)
    assert (tmp_path / "monday").read_text() == "tuesday's"


async def test_a_file_that_came_meanwhile_is_not_written_over_either(
    owner: Run, bare: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (real, *_) = [program.path for program in programs("pg_dump", "") if program.major == 18]
    _pretend(bare, tmp_path, "pg_dump", f'{real} "$@" && echo theirs > {tmp_path}/monday')
    said = await owner("backup", str(tmp_path / "monday"))
    assert (said.status, "is not written over" in said.err) == (2, True)
    assert (tmp_path / "monday").read_text() == "theirs\n"
    assert _named_monday(tmp_path) == ["monday"]


def _named_monday(folder: Path) -> list[str]:
    return [file.name for file in folder.iterdir() if "monday" in file.name]


async def test_of_the_embedded_database_a_backup_is_made_as_well(
    run: Run, bare: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    bare.delenv("JOINEDUP_DATABASE_URL")
    with tempfile.TemporaryDirectory(prefix="j") as short:  # a socket lies in it
        bare.setenv("JOINEDUP_DATA_FOLDER", short)
        said = await run("backup", str(tmp_path / "monday"))
        assert "there is nothing to back up" in said.err
        await run("deliveries", "list")
        assert (await run("backup", str(tmp_path / "monday"))).status == 0
        bare.setenv("JOINEDUP_DATA_FOLDER", f"{short}/other")
        assert (await run("restore", str(tmp_path / "monday"), "--into-empty")).status == 0
        assert (await run("deliveries", "list")).status == 0


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
    await send_notes(urls, [contact()])
    said = await owner("restore", file, "--into-empty")
    assert (said.status, "nothing is restored over them" in said.err) == (2, True)
    assert await count_notes(urls) == 1


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
    await send_notes(urls, [contact() for _ in range(3)])
    await owner("backup", str(file))
    whole = file.read_bytes()
    file.write_bytes(whole[: len(whole) - 2000])
    await empty(urls)
    said = await owner("restore", str(file), "--into-empty")
    assert (said.status, "is not a backup that can be read" in said.err) == (2, True)
    assert await everything_in(urls) == {}


async def test_a_restore_that_fails_half_way_leaves_the_database_empty(owner: Run, urls: Urls, tmp_path: Path) -> None:
    await send_notes(urls, [contact()])
    await owner("backup", str(tmp_path / "monday"))
    await empty(urls)
    admin = await asyncpg.connect(urls.owner)
    await admin.execute("CREATE DOMAIN alembic_version AS text")  # in the way, and no table
    await admin.close()
    said = await owner("restore", str(tmp_path / "monday"), "--into-empty")
    assert (said.status, "pg_restore failed" in said.err) == (2, True)
    assert _kept_log(said.err)[0] == 0o600
    assert await everything_in(urls) == {}


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
