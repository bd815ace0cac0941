"""Every rule of every profile of ours is looked at: each has an example that breaks it, refused at that element."""

import re

import pytest

from service.r4.resource import Json
from tests.broken.from_profiles import Broken, every_broken, valid_resources
from tests.broken.rules import rules, rules_of
from tests.broken.values import AGAINST
from tests.published import of_type, our_gate

PROFILES = of_type("StructureDefinition")
# An invariant of R4 stands behind these, so that R4 alone refuses what breaks them.
R4_ASKS_TOO = {
    "CarePlan.activity.detail max": "cpl-3",
    "Consent.policy min": "ppc-1",
    "DocumentReference.content.attachment.contentType min": "att-1",
    "Observation.component.value[x].system min": "qty-3",
    "Observation.dataAbsentReason max": "obs-6",
}


@pytest.mark.parametrize("profile", PROFILES, ids=lambda profile: profile["id"])
def test_every_rule_of_a_profile_has_an_example_that_breaks_it(profile: Json) -> None:
    """A rule without one wants a sample that shows its element; a constraint wants its line in `AGAINST`."""
    wanted = {rule.name for rule in rules_of(profile)}
    assert wanted
    assert wanted - {one.rule.name for one in of_profile(profile)} == set()


@pytest.mark.parametrize("profile", PROFILES, ids=lambda profile: profile["id"])
def test_what_breaks_a_rule_is_refused_and_told_there(profile: Json) -> None:
    assert not [one.name for one in of_profile(profile) if not _is_told(one)]


@pytest.mark.parametrize("profile", PROFILES, ids=lambda profile: profile["id"])
def test_it_is_the_profile_that_refuses_it_not_r4(profile: Json) -> None:
    """Of an extension that cannot be told: it is held to its profile wherever it stands."""
    if profile["type"] != "Extension":
        refused = {_in_short(one) for one in of_profile(profile) if not one.r4_takes_it}
        assert refused <= set(R4_ASKS_TOO)


def test_what_is_said_of_r4_is_still_so() -> None:
    refused = {_in_short(one) for one in every_broken() if not one.r4_takes_it}
    assert set(R4_ASKS_TOO) <= refused


def test_what_was_broken_was_valid_before() -> None:
    assert [fault for body in valid_resources() for fault in our_gate().faults(body)] == []


def test_each_constraint_that_is_broken_is_one_of_ours() -> None:
    assert set(AGAINST) == {rule.key for rule in rules() if rule.sort == "constraint"}


def of_profile(profile: Json) -> list[Broken]:
    return [one for one in every_broken() if one.rule.profile is profile]


def _in_short(one: Broken) -> str:
    return f"{one.rule.told_at} {one.rule.sort}"


def _is_told(one: Broken) -> bool:
    """There or below; that a choice is missing is told of what should have it."""
    there = re.compile(re.escape(one.at).replace(r"\[x\]", r"(?:[A-Z]\w*)?"))
    around = one.at.rpartition(".")[0] if one.rule.base.is_choice and one.rule.sort == "min" else None
    paths = [re.sub(r"\[\d+\]", "", fault.path) for fault in our_gate().faults(one.body)]
    return any(there.match(path) or path == around for path in paths)
