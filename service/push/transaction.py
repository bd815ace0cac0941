"""Strategy A: a few resources as one transaction Bundle that is safe to send.

The first time `PUT Type?identifier=`, once linked `PUT Type/<id>` with `ifMatch`, so that a change made in
the EHR is never overwritten. Provenance has no identifier in R4: POST, last.
https://hl7.org/fhir/R4/http.html#transaction
"""

import re
from collections.abc import Sequence, Set
from functools import lru_cache
from urllib.parse import quote

import orjson

from service.push.address import Addresses, addressed
from service.push.over_theirs import body_to_write, references_of_theirs
from service.push.sending import Link
from service.r4.resource import Json, Resource

_LITERAL = re.compile(rb'"reference":"([^"]*)"')
_OUTSIDE = ("#", "http:", "https:")


class BundleFault(Exception):
    """Our own bug: this would put a wrong reference into the record, so it is not sent."""


def transaction(resources: Sequence[Resource], to: Addresses, base_url: str) -> bytes:
    """The Bundle as JSON, its entries in the order of `resources`."""
    together = to.with_bundle({resource.key for resource in resources})
    entries = [_entry(resource, together, base_url) for resource in resources]
    bundle = orjson.dumps({"resourceType": "Bundle", "type": "transaction", "entry": entries})
    full_urls = {entry["fullUrl"] for entry in entries}
    if len(full_urls) != len(entries):
        raise BundleFault("two entries of a bundle have the same fullUrl")
    _check(bundle, together, full_urls)
    return bundle


def checked(body: Json, to: Addresses, found: Set[str] = frozenset()) -> bytes:
    """One resource as JSON, its references looked at as those of a Bundle are; `found` were just seen in the EHR."""
    content = orjson.dumps(body)
    _check(content, to, found)
    return content


def identifier_of(body: Json) -> tuple[str, str] | None:
    """Our (system, value); None for what has no identifier in R4."""
    found = body.get("identifier")
    one = found[0] if isinstance(found, list) else found
    return (one["system"], one["value"]) if one else None


def _entry(resource: Resource, to: Addresses, base_url: str) -> Json:
    if link := to.links.get(resource.key):
        return _update(link, body_to_write(resource, link, to), base_url)
    body = addressed(resource.body, to)
    return {"fullUrl": f"urn:uuid:{resource.id}", "resource": body, "request": _first_request(resource)}


def _first_request(resource: Resource) -> Json:
    identifier = identifier_of(resource.body)
    if identifier is None:
        return {"method": "POST", "url": resource.type}
    system, value = identifier
    return {"method": "PUT", "url": f"{resource.type}?identifier={_quoted(system)}%7C{quote(value, safe='')}"}


@lru_cache(maxsize=16)
def _quoted(system: str) -> str:
    return quote(system, safe="")


def _update(link: Link, body: Json, base_url: str) -> Json:
    url = f"{link.ehr_type}/{link.ehr_id}"
    request = {"method": "PUT", "url": url}
    if link.ehr_version is not None:
        request["ifMatch"] = f'W/"{link.ehr_version}"'
    return {"fullUrl": f"{base_url}/{url}", "resource": {**body, "id": link.ehr_id}, "request": request}


def _check(content: bytes, to: Addresses, beside: Set[str]) -> None:
    """The last look, at the very bytes: free text cannot match, for its quotes are escaped."""
    theirs = {f"{link.ehr_type}/{link.ehr_id}" for link in to.links.values()}
    known = {to.patient, *to.specialists.values(), *theirs, *references_of_theirs(to.links.values()), *beside}
    for literal in {found.decode() for found in _LITERAL.findall(content)} - known:
        if not literal.startswith(_OUTSIDE):
            raise BundleFault("a reference points to nothing that goes with it or is known to be in the EHR")
