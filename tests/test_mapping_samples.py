"""The agreed pairs: each sample note becomes exactly its resources."""

import pytest
from nhs_number.validate import is_valid

from service.forms.note import KINDS
from tests.samples_on_disk import Sample, all_samples, sample

SAMPLES = all_samples()


@pytest.mark.parametrize("one", SAMPLES, ids=lambda one: one.name)
def test_a_sample_note_becomes_exactly_its_agreed_resources(one: Sample) -> None:
    assert [resource.body for resource in one.mapped()] == one.agreed


def test_every_kind_of_note_has_samples() -> None:
    assert {one.name.split("/")[0] for one in SAMPLES} == set(KINDS)
    assert all(one.form.kind == one.name.split("/")[0] for one in SAMPLES)


def test_the_samples_are_about_a_dozen_synthetic_people_or_more() -> None:
    numbers = {one.form.client.nhs_number for one in SAMPLES}
    assert len(numbers) >= 12
    assert all(number.startswith("999") and is_valid(number) for number in numbers)


def test_no_two_samples_have_the_same_id() -> None:
    assert len({one.form.id for one in SAMPLES}) == len(SAMPLES)


def test_the_contact_about_a_goal_is_about_the_goal_of_the_same_person() -> None:
    contact, goal = sample("contact/about_a_goal").form, sample("work_goal/full").form
    assert contact.refers_to() == (goal.id,)
    assert contact.client == goal.client


def test_mapping_the_same_note_again_gives_the_same_resources() -> None:
    assert [one.mapped() for one in SAMPLES] == [one.mapped() for one in SAMPLES]
