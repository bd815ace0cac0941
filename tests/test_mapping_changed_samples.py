"""The agreed pairs of notes that took several turns: what stands at the end, and that it is valid all the way."""

import json

import pytest

from service.forms.note import KINDS
from tests.changed_samples_on_disk import ChangedSample, changed_samples
from tests.published import our_gate

CHANGED = changed_samples()


@pytest.mark.parametrize("one", CHANGED, ids=lambda one: one.name)
def test_a_sample_that_took_its_turns_has_become_exactly_its_agreed_resources(one: ChangedSample) -> None:
    assert [resource.body for resource in one.mapped()] == one.agreed


@pytest.mark.parametrize("one", CHANGED, ids=lambda one: one.name)
def test_what_stands_at_the_end_passes_the_gate(one: ChangedSample) -> None:
    assert [fault for body in one.agreed for fault in our_gate().faults(body)] == []


def test_every_kind_was_amended_twice_and_every_kind_was_retracted() -> None:
    turns = [(one.turns["sample"].split("/")[0], one.turns["turns"]) for one in CHANGED]
    amended = {kind for kind, all_turns in turns if sum("fields" in turn for turn in all_turns) >= 2}
    retracted = {kind for kind, all_turns in turns if "retracted" in all_turns[-1]}
    assert set(KINDS) - amended == set()
    assert set(KINDS) - retracted == set()


def test_what_was_retracted_says_so_in_every_resource_but_the_provenance() -> None:
    for one in CHANGED:
        if "retracted" in one.turns["turns"][-1]:
            standing = [json.dumps(body) for body in one.agreed if body["resourceType"] != "Provenance"]
            assert standing
            assert all("entered-in-error" in body or '"active": false' in body for body in standing)
