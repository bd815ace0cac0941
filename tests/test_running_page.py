"""docs/running.md: its SQL makes two roles that `migrate` and `serve` take, and its commands are there."""

import os
import re
from uuid import uuid4

import asyncpg
from typer.testing import CliRunner

from service.cli import joinedup
from service.migrate import check_database, migrate_database
from tests.conftest import SERVER
from tests.source import TOP

PAGE = (TOP / "docs" / "running.md").read_text()


async def test_the_roles_that_it_makes_migrate_and_serve() -> None:
    name = f"page_{uuid4().hex[:8]}"
    (block,) = re.findall(r"```sql\n(.*?)```", PAGE, re.DOTALL)
    before, _, after = block.replace("joinedup", name).partition(f"\\connect {name}\n")
    server = os.environ[SERVER]
    there = server.replace("/postgres?", f"/{name}?")

    await _run(server, before)
    await _run(there, re.sub(r"(?m)^\\password .*$", "", after))
    owner, serving = (there.replace("//postgres:@", f"//{role}@") for role in (name, f"{name}_app"))
    await migrate_database(owner, serving)

    await check_database(serving)
    assert sorted(re.findall(r"(?m)^\\password (.*)$", after)) == [name, f"{name}_app"]


async def _run(url: str, statements: str) -> None:
    connection = await asyncpg.connect(url)
    try:
        for statement in filter(str.strip, statements.split(";")):
            await connection.execute(statement)
    finally:
        await connection.close()


def test_every_command_that_it_names_is_one_of_ours() -> None:
    named = set(re.findall(r"joinedup (caseload \w+|sandbox|serve|migrate|worker|reconcile|backup|restore)", PAGE))
    assert {"caseload list", "caseload assign", "caseload leave"} <= named
    for command in named:
        assert CliRunner().invoke(joinedup, [*command.split(), "--help"]).exit_code == 0
