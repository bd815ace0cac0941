"""`docs/what-happens.md` says what comes of every call that goes wrong: each of its rows is tried here."""

import os
from pathlib import Path

import pytest

from service.db import Sessions
from tests.sandbox_server import SandboxServer
from tests.what_happens import FAULTS, STRATEGIES, Happened, Strategy, Tryout

_PAGE = Path(__file__).parent.parent / "docs" / "what-happens.md"
_WRITE = "JOINEDUP_TEST_WRITE_PAGE"
_COLUMNS = "| call | what goes wrong | outcome | in the EHR | the next attempt | then in the EHR |"


@pytest.mark.slow
@pytest.mark.parametrize("strategy", STRATEGIES, ids=lambda strategy: strategy.name)
async def test_what_comes_of_each_call_that_goes_wrong_is_what_the_page_says(
    sessions: Sessions, sandbox: SandboxServer, strategy: Strategy
) -> None:
    happened = await Tryout(sessions, sandbox, strategy).rows()
    if os.environ.get(_WRITE):
        _write(strategy, happened)
    assert _told(strategy) == {key: one.cells() for key, one in happened.items()}
    assert len(happened) == len(strategy.interactions) * len(FAULTS)


def test_whatever_goes_wrong_nothing_is_lost() -> None:
    for strategy in STRATEGIES:
        for key, (outcome, _, _, then) in _told(strategy).items():
            assert then in ("all of it", "the amendment") or outcome.endswith("needs a person"), (strategy.name, key)


def _told(strategy: Strategy) -> dict[tuple[str, str], list[str]]:
    """The rows of this strategy, as the page has them."""
    section = _section(_PAGE.read_text(), strategy)
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in section if line.startswith("| ")]
    return {(row[0], row[1]): row[2:] for row in rows[1:]}


def _section(page: str, strategy: Strategy) -> list[str]:
    _, _, rest = page.partition(f"## {strategy.name}\n")
    return rest.partition("\n## ")[0].splitlines()


def _write(strategy: Strategy, happened: dict[tuple[str, str], Happened]) -> None:
    """Its section anew; the rest of the page stays."""
    page = _PAGE.read_text()
    rows = [f"| {' | '.join([*key, *one.cells()])} |" for key, one in happened.items()]
    section = "\n".join(["", _COLUMNS, "|---" * 6 + "|", *rows, ""])
    before, heading, rest = page.partition(f"## {strategy.name}\n")
    following = rest.partition("\n## ")
    _PAGE.write_text(before + heading + section + "".join(following[1:]))
