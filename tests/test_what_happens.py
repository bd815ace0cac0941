"""`docs/what-happens.md` says what comes of every call that goes wrong: each of its rows is tried here."""

import os
from pathlib import Path

import pytest

from service.db import Sessions
from tests.mesh_memory import mesh_memory
from tests.sandbox_server import SandboxServer
from tests.what_happens import FAULTS, STRATEGIES, Happened, Strategy, Tryout
from tests.what_happens_to_messages import CALLS, NAME, TIMEOUT, MessageTryout

_PAGE = Path(__file__).parent.parent / "docs" / "what-happens.md"
_WRITE = "JOINEDUP_TEST_WRITE_PAGE"
_WHOLE = ("all of it", "the amendment", "the message")
_COLUMNS = "| call | what goes wrong | outcome | in the EHR | the next attempt | then in the EHR |"


@pytest.mark.slow
@pytest.mark.parametrize("strategy", STRATEGIES, ids=lambda strategy: strategy.name)
async def test_what_comes_of_each_call_that_goes_wrong_is_what_the_page_says(
    sessions: Sessions, sandbox: SandboxServer, strategy: Strategy
) -> None:
    happened = await Tryout(sessions, sandbox, strategy).rows()
    _compare(strategy.name, happened)
    assert len(happened) == len(strategy.interactions) * len(FAULTS)


@pytest.mark.slow
async def test_what_comes_of_each_call_to_mesh_that_goes_wrong_is_what_the_page_says(sessions: Sessions) -> None:
    with mesh_memory(TIMEOUT) as mesh:
        happened = await MessageTryout(sessions, mesh).rows()
    _compare(NAME, happened)
    assert len(happened) == len(CALLS) * len(FAULTS)


def test_whatever_goes_wrong_nothing_is_lost() -> None:
    for name in (*(strategy.name for strategy in STRATEGIES), NAME):
        for key, (outcome, _, _, then) in _told(name).items():
            assert then in _WHOLE or outcome.endswith("needs a person"), (name, key)


def _compare(name: str, happened: dict[tuple[str, str], Happened]) -> None:
    if os.environ.get(_WRITE):
        _write(name, happened)
    assert _told(name) == {key: one.cells() for key, one in happened.items()}


def _told(name: str) -> dict[tuple[str, str], list[str]]:
    """The rows of this section, as the page has them."""
    section = _PAGE.read_text().partition(f"## {name}\n")[2].partition("\n## ")[0].splitlines()
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in section if line.startswith("| ")]
    return {(row[0], row[1]): row[2:] for row in rows[1:]}


def _write(name: str, happened: dict[tuple[str, str], Happened]) -> None:
    """The section anew; the rest of the page stays."""
    rows = [f"| {' | '.join([*key, *one.cells()])} |" for key, one in happened.items()]
    section = "\n".join(["", _COLUMNS, "|---" * 6 + "|", *rows, ""])
    before, heading, rest = _PAGE.read_text().partition(f"## {name}\n")
    following = rest.partition("\n## ")
    _PAGE.write_text(before + heading + section + "".join(following[1:]))
