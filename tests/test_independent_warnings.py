"""What HL7's validator only warns of is known, word for word and place for place, with the reason why it stands."""

import re

import pytest

from tests.validator.everything import PUBLISHED, Verdicts, verdicts_of
from tests.validator.hl7 import Issue, what_is_missing
from tests.validator.known import Known, known_warnings
from tests.validator.places import plain

MISSING = what_is_missing()
needs_the_validator = pytest.mark.skipif(MISSING is not None, reason=str(MISSING))
KNOWN = known_warnings()
_WHAT_WE_SEND = ("sample_", "changed_", "made_", "odd_")


@pytest.fixture(scope="module")
def warnings(tmp_path_factory: pytest.TempPathFactory) -> dict[Issue, str]:
    """Each once, however many resources have it, with the name of one that has."""
    published = {path.stem for path in PUBLISHED}
    verdicts: Verdicts = verdicts_of(tmp_path_factory)
    ours = {name: said for name, said in verdicts.items() if name.startswith(_WHAT_WE_SEND) or name in published}
    return {
        Issue(issue.severity, plain(issue.at), issue.says): name
        for name, issues in ours.items()
        for issue in issues
        if not issue.is_error
    }


@needs_the_validator
def test_every_warning_is_one_of_those_that_are_explained(warnings: dict[Issue, str]) -> None:
    """A new one: mend what it warns of, or explain it in tests/validator/known.toml."""
    assert {name: issue for issue, name in warnings.items() if not _takers(issue)} == {}


@needs_the_validator
def test_no_warning_is_explained_twice(warnings: dict[Issue, str]) -> None:
    assert [(issue, _takers(issue)) for issue in warnings if len(_takers(issue)) > 1] == []


@needs_the_validator
@pytest.mark.parametrize("one", KNOWN, ids=lambda one: one.says[:60])
def test_every_warning_that_is_explained_still_stands_wherever_it_is_said_to(
    one: Known, warnings: dict[Issue, str]
) -> None:
    """One that is gone, or gone from a type or a place: take it out of tests/validator/known.toml."""
    found = [taken for issue in warnings if (taken := one.takes(issue))]
    assert {type_name for type_name, _ in found} == set(one.on)
    assert {place for _, place in found} == set(one.at)


def test_every_explanation_is_one() -> None:
    for one in KNOWN:
        assert re.compile(one.says)
        assert len(one.why.split()) > 5
        assert list(one.on) == sorted(set(one.on))
        assert list(one.at) == sorted(set(one.at))


def _takers(issue: Issue) -> list[str]:
    return [one.says for one in KNOWN if one.takes(issue)]
