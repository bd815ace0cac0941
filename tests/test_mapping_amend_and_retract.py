"""Later versions: ids stay, what vanished is withdrawn, what was wrong says so."""

from base64 import b64decode

import pytest

from service.forms.note import NoteVersion
from service.mapping.frame import frame_of
from service.mapping.to_resources import retract, to_resources
from service.mapping.withdraw import withdraw
from service.r4.resource import Json, Resource
from tests.mapped import RECEIVED, all_of, changed, codes_in, only, text_of, types_of, version_of
from tests.samples_on_disk import NAMES, all_samples, sample

FULL_GOAL = "work_goal/full"
EMPLOYER = "contact/employer_with_the_client"
EVERY_NAME = [one.name for one in all_samples()]


def _first(name: str) -> tuple[Resource, ...]:
    return to_resources(version_of(sample(name).form), NAMES)


def _retracted(name: str) -> tuple[Resource, ...]:
    note = version_of(sample(name).form, version=2, reason="Written about the wrong person.")
    return retract(note, NAMES, _first(name))


def _status(body: Json) -> str | bool:
    if body["resourceType"] == "RelatedPerson":
        active: bool = body["active"]
        return active
    return str(body.get("status", body.get("lifecycleStatus")))


@pytest.mark.parametrize("name", EVERY_NAME)
def test_an_amended_note_keeps_the_ids_of_its_resources(name: str) -> None:
    first = _first(name)
    second = to_resources(version_of(sample(name).form, version=2, reason="A word."), NAMES, first)
    assert [one.key for one in second[:-1]] == [one.key for one in first[:-1]]


def test_each_version_has_a_provenance_of_its_own() -> None:
    first = _first(FULL_GOAL)
    second = to_resources(version_of(sample(FULL_GOAL).form, version=2, reason="A word."), NAMES, first)
    assert first[-1].type == second[-1].type == "Provenance"
    assert first[-1].id != second[-1].id
    assert types_of(second).count("Provenance") == 1


def test_a_step_that_vanished_is_entered_in_error_and_the_plan_lists_it_no_more() -> None:
    first = _first(FULL_GOAL)
    form = sample(FULL_GOAL).form
    steps = tuple(form.model_dump()["steps"])
    second = to_resources(version_of(changed(form, steps=steps[1:]), version=2), NAMES, first)
    gone = first[1]
    assert len(second) == len(first)
    assert {one.key: one for one in second}[gone.key].body["status"] == "entered-in-error"
    assert gone.key not in str(only(second, "CarePlan"))
    assert {"reference": gone.key} in only(second, "Provenance")["target"]


def test_a_step_that_comes_back_is_as_it_was() -> None:
    first = _first(FULL_GOAL)
    form = sample(FULL_GOAL).form
    second = to_resources(version_of(changed(form, steps=()), version=2), NAMES, first)
    third = to_resources(version_of(form, version=3), NAMES, second)
    assert [task["status"] for task in all_of(second, "Task")] == ["entered-in-error"] * 5
    assert all_of(third, "Task") == all_of(first, "Task")


def test_what_was_withdrawn_stays_withdrawn_in_every_later_version() -> None:
    first = _first(FULL_GOAL)
    without_steps = changed(sample(FULL_GOAL).form, steps=())
    second = to_resources(version_of(without_steps, version=2), NAMES, first)
    third = to_resources(version_of(without_steps, version=3), NAMES, second)
    assert all_of(third, "Task") == all_of(second, "Task")


def test_a_contact_that_no_longer_counts_withdraws_its_procedure_and_its_person() -> None:
    first = _first(EMPLOYER)
    missed = changed(sample(EMPLOYER).form, attendance="did_not_attend", client_took_part=False, minutes=None)
    second = to_resources(version_of(missed, version=2), NAMES, first)
    assert only(second, "Procedure")["status"] == "entered-in-error"
    assert only(second, "RelatedPerson")["active"] is False
    assert only(second, "Encounter")["status"] == "cancelled"


@pytest.mark.parametrize("name", EVERY_NAME)
def test_a_retracted_note_is_entered_in_error_in_every_type(name: str) -> None:
    retracted = _retracted(name)
    assert [one.key for one in retracted[:-1]] == [one.key for one in _first(name)[:-1]]
    assert {_status(one.body) for one in retracted[:-1]} <= {"entered-in-error", False}


@pytest.mark.parametrize("name", [FULL_GOAL, EMPLOYER])
def test_a_retracted_text_says_so_itself_and_keeps_what_was_written(name: str) -> None:
    before, after = only(_first(name), "DocumentReference"), only(_retracted(name), "DocumentReference")
    assert after["docStatus"] == "entered-in-error"
    assert text_of(after) == f"ENTERED IN ERROR. Do not rely on this.\n\n{text_of(before)}"
    assert text_of(before) in text_of(after)


def test_a_retracted_plan_says_so_in_its_narrative() -> None:
    div = only(_retracted(FULL_GOAL), "CarePlan")["text"]["div"]
    assert div.startswith(
        '<div xmlns="http://www.w3.org/1999/xhtml"><p><b>ENTERED IN ERROR. Do not rely on this.</b></p>'
    )
    assert div.endswith("</ol></div>")


@pytest.mark.parametrize("name", EVERY_NAME)
def test_withdrawing_twice_changes_nothing_more(name: str) -> None:
    for resource in _first(name)[:-1]:
        once = withdraw(resource)
        assert withdraw(once) == once


@pytest.mark.parametrize("name", EVERY_NAME)
def test_withdrawing_leaves_the_earlier_bodies_alone(name: str) -> None:
    earlier = _first(name)
    retract(version_of(sample(name).form, version=2), NAMES, earlier)
    assert earlier == _first(name)


def test_a_note_that_never_became_anything_has_nothing_to_retract() -> None:
    assert retract(version_of(sample(EMPLOYER).form, version=2), NAMES, ()) == ()


def test_the_provenance_says_who_wrote_it_when_and_which_version_it_was() -> None:
    form = sample(EMPLOYER).form
    provenance = only(_first(EMPLOYER), "Provenance")
    author, assembler = provenance["agent"]
    assert author["who"]["identifier"]["value"] == form.specialist.id
    assert assembler["who"]["display"] == "Joined Up"
    assert provenance["occurredDateTime"] == form.written_at.isoformat()
    assert provenance["recorded"] == RECEIVED.isoformat()
    (entity,) = provenance["entity"]
    assert entity["role"] == "source"
    assert entity["what"]["identifier"] == {"system": "https://ips.example.nhs.uk/Id/note", "value": f"{form.id}/1"}


def test_the_provenance_targets_everything_of_its_version() -> None:
    resources = _first(FULL_GOAL)
    assert only(resources, "Provenance")["target"] == [{"reference": one.key} for one in resources[:-1]]


def test_the_provenance_says_what_happened_to_the_note_and_why() -> None:
    first = _first(EMPLOYER)
    amended = to_resources(version_of(sample(EMPLOYER).form, version=2, reason="A wrong time."), NAMES, first)
    activities = [
        (codes_in([one["activity"]]), one.get("reason"))
        for one in (only(first, "Provenance"), only(amended, "Provenance"), only(_retracted(EMPLOYER), "Provenance"))
    ]
    assert activities == [
        (["CREATE"], None),
        (["UPDATE"], [{"text": "A wrong time."}]),
        (["NULLIFY"], [{"text": "Written about the wrong person."}]),
    ]


def test_a_resource_id_is_the_note_and_its_role() -> None:
    note: NoteVersion = version_of(sample(EMPLOYER).form)
    encounter = only(_first(EMPLOYER), "Encounter")
    assert encounter["id"] == frame_of(note, NAMES).id_of("encounter")
    assert encounter["identifier"] == [{"system": "https://ips.example.nhs.uk/Id/resource", "value": encounter["id"]}]


def test_the_text_of_a_document_is_utf_8() -> None:
    attachment = only(_first("contact/late_and_not_seen"), "DocumentReference")["content"][0]["attachment"]
    assert attachment["contentType"] == "text/plain;charset=UTF-8"
    assert "Café" in b64decode(attachment["data"]).decode("utf-8")
