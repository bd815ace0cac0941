"""The gate refuses what is not valid R4 by our profiles, and lets everything through that is."""

import copy
from collections.abc import Iterator, Sequence
from itertools import cycle
from typing import Any

import pytest

from service.r4.gate import NotValidR4
from service.r4.resource import Json, Resource
from tests.broken.bundles import BUNDLES, TRANSACTION
from tests.broken.form import FORM
from tests.broken.one_fault import OneFault
from tests.broken.ours import OURS
from tests.broken.sense import SENSE
from tests.broken.valid import ANSWERS, CONTACT, ENCOUNTER, GOAL, NOTE, PERSON, PLAN, PROVENANCE, STATUS, STEP
from tests.gates import BASE
from tests.published import our_gate
from tests.samples_on_disk import Sample, all_samples

BROKEN = [*FORM, *SENSE, *OURS, *BUNDLES]
VALID = [CONTACT, NOTE, PERSON, PROVENANCE, GOAL, STEP, PLAN, ANSWERS, STATUS, TRANSACTION]
SURNAME = "Ramsbottom-Fanshawe"


@pytest.mark.parametrize("sample", all_samples(), ids=lambda sample: sample.name)
def test_the_resources_of_every_sample_pass(sample: Sample) -> None:
    assert [fault for body in sample.agreed for fault in our_gate().faults(body)] == []


@pytest.mark.parametrize("one", BROKEN, ids=lambda one: one.sentence)
def test_a_resource_with_one_fault_is_refused_and_told_where(one: OneFault) -> None:
    assert (one.expected, one.code) in {(fault.path, fault.code) for fault in our_gate().faults(one.broken)}


@pytest.mark.parametrize("one", BROKEN, ids=lambda one: one.sentence)
def test_the_resource_that_the_fault_was_put_into_is_valid(one: OneFault) -> None:
    assert our_gate().faults(one.valid) == ()


def test_each_fault_is_another_one() -> None:
    assert len({one.sentence for one in BROKEN}) == len(BROKEN)


@pytest.mark.parametrize("valid", VALID, ids=lambda body: body["resourceType"])
def test_no_path_and_no_sentence_holds_a_value_of_the_resource(valid: Json) -> None:
    faults = [fault for body in _with_each_value_spoilt(valid) for fault in our_gate().faults(body)]
    assert faults
    assert not [fault for fault in faults if SURNAME in fault.path + fault.sentence]


def test_the_name_of_an_element_that_looks_like_a_value_is_not_repeated() -> None:
    (fault,) = our_gate().faults({**ENCOUNTER, f"{SURNAME} was here": 1})
    assert fault.path == "Encounter"
    assert SURNAME not in fault.sentence


def test_what_we_made_and_is_not_valid_raises_with_every_fault() -> None:
    bodies = [{**CONTACT, "status": "done"}, CONTACT, {**STEP, "intent": "wish"}]
    resources = [Resource(body["resourceType"], body["id"], body) for body in bodies]
    with pytest.raises(NotValidR4) as raised:
        our_gate().check(resources)
    assert {fault.path for fault in raised.value.faults} == {"Encounter.status", "Task.intent"}
    assert "Encounter.status" in str(raised.value)


def test_what_we_made_and_is_valid_passes_in_silence() -> None:
    our_gate().check([Resource(body["resourceType"], body["id"], body) for body in VALID if "id" in body])


@pytest.mark.parametrize("body", [{}, {"resourceType": "Employer"}, {"resourceType": 7}, {"resourceType": f"{BASE}/x"}])
def test_what_is_no_known_resource_is_refused(body: Json) -> None:
    assert [fault.code for fault in our_gate().faults(body)] == ["not-supported"]


def test_a_profile_is_not_taken_for_a_type() -> None:
    assert our_gate().faults({"resourceType": f"{BASE}/StructureDefinition/contact"})[0].code == "not-supported"


@pytest.mark.parametrize("meta", [{"profile": "x"}, {"profile": [7]}, [], "x", {"profile": {}}])
def test_a_meta_of_the_wrong_shape_is_told_and_does_not_raise(meta: Any) -> None:
    assert our_gate().faults({**ENCOUNTER, "meta": meta})


def test_a_profile_of_ours_may_be_named_with_its_version() -> None:
    versioned = {**CONTACT, "meta": {"profile": [f"{BASE}/StructureDefinition/contact|1.0.0"]}}
    assert our_gate().faults(versioned) == ()
    assert our_gate().faults({**versioned, "status": "planned"})


def test_profiles_of_others_are_left_to_others() -> None:
    foreign = {**ENCOUNTER, "meta": {"profile": ["https://fhir.hl7.org.uk/StructureDefinition/UKCore-Encounter"]}}
    assert our_gate().faults({**foreign, "status": "planned"}) == ()


def test_what_json_cannot_hold_is_refused() -> None:
    assert our_gate().faults({**GOAL, "description": {"text": "\ud800"}})[0].code == "structure"
    assert our_gate().faults({**GOAL, "startDate": object()})


def test_what_is_nested_without_end_is_refused() -> None:
    extension: Json = {"url": "http://example.org/x", "valueBoolean": True}
    for _ in range(1_000):
        extension = {"url": "http://example.org/x", "extension": [extension]}
    assert our_gate().faults({**ENCOUNTER, "extension": [extension]})[0].code == "too-costly"


@pytest.mark.parametrize("valid", VALID, ids=lambda body: body["resourceType"])
def test_whatever_stands_anywhere_the_gate_answers(valid: Json) -> None:
    odd = cycle([None, True, 7, "x", [], {}, [[1]], [None], {"resourceType": ["x"]}])
    containers = {path[:depth] for path in leaves_of(valid) for depth in range(1, len(path) + 1)}
    for path in sorted(containers, key=repr):
        body = copy.deepcopy(valid)
        put(body, path, next(odd))
        assert isinstance(our_gate().faults(body), tuple)


def test_not_more_than_fifty_faults_are_told() -> None:
    assert len(our_gate().faults({**ENCOUNTER, "identifier": [{"period": []}] * 90})) == 50


def _with_each_value_spoilt(value: Any) -> Iterator[Json]:
    """Copies of a resource, each with one text, number or truth replaced by a surname."""
    for path in leaves_of(value):
        spoilt = copy.deepcopy(value)
        put(spoilt, path, SURNAME)
        if path != ("resourceType",):
            yield spoilt


def put(body: Any, path: Sequence[Any], value: Any) -> None:
    *above, last = path
    for step in above:
        body = body[step]
    body[last] = value


def leaves_of(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    parts = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else None
    if parts is None:
        yield path
        return
    for step, part in parts:
        yield from leaves_of(part, (*path, step))
