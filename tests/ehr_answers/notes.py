"""A small contact, as mapping makes it, and a sending of it. Synthetic people only."""

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from typing import Any
from uuid import NAMESPACE_URL, UUID, uuid5

from service.push.sending import Call, ClientToFind, Link, Sending
from service.r4.resource import Resource

Json = dict[str, Any]

BASE = "https://ips.example.nhs.uk"
RESOURCE_SYSTEM = f"{BASE}/Id/resource"
NOTE_SYSTEM = f"{BASE}/Id/note"
SPECIALIST_SYSTEM = f"{BASE}/Id/specialist"
NOW = datetime(2026, 11, 2, 12, 0, tzinfo=UTC)
NHS_NUMBER = "9990001014"
BIRTH_DATE = date(1968, 3, 14)
NOTE = UUID("1f0c2c8e-3a52-4a5b-9c26-0d6f3c1f7a01")
CLIENT = UUID("6f5d3c7a-8a35-4f6e-9d0a-3f3c5a1e2b02")
SPECIALIST: Json = {
    "type": "Practitioner",
    "identifier": {"system": SPECIALIST_SYSTEM, "value": "es-014"},
    "display": "Ruth Adeyemi",
}


def our_id(role: str, note: UUID = NOTE) -> str:
    """The stable id of the resource that plays this role in the note."""
    return str(uuid5(note, role))


def contact(text: str = "Met at the library.", version: int = 1, note: UUID = NOTE) -> tuple[Resource, ...]:
    """Encounter, its document, what was done, and where it comes from; each refers only to those before it."""
    written = (encounter(note), document(text, note), procedure(note))
    return (*written, provenance([resource.key for resource in written], version, note))


def encounter(note: UUID = NOTE, **more: Any) -> Resource:
    body: Json = {
        "status": "finished",
        "class": {"system": "http://terminology.hl7.org/CodeSystem/v3-ActCode", "code": "FLD"},
        "subject": _client(),
        "participant": [{"individual": SPECIALIST}],
        "period": {"start": "2026-11-02T10:00:00+00:00", "end": "2026-11-02T10:30:00+00:00"},
    }
    return _resource("Encounter", "encounter", note, **{**body, **more})


def nobodys_encounter() -> Resource:
    """One that names no specialist, so that nothing but the write goes to the EHR."""
    return encounter(participant=[{"individual": {"display": "Ruth Adeyemi"}}])


def document(text: str = "Met at the library.", note: UUID = NOTE) -> Resource:
    return _resource(
        "DocumentReference",
        "document",
        note,
        status="current",
        description=text,
        subject=_client(),
        author=[SPECIALIST],
        content=[{"attachment": {"contentType": "text/plain", "data": "TWV0"}}],
        context={"encounter": [{"reference": f"Encounter/{our_id('encounter', note)}"}]},
    )


def procedure(note: UUID = NOTE) -> Resource:
    return _resource(
        "Procedure",
        "procedure",
        note,
        status="completed",
        subject=_client(),
        encounter={"reference": f"Encounter/{our_id('encounter', note)}"},
        performer=[{"actor": SPECIALIST}],
    )


def provenance(targets: Sequence[str], version: int = 1, note: UUID = NOTE) -> Resource:
    id_ = our_id(f"provenance/{version}", note)
    body = {
        "resourceType": "Provenance",
        "id": id_,
        "target": [{"reference": target} for target in targets],
        "recorded": "2026-11-02T11:00:00+00:00",
        "agent": [{"who": SPECIALIST}],
        "entity": [{"role": "source", "what": {"identifier": {"system": NOTE_SYSTEM, "value": f"{note}/{version}"}}}],
    }
    return Resource("Provenance", id_, body)


def a_sending(
    resources: Sequence[Resource],
    *,
    version: int = 1,
    patient: str | None = "77",
    links: Mapping[str, Link] | None = None,
    open_call: Call | None = None,
    note: UUID = NOTE,
) -> Sending:
    """One attempt's input; `patient` None means that the EHR's patient has to be found first."""
    client = ClientToFind(CLIENT, NHS_NUMBER, BIRTH_DATE, patient)
    delivery_id = uuid5(NAMESPACE_URL, f"{note}/{version}")
    return Sending(delivery_id, note, version, client, tuple(resources), links or {}, open_call)


def linked(resource: Resource, ehr_id: str, ehr_version: str | None = "1", version: int = 1) -> Link:
    """Where the EHR has it, as of a note version."""
    return Link(resource.key, resource.type, ehr_id, ehr_version, version, resource.body)


def _resource(kind: str, role: str, note: UUID, **body: Any) -> Resource:
    id_ = our_id(role, note)
    identifier = [{"system": RESOURCE_SYSTEM, "value": id_}]
    return Resource(kind, id_, {"resourceType": kind, "id": id_, "identifier": identifier, **body})


def _client() -> Json:
    return {"reference": f"Patient/{CLIENT}"}
