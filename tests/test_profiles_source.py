"""The JSON in `fhir_profiles/` is what SUSHI builds from the FSH beside it."""

from pathlib import Path

import pytest

from tests.sushi.build import FOLDER, NotBuilt, build, committed, run, what_is_missing
from tests.sushi.tidy import tidy

MISSING = what_is_missing()
needs_sushi = pytest.mark.skipif(MISSING is not None, reason=str(MISSING))


@needs_sushi
def test_the_committed_json_is_what_the_fsh_says() -> None:
    built, here = build(), committed()
    assert {name for name in built.keys() | here.keys() if built.get(name) != here.get(name)} == set(), (
        "Run make profiles after a change of the FSH; python -m tests.sushi.adopt before it after a change of the JSON."
    )


@needs_sushi
def test_a_fault_in_the_fsh_is_told_in_sushis_own_words(tmp_path: Path) -> None:
    source = tmp_path / "input" / "fsh"
    source.mkdir(parents=True)
    (tmp_path / "sushi-config.yaml").write_bytes((FOLDER / "sushi-config.yaml").read_bytes())
    (source / "broken.fsh").write_text("Profile: Broken\nParent: Goal\nId: broken\n* colour 1..1\n")
    with pytest.raises(NotBuilt, match="No element found at path colour"):
        run("sushi", ["build", str(tmp_path)])


def test_what_gofsh_writes_out_becomes_our_rule_sets() -> None:
    written_out = """Profile: Trial
Parent: Observation
* ^version = "1.0.0"
* ^status = #active
* ^experimental = false
* ^date = "2026-11-30"
* ^publisher = "Joined Up"
* ^jurisdiction = urn:iso:std:iso:3166#GB
* identifier 1..1
  * ^short = "Our stable id: the same in every version of the note"
  * system 1..
  * system = "https://ips.example.nhs.uk/Id/resource"
  * value 1..
* code = $sct#224362002
* subject 1..1
* subject only Reference(Patient)
  * ^short = "The client"
* value[x] 1.."""
    assert tidy(written_out, {("http://snomed.info/sct", "224362002"): "Employment status"}).splitlines() == [
        "Profile: Trial",
        "Parent: Observation",
        "* insert Published(2026-11-30)",
        "* insert OurIdentifier",
        "* code = $sct#224362002 // Employment status",
        "* insert TheClient(subject)",
        "* value[x] 1..",
    ]
