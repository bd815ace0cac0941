"""What our profiles ask beyond R4, rule by rule: what `from_profiles.py` breaks, one at a time."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cache
from typing import Any, Literal

from service.r4.resource import Json
from service.r4.tree import Node, open_up, tree_of
from tests.published import definitions, of_type, published

Sort = Literal["min", "max", "closed", "pattern", "binding", "type", "target", "constraint"]
R4 = "http://hl7.org/fhir/StructureDefinition/"
UK_CORE = "https://fhir.hl7.org.uk/StructureDefinition/UKCore-"


@dataclass(frozen=True)
class Rule:
    """One thing that a profile's element asks; `base` is what R4 says of that element, `key` a constraint's."""

    profile: Json
    element: Json
    base: Node
    sort: Sort
    key: str = ""

    @property
    def name(self) -> str:
        named = f"{self.profile['id']} {self.element['id']} {self.sort}"
        return f"{named} {self.key}" if self.key else named

    @property
    def value(self) -> Any:
        """The pattern or the fixed value."""
        return next(value for key, value in self.element.items() if key.startswith(("pattern", "fixed")))

    @property
    def targets(self) -> set[str]:
        """The resource types that the reference may point at."""
        urls = [url for one in self.element["type"] for url in one.get("targetProfile", [])]
        return {type_named(url) for url in urls}

    @property
    def told_at(self) -> str:
        """The element without slices, where a fault of it is told: what tells a slice is missed as the slice."""
        element_id = self.element["id"]
        for slice_id, told in self.tells.items():
            if element_id.removeprefix(f"{slice_id}.") in told:
                element_id = slice_id
        return re.sub(r":[\w-]+", "", element_id)

    @property
    def tells(self) -> Mapping[str, Any]:
        """By the id of a slice, what its entries hold."""
        return _tells(self.profile["url"])


def rules() -> list[Rule]:
    """Of every profile, in the order of their files."""
    return [rule for profile in of_type("StructureDefinition") for rule in rules_of(profile)]


def rules_of(profile: Json) -> Iterator[Rule]:
    for element in profile["differential"]["element"]:
        base = _said_by_r4(profile, element["id"])
        yield from (Rule(profile, element, base, sort) for sort in _sorts(element, base))
        for one in element.get("constraint", []):
            if one["severity"] == "error":
                yield Rule(profile, element, base, "constraint", one["key"])


def type_named(canonical: str) -> str:
    """The resource type that a profile is about: ours, R4's or UK Core's."""
    if canonical in published():
        return str(published()[canonical]["type"])
    return canonical.removeprefix(R4).removeprefix(UK_CORE)


def _sorts(element: Json, base: Node) -> Iterator[Sort]:
    """What it asks beyond R4. An extension with another URL is no broken one: it is another's."""
    is_slice = ":" in element["id"].rpartition(".")[2]
    is_root = "." not in element["id"]
    if element.get("min", 0) > (0 if is_slice else base.min) and not is_root:
        yield "min"
    if _has_new_limit(element, base, is_slice) and not is_root:
        yield "max"
    if element.get("slicing", {}).get("rules") == "closed":
        yield "closed"
    if any(key.startswith(("pattern", "fixed")) for key in element) and element["id"] != "Extension.url":
        yield "pattern"
    if element.get("binding", {}).get("strength") == "required":
        yield "binding"
    if "type" in element and {one["code"] for one in element["type"]} < {one.name for one in base.types}:
        yield "type"
    if _has_new_targets(element, base):
        yield "target"


def _has_new_limit(element: Json, base: Node, is_slice: bool) -> bool:
    most = element.get("max", "*")
    if most == "*":
        return False
    return is_slice or base.max is None or int(most) < base.max


def _has_new_targets(element: Json, base: Node) -> bool:
    named = {url for one in element.get("type", []) for url in one.get("targetProfile", [])}
    known = next((set(one.targets) for one in base.types if one.name == "Reference"), None)
    if not named or known is None:
        return False
    return {type_named(url) for url in named} != known


def _said_by_r4(profile: Json, element_id: str) -> Node:
    """What R4 says of the element; below a choice, of the one type that the profile leaves to it."""
    types = {one["id"]: one["type"] for one in profile["differential"]["element"] if "type" in one}
    above, *steps = element_id.split(".")
    node = tree_of(definitions(), above)
    for step in steps:
        if node.is_choice:
            (only,) = types[above]
            node.types = tuple(one for one in node.types if one.name == only["code"])
        node = _child(node, step.partition(":")[0])
        above = f"{above}.{step}"
    return node


def _child(node: Node, name: str) -> Node:
    children = open_up(definitions(), node)
    if name in children:
        return children[name]
    choice = next(one for one in children.values() if name in one.property_names())
    return replace(choice, path=f"{node.path}.{name}", types=(choice.property_names()[name],))


@cache
def _tells(profile: str) -> dict[str, Any]:
    """What the pattern of each slice asks for at its discriminators; of an extension's slice, its URL."""
    told: dict[str, Any] = {}
    discriminators: dict[str, list[str]] = {}
    for element in published()[profile]["differential"]["element"]:
        if "slicing" in element:
            paths = [one["path"] for one in element["slicing"]["discriminator"]]
            discriminators[element["id"]] = paths
        if "sliceName" in element:
            told[element["id"]] = _told_by_itself(element)
        within = max((one for one in told if element["id"].startswith(f"{one}.")), key=len, default="")
        below = element["id"].removeprefix(f"{within}.")
        if within and below in discriminators.get(within.rpartition(":")[0], []):
            values = [value for key, value in element.items() if key.startswith(("pattern", "fixed"))]
            told[within] |= {below: values[0]} if values else {}
    return told


def _told_by_itself(element: Json) -> Any:
    (only,) = element.get("type", [{}])[:1]
    if only.get("code") == "Extension" and "profile" in only:
        return {"url": only["profile"][0]}
    return next((value for key, value in element.items() if key.startswith(("pattern", "fixed"))), {})
