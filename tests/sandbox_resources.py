"""Small valid resources for the sandbox's own tests. Synthetic people only."""

from typing import Any
from uuid import uuid4

import httpx

Json = dict[str, Any]
SYSTEM = "https://example.org/Id/thing"


def encounter(patient: str, value: str | None = None, **more: Any) -> Json:
    """An Encounter of this patient (a reference), with an identifier of its own."""
    return {
        "resourceType": "Encounter",
        "identifier": [{"system": SYSTEM, "value": value or str(uuid4())}],
        "status": "finished",
        "class": {"system": "http://terminology.hl7.org/CodeSystem/v3-ActCode", "code": "AMB"},
        "subject": {"reference": patient},
        **more,
    }


def goal(patient: str, value: str, **more: Any) -> Json:
    """A Goal of this patient."""
    return {
        "resourceType": "Goal",
        "identifier": [{"system": SYSTEM, "value": value}],
        "lifecycleStatus": "active",
        "description": {"text": "To work in a kitchen"},
        "subject": {"reference": patient},
        **more,
    }


def provenance(target: str, source: str) -> Json:
    """A Provenance of one target, whose source is known by identifier only."""
    return {
        "resourceType": "Provenance",
        "target": [{"reference": target}],
        "recorded": "2026-11-02T10:00:00Z",
        "agent": [{"who": {"display": "Sam Testperson"}}],
        "entity": [{"role": "source", "what": {"identifier": {"system": SYSTEM, "value": source}}}],
    }


def posted(resource: Json, full_url: str | None = None, **request: str) -> Json:
    """A bundle's entry that creates."""
    return _entry(resource, full_url, {"method": "POST", "url": resource["resourceType"], **request})


def put(resource: Json, url: str, full_url: str | None = None, **request: str) -> Json:
    """A bundle's entry that updates, by id or by condition."""
    return _entry(resource, full_url, {"method": "PUT", "url": url, **request})


def _entry(resource: Json, full_url: str | None, request: Json) -> Json:
    named = {"fullUrl": full_url} if full_url else {}
    return {**named, "resource": resource, "request": request}


def asked(method: str, url: str, **request: str) -> Json:
    """A bundle's entry without a resource."""
    return {"request": {"method": method, "url": url, **request}}


def bundle(bundle_type: str, *entries: Json) -> Json:
    """The bundle of these entries."""
    return {"resourceType": "Bundle", "type": bundle_type, "entry": list(entries)}


def refusal(answer: httpx.Response) -> tuple[int, str]:
    """The status and the issue code of an answer that is an OperationOutcome."""
    body = answer.json()
    assert body["resourceType"] == "OperationOutcome"
    return answer.status_code, body["issue"][0]["code"]
