"""Notes of odd days with odd text wherever a text may stand: the fullest sample of each kind, 140 years later, full of
what looks like HTML and like Markdown. What they become is as valid as anything else.
"""

import json
import re
from collections.abc import Iterator
from copy import deepcopy
from typing import Any, Final

from pydantic import ValidationError

from service.forms.note import FORM, KINDS, Form
from tests.broken.places import Path, at
from tests.samples_on_disk import Sample, all_samples, sample

ODD: Final = " <b>&amp;</b> *x* 'y' \"z\""
_YEAR: Final = re.compile(r'(?<=")(?:19|20)\d\d(?=["-])')
_YEARS_LATER: Final = 140


def odd_notes() -> dict[str, Form]:
    """By what they are made of: of each kind the fullest sample; and one whose words stand where no other has any."""
    declined = sample("team_request/information_declined")
    return {kind: _odd(_fullest(kind)) for kind in KINDS} | {"declined": _odd(declined)}


def _fullest(kind: str) -> Sample:
    samples = [one for one in all_samples() if one.name.startswith(f"{kind}/")]
    return max(samples, key=lambda one: one.note_file.stat().st_size)


def _odd(one: Sample) -> Form:
    """With the text added wherever the form still takes it."""
    note = json.loads(_YEAR.sub(_later, one.note_file.read_text(encoding="utf-8")))
    for path in _texts(note):
        changed = deepcopy(note)
        at(changed, path[:-1])[path[-1]] += ODD
        note = changed if _is_taken(changed) else note
    return FORM.validate_json(json.dumps(note))


def _later(year: re.Match[str]) -> str:
    return str(int(year[0]) + _YEARS_LATER)


def _texts(value: Any, path: Path = ()) -> Iterator[Path]:
    if isinstance(value, str):
        yield path
    parts = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for step, part in parts:
        yield from _texts(part, (*path, step))


def _is_taken(note: Any) -> bool:
    try:
        FORM.validate_json(json.dumps(note))
    except ValidationError:
        return False
    return True
