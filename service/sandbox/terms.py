"""What a resource is found by: the values of its search parameters, and what it refers to.

Pure. Read by `store.py` when a version is kept, by `searching.py` for its names.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from service.sandbox.references import each_reference
from service.sandbox.refusals import Json
from service.sandbox.resource_types import RESOURCE_TYPES, Search

REFERS_TO = "_refers_to"


@dataclass(frozen=True, slots=True)
class Term:
    """One value of one search parameter. `system` is empty where there is none."""

    name: str
    value: str
    system: str = ""


def terms_of(body: Json) -> Iterator[Term]:
    """Every term of a resource, references as `Type/id`."""
    for name, search in RESOURCE_TYPES[body["resourceType"]].searches.items():
        for path in search.paths:
            for value in values_at(body, path):
                yield from _terms(name, search, value)
    for _, reference in each_reference(body):
        yield Term(REFERS_TO, reference["reference"])


def values_at(element: Any, path: str) -> Iterator[Any]:
    """Every value at a dotted path, through lists."""
    if isinstance(element, list):
        for each in element:
            yield from values_at(each, path)
    elif not path:
        yield element
    elif isinstance(element, dict):
        first, _, rest = path.partition(".")
        if first in element:
            yield from values_at(element[first], rest)


def _terms(name: str, search: Search, value: Any) -> Iterator[Term]:
    if search.how == "reference":
        yield from _reference_terms(name, value)
    elif search.how == "token":
        yield from _token_terms(name, value)
    elif isinstance(value, str):
        yield Term(name, value.casefold() if search.how == "string" else value)


def _reference_terms(name: str, value: Any) -> Iterator[Term]:
    if not isinstance(value, dict):
        return
    if isinstance(value.get("reference"), str):
        yield Term(name, value["reference"])
    if isinstance(value.get("identifier"), dict):
        yield from _token_terms(f"{name}:identifier", value["identifier"])


def _token_terms(name: str, value: Any) -> Iterator[Term]:
    if isinstance(value, str):
        yield Term(name, value)
    elif isinstance(value, dict):
        word = value.get("value", value.get("code"))
        if isinstance(word, str):
            yield Term(name, word, str(value.get("system", "")))
