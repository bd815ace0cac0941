"""A note version as a FHIR document: a Bundle that a system can file as it is, with a text that a person can read.

https://hl7.org/fhir/R4/documents.html. Called by `send_message.py`; pure.
"""

from base64 import b64decode
from html import escape
from uuid import uuid5

from service.push.address import Addresses, addressed, our_system
from service.push.find_patient import NHS_NUMBER
from service.push.sending import Sending
from service.push.version_identifier import version_identifier
from service.r4.resource import Json, Resource

_DIV = '<div xmlns="http://www.w3.org/1999/xhtml">'


def document_of(sending: Sending) -> Json:
    """The Composition first, then the patient, then every resource of the note in its order."""
    patient = f"urn:uuid:{sending.client.client_id}"
    to = Addresses(
        client=f"Patient/{sending.client.client_id}",
        patient=patient,
        links={},
        specialists={},
        system=our_system(sending),
        together=frozenset(resource.key for resource in sending.resources),
    )
    written = next(one for one in sending.resources if one.type == "DocumentReference")
    composition = _composition(written, sending, to)
    return {
        "resourceType": "Bundle",
        "identifier": version_identifier(sending),
        "type": "document",
        "timestamp": written.body["date"],
        "entry": [
            _entry(uuid5(sending.note_id, f"composition/{sending.note_version}"), composition),
            _entry(sending.client.client_id, _patient(sending)),
            *(_entry(resource.id, addressed(resource.body, to)) for resource in sending.resources),
        ],
    }


def _entry(our_id: object, resource: Json) -> Json:
    return {"fullUrl": f"urn:uuid:{our_id}", "resource": resource}


def _patient(sending: Sending) -> Json:
    """Whom the other side has to find: by both, as we would."""
    return {
        "resourceType": "Patient",
        "identifier": [{"system": NHS_NUMBER, "value": sending.client.nhs_number}],
        "birthDate": sending.client.birth_date.isoformat(),
    }


def _composition(written: Resource, sending: Sending, to: Addresses) -> Json:
    document = addressed(written.body, to)
    attachment = document["content"][0]["attachment"]
    read = escape(b64decode(attachment["data"]).decode())
    composition: Json = {
        "resourceType": "Composition",
        "meta": {"profile": [_profile(written)]},
        "identifier": version_identifier(sending),
        "status": document["docStatus"],
        "type": document["type"],
        "subject": document["subject"],
        "date": document["date"],
        "author": document["author"],
        "title": document["description"],
        "section": [
            {
                "title": attachment["title"],
                "text": {"status": "generated", "div": f"{_DIV}<pre>{read}</pre></div>"},
                "entry": [{"reference": f"urn:uuid:{one.id}"} for one in sending.resources],
            }
        ],
    }
    if "custodian" in document:
        composition["custodian"] = document["custodian"]
    if sending.note_version > 1:
        earlier = version_identifier(sending)
        value = earlier["value"].removesuffix(str(sending.note_version)) + str(sending.note_version - 1)
        composition["relatesTo"] = [{"code": "replaces", "targetIdentifier": {**earlier, "value": value}}]
    return composition


def _profile(written: Resource) -> str:
    """Beside the document's own."""
    ours: str = written.body["meta"]["profile"][0]
    return f"{ours.rpartition('/')[0]}/note-message"
