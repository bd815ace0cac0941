"""One Provenance for each version of a note: who wrote it, when, what put it in the record, and which note it was.

R4's Provenance has no identifier; it is found again by its target and its entity.
"""

from collections.abc import Sequence

from service.mapping.code_lists import concept
from service.mapping.frame import Frame, finished, reference_to
from service.mapping.terms import ASSEMBLER, AUTHOR
from service.mapping.times import instant
from service.r4.resource import Json, Resource


def provenance(frame: Frame, activity: Json, targets: Sequence[Resource]) -> Resource:
    """`activity` is a Coding: created, revised or nullified. https://hl7.org/fhir/R4/provenance.html"""
    note = frame.note
    body = frame.opened("Provenance", f"provenance/{note.version}", "note-provenance")
    body["target"] = [reference_to(target) for target in targets]
    body["occurredDateTime"] = instant(note.form.written_at)
    body["recorded"] = instant(note.received_at)
    if note.reason:
        body["reason"] = [{"text": note.reason}]
    body["activity"] = concept(activity)
    body["agent"] = [_author(frame), {"type": concept(ASSEMBLER), "who": _software(frame)}]
    body["entity"] = [{"role": "source", "what": {"identifier": _note_version(frame)}}]
    return finished(body)


def _author(frame: Frame) -> Json:
    """For whom a clinician acts, the record does not tell us."""
    author: Json = {"type": concept(AUTHOR), "who": frame.clinician or frame.specialist}
    if frame.trust and not frame.clinician:
        author["onBehalfOf"] = frame.trust
    return author


def _software(frame: Frame) -> Json:
    identifier = {"system": frame.names.identifiers("software"), "value": "joinedup"}
    return {"type": "Device", "identifier": identifier, "display": "Joined Up"}


def _note_version(frame: Frame) -> Json:
    note = frame.note
    return {"system": frame.names.identifiers("note"), "value": f"{note.form.id}/{note.version}"}
