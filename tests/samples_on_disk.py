"""The agreed pairs in `tests/samples/<kind>/`: a note as a phone posts it, and the resources it becomes.

After a change of the mapping that was meant, write the resources anew, and read the difference before you
commit it: `python -m tests.samples_on_disk && git diff tests/samples`
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, timedelta
from pathlib import Path

from service.forms.note import FORM, Form, NoteVersion
from service.mapping.names import Names
from service.mapping.to_resources import to_resources
from service.r4.resource import Json, Resource
from tests.strategies import client_id_of

FOLDER = Path(__file__).parent / "samples"
NAMES = Names(fhir_base="https://ips.example.nhs.uk", ods_code="EXAMPLE")
_ON_THE_WAY = timedelta(minutes=3)


@dataclass(frozen=True, slots=True)
class Sample:
    """One pair on disk."""

    name: str
    note_file: Path
    resources_file: Path

    @property
    def form(self) -> Form:
        return FORM.validate_json(self.note_file.read_bytes())

    @property
    def note(self) -> NoteVersion:
        """Version 1, received three minutes after it was written."""
        form = self.form
        received_at = form.written_at.astimezone(UTC) + _ON_THE_WAY
        return NoteVersion(form=form, version=1, client_id=client_id_of(form), received_at=received_at)

    @property
    def agreed(self) -> list[Json]:
        bodies: list[Json] = json.loads(self.resources_file.read_bytes())
        return bodies

    def mapped(self) -> tuple[Resource, ...]:
        return to_resources(self.note, NAMES)


def all_samples() -> list[Sample]:
    return [
        Sample(f"{file.parent.name}/{_name(file)}", file, file.with_name(f"{_name(file)}.resources.json"))
        for file in sorted(FOLDER.glob("*/*.note.json"))
    ]


def sample(name: str) -> Sample:
    """By `<kind>/<name>`."""
    return next(one for one in all_samples() if one.name == name)


def _name(file: Path) -> str:
    return file.name.removesuffix(".note.json")


def write(samples: Sequence[Sample]) -> None:
    for one in samples:
        bodies = [resource.body for resource in one.mapped()]
        one.resources_file.write_text(json.dumps(bodies, indent=2, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    write(all_samples())
