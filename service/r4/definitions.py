"""R4's own definitions: the compact form in `fhir_profiles/r4/`, read into types, elements and value sets.

`profiles.py` narrows them by our profiles; `schema.py` and `plan.py` compile what results.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeAlias

import orjson

from service.r4.resource import Json

Members: TypeAlias = Mapping[str, tuple[str, ...]]

PRIMITIVES = frozenset(
    """
    base64Binary boolean canonical code date dateTime decimal id instant integer markdown oid positiveInt string time
    unsignedInt uri url uuid xhtml
    """.split()  # noqa: SIM905 - read as words
)
_TYPE_ENTRY = re.compile(r"(?P<name>\w+)(?:\((?P<targets>[\w|]+)\))?")


@dataclass(frozen=True, slots=True)
class TypeEntry:
    """One type an element may have; `targets` are the resource types a Reference may point at, empty for any."""

    name: str
    targets: tuple[str, ...] = ()

    @property
    def is_primitive(self) -> bool:
        return self.name in PRIMITIVES


@dataclass(frozen=True, slots=True)
class Constraint:
    """An invariant: its FHIRPath expression must be true of the element it stands at."""

    key: str
    human: str
    expression: str


@dataclass(frozen=True, slots=True)
class ElementRules:
    """What R4 says of one element; `content` is the path, in the same type, whose children are this one's."""

    min: int = 0
    max: int | None = 1
    types: tuple[TypeEntry, ...] = ()
    binding: str | None = None
    constraints: tuple[Constraint, ...] = ()
    content: str | None = None


@dataclass(frozen=True, slots=True)
class TypeRules:
    """One type; `elements` are its own and its ancestors', by path below the type (`participant.individual`)."""

    name: str
    is_resource: bool
    is_abstract: bool
    constraints: tuple[Constraint, ...]
    elements: Mapping[str, ElementRules]


@dataclass(frozen=True)
class Definitions:
    """`value_sets`: codes by system; None where R4 does not list them (media types, currencies)."""

    resource_types: frozenset[str]
    value_sets: Mapping[str, Members | None]
    raw_types: Mapping[str, Json]
    _read: dict[str, TypeRules] = field(default_factory=dict)

    def knows(self, name: str) -> bool:
        return name in self.raw_types

    def type(self, name: str) -> TypeRules:
        if name not in self._read:
            self._read[name] = self._type(name)
        return self._read[name]

    def _type(self, name: str) -> TypeRules:
        raw = self.raw_types[name]
        parent = self.type(raw["parent"]) if raw["parent"] else None
        own = {path: _element(element) for path, element in raw["elements"].items()}
        return TypeRules(
            name=name,
            is_resource=raw["kind"] == "resource",
            is_abstract=raw["abstract"],
            constraints=(parent.constraints if parent else ()) + _constraints(raw["constraints"]),
            elements={**(parent.elements if parent else {}), **own},
        )


def read_definitions(path: Path) -> Definitions:
    raw: dict[str, Any] = orjson.loads(path.read_bytes())
    return Definitions(
        resource_types=frozenset(raw["resourceTypes"]),
        value_sets={url: _members(members) for url, members in raw["valueSets"].items()},
        raw_types=raw["types"],
    )


def type_entry(text: str) -> TypeEntry:
    """`Reference(Patient|Group)` as a name and its targets."""
    match = _TYPE_ENTRY.fullmatch(text)
    if match is None:
        raise ValueError(f"{text} is no type of the compact form.")
    return TypeEntry(match["name"], tuple(match["targets"].split("|")) if match["targets"] else ())


def _element(raw: Json) -> ElementRules:
    most = raw.get("max", "1")
    return ElementRules(
        min=raw.get("min", 0),
        max=None if most == "*" else int(most),
        types=tuple(type_entry(one) for one in raw.get("types", ())),
        binding=raw.get("binding"),
        constraints=_constraints(raw.get("constraints", [])),
        content=raw.get("content"),
    )


def _constraints(raw: list[Json]) -> tuple[Constraint, ...]:
    return tuple(Constraint(one["key"], one["human"], one["expression"]) for one in raw)


def _members(raw: dict[str, list[str]] | None) -> Members | None:
    return None if raw is None else {system: tuple(codes) for system, codes in raw.items()}
