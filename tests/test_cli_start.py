"""The commands that stay: what they refuse to start on, where they listen, and how they stop."""

import os
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import pytest
from starlette.applications import Starlette

from service.cli import main
from service.embedded_postgres import Urls
from service.errors import CannotStart
from service.serving.listen import listen
from service.serving.run import serve_app
from tests.commands import Run, running
from tests.conftest import SERVER, empty, new_database
from tests.log_lines import Lines
from tests.phone import contact
from tests.sandbox_server import free_port

pytestmark = pytest.mark.usefixtures("bare")


# --- settings -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("command", ["serve", "worker", "migrate", "reconcile"])
async def test_a_setting_that_is_not_valid_is_told_in_a_sentence(
    run: Run, bare: pytest.MonkeyPatch, command: str
) -> None:
    bare.setenv("JOINEDUP_PORT", "eighty")
    said = await run(command)
    assert (said.status, said.out) == (2, "")
    assert said.err.startswith("These settings are not valid. JOINEDUP_PORT: ")


@pytest.mark.parametrize("url", ["postgresql://joinedup:secret@127.0.0.1:1/joinedup", "postgresql://:secret@[/"])
async def test_a_database_that_cannot_be_reached_is_told_without_its_password(
    run: Run, bare: pytest.MonkeyPatch, url: str
) -> None:
    bare.setenv("JOINEDUP_DATABASE_URL", url)
    said = await run("deliveries", "list")
    assert (said.status, said.out) == (2, "")
    assert "JOINEDUP_DATABASE_URL" in said.err
    assert "secret" not in said.err


# --- migrations ---------------------------------------------------------------------------------------


@pytest.fixture
async def empty_database() -> Urls:
    """A database without our tables."""
    urls = await new_database()
    await empty(urls)
    return urls


async def test_a_command_refuses_a_database_without_tables_and_says_what_to_run(
    run: Run, bare: pytest.MonkeyPatch, empty_database: Urls
) -> None:
    bare.setenv("JOINEDUP_DATABASE_URL", empty_database.serving)
    said = await run("deliveries", "list")
    assert said.status == 2
    assert "Run: joinedup migrate" in said.err
    assert "JOINEDUP_DATABASE_OWNER_URL is not set" in (await run("migrate")).err
    bare.setenv("JOINEDUP_DATABASE_OWNER_URL", empty_database.owner)
    assert (await run("migrate")).out.startswith("The database is at migration ")
    assert (await run("deliveries", "list")).status == 0


async def test_the_embedded_database_needs_no_command_to_migrate(run: Run, bare: pytest.MonkeyPatch) -> None:
    bare.delenv("JOINEDUP_DATABASE_URL")
    said = await run("migrate")
    assert said.status == 2
    assert "the embedded database is migrated by itself" in said.err


# --- in this process: the main thread's, for they take its signals -------------------------------------


@pytest.fixture
def on_the_database(bare: pytest.MonkeyPatch, database_url: str) -> pytest.MonkeyPatch:
    bare.setenv("JOINEDUP_DATABASE_URL", database_url)
    return bare


def _ended(monkeypatch: pytest.MonkeyPatch, *arguments: str) -> int:
    monkeypatch.setattr(sys, "argv", ["joinedup", *arguments])
    with pytest.raises(SystemExit) as ended:
        main()
    return int(ended.value.code or 0)


def test_a_misspelt_setting_is_told_wherever_it_stands(
    on_the_database: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    Path(".env").write_text("JOINEDUP_PROT=8001\nDATABASE_PASSWORD=x\n")
    assert _ended(on_the_database, "deliveries", "list") == 2
    assert capsys.readouterr().err == "JOINEDUP_PROT is not a setting of joinedup. Did you mean JOINEDUP_PORT?\n"


@pytest.mark.parametrize("host", ["0.0.0.0", "192.0.2.1", "::", "somewhere.example"])
def test_serve_listens_on_loopback_only(
    on_the_database: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], host: str
) -> None:
    on_the_database.setenv("JOINEDUP_HOST", host)
    assert _ended(on_the_database, "serve") == 2
    assert f"joinedup does not listen on {host}" in capsys.readouterr().err


@pytest.mark.parametrize(("host", "family"), [("127.0.0.1", socket.AF_INET), ("::1", socket.AF_INET6)])
def test_a_port_that_is_taken_is_told(
    on_the_database: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], host: str, family: int
) -> None:
    with socket.create_server((host, 0), family=family) as taken:
        on_the_database.setenv("JOINEDUP_HOST", host)
        on_the_database.setenv("JOINEDUP_PORT", str(taken.getsockname()[1]))
        assert _ended(on_the_database, "serve") == 2
    assert "Stop what uses it, or choose another" in capsys.readouterr().err


def test_an_app_that_cannot_start_is_told_in_a_sentence_and_in_the_log_without_values(lines: Lines) -> None:
    @asynccontextmanager
    async def fail(_: Starlette) -> AsyncIterator[None]:
        yield int("Okonkwo")  # type: ignore[misc]

    with listen("127.0.0.1", 0) as listener, pytest.raises(CannotStart, match="It did not start"):
        serve_app(Starlette(lifespan=fail), listener)
    said = lines.all()
    (fault,) = [line["fault"] for line in said if "fault" in line]
    assert fault[0]["type"] == "ValueError"
    assert fault[0]["at"][-1].startswith("tests/test_cli_start.py:")
    assert "Okonkwo" not in str(said)


def test_a_demo_that_cannot_go_on_ends_with_1(bare: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    bare.setattr(sys, "executable", "/bin/false")
    assert _ended(bare, "demo", "--once") == 1
    assert "did not start" in capsys.readouterr().out


# --- as processes, stopped ----------------------------------------------------------------------------


@pytest.fixture
def data_folder() -> Iterator[Path]:
    """Short, for a socket lies in it."""
    with tempfile.TemporaryDirectory(prefix="j") as folder:
        yield Path(folder)


@pytest.mark.slow
def test_serve_takes_notes_on_a_database_of_its_own_and_leaves_nothing_running(data_folder: Path) -> None:
    with running("serve", port="0", data_folder=str(data_folder), ehr_url="http://127.0.0.1:1/fhir") as service:
        url = service.url()
        assert service.answers(f"{url}/readyz").json()["ready"] is True
        assert "No issuer of tokens is set, so it listens on loopback only" in service.said()
        note = contact()
        assert httpx.post(f"{url}/notes", json=note).status_code == 201
        assert 'joinedup_notes_accepted_total{kind="contact"} 1.0' in httpx.get(f"{url}/metrics").text
        assert service.stop(signal.SIGTERM) == 0
    assert not (data_folder / "postgresql" / "postmaster.pid").exists()
    with running("serve", port="0", data_folder=str(data_folder), ehr_url="http://127.0.0.1:1/fhir") as service:
        assert service.answers(f"{service.url()}/notes/{note['id']}").status_code == 200
        assert service.stop(signal.SIGINT) == 0


@pytest.mark.slow
def test_a_worker_shows_its_own_metrics_and_stops_when_it_is_told(database_url: str) -> None:
    with running("worker", database_url=database_url, ehr_url="http://127.0.0.1:1/fhir") as worker:
        metrics = worker.url().removesuffix(".")
        assert "joinedup_attempts" in worker.answers(metrics).text
        assert worker.answers(metrics.replace("/metrics", "/readyz")).json()["ready"] is True
        assert worker.stop() == 0


@pytest.mark.slow
@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGINT])
def test_the_sandbox_answers_as_an_ehr_and_stops_when_it_is_told(how: signal.Signals) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    with running("sandbox", "--port", str(port)) as sandbox:
        assert sandbox.url() == f"http://127.0.0.1:{port}/fhir"
        assert sandbox.answers(f"{sandbox.url()}/metadata").json()["resourceType"] == "CapabilityStatement"
        assert sandbox.stop(how) == 0


@pytest.mark.slow
def test_the_sandbox_has_an_issuer_of_tokens_where_it_is_asked_for_one() -> None:
    port, issuer = free_port(), free_port()
    with running("sandbox", "--port", str(port), "--issuer-port", str(issuer)) as sandbox:
        assert sandbox.answers(f"http://127.0.0.1:{port}/fhir/metadata").is_success
        assert sandbox.answers(f"http://127.0.0.1:{issuer}/jwks").json()["keys"]
        assert f"""JOINEDUP_ISSUERS='[{{"issuer":"http://127.0.0.1:{issuer}",""" in sandbox.said()
        assert sandbox.stop(signal.SIGTERM) == 0


def test_the_command_is_installed() -> None:
    found = Path(sys.executable).parent / "joinedup"
    done = subprocess.run([found, "--help"], capture_output=True, text=True, check=True)
    assert "Usage: joinedup" in done.stdout
    assert SERVER in os.environ
