"""The last reckoning: `joinedup reconcile` compares note by note, and the EHR is asked what it holds twice."""

from typing import Any

import httpx
import orjson
from rich.table import Table

from service.sandbox.demo.board import Board
from service.sandbox.demo.processes import DemoFailed, Processes

Json = dict[str, Any]
_TOTALS = {
    "accepted": "Notes accepted",
    "in_ehr": "In the EHR",
    "waiting": "Waiting",
    "needs_attention": "In front of a person",
    "missing": "Missing",
    "doubled": "Doubled",
    "different": "Different from what was delivered",
}


def reckon(board: Board, processes: Processes, sandbox_url: str, posted: int) -> bool:
    """Whether every note that was posted is in the EHR, once."""
    board.step("7. The reconciliation reads the EHR back, note by note: joinedup reconcile --json")
    totals = _totals(processes)
    doubled = httpx.get(f"{sandbox_url}/sandbox/store", timeout=10).json()["doubled"]
    board.table(_table(totals, posted, len(doubled)))
    well = totals["accepted"] == totals["in_ehr"] == posted and not doubled and not _wrong(totals)
    sentence = "Nothing was lost and nothing doubled." if well else "This is not how it should end: look at the above."
    board.say(sentence, style="bold green" if well else "bold red")
    return well


def _totals(processes: Processes) -> dict[str, int]:
    ended = processes.run("reconcile", "--json")
    try:
        totals: dict[str, int] = orjson.loads(ended.stdout)["totals"]
    except (orjson.JSONDecodeError, KeyError):
        raise DemoFailed(f"The reconciliation did not end well. It said:\n{ended.stderr}") from None
    return totals


def _wrong(totals: dict[str, int]) -> bool:
    return any(totals[name] for name in ("missing", "doubled", "different"))


def _table(totals: dict[str, int], posted: int, doubled: int) -> Table:
    table = Table(show_header=False)
    table.add_column(justify="left")
    table.add_column(justify="right")
    table.add_row("Notes posted", str(posted))
    for name, words in _TOTALS.items():
        table.add_row(words, str(totals[name]))
    table.add_row("Doubled, by the EHR's own count", str(doubled))
    return table
