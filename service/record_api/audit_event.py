"""A line of the audit as an R4 AuditEvent of UK Core: what was done, by whom, from where, about whom, how it ended.

Codes are HL7's and DICOM's. A reason in a person's own words stays in the database.
https://hl7.org/fhir/R4/auditevent.html
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC
from ipaddress import ip_address
from typing import Any, Final

from service.audit import Action
from service.audit_lines import Line
from service.mapping.names import UK_CORE, Names
from service.r4.resource import Json

# Codes and displays as R4 has them: https://hl7.org/fhir/R4/codesystem-dicom-dcim.html
_DICOM: Final = "http://dicom.nema.org/resources/ontology/DCM"
_REST: Final = ("http://terminology.hl7.org/CodeSystem/audit-event-type", "rest", "RESTful Operation")
_EXPORT: Final = (_DICOM, "110106", "Export")
_PATIENT_RECORD: Final = (_DICOM, "110110", "Patient Record")
_SECURITY: Final = (_DICOM, "110113", "Security Alert")
_AUTHENTICATION: Final = (_DICOM, "110114", "User Authentication")
_LOGIN: Final = (_DICOM, "110122", "Login")
_ENTITY_TYPE: Final = "http://terminology.hl7.org/CodeSystem/audit-entity-type"
_OBJECT_ROLE: Final = "http://terminology.hl7.org/CodeSystem/object-role"
_SOURCE_TYPE: Final = "http://terminology.hl7.org/CodeSystem/security-source-type"
_IP_ADDRESS, _MACHINE_NAME = "2", "1"

_OUTCOMES: Final = {"done": "0", "refused": "4", "failed": "8"}
_OUTCOMES_IN_WORDS: Final = {"done": "Done", "refused": "Refused", "failed": "It did not work"}


@dataclass(frozen=True, slots=True)
class Meaning:
    """What R4 calls one of our actions: AuditEvent's type, subtype and action."""

    type: tuple[str, str, str]
    action: str
    subtype: tuple[str, str, str] | None = None


def _rest(interaction: str, action: str) -> Meaning:
    return Meaning(_REST, action, ("http://hl7.org/fhir/restful-interaction", interaction, interaction))


def _security(code: str, display: str, action: str) -> Meaning:
    return Meaning(_SECURITY, action, (_DICOM, code, display))


MEANINGS: Final[Mapping[Action, Meaning]] = {
    "read": _rest("read", "R"),
    "search": _rest("search", "E"),
    "create": _rest("create", "C"),
    "update": _rest("update", "U"),
    "retract": _rest("update", "U"),
    "refused": Meaning(_REST, "E"),
    "deliver": Meaning(_EXPORT, "R"),
    "export": Meaning(_EXPORT, "R"),
    "employer_copy_handed_out": Meaning(_EXPORT, "R"),
    "backed_up": Meaning(_EXPORT, "R"),
    "content_shown": Meaning(_PATIENT_RECORD, "R"),
    "delivery_retried": Meaning(_PATIENT_RECORD, "U"),
    "delivery_cancelled": Meaning(_PATIENT_RECORD, "U"),
    "delivery_resolved": Meaning(_PATIENT_RECORD, "U"),
    "sign_in_refused": Meaning(_AUTHENTICATION, "E", _LOGIN),
    "token_issued": Meaning(_AUTHENTICATION, "E", _LOGIN),
    "break_glass_opened": _security("110127", "Emergency Override Started", "E"),
    "break_glass_closed": _security("110138", "Emergency Override Stopped", "E"),
    "team_changed": _security("110137", "User security Attributes Changed", "U"),
    "system_registered": _security("110129", "Security Configuration", "C"),
    "system_removed": _security("110129", "Security Configuration", "D"),
}


def audit_event_of(line: Line, names: Names) -> Json:
    """The whole resource."""
    meaning = MEANINGS[line.action]
    recorded = line.at.astimezone(UTC).isoformat(timespec="milliseconds")
    return {
        "resourceType": "AuditEvent",
        "id": str(line.id),
        "meta": {"versionId": "1", "lastUpdated": recorded, "profile": [f"{UK_CORE}AuditEvent"]},
        "type": _coding(meaning.type),
        **({"subtype": [_coding(meaning.subtype)]} if meaning.subtype else {}),
        "action": meaning.action,
        "recorded": recorded,
        "outcome": _OUTCOMES[line.outcome],
        "outcomeDesc": _in_words(line),
        "agent": [_agent(line, names)],
        "source": {
            "observer": {"display": "Joined Up"},
            "type": [_coding((_SOURCE_TYPE, "4", "Application Server"))],
        },
        "entity": [*map(_patient, line.client_ids), *_note(line, names), _call(line)],
    }


def _in_words(line: Line) -> str:
    """Our own word for it says more than the codes, and so does the word for why."""
    because = f": {line.reason_code}" if line.reason_code else ""
    return f"{_OUTCOMES_IN_WORDS[line.outcome]} ({line.action}){because}"


def _agent(line: Line, names: Names) -> Json:
    """Whom a note names as its specialist is known by that id; others by what their issuer calls them."""
    system = names.identifiers("specialist") if line.practitioner_id else line.issuer
    identifier = {"value": line.practitioner_id or line.who} | ({"system": system} if system else {})
    name = line.name or line.who
    return {
        **({"role": [{"text": role} for role in line.roles]} if line.roles else {}),
        "who": {"identifier": identifier, "display": name},
        "altId": line.who,
        "name": name,
        "requestor": True,
        **({"network": _network(line.address)} if line.address else {}),
    }


def _network(address: str) -> Json:
    try:
        ip_address(address)
    except ValueError:
        return {"address": address, "type": _MACHINE_NAME}
    return {"address": address, "type": _IP_ADDRESS}


def _patient(client_id: Any) -> Json:
    return {
        "what": {"reference": f"Patient/{client_id}"},
        "type": _coding((_ENTITY_TYPE, "1", "Person")),
        "role": _coding((_OBJECT_ROLE, "1", "Patient")),
    }


def _note(line: Line, names: Names) -> list[Json]:
    if line.note_id is None:
        return []
    what = {"identifier": {"system": names.identifiers("note"), "value": str(line.note_id)}}
    return [{"what": what, **_object((_OBJECT_ROLE, "4", "Domain Resource"))}]


def _call(line: Line) -> Json:
    """By what route, in which request, and where its line stands in the chain."""
    told = {
        "request_id": line.request_id,
        "delivery_id": line.delivery_id,
        "chain": f"{line.chain} {line.number} {line.hash.hex()}",
    }
    details = [{"type": name, "valueString": str(value)} for name, value in told.items() if value]
    description = {"description": line.route} if line.route else {}
    return {**_object((_OBJECT_ROLE, "20", "Job")), **description, "detail": details}


def _object(role: tuple[str, str, str]) -> Json:
    return {"type": _coding((_ENTITY_TYPE, "2", "System Object")), "role": _coding(role)}


def _coding(of: tuple[str, str, str]) -> Json:
    system, code, display = of
    return {"system": system, "code": code, "display": display}
