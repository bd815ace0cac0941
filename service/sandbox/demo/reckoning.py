"""The last reckoning: `joinedup reconcile` compares note by note, and the EHR is asked what it holds twice."""

import httpx
import orjson
from rich.table import Table

from service.sandbox.demo.board import Board
from service.sandbox.demo.processes import DemoFailed, Processes, joinedup

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
    board.step("9. The reconciliation reads the EHR back, note by note: joinedup reconcile --json")
    ended = processes.run(joinedup("reconcile", "--json"))
    doubled = httpx.get(f"{sandbox_url}/sandbox/store", timeout=10).json()["doubled"]
    return tell_reckoning(board, totals_of(ended.stdout, ended.stderr), posted, len(doubled))


def totals_of(output: str, errors: str) -> dict[str, int]:
    """The totals in what `joinedup reconcile --json` printed."""
    try:
        totals: dict[str, int] = orjson.loads(output)["totals"]
    except (orjson.JSONDecodeError, KeyError):
        raise DemoFailed(f"The reconciliation did not end well. It said:\n{errors}") from None
    return totals


def tell_reckoning(board: Board, totals: dict[str, int], posted: int, doubled: int) -> bool:
    """Show it; `doubled` is what the EHR itself counts double. Whether all is well."""
    board.table(_table(totals, posted, doubled))
    well = totals["accepted"] == totals["in_ehr"] == posted and not doubled and not _wrong(totals)
    sentence = "Nothing was lost and nothing doubled." if well else "This is not how it should end: look at the above."
    board.say(sentence, style="bold green" if well else "bold red")
    return well


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
