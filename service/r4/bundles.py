"""Rules of a Bundle as a whole: each entry once, each request one that the server can carry out.

https://hl7.org/fhir/R4/bundle.html. The plan asks the invariants, `gate.py` the rest.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Final, TypeAlias

from service.r4.invariants import Holds, has
from service.r4.resource import Json
from service.r4.walk import BundleFacts, Where

Finding: TypeAlias = tuple[Where, str, str]

_WITH_REQUESTS: Final = ("batch", "transaction", "history")
_WITH_RESPONSES: Final = ("batch-response", "transaction-response", "history")
_URN: Final = re.compile(r"urn:uuid:[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")


def facts_of(bundle: Json) -> BundleFacts:
    whole = [one for one in bundle.get("entry", []) if "fullUrl" in one and "resource" in one]
    types: dict[str, str] = {one["fullUrl"]: one["resource"]["resourceType"] for one in whole}
    return BundleFacts(types, is_transaction=bundle.get("type") == "transaction")


def bundle_findings(bundle: Json, around: Where) -> Iterator[Finding]:
    """What is wrong with the entries taken together; each entry's resource is gated by itself."""
    if bundle.get("type") not in ("transaction", "batch"):
        return
    seen: set[tuple[str, ...]] = set()
    for place, entry in enumerate(bundle.get("entry", [])):
        where: Where = (around, "entry", place)
        for code, sentence in _entry_findings(entry):
            yield where, code, sentence
        for mark in _marks(entry):
            if mark in seen:
                yield where, "duplicate", "An entry before this one has the same full URL, request or identifier."
            seen.add(mark)


def _entry_findings(entry: Json) -> Iterator[tuple[str, str]]:
    full_url = entry.get("fullUrl", "")
    if full_url.startswith("urn:uuid:") and not _URN.fullmatch(full_url):
        yield "value", "The fullUrl is urn:uuid: and a UUID in small letters."
    request, resource = entry.get("request", {}), entry.get("resource")
    method, url = request.get("method"), request.get("url", "")
    if method in ("POST", "PUT") and resource is None:
        yield "required", "What is to be written is missing."
    elif method in ("POST", "PUT") and resource is not None:
        yield from _writing_findings(method, url, resource)


def _writing_findings(method: str, url: str, resource: Json) -> Iterator[tuple[str, str]]:
    path, is_conditional, _ = url.partition("?")
    if "$" in path:
        return  # an operation takes what its definition says
    type_named, wanted_id = _named_by(path, resource["resourceType"])
    if type_named != resource["resourceType"]:
        yield "value", "The request's URL names another type than the resource."
    if method == "POST" and (wanted_id or is_conditional):
        yield "value", "The URL of a POST is the resource's type alone."
    if method == "PUT" and bool(is_conditional) == bool(wanted_id):
        yield "value", "The URL of a PUT is Type/id or Type?identifier=…."
    if method == "PUT" and wanted_id and wanted_id != resource.get("id"):
        yield "value", "The resource's id is not the one in the URL."


def _named_by(path: str, expected: str) -> tuple[str, str]:
    """The type and the id in a path, which may be absolute."""
    *above, last = path.split("/")
    return (last, "") if last == expected or not above else (above[-1], last)


def _marks(entry: Json) -> Iterator[tuple[str, ...]]:
    """What no two entries of one transaction may share; a server may silently drop one of the two."""
    if "fullUrl" in entry:
        yield "fullUrl", entry["fullUrl"]
    request, resource = entry.get("request", {}), entry.get("resource")
    if request.get("method") in ("PUT", "PATCH", "DELETE"):
        yield "request", request["url"]
    if resource is None:
        return
    identifiers = resource.get("identifier", [])
    for one in identifiers if isinstance(identifiers, list) else [identifiers]:
        if isinstance(one, dict) and "value" in one:
            yield "identifier", resource["resourceType"], str(one.get("system")), str(one["value"])


def _request_where_asked(bundle: Json, _: Json) -> bool:
    return all(has(one, "request") == (bundle.get("type") in _WITH_REQUESTS) for one in bundle.get("entry", []))


def _response_where_asked(bundle: Json, _: Json) -> bool:
    return all(has(one, "response") == (bundle.get("type") in _WITH_RESPONSES) for one in bundle.get("entry", []))


def _each_full_url_once(bundle: Json, _: Json) -> bool:
    versions = [(one["fullUrl"], _version(one)) for one in bundle.get("entry", []) if "fullUrl" in one]
    return bundle.get("type") == "history" or len(set(versions)) == len(versions)


def _version(entry: Json) -> str:
    """The resource of an entry has not been gated yet: its meta may be anything."""
    meta = entry.get("resource", {}).get("meta")
    return str(meta.get("versionId")) if isinstance(meta, dict) else ""


def _starts_with(bundle_type: str, resource_type: str) -> Holds:
    def holds(bundle: Json, _: Json) -> bool:
        first = (bundle.get("entry") or [{}])[0].get("resource", {})
        return bundle.get("type") != bundle_type or first.get("resourceType") == resource_type

    return holds


def _document_is_identified(bundle: Json, _: Json) -> bool:
    identifier = bundle.get("identifier", {})
    return bundle.get("type") != "document" or (has(identifier, "system") and has(identifier, "value"))


BUNDLE_INVARIANTS: Final[Mapping[str, Holds]] = {
    "total.empty() or (type = 'searchset') or (type = 'history')": lambda bundle, _: (
        not has(bundle, "total") or bundle.get("type") in ("searchset", "history")
    ),
    "entry.search.empty() or (type = 'searchset')": lambda bundle, _: (
        bundle.get("type") == "searchset" or not any(has(one, "search") for one in bundle.get("entry", []))
    ),
    "entry.all(request.exists() = (%resource.type = 'batch' or %resource.type = 'transaction' "
    "or %resource.type = 'history'))": _request_where_asked,
    "entry.all(response.exists() = (%resource.type = 'batch-response' or %resource.type = "
    "'transaction-response' or %resource.type = 'history'))": _response_where_asked,
    "(type = 'history') or entry.where(fullUrl.exists()).select(fullUrl&resource.meta.versionId)"
    ".isDistinct()": _each_full_url_once,
    "type = 'document' implies (identifier.system.exists() and identifier.value.exists())": _document_is_identified,
    "type = 'document' implies (timestamp.hasValue())": lambda bundle, _: (
        bundle.get("type") != "document" or "timestamp" in bundle
    ),
    "type = 'document' implies entry.first().resource.is(Composition)": _starts_with("document", "Composition"),
    "type = 'message' implies entry.first().resource.is(MessageHeader)": _starts_with("message", "MessageHeader"),
    "resource.exists() or request.exists() or response.exists()": lambda entry, _: any(
        has(entry, name) for name in ("resource", "request", "response")
    ),
    "fullUrl.contains('/_history/').not()": lambda entry, _: "/_history/" not in entry.get("fullUrl", ""),
}
