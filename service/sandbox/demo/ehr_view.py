"""What the EHR itself says of a note, asked over its FHIR API as any other system of the trust would."""

from typing import Any

import httpx

Json = dict[str, Any]
_NOTE = "https://ips.example.nhs.uk/Id/note"


def in_the_ehr(fhir_url: str, note_id: str, version: int) -> str:
    """Each resource that this version's Provenance names: its type, its version there, its status."""
    with httpx.Client(base_url=fhir_url, timeout=10) as ehr:
        return ", ".join(_told(resource) for resource in _resources(ehr, note_id, version)) or "not found"


def answer_in_the_ehr(fhir_url: str, note_id: str, words: str) -> None:
    """As a clinician does: the Task of that request to the team is completed, and brought these words."""
    with httpx.Client(base_url=fhir_url, timeout=10) as ehr:
        (task,) = (resource for resource in _resources(ehr, note_id, 1) if resource["resourceType"] == "Task")
        answered = {**task, "status": "completed", "output": [{"type": {"text": "Answer"}, "valueString": words}]}
        ehr.put(f"/Task/{task['id']}", json=answered).raise_for_status()


def _resources(ehr: httpx.Client, note_id: str, version: int) -> list[Json]:
    query = {"entity:identifier": f"{_NOTE}|{note_id}/{version}"}
    found = ehr.get("/Provenance", params=query).raise_for_status().json().get("entry", [])
    targets = [target["reference"] for entry in found for target in entry["resource"]["target"]]
    return [ehr.get(f"/{target.split('/_history')[0]}").raise_for_status().json() for target in targets]


def _told(resource: Json) -> str:
    status = resource.get("status") or resource.get("lifecycleStatus")
    return f"{resource['resourceType']} version {resource['meta']['versionId']} {status}"
