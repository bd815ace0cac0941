"""The gate: nothing leaves, and nothing enters, that is not valid R4 by our own published profiles.

`compile_gate` reads `fhir_profiles/` at start-up. First the shape, by JSON Schema; then, of what has the right
shape, the sense: invariants, references, narratives, Bundles. Before it the mapping; after it the outbox.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import jsonschema_rs

from service.r4.bundles import bundle_findings, facts_of
from service.r4.definitions import Definitions, read_definitions
from service.r4.fhirpath import try_out
from service.r4.plan import PlanWriter
from service.r4.profiles import Profiles, read_profiles
from service.r4.resource import Json, Resource
from service.r4.schema import SchemaWriter
from service.r4.sentences import findings_of
from service.r4.tree import Node
from service.r4.walk import BundleFacts, Fault, Plan, Visit, Where, in_words, walk

__all__ = ["Fault", "Gate", "NotValidR4", "compile_gate"]

_DRAFT = "https://json-schema.org/draft/2020-12/schema"
_MOST_FAULTS = 50


class NotValidR4(Exception):
    """A resource that we made is not valid: our bug. Each fault says where and why, without any value."""

    def __init__(self, faults: Sequence[Fault]) -> None:
        super().__init__("; ".join(f"{one.path}: {one.sentence}" for one in faults))
        self.faults = tuple(faults)


@dataclass(frozen=True)
class Gate:
    """Compiled once a process. A key is a resource type, or the canonical of one of our profiles.

    The plans refer to one another: written out in full, as asyncio does with a task's result, they fill the memory.
    """

    shapes: jsonschema_rs.Validator = field(repr=False)
    plans: Mapping[str, Plan] = field(repr=False)
    profiled_types: Mapping[str, str] = field(repr=False)
    own_base: str

    def check(self, resources: Sequence[Resource]) -> None:
        """Raises NotValidR4 with the faults of all of them."""
        faults = [fault for resource in resources for fault in self.faults(resource.body)]
        if faults:
            raise NotValidR4(faults)

    def faults(self, body: Json) -> tuple[Fault, ...]:
        """What is wrong with a resource, by R4 and by each of our profiles that its meta names; () if nothing is."""
        passage = _Passage(self, _type_of(body) if _type_of(body) in self.plans else "resource")
        try:
            passage.take(body, None, None, None)
        except RecursionError:
            passage.report(None, "too-costly", "It is nested too deeply.")
        return tuple(passage.found)


@dataclass
class _Passage:
    """One resource going through the gate, with those within it. `root` is its type, for the paths of faults."""

    gate: Gate
    root: str
    found: dict[Fault, None] = field(default_factory=dict)

    def report(self, where: Where, code: str, sentence: str) -> None:
        if len(self.found) < _MOST_FAULTS:
            self.found[Fault(in_words(self.root, where), code, sentence)] = None

    def take(self, body: Json, where: Where, contained: Mapping[str, str] | None, bundle: BundleFacts | None) -> None:
        """`contained` and `bundle` are what is around it: none for a resource by itself."""
        for key in self._keys(body, where):
            if not self._has_the_shape_of(key, body, where):
                continue
            if body["resourceType"] == "Bundle":
                bundle = facts_of(body)
                self._report_all(bundle_findings(body, where))
            walk(body, self.gate.plans[key], where, self._visit(body, contained, bundle))

    def _has_the_shape_of(self, key: str, body: Json, where: Where) -> bool:
        instance = {key: body}
        try:
            if self.gate.shapes.is_valid(instance):
                return True
            self._report_all(findings_of(self.gate.shapes.iter_errors(instance), where))
        except ValueError:
            self.report(where, "structure", "It holds something that JSON cannot.")
        return False

    def _visit(self, body: Json, contained: Mapping[str, str] | None, bundle: BundleFacts | None) -> Visit:
        within = _types_by_id(body.get("contained", ())) if contained is None else contained
        # What stands in a Bundle has contained resources of its own; what is contained shares those around it.
        around = None if body["resourceType"] in ("Bundle", "Parameters") else within
        return Visit(
            resource=body,
            contained=within,
            bundle=bundle,
            enter=lambda resource, below: self.take(resource, below, around, bundle),
            report=self.report,
        )

    def _report_all(self, findings: Iterable[tuple[Where, str, str]]) -> None:
        for finding in findings:
            self.report(*finding)

    def _keys(self, body: Json, where: Where) -> Iterator[str]:
        """Our profiles it claims, or its type: a profile's shape holds all that its type's does."""
        type_name = _type_of(body)
        if type_name not in self.gate.plans or type_name in self.gate.profiled_types:
            self.report((where, "resourceType", None), "not-supported", "This type is not one that is known here.")
            return
        ours = [url for url in _profiles_of(body) if url.startswith(self.gate.own_base)]
        for url in ours:
            if self.gate.profiled_types.get(url) != type_name:
                sentence = "It claims a profile of ours that we have not published for this type."
                self.report((where, "meta", None), "not-found", sentence)
                return
        yield from ours or [type_name]


def compile_gate(folder: Path, fhir_base: str) -> Gate:
    """`folder` is `fhir_profiles/`; `fhir_base` takes the place of the base URL its files are written with."""
    definitions = read_definitions(folder / "r4" / "definitions.json")
    profiles = read_profiles(folder, fhir_base, definitions)
    for expression in profiles.expressions():
        try_out(expression)
    own = dict(profiles.of_resources())
    types = [name for name in definitions.raw_types if _is_concrete_resource(definitions, name)]
    return Gate(
        shapes=_shapes(definitions, profiles, own, types),
        plans=_plans(definitions, profiles, own, types, f"{fhir_base}/"),
        profiled_types={url: tree.path for url, tree in own.items()},
        own_base=f"{fhir_base}/",
    )


def _shapes(
    definitions: Definitions, profiles: Profiles, own: Mapping[str, Node], types: Sequence[str]
) -> jsonschema_rs.Validator:
    """One validator for everything, so that what all share is compiled once: the instance is `{key: resource}`."""
    writer = SchemaWriter(definitions, profiles.members, dict(profiles.of_extensions()))
    for url, tree in own.items():
        writer.add(url, tree)
    for name in types:
        writer.add_type(name)
    keys = {key: {"$ref": f"#/$defs/{key.replace('/', '~1')}"} for key in (*own, *types)}
    schema: dict[str, Any] = {"$schema": _DRAFT, "$defs": writer.defs, "properties": keys}
    return jsonschema_rs.validator_for(schema, pattern_options=jsonschema_rs.RegexOptions())


def _plans(
    definitions: Definitions, profiles: Profiles, own: Mapping[str, Node], types: Sequence[str], own_base: str
) -> dict[str, Plan]:
    writer = PlanWriter(definitions, own_base, dict(profiles.of_extensions()), profiles.contexts())
    writer.write_own_extensions()
    plans = {url: writer.of_profile(tree) for url, tree in own.items()}
    return plans | {name: writer.of_type(name) for name in types}


def _is_concrete_resource(definitions: Definitions, name: str) -> bool:
    rules = definitions.type(name)
    return rules.is_resource and not rules.is_abstract


def _type_of(body: Json) -> str:
    return str(body.get("resourceType"))


def _profiles_of(body: Json) -> Iterator[str]:
    """The profiles it claims, without their versions; before its shape is known to be right."""
    meta = body.get("meta")
    claimed = meta.get("profile") if isinstance(meta, dict) else None
    for one in claimed if isinstance(claimed, list) else ():
        if isinstance(one, str):
            yield one.partition("|")[0]


def _types_by_id(contained: Sequence[Json]) -> dict[str, str]:
    return {str(one.get("id")): _type_of(one) for one in contained}
