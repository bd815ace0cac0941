"""Narrows a type's tree by the differential of one of our profiles.

What is not understood here is refused when the gate is compiled, never ignored while it runs.
Before it `tree.py`; it is called by `profiles.py`.
"""

import copy
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from service.r4.definitions import Constraint, Definitions, TypeEntry
from service.r4.resource import Json
from service.r4.tree import Node, Slicing, Wanted, open_up

_SAYS_NOTHING_TO_A_GATE = frozenset(
    """
    id path sliceName short definition comment requirements alias label code mustSupport isSummary isModifier
    isModifierReason example mapping condition meaningWhenMissing orderMeaning base extension representation
    """.split()  # noqa: SIM905 - read as words
)
_NARROWS = frozenset({"min", "max", "type", "binding", "constraint", "slicing", "maxLength"})
_BY_URL = Slicing(discriminators=("url",))


class ProfileNotUsable(Exception):
    """A profile says something that the gate cannot hold: our bug, found at start-up."""


@dataclass(frozen=True)
class Narrowing:
    """One profile being applied; `type_of` names the resource type that a profile's canonical is about."""

    profile: str
    definitions: Definitions
    type_of: Callable[[str], str]

    def apply(self, root: Node, differential: Sequence[Json]) -> None:
        for element in differential:
            self._refuse_unknown(element)
            node = self._find(root, element)
            self._narrow(node, element)

    def _refuse_unknown(self, element: Json) -> None:
        for key in element:
            known = key in _SAYS_NOTHING_TO_A_GATE or key in _NARROWS or key.startswith(("fixed", "pattern"))
            if not known:
                raise self._not_usable(element, f"{key} is not something the gate can check")

    def _not_usable(self, element: Json, sentence: str) -> ProfileNotUsable:
        return ProfileNotUsable(f"{self.profile}, {element.get('id', element['path'])}: {sentence}.")

    def _find(self, root: Node, element: Json) -> Node:
        node = root
        first, *steps = _id_of(element).split(".")
        if first != root.path:
            raise self._not_usable(element, f"this is a profile of {root.path}")
        for step in steps:
            name, _, slice_name = step.partition(":")
            node = self._child(node, name, element)
            node = self._slice(node, slice_name, element) if slice_name else node
        return node

    def _child(self, node: Node, name: str, element: Json) -> Node:
        if node.is_choice and len(node.types) != 1:
            raise self._not_usable(element, "say first which one type this choice has")
        if node.types and node.types[0].is_primitive:
            raise self._not_usable(element, "the gate does not narrow the parts of a primitive")
        children = open_up(self.definitions, node)
        if name in children:
            return children[name]
        for choice in children.values():
            if choice.is_choice and name in choice.property_names():
                return _typed(choice, name)
        raise self._not_usable(element, f"R4 has no {name} here")

    def _slice(self, node: Node, slice_name: str, element: Json) -> Node:
        if slice_name in node.property_names() and node.is_choice:
            return _typed(node, slice_name)
        if node.name in ("extension", "modifierExtension") and node.slicing is None:
            node.slicing = copy.deepcopy(_BY_URL)
        if node.slicing is None or not node.is_list:
            raise self._not_usable(element, "a slice needs a list with a slicing")
        if slice_name not in node.slices:
            one = copy.deepcopy(node)
            one.min, one.slicing, one.slices = 0, None, {}
            node.slices[slice_name] = one
        return node.slices[slice_name]

    def _narrow(self, node: Node, element: Json) -> None:
        if "." in element["path"]:
            self._narrow_count(node, element)
            self._narrow_types(node, element)
        self._narrow_slicing(node, element)
        self._narrow_value(node, element)
        if element.get("binding", {}).get("strength") == "required":
            node.binding = element["binding"]["valueSet"]
        errors = [one for one in element.get("constraint", []) if one["severity"] == "error"]
        node.constraints += tuple(Constraint(one["key"], one["human"], one["expression"]) for one in errors)

    def _narrow_count(self, node: Node, element: Json) -> None:
        least, most = element.get("min", node.min), element.get("max")
        most = node.max if most in (None, "*") else int(most)
        if least < node.min or (node.max is not None and (most is None or most > node.max)):
            raise self._not_usable(element, "a profile can only narrow how often an element may stand")
        node.min, node.max = least, most

    def _narrow_types(self, node: Node, element: Json) -> None:
        if "type" not in element:
            return
        wanted = tuple(self._type_entry(one, element) for one in element["type"])
        allowed = {entry.name: entry for entry in node.types}
        for entry in wanted:
            if entry.name not in allowed:
                raise self._not_usable(element, f"R4 does not have {entry.name} here")
            targets = allowed[entry.name].targets
            if targets and not set(entry.targets or targets) <= set(targets) and "Resource" not in targets:
                raise self._not_usable(element, "R4 does not let it refer to that")
        node.types = tuple(TypeEntry(one.name, one.targets or allowed[one.name].targets) for one in wanted)

    def _type_entry(self, entry: Json, element: Json) -> TypeEntry:
        profiles, targets = entry.get("profile", []), entry.get("targetProfile", [])
        if entry["code"] == "Extension" and len(profiles) == 1 and ":" in _id_of(element).rpartition(".")[2]:
            return TypeEntry("Extension", (profiles[0],))
        if profiles:
            raise self._not_usable(
                element, "the gate does not follow profiles of data types, but for a slice of extensions"
            )
        if targets and entry["code"] != "Reference":
            return TypeEntry(entry["code"])
        return TypeEntry(entry["code"], tuple(self.type_of(url) for url in targets))

    def _narrow_slicing(self, node: Node, element: Json) -> None:
        slicing = element.get("slicing")
        if slicing is None or node.is_choice:
            return
        discriminators = slicing.get("discriminator", [])
        if not discriminators or any(one["type"] not in ("value", "pattern") for one in discriminators):
            raise self._not_usable(element, "the gate divides a list by value or pattern only")
        if slicing.get("ordered"):
            raise self._not_usable(element, "the gate does not hold the order of slices")
        paths = tuple(one["path"] for one in discriminators)
        node.slicing = Slicing(paths, closed=slicing["rules"] == "closed")

    def _narrow_value(self, node: Node, element: Json) -> None:
        if "maxLength" in element:
            node.max_length = element["maxLength"]
        for key, value in element.items():
            if key.startswith(("fixed", "pattern")):
                node.wanted = self._wanted(node, key, value, element)

    def _wanted(self, node: Node, key: str, value: Any, element: Json) -> Wanted:
        type_name = key.removeprefix("fixed").removeprefix("pattern").lower()
        if len(node.types) != 1 or node.types[0].name.lower() != type_name:
            raise self._not_usable(element, f"{key} does not fit the type of this element")
        return Wanted(value, exactly=key.startswith("fixed"))


def _id_of(element: Json) -> str:
    if "id" in element:
        return str(element["id"])
    return str(element["path"]) + (f":{element['sliceName']}" if "sliceName" in element else "")


def _typed(choice: Node, name: str) -> Node:
    """What a profile says of `valueQuantity` alone: a node of one type, kept beside the choice."""
    if name not in choice.typed:
        one = copy.deepcopy(choice)
        one.path = f"{choice.path.rpartition('.')[0]}.{name}"
        one.types, one.min, one.typed = (choice.property_names()[name],), 0, {}
        choice.typed[name] = one
    return choice.typed[name]
