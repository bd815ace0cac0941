"""What a probe of the EHR found, for a person."""

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from service.watch.probe import INTERACTIONS, Probed


def probe_table(probed: Probed) -> RenderableType:
    """One row a type; below it what could not be taken away, and what to do about it."""
    table = Table("tried", *INTERACTIONS)
    for row in probed.rows:
        table.add_row(row.resource_type, *(row.results[name] for name in INTERACTIONS))
    left = ", ".join(probed.left_behind)
    told = f"Left behind in the test patient's record, have it removed there: {left}" if left else "All was taken away."
    return Group(table, Text(told))
