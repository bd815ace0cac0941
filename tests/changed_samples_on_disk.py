"""The agreed pairs of notes that were amended or retracted, in `tests/changed_samples/`: turns, and what stands then.

After a change of the mapping that was meant:
`python -m tests.changed_samples_on_disk && git diff tests/changed_samples`
"""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson

from service.forms.note import FORM, Form
from service.mapping.to_resources import retract, to_resources
from service.r4.resource import Json, Resource
from tests.mapped import version_of
from tests.samples_on_disk import NAMES, sample

FOLDER = Path(__file__).parent / "changed_samples"
_ENDING = ".turns.json"


@dataclass(frozen=True, slots=True)
class ChangedSample:
    """`{"sample": "<kind>/<name>", "turns": [{"reason": …, "fields": {…}} or {"reason": …, "retracted": true}]}`

    A turn that the clinical team took in the record has `written_by`, too.
    """

    name: str
    turns_file: Path

    @property
    def resources_file(self) -> Path:
        return self.turns_file.with_name(f"{self.name}.resources.json")

    @property
    def turns(self) -> dict[str, Any]:
        told: dict[str, Any] = json.loads(self.turns_file.read_bytes())
        return told

    @property
    def agreed(self) -> list[Json]:
        bodies: list[Json] = json.loads(self.resources_file.read_bytes())
        return bodies

    def mapped(self) -> tuple[Resource, ...]:
        """What stands after the last turn."""
        return self.after_each_turn()[-1]

    def after_each_turn(self) -> list[tuple[Resource, ...]]:
        """What stood at first, and after each turn."""
        first = sample(self.turns["sample"])
        form, resources = first.form, first.mapped()
        stood = [resources]
        for version, turn in enumerate(self.turns["turns"], start=2):
            if turn.get("retracted"):
                resources = retract(version_of(form, version, turn["reason"]), NAMES, resources)
            else:
                form = _with(form, turn["fields"])
                note = version_of(form, version, turn["reason"], turn.get("written_by"))
                resources = to_resources(note, NAMES, resources)
            stood.append(resources)
        return stood


def changed_samples() -> list[ChangedSample]:
    files = sorted(FOLDER.glob(f"*{_ENDING}"))
    return [ChangedSample(file.name.removesuffix(_ENDING), file) for file in files]


def _with(form: Form, fields: dict[str, Any]) -> Form:
    """As the phone sends it again; a field that is null is left out."""
    note = {**json.loads(form.model_dump_json()), **fields}
    return FORM.validate_json(orjson.dumps({name: value for name, value in note.items() if value is not None}))


if __name__ == "__main__":
    for one in changed_samples():
        bodies = [resource.body for resource in one.mapped()]
        one.resources_file.write_text(json.dumps(bodies, indent=2, ensure_ascii=False) + "\n")
