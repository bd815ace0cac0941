"""The contract on imports can fail: a copy of the house with one wrong import breaks it, and is told where."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.source import TOP


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    shutil.copytree(TOP / "service", tmp_path / "service", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(TOP / "pyproject.toml", tmp_path)
    return tmp_path


def test_the_house_as_it_stands_keeps_the_contract(copy: Path) -> None:
    kept, told = _check(copy)
    assert kept, told


@pytest.mark.parametrize(
    ("file", "written", "told_of"),
    [
        ("r4/resource.py", "import service.intake.receive", "service.r4 is not allowed to import service.intake"),
        ("mapping/names.py", "import service.outbox", "service.mapping is not allowed to import service.outbox"),
        ("forms/text.py", "import service.push", "service.forms is not allowed to import service.push"),
        ("settings.py", "import service.errors", "service.settings is not allowed to import service.errors"),
        ("worker.py", "import service.sandbox", "service.sandbox"),
        ("sandbox/terms.py", "import service.tables", "service.sandbox is not allowed to import service.tables"),
        ("no_place_yet.py", '"""A new name."""', "no_place_yet"),
    ],
)
def test_a_wrong_import_or_a_name_without_a_place_breaks_it(copy: Path, file: str, written: str, told_of: str) -> None:
    with (copy / "service" / file).open("a") as opened:
        opened.write(f"\n{written}\n")
    kept, told = _check(copy)
    assert not kept
    assert told_of in told


def _check(copy: Path) -> tuple[bool, str]:
    """Whether the contract is kept, and everything import-linter says."""
    command = [
        sys.executable,
        "-c",
        "import sys; from importlinter.cli import lint_imports_command as m; sys.exit(m())",
    ]
    run = subprocess.run([*command, "--no-logo", "--no-cache"], cwd=copy, capture_output=True, text=True, check=False)
    return run.returncode == 0, run.stdout + run.stderr
