"""What the EHR has beside what we would have written, element by element, where somebody changed it."""

from typing import Any, Final

import orjson
from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from service.r4.resource import Json

_NOT_SHOWN: Final = frozenset({"id", "meta", "text", "resourceType"})


def has_two_sides(answer: Any) -> bool:
    """Whether an attempt's answer is a pair and not what the EHR said."""
    return isinstance(answer, dict) and {"resource", "in_the_ehr", "ours"} <= answer.keys()


def side_by_side(answer: Json) -> RenderableType:
    """The elements that differ."""
    theirs, ours = answer["in_the_ehr"], answer["ours"]
    table = Table("element", "in the EHR", "ours", title=answer["resource"], title_justify="left", show_lines=True)
    for name in [*ours, *(name for name in theirs if name not in ours)]:
        if name not in _NOT_SHOWN and theirs.get(name) != ours.get(name):
            table.add_row(name, _shown(theirs.get(name)), _shown(ours.get(name)))
    return table


def _shown(value: Any) -> Text:
    if value is None or isinstance(value, str):
        return Text(value or "")
    return Text(orjson.dumps(value, option=orjson.OPT_INDENT_2).decode())
