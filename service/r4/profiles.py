"""Reads `fhir_profiles/`: our profiles, extensions, value sets and code systems, under the trust's own base URL.

Before it `definitions.py`; after it `gate.py`. https://hl7.org/fhir/R4/profiling.html
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import orjson

from service.r4.definitions import Definitions, Members
from service.r4.narrow import Narrowing, ProfileNotUsable
from service.r4.resource import Json
from service.r4.tree import Node, tree_of

PLACEHOLDER: Final = "https://ips.example.nhs.uk"
_R4: Final = "http://hl7.org/fhir/StructureDefinition/"
_UK_CORE: Final = "https://fhir.hl7.org.uk/StructureDefinition/UKCore-"


@dataclass(frozen=True)
class Profiles:
    """Everything we publish that the gate holds resources to, by canonical URL."""

    definitions: Definitions
    structures: Mapping[str, Json]
    value_sets: Mapping[str, Json]
    code_systems: Mapping[str, Json]
    _trees: dict[str, Node] = field(default_factory=dict)

    def of_resources(self) -> Iterator[tuple[str, Node]]:
        yield from ((url, self.tree(url)) for url, one in self.structures.items() if one["type"] != "Extension")

    def of_extensions(self) -> Iterator[tuple[str, Node]]:
        yield from ((url, self.tree(url)) for url, one in self.structures.items() if one["type"] == "Extension")

    def contexts(self) -> dict[str, frozenset[str]]:
        """Where each of our extensions may stand, by its URL."""
        return {
            url: frozenset(context["expression"] for context in one.get("context", []))
            for url, one in self.structures.items()
            if one["type"] == "Extension"
        }

    def expressions(self) -> Iterator[str]:
        """Every FHIRPath expression that our profiles ask to be true."""
        for one in self.structures.values():
            for element in one["differential"]["element"]:
                yield from (constraint["expression"] for constraint in element.get("constraint", []))

    def tree(self, url: str) -> Node:
        """The type's tree, narrowed by the profile; a profile of ours may build on another of ours."""
        if url not in self._trees:
            self._trees[url] = self._tree(url)
        return self._trees[url]

    def members(self, value_set: str) -> Members | None:
        """The codes of a value set that is bound as required: ours, or R4's."""
        if value_set in self.value_sets:
            return self._own_members(self.value_sets[value_set])
        if value_set not in self.definitions.value_sets:
            raise ProfileNotUsable(f"{value_set} is bound as required, and its codes are not known here.")
        return self.definitions.value_sets[value_set]

    def _tree(self, url: str) -> Node:
        structure = self.structures[url]
        base = structure["baseDefinition"]
        tree = self._tree(base) if base in self.structures else self._r4_tree(url, base)
        Narrowing(url, self.definitions, self._type_of).apply(tree, structure["differential"]["element"])
        return tree

    def _r4_tree(self, url: str, base: str) -> Node:
        name = base.removeprefix(_R4)
        if not base.startswith(_R4) or not self.definitions.knows(name):
            raise ProfileNotUsable(f"{url} builds on {base}, which is neither R4's nor ours.")
        return tree_of(self.definitions, name)

    def _type_of(self, canonical: str) -> str:
        """The resource type that a target profile is about."""
        if canonical in self.structures:
            return str(self.structures[canonical]["type"])
        name = canonical.removeprefix(_R4).removeprefix(_UK_CORE)
        if name not in self.definitions.resource_types:
            raise ProfileNotUsable(f"{canonical} is a target profile of a type that is not known here.")
        return name

    def _own_members(self, value_set: Json) -> Members:
        compose = value_set["compose"]
        if "exclude" in compose:
            raise ProfileNotUsable(f"{value_set['url']} excludes codes, which the gate does not follow.")
        members: dict[str, tuple[str, ...]] = {}
        for include in compose["include"]:
            for system, codes in self._included(include, value_set["url"]):
                members[system] = tuple(dict.fromkeys((*members.get(system, ()), *codes)))
        return members

    def _included(self, include: Json, of: str) -> Iterator[tuple[str, Sequence[str]]]:
        if "filter" in include or ("valueSet" in include and "system" in include):
            raise ProfileNotUsable(f"{of} filters a code system, which the gate does not follow.")
        for other in include.get("valueSet", []):
            yield from (self.members(other) or {}).items()
        if "concept" in include:
            yield include["system"], [one["code"] for one in include["concept"]]
        elif "system" in include:
            yield include["system"], self._all_codes(include["system"], of)

    def _all_codes(self, system: str, of: str) -> list[str]:
        if system not in self.code_systems:
            raise ProfileNotUsable(f"{of} takes in all of {system}, whose codes are not known here.")
        return list(_codes(self.code_systems[system].get("concept", [])))


def read_profiles(folder: Path, fhir_base: str, definitions: Definitions) -> Profiles:
    """`fhir_base` takes the place of the base URL that the files are written with."""

    def read(kind: str) -> dict[str, Json]:
        bodies = [_read(path, fhir_base) for path in sorted(folder.glob(f"{kind}-*.json"))]
        return {body["url"]: body for body in bodies}

    return Profiles(definitions, read("StructureDefinition"), read("ValueSet"), read("CodeSystem"))


def _read(path: Path, fhir_base: str) -> Json:
    body: Json = orjson.loads(path.read_text(encoding="utf-8").replace(PLACEHOLDER, fhir_base))
    return body


def _codes(concepts: Sequence[Json]) -> Iterator[str]:
    for concept in concepts:
        yield concept["code"]
        yield from _codes(concept.get("concept", []))
