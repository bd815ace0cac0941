"""What the commands show to a person on stdout, or to a machine as JSON. Ids and sentences of ours only.

Ids stand on lines of their own and are never broken, so that they can be copied into the next command.
"""

import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

import orjson
from rich.console import Console, Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from service.outbox.by_hand import Move
from service.push.capability import Capability
from service.watch.deliveries import Listed, Shown
from service.watch.reconciliation import FAULTS, STANDINGS, Reconciliation
from service.watch.remap import Remapped
from service.watch.side_by_side import has_two_sides, side_by_side

_WIDTH_IN_A_FILE = 160
_MOST_SHOWN = 20


def show(found: Any, table: RenderableType, *, as_json: bool) -> None:
    """What was found, for a machine or for a person."""
    if as_json:
        # The driver's UUIDs are of a class of their own.
        sys.stdout.write(f"{orjson.dumps(found, default=str, option=orjson.OPT_INDENT_2).decode()}\n")
    else:
        console().print(table)


def console() -> Console:
    """stdout; wide where it is no terminal."""
    found = Console(highlight=False)
    return found if found.is_terminal else Console(highlight=False, width=_WIDTH_IN_A_FILE)


@contextmanager
def counting() -> Iterator[Callable[[int], None]]:
    """Shows on a terminal's stderr how many notes have been compared."""
    with Console(stderr=True).status("Comparing note by note…") as status:
        yield lambda count: status.update(f"{count:,} notes compared…")


def deliveries_table(deliveries: Sequence[Listed], most: int) -> RenderableType:
    """A few lines each, oldest first, and how to see the next page."""
    if not deliveries:
        return Text("There are none.")
    more = [_line(f"There may be more: --after {deliveries[-1].id}")] if len(deliveries) == most else []
    return Group(*map(_delivery, deliveries), *more)


def delivery_pages(found: Sequence[Shown]) -> RenderableType:
    """Each delivery with its attempts, its calls, and where the EHR has what it carried."""
    return Group(*(part for one in found for part in _parts(one)))


def moves_table(moves: Sequence[Move], what: str, *, done: bool) -> RenderableType:
    """What a person moved, or would."""
    if not moves:
        return Text("There is none that fits.")
    lines = []
    for move in moves:
        lines.append(_line(f"delivery {move.delivery_id} was {move.state} {move.reason_code or ''}"))
        lines.append(_line(f"  note {move.note_id} version {move.note_version}"))
    return Group(*lines, Text(_what_was_done(f"{len(moves)}: each {what}.", done=done)))


def remapped_table(mapped: Sequence[Remapped], *, done: bool) -> RenderableType:
    """Which notes can be mapped now."""
    if not mapped:
        return Text("No note waits for our mapping to be mended.")
    lines = [
        _line(f"{'mapped' if one.mapped else 'failed'} {one.delivery.note_id} version {one.delivery.note_version}")
        for one in mapped
    ]
    failed = sum(not one.mapped for one in mapped)
    report = " The rest still fails: report it, with the log lines above." if failed else ""
    sentence = f"{len(mapped) - failed} of {len(mapped)} can be mapped now, and go."
    return Group(*lines, Text(_what_was_done(sentence, done=done) + report))


def reconciliation_table(found: Reconciliation) -> RenderableType:
    """Totals, then the notes with a fault, then what to do next."""
    totals = Table("notes", "")
    for name, count in (("accepted", found.accepted), *((name, found.totals[name]) for name in (*STANDINGS, *FAULTS))):
        style = "bold red" if name in FAULTS and count else ""
        totals.add_row(Text(name.replace("_", " ")), Text(str(count), style=style, justify="right"))
    faults = []
    for note_id, by_fault in list(found.resources.items())[:_MOST_SHOWN]:
        faults.append(_line(f"note {note_id}"))
        faults += [_line(f"  {fault} {key}") for fault, keys in by_fault.items() for key in keys]
    if (more := len(found.resources) - _MOST_SHOWN) > 0:
        faults.append(_line(f"and {more} notes more: --json has them."))
    return Group(totals, *faults, Text(found.sentence()))


def capability_table(capability: Capability) -> RenderableType:
    """What the EHR allows for each resource type, and which strategy follows."""
    table = Table("resource", "create", "update", "conditional update", "search by identifier", "If-Match", "strategy")
    for row in capability.rows:
        answers = (row.create, row.update, row.conditional_update, row.search_by_identifier, row.if_match)
        table.add_row(row.resource_type, *("yes" if answer else "no" for answer in answers), row.strategy)
    told = f"{capability.software or 'An EHR without a name'}, FHIR {capability.fhir_version or 'of no said version'}, "
    told += "takes transactions" if capability.transaction else "takes no transactions"
    reasons = Text("\n").join(Text(f"{row.resource_type}: {row.reason}") for row in capability.rows)
    return Group(Text(told), table, reasons, *(Text(fault) for fault in capability.faults))


def _delivery(one: Listed) -> RenderableType:
    heading = Text(f"{one.state} {one.reason_code or ''}".rstrip(), style="bold")
    heading.append(f"  {one.kind}, since {_moment(one.created_at)}, tried {one.tries} times", style="not bold")
    behind = [_line(f"  behind   {one.waits_behind}")] if one.waits_behind else []
    return Group(
        heading,
        _line(f"  delivery {one.id}"),
        _line(f"  note     {one.note_id} version {one.note_version}"),
        _line(f"  client   {one.client_id}"),
        *behind,
        *(_line(f"  only in the document: {key}") for key in one.left_out),
        Padding(Text(one.sentence), (0, 0, 1, 2)),
    )


def _parts(shown: Shown) -> Iterator[RenderableType]:
    yield _delivery(shown.delivery)
    yield _attempts(shown.attempts)
    yield from (side_by_side(one["answer"]) for one in shown.attempts[-1:] if has_two_sides(one["answer"]))
    for call in shown.calls:
        answered = f"answered {_moment(call['answered_at'])}" if call["answered_at"] else "without an answer yet"
        yield Text(f"call {call['number']} to the EHR, {_moment(call['intended_at'])}, {answered}")
        yield from (_line(f"  {key}") for key in call["keys"])
    for one in shown.sent:
        yield Text(f"sent as {one['key']}")
        yield Text(orjson.dumps(one["body"], option=orjson.OPT_INDENT_2).decode())
    for link in shown.links:
        yield _line(f"{link['key']}")
        yield _line(f"  is {link['in_ehr']} version {link['ehr_version'] or 'unknown'} in the EHR")


def _attempts(attempts: Sequence[dict[str, Any]]) -> RenderableType:
    if not attempts:
        return Text("attempts: none")
    table = Table("attempt", "ended", "reason", title="attempts", title_justify="left")
    for attempt in attempts:
        table.add_row(_moment(attempt["ended_at"]), f"{attempt['outcome']}\n{attempt['worker']}", _why(attempt))
    return table


def _why(attempt: dict[str, Any]) -> Text:
    told = [attempt["reason_code"], attempt["reason"]]
    if attempt["answer"] is not None and not has_two_sides(attempt["answer"]):
        told.append(orjson.dumps(attempt["answer"], option=orjson.OPT_INDENT_2).decode())
    return Text("\n".join(filter(None, told)))


def _what_was_done(sentence: str, *, done: bool) -> str:
    return sentence if done else f"{sentence} Nothing was done."


def _line(text: str) -> Text:
    return Text(text, no_wrap=True, overflow="ignore")


def _moment(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC"
