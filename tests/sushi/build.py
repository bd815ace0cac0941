"""Builds `fhir_profiles/*.json` from the FSH in `fhir_profiles/input/fsh/`, by SUSHI, without a network: make profiles.

R4's own definitions come from npm's `hl7.fhir.r4.examples`, which holds the same as `hl7.fhir.r4.core`. Questionnaires
and the list of their answers are made from the forms (`questionnaires_on_disk.py`): they are only named in the guide.
"""

import json
import os
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from filelock import FileLock

from service.r4.resource import Json

TOP: Final = Path(__file__).parents[2]
FOLDER: Final = TOP / "fhir_profiles"
TOOLS: Final = TOP / ".tools" / "sushi"
_R4: Final = TOP / ".tools" / "hl7.fhir.r4.examples-4.0.1.tgz"
_NEEDED_OF_R4: Final = ("StructureDefinition-", "ValueSet-", "CodeSystem-")
_NOT_BUILT_HERE: Final = ("Questionnaire-", "CodeSystem-note-answer.", "ValueSet-note-answer.")
# It lists all the others: every change would meet every other change in it.
_NOT_KEPT: Final = "ImplementationGuide"
_MANIFEST: Final = {
    "name": "hl7.fhir.r4.core",
    "version": "4.0.1",
    "fhirVersions": ["4.0.1"],
    "type": "fhir.core",
    "canonical": "http://hl7.org/fhir",
}
# It asks for its own newest version, and for packages that nothing here uses.
_HARMLESS: Final = re.compile(r"latest version of sushi|automatically-provided hl7\.")
_FIRST: Final = (
    *("resourceType", "id", "url", "version", "name", "title", "status", "experimental", "date", "publisher"),
    *("description", "jurisdiction", "caseSensitive", "valueSet", "content", "count"),
)
_LAST: Final = ("concept", "compose")
_CODING: Final = ("system", "code")
_ENTRY: Final = re.compile(r"^(?=\w+ +\S)", re.MULTILINE)
_COLOUR: Final = re.compile(r"\x1b\[[0-9;]*m")


class NotBuilt(Exception):
    """SUSHI or GoFSH found something wrong: its own words."""


def what_is_missing() -> str | None:
    """Why it cannot be run here; None if it can."""
    if shutil.which("node") is None:
        return "Node is absent"
    if not (TOOLS / "node_modules" / ".bin" / "sushi").exists():
        return "SUSHI is not in .tools: run make tools"
    return None if _R4.exists() else "HL7's definitions of R4 are not in .tools: run make tools"


def build() -> dict[str, Json]:
    """What the FSH says, by file name (`ValueSet-task-type.json`). Raises NotBuilt on any error or warning."""
    with tempfile.TemporaryDirectory() as place:
        guide = Path(place)
        shutil.copy(FOLDER / "sushi-config.yaml", guide)
        shutil.copytree(FOLDER / "input", guide / "input")
        beside = guide / "input" / "resources"
        beside.mkdir()
        for path in FOLDER.glob("*.json"):
            if path.name.startswith(_NOT_BUILT_HERE):
                shutil.copy(path, beside)
        run("sushi", ["build", str(guide)])
        made = sorted((guide / "fsh-generated" / "resources").glob("*.json"))
        return {path.name: json.loads(path.read_bytes()) for path in made if not path.name.startswith(_NOT_KEPT)}


def committed() -> dict[str, Json]:
    """What stands in `fhir_profiles/` and should be built."""
    return {path.name: json.loads(path.read_bytes()) for path in _built_before()}


def _built_before() -> list[Path]:
    return [path for path in sorted(FOLDER.glob("*.json")) if not path.name.startswith(_NOT_BUILT_HERE)]


def run(program: str, arguments: Sequence[str]) -> None:
    """SUSHI or GoFSH, in a home of its own, where nothing can be fetched. Raises NotBuilt on an error or a warning."""
    command = ["node", str(TOOLS / "node_modules" / ".bin" / program), *arguments]
    nowhere = {"FPL_REGISTRY": "http://127.0.0.1:9", "HTTPS_PROXY": "http://127.0.0.1:9", "npm_config_offline": "true"}
    environment = {**os.environ, **nowhere, "HOME": str(_home())}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=600, check=False)
    said = _COLOUR.sub("", done.stdout + done.stderr)
    wrong = [
        entry for entry in _ENTRY.split(said) if entry.startswith(("error", "warn")) and not _HARMLESS.search(entry)
    ]
    if done.returncode or wrong:
        raise NotBuilt("".join(wrong) or said)


def _home() -> Path:
    """A home folder whose package cache holds R4, filled once."""
    home = TOOLS / "home"
    with FileLock(TOOLS / "home.lock"):
        if not (home / ".ready").exists():
            shutil.rmtree(home, ignore_errors=True)
            _fill(home / ".fhir" / "packages" / "hl7.fhir.r4.core#4.0.1" / "package")
            (home / ".ready").touch()
    return home


def _fill(package: Path) -> None:
    package.mkdir(parents=True)
    (package / "package.json").write_text(json.dumps(_MANIFEST))
    with tarfile.open(_R4) as archive:
        for member in archive:
            name = member.name.removeprefix("package/")
            file = archive.extractfile(member) if name.startswith(_NEEDED_OF_R4) else None
            if file is not None:
                (package / name).write_bytes(file.read())


def write(built: dict[str, Json]) -> None:
    """Puts what was built in the place of what was committed."""
    for path in _built_before():
        if path.name not in built:
            path.unlink()
    for name, body in built.items():
        text = json.dumps(_in_r4s_order(body), indent=2, ensure_ascii=False)
        (FOLDER / name).write_text(f"{text}\n", encoding="utf-8")


def _in_r4s_order(value: Any) -> Any:
    """The order of R4's pages, as far as SUSHI has another one: a difference of lines then shows what has changed."""
    if isinstance(value, list):
        return [_in_r4s_order(one) for one in value]
    if not isinstance(value, dict):
        return value
    order = _FIRST if "resourceType" in value else _CODING if {"system", "code"} <= value.keys() else ()
    keys = [key for key in order if key in value] + [key for key in value if key not in (*order, *_LAST)]
    keys += [key for key in _LAST if key in value]
    return {key: _in_r4s_order(value[key]) for key in keys}


if __name__ == "__main__":
    if reason := what_is_missing():
        sys.exit(f"{reason}.")
    try:
        write(build())
    except NotBuilt as fault:
        sys.exit(str(fault))
