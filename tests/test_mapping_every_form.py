"""Whatever a valid form says, it maps to valid FHIR R4 by our own published profiles."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from service.forms.note import FORM, KINDS, Form, NoteVersion
from service.mapping.frame import role_id
from service.mapping.to_resources import retract, to_resources
from service.r4.resource import Json, Resource
from tests.mapped import RECEIVED
from tests.published import our_gate
from tests.samples_on_disk import NAMES
from tests.strategies import EVERY_KIND, PATIENT, client_id_of, forms, note_versions

THOROUGH = settings(PATIENT, max_examples=25)
_KINDS = st.sampled_from(sorted(EVERY_KIND))


@st.composite
def _two_versions(draw: st.DrawFn, kind: str | None = None) -> tuple[NoteVersion, NoteVersion]:
    """A note and its amendment: the same id, anything else."""
    strategy = EVERY_KIND[kind or draw(_KINDS)]
    first, other = draw(strategy()), draw(strategy())
    second = other.model_copy(update={"id": first.id, "client": first.client})
    return _version(first, 1), _version(second, 2)


def _version(form: Form, number: int) -> NoteVersion:
    return NoteVersion(form, number, client_id_of(form), RECEIVED, "Because." if number > 1 else None)


def _identifiers(resources: tuple[Resource, ...]) -> set[str]:
    return {resource.id for resource in resources}


@pytest.mark.parametrize("kind", EVERY_KIND)
@THOROUGH
@given(st.data())
def test_every_valid_form_of_every_kind_maps_to_valid_r4(kind: str, data: st.DataObject) -> None:
    note = data.draw(note_versions(EVERY_KIND[kind]()))
    assert note.form.kind == kind
    first = to_resources(note, NAMES)
    our_gate().check(first)
    our_gate().check(retract(_version(note.form, 2), NAMES, first))


@pytest.mark.parametrize("kind", EVERY_KIND)
@THOROUGH
@given(st.data())
def test_every_amendment_of_every_kind_and_its_retraction_is_valid_r4(kind: str, data: st.DataObject) -> None:
    first, second = data.draw(_two_versions(kind))
    amended = to_resources(second, NAMES, to_resources(first, NAMES))
    our_gate().check(amended)
    our_gate().check(retract(_version(second.form, 3), NAMES, amended))


def test_every_kind_has_its_strategy() -> None:
    assert set(EVERY_KIND) == set(KINDS)


@settings(PATIENT, max_examples=50)
@given(_two_versions())
def test_nothing_of_the_version_before_is_left_standing(notes: tuple[NoteVersion, NoteVersion]) -> None:
    first = to_resources(notes[0], NAMES)
    second = {one.key: one.body for one in to_resources(notes[1], NAMES, first)}
    fresh = {one.key for one in to_resources(notes[1], NAMES)}
    for resource in first[:-1]:
        assert resource.key in fresh or _in_error(second[resource.key])


@settings(PATIENT, max_examples=50)
@given(note_versions())
def test_a_retraction_leaves_nothing_that_is_not_in_error(note: NoteVersion) -> None:
    earlier = to_resources(note, NAMES)
    retracted = retract(_version(note.form, 2), NAMES, earlier)
    assert [one.key for one in retracted[:-1]] == [one.key for one in earlier[:-1]]
    assert all(_in_error(one.body) for one in retracted[:-1])


def _in_error(body: Json) -> bool:
    if body["resourceType"] == "RelatedPerson":
        return body["active"] is False
    return "entered-in-error" in (body.get("status"), body.get("lifecycleStatus"))


@settings(PATIENT, max_examples=50)
@given(note_versions(), note_versions())
def test_two_different_notes_never_share_an_identifier(one: NoteVersion, other: NoteVersion) -> None:
    first, second = _identifiers(to_resources(one, NAMES)), _identifiers(to_resources(other, NAMES))
    assert bool(first & second) == (one.form.id == other.form.id)


@settings(PATIENT, max_examples=50)
@given(st.data())
def test_the_same_things_said_in_another_note_get_other_identifiers(data: st.DataObject) -> None:
    form = data.draw(forms())
    twin = form.model_copy(update={"id": data.draw(st.uuids().filter(lambda one: one != form.id))})
    assert not _identifiers(to_resources(_version(form, 1), NAMES)) & _identifiers(
        to_resources(_version(twin, 1), NAMES)
    )


@settings(PATIENT, max_examples=50)
@given(note_versions())
def test_a_resource_refers_only_to_what_comes_before_it(note: NoteVersion) -> None:
    known = {f"Patient/{note.client_id}"}
    outside = set(_of_other_notes(note))
    for resource in to_resources(note, NAMES):
        assert set(_references(resource.body)) <= known | outside
        known.add(resource.key)


def _of_other_notes(note: NoteVersion) -> list[str]:
    """A goal, a job by what is observed of it, and a note of any other kind by its document, which all have."""
    places = (("Goal", "goal"), ("Observation", "job"), ("DocumentReference", "document"))
    return [f"{name}/{role_id(other, role)}" for other in note.form.refers_to() for name, role in places]


def _references(value: Any) -> list[str]:
    if isinstance(value, list):
        return [found for one in value for found in _references(one)]
    if not isinstance(value, dict):
        return []
    own = [value["reference"]] if isinstance(value.get("reference"), str) else []
    return own + [found for one in value.values() for found in _references(one)]


@settings(PATIENT, max_examples=50)
@given(note_versions())
def test_a_form_that_was_stored_and_read_back_maps_to_the_same(note: NoteVersion) -> None:
    read_back = FORM.validate_json(note.form.model_dump_json())
    again = NoteVersion(read_back, note.version, note.client_id, note.received_at, note.reason)
    assert to_resources(again, NAMES) == to_resources(note, NAMES)
