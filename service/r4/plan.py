"""Compiles a tree of elements into the plan of what is asked where: invariants, references, lists, extensions.

Before it `tree.py` and `narrow.py`; after it `walk.py`, which follows the plan.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from service.r4.bundles import BUNDLE_INVARIANTS
from service.r4.definitions import Constraint, Definitions, TypeEntry
from service.r4.fhirpath import compile_expression
from service.r4.invariants import Holds, in_python
from service.r4.narrative import narrative_fault
from service.r4.primitives import is_integer
from service.r4.references import reference_check
from service.r4.resource import Json
from service.r4.tree import Node, subtree, tree_of
from service.r4.walk import Check, Plan, Visit

# Asked of every reference and of every narrative, whether or not a constraint says so.
_ASKED_ANYWAY: Final = frozenset({"ref-1", "txt-1", "txt-2"})
_WHOLE_NUMBER: Final = Check("value", lambda value, _: None if type(value) is int else "This is no whole number.")
_NARRATIVE: Final = Check("invariant", lambda value, _: narrative_fault(value))


@dataclass
class PlanWriter:
    """Writes plans; `own_extensions` are the trees and contexts of our extensions by URL, `own_base` begins each."""

    definitions: Definitions
    own_base: str
    own_extensions: Mapping[str, Node] = field(default_factory=dict)
    contexts: Mapping[str, frozenset[str]] = field(default_factory=dict)
    _in_python: Mapping[str, Holds] = field(init=False)
    _types: dict[str, Plan] = field(default_factory=dict)
    _own: dict[str, Plan] = field(default_factory=dict)
    _sibling: Plan | None = None

    def __post_init__(self) -> None:
        self._in_python = {**in_python(self.own_base), **BUNDLE_INVARIANTS}

    def of_type(self, name: str) -> Plan:
        """The plan of a type, or of an element that others repeat (`QuestionnaireResponse.item`)."""
        if name not in self._types:
            self._types[name] = Plan()
            tree = subtree(self.definitions, name) if "." in name else tree_of(self.definitions, name)
            self._fill(self._types[name], tree, frozenset({name, "Element", *self._ancestors(name)}))
        return self._types[name]

    def of_profile(self, tree: Node) -> Plan:
        plan = Plan()
        self._fill(plan, tree, frozenset({tree.path, *self._ancestors(tree.path)}))
        return plan

    def _ancestors(self, name: str) -> tuple[str, ...]:
        is_resource = "." not in name and self.definitions.type(name).is_resource
        return ("Resource", "DomainResource") if is_resource else ()

    def _fill(self, plan: Plan, tree: Node, contexts: frozenset[str]) -> None:
        children = list((tree.children or {}).values())
        lists = [child.name for child in children if child.is_list and child.types and child.only_type.is_primitive]
        # All checks before the first child: a child may ask for this very plan.
        plan.checks += (*self._checks(tree), *([_lists_agree(tuple(lists))] if lists else []))
        for child in children:
            for name, entry in child.property_names().items() if child.types else [(child.name, None)]:
                self._add(plan, child.typed.get(name, child), name, entry, contexts)

    def _add(self, plan: Plan, child: Node, name: str, entry: TypeEntry | None, contexts: frozenset[str]) -> None:
        if entry and entry.is_primitive:
            plan.children[f"_{name}"] = self._sibling_plan()
            below = Plan(self._primitive_checks(child, entry))
            if below.checks:
                plan.children[name] = below
        elif entry and entry.name == "Extension":
            plan.children[name] = self._extension(contexts)
        else:
            plan.children[name] = self._complex(child, entry)

    def _primitive_checks(self, child: Node, entry: TypeEntry) -> tuple[Check, ...]:
        if entry.name == "xhtml":
            return (_NARRATIVE,)
        whole = (_WHOLE_NUMBER,) if is_integer(entry.name) else ()
        return whole + self._checks(child)

    def _complex(self, child: Node, entry: TypeEntry | None) -> Plan:
        if child.children is not None:
            plan = Plan()
            self._fill(plan, child, frozenset({child.path, "Element", "BackboneElement"}))
        elif child.content:
            return self.of_type(child.content)
        elif entry is None or entry.name == "Resource":
            return Plan(is_resource=True)
        else:
            plan = self._own_view(self.of_type(entry.name), self._checks(child))
        if entry and entry.name == "Reference":
            plan = self._own_view(plan, (reference_check(entry.targets, self.definitions.resource_types),))
        return plan

    def _own_view(self, plan: Plan, checks: tuple[Check, ...]) -> Plan:
        """The same below, with more asked here. The children are shared: a type may still be being written."""
        return Plan(plan.checks + checks, plan.children, plan.by_url) if checks else plan

    def _sibling_plan(self) -> Plan:
        if self._sibling is None:
            self._sibling = Plan(is_beside=True)
            self._sibling.children["extension"] = self._extension(frozenset({"Element"}))
        return self._sibling

    def _extension(self, contexts: frozenset[str]) -> Plan:
        below = self.of_type("Extension")
        return Plan((self._extension_check(contexts),), below.children, by_url=self._own)

    def write_own_extensions(self) -> None:
        for url, tree in self.own_extensions.items():
            self._own[url] = self.of_profile(tree)

    def _extension_check(self, contexts: frozenset[str]) -> Check:
        def find(extension: Json, _: Visit) -> str | None:
            url = extension["url"]
            if not url.startswith(self.own_base):
                return None
            if url not in self.contexts:
                return "This extension has a URL of ours, and we have published none such."
            return None if self.contexts[url] & contexts else "This extension of ours does not belong here."

        return Check("extension", find)

    def _checks(self, node: Node) -> tuple[Check, ...]:
        asked = [one for one in node.constraints if one.key not in _ASKED_ANYWAY]
        return tuple(self._invariant(one, node.path) for one in asked)

    def _invariant(self, constraint: Constraint, path: str) -> Check:
        holds = self._in_python.get(constraint.expression) or compile_expression(constraint.expression, path)
        sentence = f"{constraint.key}: {constraint.human}"
        return Check("invariant", lambda element, visit: None if holds(element, visit.resource) else sentence)


def _lists_agree(names: tuple[str, ...]) -> Check:
    """A null in a list of primitives is there only for what stands at its place in `_name`."""

    def find(element: Json, _: Visit) -> str | None:
        for name in names:
            values, siblings = element.get(name), element.get(f"_{name}")
            if siblings is None and (values is None or None not in values):
                continue
            if not _agree(values, siblings or []):
                return "A list of values and the list beside it do not agree, place by place."
        return None

    return Check("structure", find)


def _agree(values: list[Any] | None, siblings: list[Any]) -> bool:
    if values is None:
        return all(one is not None for one in siblings)
    if siblings and len(siblings) != len(values):
        return False
    beside = siblings or [None] * len(values)
    return all(value is not None or sibling is not None for value, sibling in zip(values, beside, strict=True))
