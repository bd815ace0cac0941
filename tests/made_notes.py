"""Notes made of nothing, and what they become: `python -m tests.made_notes 500` prints them, the same ones each time.

Each kind equally often; of four in a row one stays as first written, one is amended, one retracted, one both. Every
third is of a trust that has pay in its record. Hypothesis draws some of its values from the constants of whatever is
imported, so only a process of its own makes the same notes each time: `made_notes` starts one. A line of JSON for each
note; of every ninth its message as well.
"""

import json
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Final

from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st

from service.forms.note import Form
from service.mapping.names import Names
from service.mapping.to_resources import retract, to_resources
from service.push.messages.document import document_of
from service.r4.resource import Json, Resource
from tests.carriers import sending_of_form
from tests.mapped import version_of
from tests.samples_on_disk import NAMES
from tests.strategies import EVERY_KIND

SEED: Final = 20261130
_ROOT: Final = Path(__file__).parents[1]
_TURNS: Final = ("written", "amended", "retracted", "amended_retracted")
_ONE_MESSAGE_IN: Final = 9
_ONLY_MAKE: Final = settings(
    database=None, phases=[Phase.generate], deadline=None, suppress_health_check=list(HealthCheck)
)


@dataclass(frozen=True)
class MadeNote:
    """`name` says the kind, the turns it took and its number; `resources` is what stands after the last turn."""

    name: str
    resources: list[Json]
    message: Json | None


def made_notes(count: int) -> list[MadeNote]:
    """At least so many."""
    command = [sys.executable, "-m", "tests.made_notes", str(count)]
    run = subprocess.run(command, cwd=_ROOT, capture_output=True, text=True, check=False)
    if run.returncode:
        raise RuntimeError(f"No notes were made:\n{run.stderr[-4000:]}")
    return [MadeNote(**json.loads(line)) for line in run.stdout.splitlines()]


def _make(count: int) -> Iterator[MadeNote]:
    each = -(-count // len(EVERY_KIND))
    for kind in sorted(EVERY_KIND):
        for number, (first, other) in enumerate(_pairs(kind, each)):
            turns = _TURNS[number % len(_TURNS)]
            names = replace(NAMES, with_pay=number % 3 == 0)
            version, resources = _after(turns, first, other, names)
            message = document_of(sending_of_form(first, version, resources)) if number % _ONE_MESSAGE_IN == 0 else None
            yield MadeNote(f"{kind}_{turns}_{number}", [one.body for one in resources], message)


def _pairs(kind: str, count: int) -> list[tuple[Form, Form]]:
    """A form of this kind, and another that it may be amended to."""
    pairs: list[tuple[Form, Form]] = []

    @seed(SEED)
    @settings(_ONLY_MAKE, max_examples=count)
    @given(st.tuples(EVERY_KIND[kind](), EVERY_KIND[kind]()))
    def keep(pair: tuple[Form, Form]) -> None:
        pairs.append(pair)

    keep()
    return pairs


def _after(turns: str, first: Form, other: Form, names: Names) -> tuple[int, tuple[Resource, ...]]:
    version, form, resources = 1, first, to_resources(version_of(first), names)
    if "amended" in turns:
        version, form = version + 1, other.model_copy(update={"id": first.id, "client": first.client})
        resources = to_resources(version_of(form, version, "Because."), names, resources)
    if "retracted" in turns:
        version += 1
        resources = retract(version_of(form, version, "Because."), names, resources)
    return version, resources


if __name__ == "__main__":
    for note in _make(int(sys.argv[1])):
        sys.stdout.write(json.dumps(asdict(note)) + "\n")
