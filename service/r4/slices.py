"""Slices of a list as JSON Schema: how often each may stand, and what is in it.

Called by `schema.py`, which compiles what is in a slice.
"""

from collections.abc import Callable
from typing import Any

from service.r4.narrow import ProfileNotUsable
from service.r4.resource import Json
from service.r4.tree import Node, Wanted
from service.r4.values import wanted_schema


def slices_schema(node: Node, content_of: Callable[[Node], Json]) -> list[Json]:
    """What the whole list must satisfy, beside what each of its items must."""
    if node.slicing is None:
        return []
    told_apart = {name: _mark(node, one) for name, one in node.slices.items()}
    parts = [_slice(one, told_apart[name], content_of(one)) for name, one in node.slices.items()]
    if node.slicing.closed:
        parts.append({"items": {"anyOf": list(told_apart.values())}})
    return parts


def _slice(one: Node, mark: Json, content: Json) -> Json:
    schema: Json = {"items": {"if": mark, "then": content}, "contains": mark, "minContains": one.min}
    return schema if one.max is None else {**schema, "maxContains": one.max}


def _mark(node: Node, one: Node) -> Json:
    """The schema that tells whether an item is in the slice: what stands at every discriminator's path."""
    paths = node.slicing.discriminators if node.slicing else ()
    return {"allOf": [_mark_at(one, path, path.split(".")) for path in paths]}


def _mark_at(node: Node, path: str, steps: list[str]) -> Json:
    if node.wanted is not None:
        return _mark_in_value(node.wanted, steps, node)
    if node.types and node.only_type.name == "Extension" and node.only_type.targets and steps == ["url"]:
        return _wrapped("url", False, {"const": node.only_type.targets[0]})
    step, *rest = steps
    child = (node.children or {}).get(step)
    if step == "$this" or child is None:
        raise ProfileNotUsable(f"{node.path}: nothing is said at {path}, which should tell this slice from others.")
    return _wrapped(child.name, child.is_list, _mark_at(child, path, rest or ["$this"]))


def _mark_in_value(wanted: Wanted, steps: list[str], node: Node) -> Json:
    if steps == ["$this"]:
        return wanted_schema(wanted)
    step, *rest = steps
    if not isinstance(wanted.value, dict) or step not in wanted.value:
        raise ProfileNotUsable(f"{node.path}: the wanted value says nothing at {step}.")
    part: Any = wanted.value[step]
    several = isinstance(part, list)
    if several and len(part) != 1:
        raise ProfileNotUsable(f"{node.path}: the wanted value at {step} should be one.")
    inner = Wanted(part[0] if several else part, wanted.exactly)
    return _wrapped(step, several, _mark_in_value(inner, rest or ["$this"], node))


def _wrapped(name: str, is_list: bool, schema: Json) -> Json:
    return {"required": [name], "properties": {name: {"contains": schema} if is_list else schema}}
