"""Faults of a Bundle: each entry once, each request one that a server can carry out, no reference into nothing."""

from typing import Final

from service.r4.resource import Json
from tests.broken.one_fault import LEFT_OUT, OneFault
from tests.broken.valid import CONTACT, NOTE, PERSON, PROVENANCE

_FULL_URL: Final = f"https://ehr.example/fhir/Encounter/{CONTACT['id']}"
_ENCOUNTER_URN: Final = f"urn:uuid:{CONTACT['id']}"


def _written(body: Json) -> Json:
    """First written by its identifier, as the strategy for transactions does; a Provenance has none."""
    resource = {key: value for key, value in body.items() if key != "id"}
    identifiers = body.get("identifier")
    url = f"{body['resourceType']}?identifier={identifiers[0]['value']}" if identifiers else body["resourceType"]
    request = {"method": "PUT" if identifiers else "POST", "url": url}
    return {"fullUrl": f"urn:uuid:{body['id']}", "resource": resource, "request": request}


_note: Final = {**NOTE, "context": {**NOTE["context"], "encounter": [{"reference": _ENCOUNTER_URN}]}}
_provenance: Final = {**PROVENANCE, "target": [{"reference": _ENCOUNTER_URN}]}
_contact: Final = {**CONTACT, "participant": CONTACT["participant"][:1]}
_first: Final = _written(_contact)
_known: Final = {
    "fullUrl": "https://ehr.example/fhir/RelatedPerson/7",
    "resource": {**PERSON, "id": "7"},
    "request": {"method": "PUT", "url": "RelatedPerson/7", "ifMatch": 'W/"2"'},
}
TRANSACTION: Final[Json] = {
    "resourceType": "Bundle",
    "type": "transaction",
    "entry": [_first, _written(_note), _known, _written(_provenance)],
}
_SEARCHED: Final[Json] = {
    "resourceType": "Bundle",
    "type": "searchset",
    "total": 1,
    "entry": [{"fullUrl": _FULL_URL, "resource": CONTACT, "search": {"mode": "match"}}],
}
_again: Final = {**_first, "fullUrl": "urn:uuid:9a0a5a35-5b1c-4c5b-8b3b-0d6b1f0b7a55"}

BUNDLES: Final = [
    OneFault("no type of bundle", TRANSACTION, "type", LEFT_OUT, "Bundle.type", "required"),
    OneFault("an entry without a request", TRANSACTION, "entry.1.request", LEFT_OUT, "Bundle", "invariant"),
    OneFault("an empty entry", TRANSACTION, "entry.1", {}, "Bundle.entry[1]", "structure"),
    OneFault(
        "an entry with nothing in it",
        _SEARCHED,
        "entry.0",
        {"fullUrl": _FULL_URL, "search": {"mode": "match"}},
        "Bundle.entry[0]",
        "invariant",
    ),
    OneFault(
        "two entries of one full URL", TRANSACTION, "entry.1.fullUrl", _ENCOUNTER_URN, "Bundle.entry[1]", "duplicate"
    ),
    OneFault(
        "one resource twice under two full URLs", TRANSACTION, "entry.2", _again, "Bundle.entry[2]", "duplicate", False
    ),
    OneFault(
        "a urn that no entry has",
        TRANSACTION,
        "entry.3.resource.target.0.reference",
        "urn:uuid:9a0a5a35-5b1c-4c5b-8b3b-0d6b1f0b7a55",
        "Bundle.entry[3].resource.target[0]",
        "value",
        also_hl7=False,
    ),
    OneFault(
        "a urn of a type that may not stand there",
        TRANSACTION,
        "entry.1.resource.subject.reference",
        _ENCOUNTER_URN,
        "Bundle.entry[1].resource.subject",
        "value",
    ),
    OneFault("a full URL that is no UUID", TRANSACTION, "entry.3.fullUrl", "urn:uuid:7", "Bundle.entry[3]", "value"),
    OneFault(
        "a full URL with a version",
        _SEARCHED,
        "entry.0.fullUrl",
        f"{_FULL_URL}/_history/1",
        "Bundle.entry[0]",
        "invariant",
    ),
    OneFault(
        "a request for another type", TRANSACTION, "entry.3.request.url", "Task", "Bundle.entry[3]", "value", False
    ),
    OneFault("an update of another id", TRANSACTION, "entry.2.resource.id", "8", "Bundle.entry[2]", "value"),
    OneFault("an update of nothing", TRANSACTION, "entry.1.resource", LEFT_OUT, "Bundle.entry[1]", "required", False),
    OneFault(
        "an update of a whole type",
        TRANSACTION,
        "entry.2.request.url",
        "RelatedPerson",
        "Bundle.entry[2]",
        "value",
        also_hl7=False,
    ),
    OneFault(
        "a creation under an id of ours",
        TRANSACTION,
        "entry.3.request.url",
        "Provenance/7",
        "Bundle.entry[3]",
        "value",
        also_hl7=False,
    ),
    OneFault(
        "a method that FHIR does not have",
        TRANSACTION,
        "entry.3.request.method",
        "SEND",
        "Bundle.entry[3].request.method",
        "code-invalid",
    ),
    OneFault("a total in a transaction", TRANSACTION, "total", 4, "Bundle", "invariant"),
    OneFault("an answer in a transaction", TRANSACTION, "entry.1.response", {"status": "200"}, "Bundle", "invariant"),
    OneFault("a search mode in a transaction", TRANSACTION, "entry.1.search", {"mode": "match"}, "Bundle", "invariant"),
    OneFault(
        "a resource of a type that nobody knows",
        _SEARCHED,
        "entry.0.resource",
        {"resourceType": "Employer"},
        "Bundle.entry[0].resource.resourceType",
        "not-supported",
    ),
    OneFault(
        "a faulty resource in an entry",
        TRANSACTION,
        "entry.0.resource.status",
        "done",
        "Bundle.entry[0].resource.status",
        "code-invalid",
    ),
]
