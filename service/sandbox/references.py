"""References inside a resource: found, made local, resolved within a bundle, and checked for what they name.

https://hl7.org/fhir/R4/references.html. Literal references to types this server keeps must exist (422);
logical ones (identifier only) and those to other servers are left alone.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from service.sandbox.refusals import Json, Refused
from service.sandbox.resource_types import RESOURCE_TYPES

_LITERAL = re.compile(r"([A-Z][A-Za-z]+)/([A-Za-z0-9\-.]{1,64})(/_history/[A-Za-z0-9\-.]{1,64})?")
_CONDITIONAL = re.compile(r"([A-Z][A-Za-z]+)\?(.+)")


def each_reference(element: Any, path: str = "") -> Iterator[tuple[str, Json]]:
    """Every literal Reference at any depth, with its path."""
    if isinstance(element, list):
        for position, each in enumerate(element):
            yield from each_reference(each, f"{path}[{position}]")
    elif isinstance(element, dict):
        if isinstance(element.get("reference"), str):
            yield path, element
        for name, value in element.items():
            yield from each_reference(value, f"{path}.{name}" if path else name)


def made_local(body: Json, home: str) -> Json:
    """`home` is this server's own base URL: what names it absolutely is kept relative."""
    local: Json = _with_references(body, lambda reference: reference.removeprefix(f"{home}/"))
    return local


def resolved_in_bundle(body: Json, names: Mapping[str, str]) -> Json:
    """Every string that is one of the bundle's fullUrls becomes what this server calls it."""
    return {name: _renamed(value, names) for name, value in body.items()}


def _renamed(value: Any, names: Mapping[str, str]) -> Any:
    if isinstance(value, str):
        return names.get(value, value)
    if isinstance(value, list):
        return [_renamed(each, names) for each in value]
    if isinstance(value, dict):
        return {name: _renamed(each, names) for name, each in value.items()}
    return value


def has_conditions(body: Json) -> bool:
    """Whether it refers to anything by a condition."""
    return any(_CONDITIONAL.fullmatch(element["reference"]) for _, element in each_reference(body))


def conditions_met(body: Json, find: Callable[[str, str], str]) -> Json:
    """`Patient?identifier=…` becomes the one it finds; `find(type, query)` gives its id or refuses."""

    def met(reference: str) -> str:
        match = _CONDITIONAL.fullmatch(reference)
        return f"{match[1]}/{find(match[1], match[2])}" if match else reference

    resolved: Json = _with_references(body, met)
    return resolved


def _with_references(element: Any, change: Callable[[str], str]) -> Any:
    if isinstance(element, list):
        return [_with_references(each, change) for each in element]
    if not isinstance(element, dict):
        return element
    changed = {name: _with_references(value, change) for name, value in element.items()}
    if isinstance(changed.get("reference"), str):
        changed["reference"] = change(changed["reference"])
    return changed


def must_exist(body: Json, exists: Callable[[str, str], bool]) -> None:
    """Refuse a resource that refers to what is not here."""
    contained = {each.get("id") for each in body.get("contained", []) if isinstance(each, dict)}
    for path, element in each_reference(body):
        reference = element["reference"]
        place = f"{body['resourceType']}.{path}"
        if reference.startswith("#"):
            _must_be_contained(reference, contained, place)
        elif reference.startswith("urn:uuid:") or _CONDITIONAL.fullmatch(reference):
            raise Refused(
                400, "invalid", "This reference has a meaning only inside a transaction that holds it.", place
            )
        else:
            _must_be_here(reference, exists, place)


def _must_be_contained(reference: str, contained: set[Any], place: str) -> None:
    if reference != "#" and reference[1:] not in contained:
        raise Refused(400, "invariant", "ref-1: the contained resource that this refers to is not there.", place)


def _must_be_here(reference: str, exists: Callable[[str, str], bool], place: str) -> None:
    match = _LITERAL.fullmatch(reference)
    if match and match[1] in RESOURCE_TYPES and not exists(match[1], match[2]):
        raise Refused(422, "not-found", f"There is no {match[1]} with this id here.", place)
