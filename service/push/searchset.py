"""Reads the Bundle that answers a search: which resources matched, and whether there is more to see."""

from collections.abc import Iterator

from service.r4.resource import Json


def matches(bundle: Json, resource_type: str) -> list[Json]:
    """The matches of that type; what the EHR included beside them (`search.mode`) is left out."""
    return [
        resource
        for entry in _dicts(bundle.get("entry"))
        if _mode(entry) == "match" and isinstance(resource := entry.get("resource"), dict)
        if resource.get("resourceType") == resource_type and isinstance(resource.get("id"), str)
    ]


def has_more(bundle: Json) -> bool:
    """Whether the EHR holds back further pages."""
    return any(link.get("relation") == "next" for link in _dicts(bundle.get("link")))


def carries(resource: Json, system: str, value: str) -> bool:
    """Whether the resource really has this identifier, whatever the EHR made of the search for it."""
    return any(found.get("system") == system and found.get("value") == value for found in identifiers(resource))


def identifiers(resource: Json) -> list[Json]:
    """Its identifiers that still hold; R4 has one or many of them, by type."""
    found = resource.get("identifier")
    return [one for one in _dicts([found] if isinstance(found, dict) else found) if one.get("use") != "old"]


def _mode(entry: Json) -> object:
    search = entry.get("search")
    return search.get("mode", "match") if isinstance(search, dict) else "match"


def _dicts(values: object) -> Iterator[Json]:
    return (value for value in values if isinstance(value, dict)) if isinstance(values, list) else iter(())
