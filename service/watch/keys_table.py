"""Our keys for a person: what may be shown of them."""

from collections.abc import Sequence

from rich.console import RenderableType
from rich.table import Table
from rich.text import Text


def keys_table(keys: Sequence[dict[str, str]]) -> RenderableType:
    """Oldest first."""
    if not keys:
        return Text("There are none. To make one, run: joinedup keys new")
    table = Table("key", "algorithm", "made", "signs")
    for key in keys:
        table.add_row(key["kid"], key["algorithm"], key["made_at"], key["signs"])
    return table
