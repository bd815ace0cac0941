"""What the demo shows: a table of every note's way, live on a terminal; plain lines where there is none."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager

from rich.console import Console
from rich.live import Live
from rich.table import Table
from rich.text import Text

from service.sandbox.demo.notes import DemoNote
from service.sandbox.demo.phone import Receipt

_COLUMNS = {
    "profile": "Vocational profile",
    "goal": "Work goal",
    "contact": "Contact",
    "later": "Another contact",
}
_STYLES = {
    "delivered": "green",
    "waiting": "yellow",
    "sending": "cyan",
    "needs_attention": "bold red",
    "cancelled": "dim",
}


class Board:
    """Knows what was shown last, so that without a terminal each change is one line."""

    def __init__(self, console: Console, notes: Sequence[DemoNote]) -> None:
        self.console = console
        self._notes = notes
        self._shown: dict[str, str] = {}
        self._live: Live | None = None

    def step(self, title: str) -> None:
        """A new step of the story."""
        self.console.print()
        self.console.print(Text(title, style="bold"), soft_wrap=True)

    def say(self, sentence: str, style: str = "") -> None:
        """One sentence."""
        self.console.print(Text(f"  {sentence}", style=style), soft_wrap=True)

    def table(self, table: Table) -> None:
        """A table of its own."""
        self.console.print(table)

    @contextmanager
    def watching(self) -> Iterator[None]:
        """While inside, `show` keeps one table up to date."""
        if not self.console.is_terminal:
            yield
            return
        with Live(console=self.console, refresh_per_second=10) as live:
            self._live = live
            try:
                yield
            finally:
                self._live = None

    def show(self, receipts: Mapping[str, Receipt]) -> None:
        """Where every note stands now."""
        states = {note.id: receipts[note.id].state for note in self._notes if note.id in receipts}
        if self._live is not None:
            self._live.update(self._all(states))
        else:
            self._changes(states)
        self._shown = states

    def _all(self, states: Mapping[str, str]) -> Table:
        counted = Counter(states.values())
        told = " · ".join(f"{counted[state]} {_in_words(state)}" for state in _STYLES if counted[state])
        table = Table(title=told or "nothing yet", title_justify="left")
        for heading in ("Client (fictional)", *_COLUMNS.values()):
            table.add_column(heading)
        people = dict.fromkeys(note.person for note in self._notes)
        cells = {(note.person, note.column): states.get(note.id) for note in self._notes}
        for person in people:
            table.add_row(person, *(_cell(cells.get((person, column))) for column in _COLUMNS))
        return table

    def _changes(self, states: Mapping[str, str]) -> None:
        for note in self._notes:
            state = states.get(note.id)
            if state is not None and state != self._shown.get(note.id):
                self.say(f"{note.person}, {_COLUMNS[note.column].lower()}: {_in_words(state)}")


def _cell(state: str | None) -> Text:
    return Text(_in_words(state), style=_STYLES[state]) if state else Text("·", style="dim")


def _in_words(state: str) -> str:
    return state.replace("_", " ")
