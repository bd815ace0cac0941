"""What a probe writes: one resource of each of our types, mapped from the sample notes, about the test patient."""

from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, Final
from uuid import UUID, uuid4

import orjson

from service.forms.note import FORM, NoteVersion
from service.mapping.names import Names
from service.mapping.to_resources import to_resources
from service.r4.resource import Resource

_WORDS: Final = "A probe of the interface between Joined Up and this EHR. It takes itself away."
# Between them, they become every type that we send.
_SAMPLES: Final[dict[str, dict[str, Any]]] = {
    "contact/employer_with_the_client.note.json": {"note": _WORDS, "next_step": None, "goal_id": None},
    "disclosure_decision/nothing.note.json": {"note": _WORDS},
    "referral/started.note.json": {"why": _WORDS, "note": None},
    "team_request/information_answered.note.json": {"words": _WORDS, "answer": None, "state": "asked", "goal_id": None},
    "vocational_profile/full.note.json": {"what_helps": _WORDS},
    "work_goal/full.note.json": {"words": _WORDS},
}


@dataclass(frozen=True, slots=True)
class PatientToProbe:
    """Somebody in the EHR who is nobody: the probe writes into their record."""

    nhs_number: str
    birth_date: date
    client_id: UUID


def probe_resources(samples: Path, names: Names, patient: PatientToProbe) -> list[Resource]:
    """Those that others refer to first; Provenance last."""
    by_type: dict[str, Resource] = {}
    for name, words in _SAMPLES.items():
        for resource in _mapped((samples / name).read_bytes(), words, names, patient):
            by_type.setdefault(resource.type, resource)
    return sorted(by_type.values(), key=lambda resource: resource.type == "Provenance")


def _mapped(sample: bytes, words: dict[str, Any], names: Names, patient: PatientToProbe) -> tuple[Resource, ...]:
    note = orjson.loads(sample) | words
    note["id"] = str(uuid4())
    note["client"] = {"nhs_number": patient.nhs_number, "birth_date": patient.birth_date.isoformat()}
    note["specialist"] = {"id": "joinedup-probe", "name": "Joined Up, a probe"}
    form = FORM.validate_json(orjson.dumps({name: value for name, value in note.items() if value is not None}))
    return to_resources(NoteVersion(form, 1, patient.client_id, datetime.now(UTC)), names)
