"""In which file of `fhir_profiles/input/fsh/` a definition belongs: its kind of note, the NHS lists, or every note."""

import json
from collections.abc import Iterator, Mapping
from functools import cache
from typing import TypeAlias

from service.r4.resource import Json
from tests.samples_on_disk import all_samples

Key: TypeAlias = tuple[str, str]
"""`("Profile", "work-goal")`: the word that FSH begins a definition with, and its id (of an invariant, its key)."""

_ALL_NOTES = "every_note"
_NHS_LISTS = "nhs_lists"


def key_of(body: Json) -> Key:
    if body["resourceType"] != "StructureDefinition":
        return body["resourceType"], body["id"]
    return ("Extension" if body["type"] == "Extension" else "Profile"), body["id"]


def invariants(body: Json) -> Iterator[str]:
    for element in body.get("differential", {}).get("element", []):
        yield from (rule["key"] for rule in element.get("constraint", []))


def files(bodies: Mapping[str, Json]) -> dict[Key, str]:
    """File name by definition, in the order in which a reader wants them within a file."""
    places: dict[Key, str] = {}
    for body in sorted(bodies.values(), key=_reading_order):
        file = f"{_place(body, bodies)}.fsh"
        places.update({("Invariant", name): file for name in invariants(body)})
        places[key_of(body)] = file
    return places


def _reading_order(body: Json) -> tuple[bool, bool, str, str]:
    """Profiles first, a kind's own before the others and its document last; a code system beside its value set."""
    is_profile = body["resourceType"] == "StructureDefinition"
    is_own = body["id"].replace("-", "_") in _mentions()
    return not is_profile, not is_own, body["id"], body["resourceType"]


def _place(body: Json, bodies: Mapping[str, Json]) -> str:
    if body["id"].startswith("nhs-"):
        return _NHS_LISTS
    kinds = {kind for kind, text in _mentions().items() if any(f'"{url}"' in text for url in _urls(body))}
    named = [kind for kind in kinds if f"{body['id']}-".replace("-", "_").startswith(f"{kind}_")]
    if len(kinds) == 1 or named:
        return max(named or kinds, key=len)
    if kinds or body["resourceType"] == "StructureDefinition":
        return _ALL_NOTES
    users = [one for one in bodies.values() if one["resourceType"] == "StructureDefinition"]
    places = {_place(one, bodies) for one in users if f'"{body["url"]}"' in json.dumps(one)}
    return places.pop() if len(places) == 1 else _ALL_NOTES


def _urls(body: Json) -> tuple[str, ...]:
    """Its own; a value set of all codes goes with its code system."""
    return body["url"], body["url"].replace("/ValueSet/", "/CodeSystem/")


@cache
def _mentions() -> Mapping[str, str]:
    """The resources of all samples as text, by kind."""
    texts: dict[str, str] = {}
    for one in all_samples():
        kind = one.name.partition("/")[0]
        texts[kind] = texts.get(kind, "") + json.dumps(one.agreed)
    return texts
