"""The CapabilityStatement: exactly what is served, and what is not checked. `joinedup ehr check` reads it.

https://hl7.org/fhir/R4/capabilitystatement.html
"""

from service.sandbox.offer import Offer
from service.sandbox.refusals import Json
from service.sandbox.resource_types import RESOURCE_TYPES, How, Rules

_NOT_CHECKED = (
    "A stand-in EHR for tests and demonstrations, with fictional people only. It checks the shape of a resource, "
    "its required elements and status, that it names a patient, and that what it refers to is here. It does not "
    "check profiles, bindings, data types, cardinalities or invariants. JSON only; no security; no conditional "
    "delete; no patch; search by equality, 50 matches a page."
)
_READS = ("read", "vread", "history-instance", "search-type")
_WRITES = ("create", "update", "delete")
_PARAMETER_TYPES: dict[How, str] = {"token": "token", "reference": "reference", "date": "date", "string": "string"}


def capability_statement(offer: Offer, home: str) -> Json:
    """What `GET /metadata` answers."""
    return {
        "resourceType": "CapabilityStatement",
        "status": "active",
        "experimental": True,
        "date": "2026-11-22",
        "kind": "instance",
        "description": _NOT_CHECKED,
        "software": {"name": "Sandbox EHR"},
        "implementation": {"description": "Sandbox EHR", "url": home},
        "fhirVersion": "4.0.1",
        "format": ["application/fhir+json", "json"],
        "rest": [_rest(offer)],
    }


def _rest(offer: Offer) -> Json:
    rest: Json = {"mode": "server"}
    rest["resource"] = [_resource(name, rules, offer) for name, rules in RESOURCE_TYPES.items()]
    interactions = ("transaction", "batch") if offer.transaction else ()
    return {**rest, "interaction": [{"code": code} for code in interactions]} if interactions else rest


def _resource(name: str, rules: Rules, offer: Offer) -> Json:
    written = name not in offer.read_only
    codes = [*_READS, *(code for code in _WRITES if written and (code != "update" or name not in offer.create_only))]
    searches = {each: search for each, search in rules.searches.items() if offer.searches(name, each)}
    parameters = [("_id", "token"), *((each, _PARAMETER_TYPES[search.how]) for each, search in searches.items())]
    changed = written and name not in offer.create_only
    return {
        "type": name,
        "interaction": [{"code": code} for code in codes],
        "versioning": "versioned-update" if written and offer.guarded else "versioned",
        "readHistory": True,
        "updateCreate": written and offer.update_create,
        "conditionalCreate": written and offer.conditional,
        "conditionalRead": "not-match",
        "conditionalUpdate": changed and offer.conditional,
        "conditionalDelete": "not-supported",
        "referencePolicy": ["literal", "logical", "enforced"],
        "searchParam": [{"name": each, "type": how} for each, how in parameters],
    }
