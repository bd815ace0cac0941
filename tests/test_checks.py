"""The checks beside pytest say what they found, and cannot pass by having looked at nothing unnoticed."""

from tests.checks.audit import verdict, vulnerable

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
