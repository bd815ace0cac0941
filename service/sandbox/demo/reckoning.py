"""The last reckoning: `joinedup reconcile` compares note by note, and the EHR is asked what it holds twice."""

from typing import Any

import httpx
from rich.table import Table

from service.sandbox.demo.board import Board
from service.sandbox.demo.processes import DemoFailed, joinedup
from service.sandbox.demo.stage import Stage

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


def reckon(stage: Stage, posted: int) -> bool:
    """Whether every note that was posted is in the EHR, once."""
    stage.board.step("10. The reconciliation reads the EHR back, note by note: joinedup reconcile")
    ended = stage.processes.run(joinedup("reconcile"))
    # As the operator sees it: the command leaves its run where the desk shows it.
    runs = stage.sign_ins.get("operator", "/reconciliations?most=1").raise_for_status().json()["reconciliations"]
    doubled = httpx.get(f"{stage.sandbox_url}/sandbox/store", timeout=10).json()["doubled"]
    return tell_reckoning(stage.board, totals_of(runs, ended.stderr), posted, len(doubled))


def totals_of(runs: list[Json], errors: str) -> dict[str, int]:
    """The totals of the newest run, if that came to its end."""
    if not runs or not runs[0]["ended_at"]:
        raise DemoFailed(f"The reconciliation did not end well. It said:\n{errors}")
    totals: dict[str, int] = runs[0]["totals"]
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
