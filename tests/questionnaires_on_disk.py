"""The published Questionnaires, and the list of their own answers, as they are made from the forms.

Run by `python -m tests.questionnaires_on_disk` after a form has changed: it writes `fhir_profiles/` anew.
"""

import json

from service.forms.note import KINDS
from service.r4.resource import Json
from service.record_api.questionnaire import note_answers, questionnaire_of
from tests.published import FOLDER
from tests.samples_on_disk import NAMES


def generated() -> dict[str, Json]:
    """File name → what has to stand in it."""
    made = [*(questionnaire_of(kind, NAMES) for kind in KINDS), *note_answers(NAMES)]
    return {f"{one['resourceType']}-{one['id']}.json": one for one in made}


def on_disk() -> dict[str, Json]:
    """The same files as they are published."""
    names = [*(path.name for path in FOLDER.glob("Questionnaire-*.json")), *generated()]
    return {name: json.loads((FOLDER / name).read_bytes()) for name in names if (FOLDER / name).is_file()}


def write() -> None:
    for stale in set(on_disk()) - set(generated()):
        (FOLDER / stale).unlink()
    for name, body in generated().items():
        (FOLDER / name).write_text(json.dumps(body, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


if __name__ == "__main__":
    write()
