"""A type as a tree of elements, which a profile may then narrow: what schemas and plans are compiled from.

Before it `definitions.py`; after it `narrow.py`, then `schema.py` and `plan.py`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from service.r4.definitions import Constraint, Definitions, ElementRules, TypeEntry, TypeRules


@dataclass(frozen=True, slots=True)
class Wanted:
    """A value that a profile asks for: the whole of it (`fixed[x]`), or at least this much of it (`pattern[x]`)."""

    value: Any
    exactly: bool


@dataclass(slots=True)
class Slicing:
    """How a list is divided: a discriminator is the path whose wanted value tells a slice from the others."""

    discriminators: tuple[str, ...]
    closed: bool = False


@dataclass(slots=True)
class Node:
    """One element. `children` is None where its type alone says them, so that types are compiled once.

    `content` names the element whose children are this one's (`QuestionnaireResponse.item`); `typed` holds what
    a profile says of one type of a choice; `slices` what it says of some of a list.
    """

    path: str
    is_list: bool
    min: int
    max: int | None
    types: tuple[TypeEntry, ...]
    binding: str | None = None
    constraints: tuple[Constraint, ...] = ()
    children: dict[str, "Node"] | None = None
    content: str | None = None
    wanted: Wanted | None = None
    max_length: int | None = None
    slicing: Slicing | None = None
    slices: dict[str, "Node"] = field(default_factory=dict)
    typed: dict[str, "Node"] = field(default_factory=dict)

    @property
    def name(self) -> str:
        return self.path.rsplit(".", 1)[-1]

    @property
    def is_choice(self) -> bool:
        return self.name.endswith("[x]")

    @property
    def least(self) -> int:
        """How often it stands at least, counting what each slice of it asks for."""
        return max(self.min, sum(one.min for one in self.slices.values()))

    @property
    def only_type(self) -> TypeEntry:
        """The type of an element that is no choice."""
        return self.types[0]

    def property_names(self) -> dict[str, TypeEntry]:
        """The names this element may have in JSON, each with its type: `valueString`, `valueQuantity`, …"""
        if not self.is_choice:
            return {self.name: self.types[0]} if self.types else {}
        stem = self.name.removesuffix("[x]")
        return {stem + entry.name[0].upper() + entry.name[1:]: entry for entry in self.types}


def tree_of(definitions: Definitions, type_name: str) -> Node:
    """The whole tree of a type as R4 has it."""
    rules = definitions.type(type_name)
    return Node(
        path=type_name,
        is_list=False,
        min=1,
        max=1,
        types=(TypeEntry(type_name),),
        constraints=rules.constraints,
        children=_children(definitions, rules, "", type_name),
    )


def subtree(definitions: Definitions, content: str) -> Node:
    """The element that others repeat the children of: `QuestionnaireResponse.item`."""
    type_name, *steps = content.split(".")
    node = tree_of(definitions, type_name)
    for step in steps:
        node = (node.children or {})[step]
    return node


def open_up(definitions: Definitions, node: Node) -> dict[str, Node]:
    """The children of a node, made its own so that a profile can narrow them."""
    if node.children is None:
        source = subtree(definitions, node.content) if node.content else tree_of(definitions, node.only_type.name)
        node.children = source.children or {}
        node.constraints = (*source.constraints, *node.constraints)
        node.content = None
    return node.children


def _children(definitions: Definitions, rules: TypeRules, parent: str, path: str) -> dict[str, Node]:
    return {
        name: _node(definitions, rules, below, f"{path}.{name}", element)
        for below, element in rules.elements.items()
        for above, _, name in [below.rpartition(".")]
        if above == parent
    }


def _node(definitions: Definitions, rules: TypeRules, below: str, path: str, element: ElementRules) -> Node:
    own = _children(definitions, rules, below, path)
    inherited = _inherited(definitions, element.types[0].name, path) if own else {}
    return Node(
        path=path,
        is_list=element.max is None or element.max > 1,
        min=element.min,
        max=element.max,
        types=element.types,
        binding=element.binding,
        constraints=element.constraints,
        children={**inherited, **own} if own else None,
        content=_content(rules, element),
    )


def _content(rules: TypeRules, element: ElementRules) -> str | None:
    return f"{rules.name}.{element.content}" if element.content else None


def _inherited(definitions: Definitions, type_name: str, path: str) -> Mapping[str, Node]:
    """What every BackboneElement or Element has, beside the children that this element has by itself."""
    return _children(definitions, definitions.type(type_name), "", path)
