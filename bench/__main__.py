"""Runs the parts, prints the table, and writes bench/latest.json: `python -m bench --help`."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from bench import accept, access, backlog, claim, cpu, deliver, machine, memory, pace, reconcile, start
from bench.postgres import Databases, open_databases
from bench.result import Result, told

Part = Callable[[Databases, float], Iterator[Result]]

PARTS: dict[str, Part] = {
    "start": lambda _, __: start.measure(),
    "cpu": lambda _, scale: cpu.measure(scale),
    "accept": accept.measure,
    "access": access.measure,
    "deliver": deliver.measure,
    "pace": pace.measure,
    "claim": claim.measure,
    "backlog": backlog.measure,
    "reconcile": reconcile.measure,
    "memory": memory.measure,
}
LATEST = Path(__file__).parent / "latest.json"


def main(
    only: Annotated[list[str] | None, typer.Option(help=f"Only this part, of {', '.join(PARTS)}; repeatable.")] = None,
    scale: Annotated[
        float, typer.Option(min=0.01, max=1, envvar="BENCH_SCALE", help="Shrinks every size; 1 is what counts.")
    ] = 1.0,
    write: Annotated[bool, typer.Option(help="Write bench/latest.json when every part ran at full size.")] = True,
) -> None:
    """Measure the service on this machine, each figure beside its limit of the same run."""
    chosen = only or list(PARTS)
    if unknown := set(chosen) - set(PARTS):
        raise typer.BadParameter(f"no such part: {', '.join(sorted(unknown))}")
    console = Console(width=None if Console().is_terminal else 180)
    with open_databases() as databases:
        description = machine.describe(databases.version())
        results = list(_run(chosen, databases, scale, console))
    console.print(_table(results, scale))
    for name, value in description.items():
        console.print(f"{name.replace('_', ' ')}: {value}", style="dim", highlight=False)
    if write and not only and scale == 1:
        LATEST.write_text(json.dumps(_as_json(description, results), indent=2) + "\n")


def _run(chosen: list[str], databases: Databases, scale: float, console: Console) -> Iterator[Result]:
    for name in chosen:
        console.print(f"measuring: {name}", style="dim")
        yield from PARTS[name](databases, scale)


def _table(results: list[Result], scale: float) -> Table:
    table = Table(title="joinedup bench" + ("" if scale == 1 else f", at {scale:g} of its sizes"))
    for column in ("what", "measured", "limit, same run", "ratio", "reach", "", "remark"):
        table.add_column(column, justify="right" if column in ("measured", "ratio") else "left")
    for result in results:
        limit = f"{told(result.limit, result.unit)}: {result.limit_is}" if result.limit is not None else ""
        reach = f"{result.side} {result.reach:g}" if result.reach is not None else ""
        table.add_row(
            result.what, told(result.value, result.unit), limit, told(result.ratio), reach, _mark(result), result.remark
        )
    return table


def _mark(result: Result) -> str:
    match result.reached:
        case None:
            return ""
        case True:
            return "[green]reached[/green]"
        case False:
            return "[bold red]MISSED[/bold red]"


def _as_json(description: dict[str, str], results: list[Result]) -> dict[str, Any]:
    return {"machine": description, "results": [result.as_json() for result in results]}


if __name__ == "__main__":
    program = typer.Typer(add_completion=False, pretty_exceptions_enable=False)
    program.command()(main)
    program()
