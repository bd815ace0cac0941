"""What the commands show to a person: tables for a terminal, on stdout. Ids and sentences of ours only."""

import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

import orjson
from rich.console import Console, Group, RenderableType
from rich.markup import escape
from rich.table import Table
from rich.text import Text

from service.outbox.by_hand import Move
from service.push.capability import Capability
from service.watch.deliveries import Listed, Shown
from service.watch.reconciliation import FAULTS, STANDINGS, Reconciliation
from service.watch.remap import Remapped

_WIDTH_IN_A_FILE = 160
_MOST_SHOWN = 20


def console() -> Console:
    """stdout; wide where it is no terminal, so that a table in a file keeps its ids whole."""
    found = Console(highlight=False)
    return found if found.is_terminal else Console(highlight=False, width=_WIDTH_IN_A_FILE, soft_wrap=False)


def show(found: Any, table: RenderableType, *, as_json: bool) -> None:
    """What was found, for a machine or for a person."""
    if as_json:
        sys.stdout.write(f"{orjson.dumps(found, option=orjson.OPT_INDENT_2).decode()}\n")
    else:
        console().print(table)


@contextmanager
def counting() -> Iterator[Callable[[int], None]]:
    """Shows on a terminal's stderr how many notes have been compared."""
    with Console(stderr=True).status("Comparing note by note…") as status:
        yield lambda count: status.update(f"{count:,} notes compared…")


def deliveries_table(deliveries: Sequence[Listed], most: int) -> RenderableType:
    """One row each, oldest first, and how to see the next page."""
    if not deliveries:
        return Text("There are none.")
    table = Table("delivery", "note", "kind", "since", "state", "reason", "tries", "what it means")
    for one in deliveries:
        table.add_row(
            str(one.id),
            f"{one.note_id}\nversion {one.note_version}",
            one.kind,
            _moment(one.created_at),
            one.state,
            one.reason_code or "",
            str(one.tries),
            escape(one.sentence),
        )
    if len(deliveries) < most:
        return table
    return Group(table, Text(f"There may be more: --after {deliveries[-1].id}"))


def delivery_pages(found: Sequence[Shown]) -> RenderableType:
    """One below the other."""
    return Group(*(delivery_page(one) for one in found))


def moves_table(moves: Sequence[Move], what: str, *, done: bool) -> RenderableType:
    """What a person moved, or would."""
    if not moves:
        return Text("There is none that fits.")
    table = Table("delivery", "note", "was", "reason")
    for move in moves:
        note = f"{move.note_id}\nversion {move.note_version}"
        table.add_row(str(move.delivery_id), note, move.state, move.reason_code or "")
    return Group(table, Text(_what_was_done(f"{len(moves)}: each {what}.", done=done)))


def remapped_table(mapped: Sequence[Remapped], *, done: bool) -> RenderableType:
    """Which notes can be mapped now."""
    if not mapped:
        return Text("No note waits for our mapping to be mended.")
    table = Table("note", "kind", "mapped")
    for one in mapped:
        delivery = one.delivery
        table.add_row(
            f"{delivery.note_id} version {delivery.note_version}", delivery.kind, "yes" if one.mapped else "no"
        )
    failed = sum(not one.mapped for one in mapped)
    sentence = f"{len(mapped) - failed} of {len(mapped)} can be mapped now, and go."
    report = " The rest still fails: report it, with the log lines above." if failed else ""
    return Group(table, Text(_what_was_done(sentence, done=done) + report))


def _what_was_done(sentence: str, *, done: bool) -> str:
    return sentence if done else f"{sentence} Nothing was done: give --yes to do it."


def delivery_page(shown: Shown) -> RenderableType:
    """One delivery with its attempts, calls and links."""
    delivery = shown.delivery
    facts = Table.grid(padding=(0, 2))
    for name, value in (
        ("delivery", str(delivery.id)),
        ("note", f"{delivery.note_id} version {delivery.note_version} ({delivery.kind})"),
        ("client", str(delivery.client_id)),
        ("state", delivery.state),
        ("reason", delivery.reason_code or "-"),
        ("since", _moment(delivery.created_at)),
        ("tries", str(delivery.tries)),
        ("waits behind", str(delivery.waits_behind or "-")),
        ("", escape(delivery.sentence)),
    ):
        facts.add_row(name, value)
    return Group(
        facts,
        _rows("attempts", shown.attempts, ("ended_at", "worker", "outcome", "reason_code", "reason", "answer")),
        _rows("calls to the EHR", shown.calls, ("number", "intended_at", "answered_at", "keys")),
        _rows("where the EHR has it", shown.links, ("key", "in_ehr", "ehr_version", "note_version", "linked_at")),
    )


def reconciliation_table(found: Reconciliation) -> RenderableType:
    """Totals, then the notes with a fault, then what to do next."""
    totals = Table("notes", "")
    for name, count in (("accepted", found.accepted), *((name, found.totals[name]) for name in (*STANDINGS, *FAULTS))):
        style = "bold red" if name in FAULTS and count else ""
        totals.add_row(Text(name.replace("_", " ")), Text(str(count), style=style, justify="right"))
    faults = Table("note", "what is wrong", "resource")
    for note_id, by_fault in list(found.resources.items())[:_MOST_SHOWN]:
        for fault, keys in by_fault.items():
            faults.add_row(str(note_id), fault, "\n".join(keys))
    more = len(found.resources) - _MOST_SHOWN
    return Group(
        totals,
        *([faults] if found.resources else []),
        *([f"… and {more} notes more: use --json."] if more > 0 else []),
        found.sentence(),
    )


def capability_table(capability: Capability) -> RenderableType:
    """What the EHR allows for each resource type, and which strategy follows."""
    table = Table("resource", "create", "update", "conditional update", "search by identifier", "If-Match", "strategy")
    for row in capability.rows:
        answers = (row.create, row.update, row.conditional_update, row.search_by_identifier, row.if_match)
        table.add_row(row.resource_type, *("yes" if answer else "no" for answer in answers), row.strategy)
    told = f"{capability.software or 'An EHR without a name'}, FHIR {capability.fhir_version or 'of no said version'}, "
    told += "takes transactions" if capability.transaction else "takes no transactions"
    return Group(Text(told), table, *(Text(fault) for fault in capability.faults))


def _rows(title: str, rows: Sequence[dict[str, Any]], columns: Sequence[str]) -> RenderableType:
    shown = [name for name in columns if any(row.get(name) is not None for row in rows)]
    if not rows:
        return Text(f"{title}: none")
    table = Table(*(name.replace("_", " ") for name in shown), title=title, title_justify="left")
    for row in rows:
        table.add_row(*(_cell(row.get(name)) for name in shown))
    return table


def _cell(value: Any) -> str:
    match value:
        case None:
            return ""
        case datetime():
            return _moment(value)
        case list():
            return "\n".join(map(str, value))
        case dict():
            return escape(orjson.dumps(value, option=orjson.OPT_INDENT_2).decode())
        case _:
            return escape(str(value))


def _moment(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC"
