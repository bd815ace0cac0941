"""The command `joinedup clients`: which systems may ask for tokens, said by an operator and kept without any secret."""

import json
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from service.db import Sessions
from tests.commands import Run
from tests.token_office import MAY, new_keys

MAY_KEPT = "system/Questionnaire.rs system/QuestionnaireResponse.c"
URL = "https://rio.example/jwks.json"
BY_URL = ("--name", "RiO", "--scope", MAY, "--jwks-url", URL, "--by", "Alex")


@pytest.fixture
def published(tmp_path: Path) -> Any:
    return new_keys(tmp_path / "theirs").published()


@pytest.fixture
def file(tmp_path: Path, published: Any) -> Path:
    (tmp_path / "keys.json").write_text(json.dumps(published))
    return tmp_path / "keys.json"


async def test_a_system_is_registered_listed_disabled_and_enabled(run: Run) -> None:
    assert "joinedup clients add" in (await run("clients", "list")).out
    added = await run("clients", "add", "rio", *BY_URL)
    assert (added.status, added.err) == (0, "")
    assert "rio may now ask for system/Questionnaire.rs system/QuestionnaireResponse.c." in added.out
    assert "/fhir/.well-known/smart-configuration" in added.out

    (row,) = (await run("clients", "list", "--json")).json()
    assert (row["id"], row["name"], row["keys"], row["state"]) == ("rio", "RiO", URL, "enabled")
    assert row["registered"].endswith("UTC by Alex")
    assert "RiO" in (await run("clients", "list")).out

    assert "ten seconds" in (await run("clients", "disable", "rio", "--by", "Alex")).out
    assert "already" in (await run("clients", "disable", "rio", "--by", "Alex")).out
    (row,) = (await run("clients", "list", "--json")).json()
    assert row["state"].startswith("disabled since 20")
    assert "rio is enabled." in (await run("clients", "enable", "rio", "--by", "Alex")).out
    assert "already" in (await run("clients", "enable", "rio", "--by", "Alex")).out


async def test_keys_of_a_file_are_kept_and_listed_by_their_ids(run: Run, file: Path, published: Any) -> None:
    added = await run("clients", "add", "rio", "--name", "RiO", "--scope", MAY, "--jwks", str(file), "--by", "Alex")
    assert added.status == 0
    (row,) = (await run("clients", "list", "--json")).json()
    assert row["keys"] == published["keys"][0]["kid"]


async def test_a_system_that_is_there_is_changed_only_where_that_is_said(run: Run, file: Path) -> None:
    assert (await run("clients", "add", "rio", *BY_URL, "--replace")).status == 2
    await run("clients", "add", "rio", *BY_URL)
    again = await run("clients", "add", "rio", *BY_URL)
    assert (again.status, "--replace" in again.err) == (2, True)
    less = ("--name", "RiO", "--scope", "system/Questionnaire.r", "--jwks", str(file), "--by", "Sam", "--replace")
    assert (await run("clients", "add", "rio", *less)).status == 0
    (row,) = (await run("clients", "list", "--json")).json()
    assert (row["scopes"], row["keys"].startswith("20")) == ("system/Questionnaire.r", True)
    back = await run("clients", "add", "rio", *BY_URL, "--replace")
    assert back.status == 0
    assert (await run("clients", "list", "--json")).json()[0]["keys"] == URL


async def test_every_change_is_in_the_audit_with_who_made_it(run: Run, sessions: Sessions) -> None:
    await run("clients", "add", "rio", *BY_URL)
    await run("clients", "add", "rio", *BY_URL)
    await run("clients", "add", "rio", *BY_URL, "--scope", "system/Questionnaire.r", "--replace")
    for command in ("disable", "disable", "enable"):
        await run("clients", command, "rio", "--by", "Sam")
    written = "SELECT who, action, reason_code, reason FROM audit ORDER BY id"
    async with sessions() as session:
        lines = [tuple(line) for line in await session.execute(text(written))]
    assert lines == [
        ("Alex", "system_registered", "registered", f"rio {MAY_KEPT}"),
        ("Alex", "system_registered", "replaced", "rio system/Questionnaire.r"),
        ("Sam", "system_removed", "disabled", "rio"),
        ("Sam", "system_registered", "enabled", "rio"),
    ]


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("a b", *BY_URL), "An id has letters"),
        (("rio", *BY_URL, "--jwks", "keys.json"), "and not both"),
        (("rio", "--name", "RiO", "--scope", MAY, "--by", "Alex"), "--jwks-url URL, or --jwks FILE"),
        (("rio", *BY_URL, "--name", " "), "Give the system a name"),
        (("rio", *BY_URL, "--name", "a" * 121), "Give the system a name"),
        (("rio", *BY_URL, "--name", "a\nb"), "Give the system a name"),
        (("rio", *BY_URL, "--scope", "system/*.read"), "SMART v1"),
        (("rio", *BY_URL, "--jwks-url", "http://rio.example/"), "https://"),
        (("rio", "--name", "RiO", "--scope", MAY, "--jwks", "/no/such/file", "--by", "Alex"), "cannot be read"),
    ],
)
async def test_what_cannot_be_registered_is_told_in_a_sentence(
    run: Run, arguments: tuple[str, ...], sentence: str
) -> None:
    said = await run("clients", "add", *arguments)
    assert (said.status, said.out) == (2, "")
    assert sentence in said.err


@pytest.fixture
def private(tmp_path: Path) -> Path:
    new_keys(tmp_path / "whole")
    (file,) = (tmp_path / "whole").iterdir()
    return file


async def test_a_private_key_is_refused_and_not_repeated(run: Run, private: Path) -> None:
    said = await run("clients", "add", "rio", "--name", "RiO", "--scope", MAY, "--jwks", str(private), "--by", "Alex")
    assert said.status == 2
    assert "throw this key away" in said.err
    assert '"d"' not in said.err
    assert (await run("clients", "list", "--json")).json() == []


@pytest.mark.parametrize("command", ["disable", "enable"])
async def test_a_system_that_is_not_there_is_told(run: Run, sessions: Sessions, command: str) -> None:
    said = await run("clients", command, "rio", "--by", "Alex")
    assert (said.status, "joinedup clients list" in said.err) == (2, True)
