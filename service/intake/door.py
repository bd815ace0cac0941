"""What intake needs beside the session and the note: how notes are mapped and gated, and what is counted."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

import structlog

from service.forms.note import Form, NoteVersion
from service.mapping.names import Names
from service.mapping.to_resources import retract, to_resources
from service.meters import Meters
from service.r4.gate import Gate
from service.r4.resource import Resource

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Door:
    """Made once at start-up, handed to every route."""

    names: Names
    gate: Gate
    meters: Meters

    def resources_of(
        self, note: NoteVersion, earlier: Sequence[Resource], *, retracted: bool
    ) -> tuple[Resource, ...] | None:
        """The gated resources of a note version; None where our mapping failed, which is our fault, not the note's."""
        make = retract if retracted else to_resources
        try:
            with self.meters.mapping_seconds.time():
                resources = make(note, self.names, earlier)
                self.gate.check(resources)
        except Exception:  # whatever it is, the note itself must be kept
            log.exception("mapping_failed", note_id=str(note.form.id), note_version=note.version, kind=note.form.kind)
            return None
        return resources


def digest_of(form: Form) -> bytes:
    """SHA-256 of what the form says, whatever the order of its fields or its white space."""
    return hashlib.sha256(form.model_dump_json().encode()).digest()
