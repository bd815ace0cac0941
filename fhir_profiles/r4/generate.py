"""Makes `definitions.json`, the compact form of R4 4.0.1 that the gate is compiled from.

    python fhir_profiles/r4/generate.py PACKAGE [--check]

PACKAGE is HL7's `hl7.fhir.r4.core-4.0.1.tgz` or npm's `hl7.fhir.r4.examples-4.0.1.tgz`: both hold the same
definitions. With --check nothing is written; the exit status says whether the committed form is what it makes.
"""

import argparse
import json
import sys
import tarfile
from pathlib import Path
from typing import Any

Json = dict[str, Any]

OUTPUT = Path(__file__).parent / "definitions.json"
VERSION = "4.0.1"
CANONICAL = "http://hl7.org/fhir/StructureDefinition/"

# What we send, what is read beside it, what the next notes and windows need, what may be contained in those.
# Data types follow by themselves.
TYPES = """
    Encounter DocumentReference Procedure RelatedPerson QuestionnaireResponse Observation Goal Task CarePlan Provenance
    Patient Practitioner Bundle OperationOutcome Parameters Binary Questionnaire ServiceRequest EpisodeOfCare CareTeam
    Consent Communication CommunicationRequest Organization PractitionerRole Location HealthcareService Condition
    Specimen AuditEvent MeasureReport Composition
""".split()  # noqa: SIM905 - read as words

# Stated at every element, and compiled from the types themselves: no element is empty, no extension both or neither.
_EVERYWHERE = {"ele-1", "ext-1"}
_BOUND_SOURCES = ("StructureDefinition", "ValueSet", "CodeSystem")


def main() -> int:
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("package", type=Path)
    arguments.add_argument("--check", action="store_true")
    chosen = arguments.parse_args()
    text = written(compact(read_package(chosen.package)))
    if not chosen.check:
        OUTPUT.write_text(text, encoding="utf-8")
        return 0
    if OUTPUT.read_text(encoding="utf-8") == text:
        return 0
    sys.stderr.write(f"{OUTPUT} is not what this script makes of {chosen.package}.\n")
    return 1


def read_package(path: Path) -> dict[str, Json]:
    """The definitions of a FHIR package by canonical URL."""
    found: dict[str, Json] = {}
    with tarfile.open(path) as package:
        for member in package:
            if not member.name.split("/")[-1].startswith(_BOUND_SOURCES) or not member.name.endswith(".json"):
                continue
            file = package.extractfile(member)
            resource = json.loads(file.read().decode("utf-8-sig")) if file else {}
            if resource.get("resourceType") in _BOUND_SOURCES:
                found[resource["url"]] = resource
    return found


def compact(package: dict[str, Json]) -> Json:
    types: dict[str, Json] = {}
    waiting = sorted(TYPES, reverse=True)
    while waiting:
        name = waiting.pop()
        if name in types or _is_primitive(package, name):
            continue
        types[name] = _type(package[CANONICAL + name], package)
        waiting.extend(sorted(_named_by(types[name]), reverse=True))
    bound = {
        element["binding"] for one in types.values() for element in one["elements"].values() if "binding" in element
    }
    return {
        "fhirVersion": VERSION,
        "resourceTypes": sorted(_codes_of(package["http://hl7.org/fhir/resource-types"]["concept"])),
        "types": dict(sorted(types.items())),
        "valueSets": {url: _members(package[url], package) for url in sorted(bound)},
    }


def _is_primitive(package: dict[str, Json], name: str) -> bool:
    return bool(package[CANONICAL + name]["kind"] == "primitive-type")


def _named_by(one: Json) -> set[str]:
    names = {entry.split("(")[0] for element in one["elements"].values() for entry in element.get("types", [])}
    return names | {one["parent"]} - {None}


def _type(definition: Json, package: dict[str, Json]) -> Json:
    name = definition["id"]
    own = {element["path"] for element in definition["differential"]["element"]}
    root, *elements = definition["snapshot"]["element"]
    parent = _name(definition.get("baseDefinition"))
    inherited = _inherited_constraints(package, parent)
    return {
        "kind": definition["kind"],
        "abstract": definition["abstract"],
        "parent": parent,
        "constraints": _constraints(root, inherited),
        "elements": {
            element["path"].split(".", 1)[1]: _element(element, definition["type"], name)
            for element in elements
            if element["path"] in own
        },
    }


def _inherited_constraints(package: dict[str, Json], parent: str | None) -> set[str]:
    if parent is None:
        return set(_EVERYWHERE)
    root = package[CANONICAL + parent]["snapshot"]["element"][0]
    return _EVERYWHERE | {one["key"] for one in root.get("constraint", [])}


def _element(element: Json, type_name: str, own_name: str) -> Json:
    made: Json = {}
    if element["min"]:
        made["min"] = element["min"]
    if element["max"] != "1":
        made["max"] = element["max"]
    if "contentReference" in element:
        made["content"] = element["contentReference"].removeprefix(f"#{type_name}.")
    if "type" in element:
        made["types"] = [_type_entry(one, own_name) for one in element["type"]]
    if element.get("binding", {}).get("strength") == "required":
        made["binding"] = element["binding"]["valueSet"].split("|")[0]
    if constraints := _constraints(element, _EVERYWHERE):
        made["constraints"] = constraints
    return made


def _type_entry(entry: Json, own_name: str) -> str:
    """`Reference(Patient|Group)`; canonical targets are left out, for a canonical does not say its type."""
    code: str = entry["code"]
    if code.startswith("http://hl7.org/fhirpath/System."):
        # R4 4.0.1 calls the type of Resource.id a string by mistake.
        return "id" if own_name == "Resource" else str(entry["extension"][0]["valueUrl"])
    if "profile" in entry:
        return str(_name(entry["profile"][0]))
    targets = [str(_name(url)) for url in entry.get("targetProfile", [])]
    return f"{code}({'|'.join(targets)})" if code == "Reference" and targets else code


def _constraints(element: Json, known: set[str]) -> list[Json]:
    return [
        {"key": one["key"], "human": one["human"], "expression": one["expression"]}
        for one in element.get("constraint", [])
        if one["severity"] == "error" and one["key"] not in known
    ]


def _members(value_set: Json, package: dict[str, Json]) -> dict[str, list[str]] | None:
    """Codes by system; None where the codes are not in the package (media types, currencies)."""
    members: dict[str, list[str]] = {}
    if value_set["compose"].get("exclude"):
        raise ValueError(f"{value_set['url']} excludes codes: write that first.")
    for include in value_set["compose"]["include"]:
        if "filter" in include or "valueSet" in include:
            raise ValueError(f"{value_set['url']} has a filter or another value set: write that first.")
        concepts = include.get("concept") or package.get(include["system"], {}).get("concept")
        if concepts is None:
            return None
        members.setdefault(include["system"], []).extend(_codes_of(concepts))
    return {system: sorted(set(codes)) for system, codes in sorted(members.items())}


def _codes_of(concepts: list[Json]) -> list[str]:
    nested = [code for concept in concepts for code in _codes_of(concept.get("concept", []))]
    return [concept["code"] for concept in concepts] + nested


def _name(canonical: str | None) -> str | None:
    return canonical.removeprefix(CANONICAL) if canonical else None


def written(made: Json) -> str:
    """One line an element, so that a change can be read as a difference of lines."""
    lines = ["{", f' "fhirVersion": {_line(made["fhirVersion"])},']
    lines += [f' "resourceTypes": {_line(made["resourceTypes"])},', ' "types": {']
    lines += [_written_type(name, one) for name, one in made["types"].items()]
    lines[-1] = lines[-1].rstrip(",")
    lines += [" },", ' "valueSets": {']
    lines += [f"  {_line(url)}: {_line(members)}," for url, members in made["valueSets"].items()]
    lines[-1] = lines[-1].rstrip(",")
    return "\n".join([*lines, " }", "}", ""])


def _written_type(name: str, one: Json) -> str:
    head = {key: value for key, value in one.items() if key != "elements"}
    opening = f'  {_line(name)}: {_line(head)[:-1]}, "elements": {{'
    elements = ",\n".join(f"   {_line(path)}: {_line(element)}" for path, element in one["elements"].items())
    return f"{opening}\n{elements}\n  }}}}," if elements else f"{opening}}}}},"


def _line(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)


if __name__ == "__main__":
    sys.exit(main())
