"""A DocumentReference with a text that a person can read: the one thing that every EHR can show."""

from base64 import b64encode

from service.mapping.frame import Frame, finished
from service.mapping.times import instant
from service.r4.resource import Json, Resource

PLAIN_TEXT = "text/plain;charset=UTF-8"


def document(frame: Frame, profile: str, document_type: Json, title: str, text: str, context: Json) -> Resource:
    """https://hl7.org/fhir/R4/documentreference.html"""
    note = frame.note
    written = instant(note.form.written_at)
    body = frame.opened("DocumentReference", "document", profile)
    body["status"] = "current"
    body["docStatus"] = "final" if note.version == 1 else "amended"
    body["type"] = document_type
    body["subject"] = frame.patient
    body["date"] = written
    # The text is all of the note: what the specialist asked stands in it, whoever wrote this version.
    body["author"] = [frame.specialist, *([frame.clinician] if frame.clinician else [])]
    if frame.trust:
        body["custodian"] = frame.trust
    body["description"] = title
    attachment = {
        "contentType": PLAIN_TEXT,
        "language": "en-GB",
        "data": b64encode(text.encode()).decode(),
        "title": title,
        "creation": written,
    }
    body["content"] = [{"attachment": attachment}]
    body["context"] = context
    return finished(body)
