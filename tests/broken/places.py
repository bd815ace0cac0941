"""Where an element of one of our profiles stands in a resource: paths of names and places in lists."""

from collections.abc import Mapping
from typing import Any, TypeAlias

from service.r4.resource import Json

Path: TypeAlias = tuple[str | int, ...]


def places_of(body: Any, element_id: str, tells: Mapping[str, Json]) -> list[Path]:
    """Every place of `Encounter.participant.individual`: a whole list is one place, but of a slice each entry is.

    `tells` says by the id of a slice (`Goal.category.coding:sort`) what its entries hold.
    """
    found: list[Path] = [()]
    above, *steps = element_id.split(".")
    for step in steps:
        above = f"{above}.{step}"
        name, _, slice_name = step.partition(":")
        objects = [path for one in found for path in entries_at(body, one)]
        found = [(*path, key) for path in objects for key in _keys(at(body, path), name)]
        if slice_name:
            entries = [path for one in found for path in entries_at(body, one)]
            found = [path for path in entries if holds(at(body, path), tells[above])]
    return found


def at(body: Any, path: Path) -> Any:
    for step in path:
        body = body[step]
    return body


def entries_at(body: Any, path: Path) -> list[Path]:
    """The path itself, or of a list those of its entries."""
    value = at(body, path)
    return [(*path, place) for place in range(len(value))] if isinstance(value, list) else [path]


def holds(value: Any, part: Any) -> bool:
    """Whether the value has at least this much, as FHIR's `pattern[x]` means it."""
    if isinstance(part, dict):
        return isinstance(value, dict) and all(name in value and holds(value[name], of) for name, of in part.items())
    if isinstance(part, list):
        return isinstance(value, list) and all(any(holds(one, of) for one in value) for of in part)
    return bool(value == part)


def in_words(type_name: str, path: Path) -> str:
    """`Encounter.participant.individual`: without the places in lists."""
    return ".".join([type_name, *(step for step in path if isinstance(step, str))])


def _keys(value: Any, name: str) -> list[str]:
    """The element's name there; of a choice the one that was chosen."""
    stem = name.removesuffix("[x]")
    if stem == name:
        return [name] if name in value else []
    return [key for key in value if key.startswith(stem) and key[len(stem) : len(stem) + 1].isupper()]
