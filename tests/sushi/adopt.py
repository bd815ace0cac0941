"""Turns JSON in `fhir_profiles/` that the FSH does not build, new or changed by hand, into FSH: by GoFSH, then tidied.

    python -m tests.sushi.adopt && make profiles

Where the two differ it takes the JSON's side: what was changed in the FSH since make profiles is lost. Each definition
goes into the file of its kind, in the place of the one before; read what came out before you commit.
"""

import json
import re
import sys
import tempfile
from collections.abc import Iterator, Mapping
from itertools import pairwise
from pathlib import Path
from typing import Final

from service.r4.resource import Json
from tests.published import codings_in
from tests.samples_on_disk import all_samples
from tests.sushi.build import FOLDER, build, committed, run, what_is_missing
from tests.sushi.places import Key, files, invariants, key_of
from tests.sushi.tidy import tidy

SOURCE: Final = FOLDER / "input" / "fsh"
_ALIASES: Final = SOURCE / "aliases.fsh"
_SHORT: Final = {"StructureDefinition": "", "CodeSystem": "CS", "ValueSet": "VS"}
_ADOPTED: Final = tuple(_SHORT)
_HEAD: Final = re.compile(r"^(Profile|Extension|ValueSet|CodeSystem|Invariant|Instance|RuleSet): (\S+)", re.MULTILINE)
_TAIL: Final = re.compile(r"(\s*\n//.*)*\s*\Z")


def adopt() -> list[str]:
    """The names of the files whose content is now in FSH."""
    bodies = {name: body for name, body in committed().items() if name.startswith(_ADOPTED)}
    built = build() if len(list(SOURCE.glob("*.fsh"))) > 1 else {}
    changed = {name: body for name, body in bodies.items() if built.get(name) != body}
    wanted = {key_of(body) for body in changed.values()}
    wanted |= {("Invariant", key) for body in changed.values() for key in invariants(body)}
    blocks = _made_by_gofsh(bodies) if changed else {}
    displays = {(one["system"], one["code"]): one["display"] for one in _sent()}
    for key, file in files(bodies).items():
        if key in wanted:
            _put(key, tidy(blocks[key], displays), SOURCE / file)
    return sorted(changed)


def _sent() -> Iterator[Json]:
    yield from codings_in([one.agreed for one in all_samples()])


def _made_by_gofsh(bodies: Mapping[str, Json]) -> dict[Key, str]:
    with tempfile.TemporaryDirectory() as place:
        given, made = Path(place, "given"), Path(place, "made")
        given.mkdir()
        for name, body in _told_apart(bodies).items():
            (given / name).write_text(json.dumps(body), encoding="utf-8")
        known = ["--alias-file", str(_ALIASES)] if _ALIASES.exists() else []
        run("gofsh", [str(given), "--out", str(made), "--indent", "--useFHIRVersion", "4.0.1", *known])
        _add_aliases(made / "input" / "fsh" / "aliases.fsh")
        texts = [path.read_text(encoding="utf-8") for path in sorted(made.glob("input/fsh/*/*.fsh"))]
    return {_key_of(block): block for text in texts for block in _split(text)}


def _told_apart(bodies: Mapping[str, Json]) -> dict[str, Json]:
    """FSH has one name for one thing: a profile keeps its own, then a code system, then its value set."""
    taken: set[str] = set()
    apart: dict[str, Json] = {}
    for kind in _ADOPTED:
        named = {name: body for name, body in bodies.items() if body["resourceType"] == kind}
        for name, body in named.items():
            doubled = body["name"] in taken
            apart[name] = {**body, "name": body["name"] + _SHORT[kind]} if doubled else body
        taken |= {body["name"] for body in named.values()}
    return apart


def _add_aliases(made: Path) -> None:
    known = _ALIASES.read_text(encoding="utf-8") if _ALIASES.exists() else ""
    lines = made.read_text(encoding="utf-8").splitlines() if made.exists() else []
    _ALIASES.write_text(known + "".join(f"{line}\n" for line in lines if line not in known), encoding="utf-8")


def _split(text: str) -> Iterator[str]:
    """Each definition without the comment above it, which stays where it is."""
    starts = [found.start() for found in _HEAD.finditer(text)]
    for start, end in pairwise([*starts, len(text)]):
        yield _TAIL.sub("", text[start:end])


def _key_of(block: str) -> Key:
    head = _HEAD.match(block)
    assert head is not None
    named = re.search(r"^Id: (\S+)", block, re.MULTILINE)
    return head[1], named[1] if named else head[2]


def _put(key: Key, block: str, file: Path) -> None:
    """In the place of the one before, wherever that is; what is new goes to the end of `file`."""
    for path in sorted(SOURCE.glob("*.fsh")):
        text = path.read_text(encoding="utf-8")
        if old := next((one for one in _split(text) if _key_of(one) == key), None):
            path.write_text(text.replace(old, block), encoding="utf-8")
            return
    text = file.read_text(encoding="utf-8") if file.exists() else ""
    file.write_text(f"{text.rstrip()}\n\n{block}\n".lstrip(), encoding="utf-8")


if __name__ == "__main__":
    if reason := what_is_missing():
        sys.exit(f"{reason}.")
    sys.stdout.write("".join(f"{name}\n" for name in adopt()))
