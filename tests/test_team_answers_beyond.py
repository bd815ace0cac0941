"""What the team did in the record and a note cannot say: a person is told, nothing is made up, nothing written over."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from service.intake.team_answer import take_in
from service.watch.remap import remap
from tests.clinical_team import Json, Team, output
from tests.door import amend, door_of
from tests.outbox import change
from tests.phone import NHS_NUMBERS


@pytest.mark.parametrize("words", [None, "\u200b", " \u2060\u00ad "])
async def test_an_end_without_words_is_shown_and_not_made_up(team: Team, words: str | None) -> None:
    note = await team.asked()
    team.does(status="completed", output=output(words) if words else None)
    await team.read()
    assert ((await team.shown(note))["version"], await team.concerns(note)) == (1, ["team_without_words"])
    by_specialist = (await team.phone.get("/concerns", params={"specialist": "es-1"})).json()["concerns"]
    assert [one["note_id"] for one in by_specialist] == [note["id"]]
    assert "Ask them" in by_specialist[0]["sentence"]
    assert (await team.phone.get("/concerns", params={"specialist": "es-2"})).json()["concerns"] == []
    # They write it after all.
    team.does(output=output("At six."))
    await team.read()
    assert ((await team.form(note))["state"], await team.concerns(note)) == ("answered", [])


async def test_who_amends_the_note_has_dealt_with_the_concern(team: Team) -> None:
    note = await team.asked()
    team.does(status="completed")
    await team.read()
    answer = {"by": "Dr Farah Khan", "on": "2026-11-20", "words": "At six, she says."}
    assert (await amend(team.phone, {**note, "state": "answered", "answer": answer})).status_code == 200
    assert await team.concerns(note) == []
    await team.deliver()
    assert (await team.shown(note))["delivery"]["state"] == "delivered"
    assert (team.task()["status"], team.task()["output"][0]["valueString"]) == ("completed", "At six, she says.")


async def test_taken_up_with_a_word_the_state_is_taken_in_and_the_word_is_shown_to_be_there(team: Team) -> None:
    note = await team.asked()
    team.does(status="accepted", note=[{"text": "On Thursday's list."}])
    await team.read()
    assert ((await team.form(note))["state"], await team.concerns(note)) == ("taken_up", ["team_wrote_meanwhile"])


async def test_what_is_in_another_persons_record_is_never_taken_in(team: Team) -> None:
    note = await team.asked()
    (other,) = team.ehr.find("Patient", identifier=f"https://fhir.nhs.uk/Id/nhs-number|{NHS_NUMBERS[1]}")
    team.does(**{"for": {"reference": f"Patient/{other['id']}"}}, status="completed", output=output("At six."))
    for _ in range(2):
        await team.read()
        assert ((await team.shown(note))["version"], await team.concerns(note)) == (1, ["team_another_record"])
    # Nor do we write there.
    assert (await amend(team.phone, {**note, "words": "At five."})).status_code == 200
    await team.deliver()
    assert (await team.shown(note))["delivery"]["state"] == "needs_attention"


async def test_what_does_not_bear_our_identifier_any_more_is_not_taken_in(team: Team) -> None:
    note = await team.asked()
    team.does(identifier=[{"value": "theirs"}], status="completed", output=output("At six."))
    await team.read()
    assert ((await team.shown(note))["version"], await team.concerns(note)) == (1, ["team_not_recognised"])


@pytest.mark.parametrize("about", [None, {"display": "Her"}, {"reference": "Group/1"}])
async def test_what_does_not_say_whom_it_is_about_is_not_taken_in(team: Team, about: Json | None) -> None:
    note = await team.asked()
    body = {**team.does(status="completed", output=output("At six.")), "for": about}
    (seen,) = await team.answers._due()
    async with team.sessions.begin() as session:
        came = await take_in(session, door_of(team.phone), replace(seen, body=body), datetime.now(UTC))
    assert (came, await team.concerns(note)) == ("needs_a_person", ["team_not_recognised"])


async def test_what_is_gone_is_left_to_the_reconciliation(team: Team) -> None:
    note = await team.asked()
    for resource_type in ("Provenance", "DocumentReference", "Task"):
        (one,) = team.ehr.find(resource_type)
        assert team.ehr.fhir("DELETE", f"{resource_type}/{one['id']}").status_code in (200, 204)
    await team.read()
    assert ((await team.shown(note))["version"], await team.concerns(note)) == (1, [])


async def test_what_the_door_would_not_take_is_shown_to_be_there(team: Team) -> None:
    note = await team.asked()
    await change(team.sessions, "UPDATE clients SET birth_date = '1990-03-02'")
    team.does(status="accepted")
    await team.read()
    assert ((await team.shown(note))["version"], await team.concerns(note)) == (1, ["team_not_understood"])


async def test_what_our_mapping_fails_on_is_taken_in_all_the_same(team: Team) -> None:
    note = await team.asked()
    team.does(status="accepted")
    door = door_of(team.phone)
    team.answers.door = lambda: replace(door, names=None)  # type: ignore[arg-type]
    await team.read()
    assert (await team.form(note))["state"] == "taken_up"
    assert (await team.shown(note))["delivery"]["reason_code"] == "mapping_failed"
    await remap(team.sessions, door, dry_run=False)
    await team.deliver()
    assert (await team.shown(note))["delivery"]["state"] == "delivered"
    assert team.task()["status"] == "accepted"
