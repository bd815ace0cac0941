"""The entries of a batch or transaction as they were sent: read from the bundle, nothing done yet.

Before `bundles.py`, which does them.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from service.sandbox.refusals import Json, Refused
from service.sandbox.resource_types import RESOURCE_TYPES

_METHODS = ("GET", "POST", "PUT", "DELETE")
_VREAD_PARTS = 4


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry. A PUT has an `id` or a `query`; a GET a `version` at most."""

    place: str
    method: str
    type: str
    id: str | None
    version: str | None
    query: str | None
    full_url: str | None
    body: Json
    if_match: str | None
    if_none_exist: str | None


def entries_of(bundle: Json, home: str) -> list[Entry]:
    """Every entry, or 400 for the first that cannot be read."""
    entries = bundle.get("entry", [])
    if not isinstance(entries, list):
        raise Refused(400, "structure", "entry is a list.", "Bundle.entry")
    read = []
    for position, entry in enumerate(entries):
        place = f"Bundle.entry[{position}]"
        with told_at(place):
            read.append(_entry(place, entry, home))
    return read


@contextmanager
def told_at(place: str) -> Iterator[None]:
    """What is refused in here is told with the entry it happened in."""
    try:
        yield
    except Refused as refused:
        raise refused.inside(place) from refused


def _entry(place: str, entry: Any, home: str) -> Entry:
    request = entry.get("request") if isinstance(entry, dict) else None
    if not isinstance(request, dict) or not isinstance(request.get("url"), str):
        raise Refused(400, "required", "An entry has a request with a method and a url.")
    method = request.get("method")
    if method not in _METHODS:
        raise Refused(400, "not-supported", "The method is GET, POST, PUT or DELETE.")
    path, _, query = request["url"].removeprefix(f"{home}/").removeprefix("/").partition("?")
    resource_type, resource_id, version = _parts(path)
    _must_fit(method, resource_id, query)
    return Entry(
        place=place,
        method=method,
        type=resource_type,
        id=resource_id,
        version=version,
        query=query or None,
        full_url=_text(entry, "fullUrl"),
        body=_resource(method, entry),
        if_match=_text(request, "ifMatch"),
        if_none_exist=_text(request, "ifNoneExist"),
    )


def _parts(path: str) -> tuple[str, str | None, str | None]:
    parts = path.split("/")
    if parts[0] not in RESOURCE_TYPES:
        raise Refused(404, "not-supported", "The url names no resource type that this server keeps.")
    if len(parts) == _VREAD_PARTS and parts[2] == "_history":
        return parts[0], parts[1], parts[3]
    if len(parts) > 2:
        raise Refused(400, "not-supported", "The url is Type, Type?query, Type/id or Type/id/_history/version.")
    return parts[0], parts[1] if len(parts) > 1 else None, None


def _must_fit(method: str, resource_id: str | None, query: str) -> None:
    if method == "POST" and (resource_id or query):
        raise Refused(400, "invalid", "A POST goes to a type.")
    if method == "PUT" and bool(resource_id) == bool(query):
        raise Refused(400, "invalid", "A PUT goes to Type/id or to Type?condition.")
    if method == "DELETE" and not resource_id:
        raise Refused(400, "not-supported", "A DELETE goes to Type/id.")


def _text(element: Json, name: str) -> str | None:
    value = element.get(name)
    if value is not None and not isinstance(value, str):
        raise Refused(400, "structure", f"{name} is a string.")
    return value


def _resource(method: str, entry: Json) -> Json:
    if method in ("GET", "DELETE"):
        return {}
    resource = entry.get("resource")
    if not isinstance(resource, dict):
        raise Refused(400, "required", f"A {method} carries a resource.")
    return resource
