"""The committed form of R4's definitions is what its script makes of HL7's package."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from service.r4.definitions import PRIMITIVES, read_definitions, type_entry
from tests.gates import PROFILES

ROOT = Path(__file__).parent.parent
SCRIPT = PROFILES / "r4" / "generate.py"
PACKAGES = [
    ROOT.parent / "shared" / "data" / "fhir-packages" / "hl7.fhir.r4.core-4.0.1.tgz",
    ROOT / ".tools" / "hl7.fhir.r4.examples-4.0.1.tgz",
]


@pytest.mark.parametrize("package", PACKAGES, ids=lambda package: package.name)
def test_the_committed_definitions_are_what_the_script_makes(package: Path) -> None:
    if not package.exists():
        pytest.skip(reason=f"{package.name} is neither in ../shared nor in .tools")
    run = subprocess.run([sys.executable, SCRIPT, package, "--check"], capture_output=True, text=True, check=False)
    assert (run.returncode, run.stderr) == (0, "")


def test_every_type_that_is_named_is_there() -> None:
    definitions = read_definitions(PROFILES / "r4" / "definitions.json")
    rules = [definitions.type(name) for name in definitions.raw_types]
    named = {entry.name for one in rules for element in one.elements.values() for entry in element.types}
    assert named - PRIMITIVES <= set(definitions.raw_types)
    targets = {
        name for one in rules for element in one.elements.values() for entry in element.types for name in entry.targets
    }
    assert targets <= definitions.resource_types


def test_every_value_set_that_is_bound_is_there_and_small() -> None:
    file = PROFILES / "r4" / "definitions.json"
    definitions = read_definitions(file)
    rules = [definitions.type(name) for name in definitions.raw_types]
    bound = {element.binding for one in rules for element in one.elements.values() if element.binding}
    assert bound == set(definitions.value_sets)
    unlisted = {url.rpartition("/")[2] for url, members in definitions.value_sets.items() if members is None}
    assert unlisted == {"currencies", "mimetypes"}
    assert file.stat().st_size < 200_000


def test_the_file_has_one_line_an_element_so_that_a_change_can_be_read() -> None:
    text = (PROFILES / "r4" / "definitions.json").read_text(encoding="utf-8")
    elements = sum(len(one["elements"]) for one in json.loads(text)["types"].values())
    assert text.count("\n") > elements


def test_a_type_is_written_with_what_it_may_refer_to() -> None:
    assert type_entry("Reference(Patient|Group)").targets == ("Patient", "Group")
    with pytest.raises(ValueError, match="no type"):
        type_entry("Reference(")
