"""HL7's own validator agrees with the gate: on all that we send, on our profiles, and on what is broken.

It is run once, for all of them; it sees R4 4.0.1, UK Core, IHE's jobs and our profiles, and has no terminology.
"""

from collections.abc import Iterable
from pathlib import Path

import pytest

from service.r4.resource import Json
from tests.audited import audit_events
from tests.broken.from_profiles import Broken, every_broken
from tests.broken.one_fault import OneFault
from tests.changed_samples_on_disk import ChangedSample, changed_samples
from tests.published import of_type
from tests.samples_on_disk import Sample, all_samples
from tests.strategies import EVERY_KIND
from tests.test_gate import BROKEN, VALID
from tests.validator.everything import (
    HOW_MANY_MADE,
    PUBLISHED,
    Verdicts,
    of_changed,
    of_sample,
    response_to,
    verdicts_of,
)
from tests.validator.hl7 import Issue, what_is_missing
from tests.validator.places import plain

MISSING = what_is_missing()
pytestmark = pytest.mark.skipif(MISSING is not None, reason=str(MISSING))


@pytest.fixture(scope="module")
def verdicts(tmp_path_factory: pytest.TempPathFactory) -> Verdicts:
    return verdicts_of(tmp_path_factory)


def errors_of(names: Iterable[str], verdicts: Verdicts) -> dict[str, list[Issue]]:
    """By name, of those that have any."""
    errors = {name: [one for one in verdicts[name] if one.is_error] for name in names}
    return {name: issues for name, issues in errors.items() if issues}


@pytest.mark.parametrize("sample", all_samples(), ids=lambda sample: sample.name)
def test_every_sample_as_resources_and_as_a_message_is_valid_to_hl7_too(sample: Sample, verdicts: Verdicts) -> None:
    assert errors_of(of_sample(sample), verdicts) == {}


@pytest.mark.parametrize("one", changed_samples(), ids=lambda one: one.name)
def test_what_stands_after_every_change_is_valid_to_hl7_too(one: ChangedSample, verdicts: Verdicts) -> None:
    assert errors_of(of_changed(one), verdicts) == {}


def test_five_hundred_notes_made_of_nothing_become_what_is_valid_to_hl7_too(verdicts: Verdicts) -> None:
    """The names that stand in a failure are those that `python -m tests.made_notes 500` prints."""
    made = [name for name in verdicts if name.startswith("made_")]
    assert errors_of(made, verdicts) == {}
    of_kinds = {
        kind: {name.rpartition("_")[0] for name in made if name.startswith(f"made_{kind}_")} for kind in EVERY_KIND
    }
    assert sum(map(len, of_kinds.values())) >= HOW_MANY_MADE
    assert len({len(names) for names in of_kinds.values()}) == 1


@pytest.mark.parametrize("sample", all_samples(), ids=lambda sample: sample.name)
def test_every_sample_as_a_response_answers_its_questionnaire_to_hl7_too(sample: Sample, verdicts: Verdicts) -> None:
    assert errors_of([response_to(sample)], verdicts) == {}


@pytest.mark.parametrize("name", audit_events())
def test_every_line_of_the_audit_as_an_audit_event_is_valid_to_hl7_too(name: str, verdicts: Verdicts) -> None:
    assert errors_of([name], verdicts) == {}


def test_hl7_holds_an_answer_to_its_questionnaire(verdicts: Verdicts) -> None:
    assert "is not a valid option" in " ".join(one.says for one in verdicts["response_broken"])


@pytest.mark.parametrize("path", PUBLISHED, ids=lambda path: path.stem)
def test_what_we_publish_is_valid_to_hl7_too(path: Path, verdicts: Verdicts) -> None:
    assert errors_of([path.stem], verdicts) == {}


@pytest.mark.parametrize("one", [one for one in BROKEN if one.also_hl7], ids=lambda one: one.sentence)
def test_what_the_gate_refuses_hl7_refuses_too(one: OneFault, verdicts: Verdicts) -> None:
    assert errors_of([f"broken_{one.file_name}"], verdicts)


@pytest.mark.parametrize("profile", of_type("StructureDefinition"), ids=lambda profile: profile["id"])
def test_what_breaks_a_rule_of_a_profile_hl7_refuses_there_too(profile: Json, verdicts: Verdicts) -> None:
    broken = [one for one in every_broken() if one.rule.profile is profile and one.also_hl7]
    assert broken
    assert not [one.name for one in broken if not any(_is_about(issue, one) for issue in verdicts[one.file_name])]


def _is_about(issue: Issue, one: Broken) -> bool:
    """It names the element, there or in its sentence; of an extension it may name the profile alone.

    Where a choice has no such type, it is the name in JSON that it names: `effectiveTiming`.
    """
    names_profile = one.rule.profile["type"] == "Extension" and one.rule.profile["url"] in issue.says
    names_element = plain(one.at) in plain(issue.at) or plain(one.rule.told_at) in plain(issue.says)
    names_choice = one.rule.sort == "type" and f"element {plain(one.at).rpartition('.')[2]}" in issue.says
    return issue.is_error and (names_element or names_profile or names_choice)


def test_what_was_broken_was_valid_to_hl7_before(verdicts: Verdicts) -> None:
    assert errors_of([f"valid_{place}" for place in range(len(VALID))], verdicts) == {}


def test_hl7_holds_uk_core_to_its_rules(verdicts: Verdicts) -> None:
    assert errors_of(["uk_core_valid"], verdicts) == {}
    assert "nhsNumber" in " ".join(one.says for one in verdicts["uk_core_broken"])
