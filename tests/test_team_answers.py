"""A clinician answers in the EHR, and the specialist sees it: read, taken in by the one door, and never echoed."""

import asyncio
from pathlib import Path

import pytest
from pydantic import SecretStr

from service.meters import Meters
from service.push.ehr import Ehr
from service.settings import Settings
from service.watch.compare_notes import Reconciler
from service.watch.reconcile import reconcile
from service.worker import worker_beside
from tests.clinical_team import Json, Team, clinician, output
from tests.door import amend, door_of
from tests.ehr_answers.manners import SINGLE, TRANSACTIONS, Manners
from tests.outbox import change
from tests.phone import contact

# --- taken in ---------------------------------------------------------------------------------------------


async def test_what_a_clinician_answers_in_the_record_is_the_notes_next_version(team: Team) -> None:
    note = await team.asked()
    team.does(status="completed", owner=clinician(team.ehr), output=output("Tablet at six instead of ten."))
    await team.read()
    form = await team.form(note)
    assert (form["state"], form["taken_up_by"]) == ("answered", "Dr Farah Khan")
    assert (form["answer"]["by"], form["answer"]["words"]) == ("Dr Farah Khan", "Tablet at six instead of ten.")
    shown = await team.shown(note)
    assert shown["version"] == 2
    assert shown["change_reason"] == "By the clinical team, through the record: answered."
    assert shown["concerns"] == []


async def test_each_turn_of_the_team_is_a_version(team: Team) -> None:
    note = await team.asked()
    team.does(status="accepted", owner=clinician(team.ehr))
    await team.read()
    await team.deliver()
    team.does(status="in-progress")
    await team.read()
    team.does(status="completed", note=[{"authorString": "Nurse Ade", "time": "2026-11-30", "text": "Try it at six."}])
    await team.read()
    await team.deliver()
    versions = (await team.shown(note))["versions"]
    assert [one["change_reason"] for one in versions] == [
        None,
        "By the clinical team, through the record: taken up.",
        "By the clinical team, through the record: answered.",
    ]
    assert (await team.form(note))["answer"] == {
        "by": "Nurse Ade",
        "role": None,
        "on": "2026-11-30",
        "words": "Try it at six.",
    }


async def test_what_came_from_the_record_is_not_written_back_to_it(team: Team) -> None:
    note = await team.asked()
    theirs = team.does(status="completed", owner=clinician(team.ehr), output=output("At six."))
    await team.read()
    team.ehr.forget_requests()
    await team.deliver()
    assert (await team.shown(note))["delivery"]["state"] == "delivered"
    assert team.task() == theirs
    assert team.written() == ["PUT DocumentReference", "POST Provenance"]


async def test_what_was_taken_in_is_no_difference_to_the_reconciliation(team: Team) -> None:
    await team.asked()
    team.does(status="completed", owner=clinician(team.ehr), output=output("At six."))
    async with Ehr(team.ehr.url, 5) as ehr:
        reconciler = Reconciler(team.sessions, ehr, in_flight=4)
        assert not (await reconcile(reconciler)).all_is_well
        await team.read()
        await team.deliver()
        assert (await reconcile(reconciler)).all_is_well
        team.does(description="Somebody else's words.")
        assert not (await reconcile(reconciler)).all_is_well


async def test_the_information_for_a_job_match_is_complete_once_it_is_answered(team: Team) -> None:
    await team.asked(asked_for="job_match_information")
    team.does(status="completed", output=output("Small crews suit him."))
    await team.read()
    await team.deliver()
    (information,) = team.ehr.find("CommunicationRequest")
    assert information["status"] == "completed"


async def test_read_twice_it_is_taken_once(team: Team) -> None:
    note = await team.asked()
    team.does(status="accepted", owner=clinician(team.ehr))
    for _ in range(3):
        await team.read()
    await team.answers.read_if_due()
    assert (await team.shown(note))["version"] == 2


# --- what the specialist does next -------------------------------------------------------------------------


@pytest.mark.parametrize("manners", [TRANSACTIONS[0], SINGLE[0]], ids=lambda manners: manners.name)
async def test_a_later_change_of_the_specialists_goes_and_nothing_of_the_teams_is_lost(
    team: Team, manners: Manners
) -> None:
    manners.taught(team.ehr)
    note = await team.asked()
    owner = clinician(team.ehr)
    theirs = team.does(status="accepted", owner=owner, businessStatus={"text": "On Thursday's list"})
    await team.read()
    await team.deliver()
    form = {**await team.form(note), "words": "The bakery now starts at five."}
    assert (await amend(team.phone, form, '"2"')).status_code == 200
    await team.deliver()
    assert (await team.shown(note))["delivery"]["state"] == "delivered"
    task = team.task()
    assert task["description"] == "The bakery now starts at five."
    assert (task["status"], task["owner"], task["businessStatus"]) == ("accepted", owner, theirs["businessStatus"])


async def test_what_is_asked_for_in_a_new_way_is_written_over_theirs_and_proved(team: Team) -> None:
    note = await team.asked()
    team.does(status="accepted", businessStatus={"text": "On Thursday's list"})
    await team.read()
    await team.deliver()
    form = {**await team.form(note), "asked_for": "job_match_information"}
    assert (await amend(team.phone, form, '"2"')).status_code == 200
    await team.deliver()
    (information,) = team.ehr.find("CommunicationRequest")
    task = team.task()
    assert task["focus"] == {"reference": f"CommunicationRequest/{information['id']}"}
    assert task["businessStatus"] == {"text": "On Thursday's list"}
    async with Ehr(team.ehr.url, 5) as ehr:
        assert (await reconcile(Reconciler(team.sessions, ehr, in_flight=4))).all_is_well


async def test_an_answer_that_was_lost_over_theirs_is_found_and_nothing_is_sent_twice(team: Team) -> None:
    note = await team.asked()
    owner = clinician(team.ehr)
    team.does(status="accepted", owner=owner)
    await team.read()
    await team.deliver()
    form = {**await team.form(note), "words": "At five now."}
    assert (await amend(team.phone, form, '"2"')).status_code == 200
    team.ehr.misbehave(only="writes", do="drop", when="after", times=1)
    await team.deliver()
    written = team.task()
    await change(team.sessions, "UPDATE lanes SET due_at = now()")
    await team.deliver()
    assert (await team.shown(note))["delivery"]["state"] == "delivered"
    assert (team.task(), written["owner"], written["description"]) == (written, owner, "At five now.")
    await team.read()
    assert (await team.shown(note))["version"] == 3
    async with Ehr(team.ehr.url, 5) as ehr:
        assert (await reconcile(Reconciler(team.sessions, ehr, in_flight=4))).all_is_well


async def test_after_both_have_changed_it_the_record_is_read_as_it_is_and_proved(team: Team) -> None:
    note = await team.asked()
    team.does(status="accepted", owner=clinician(team.ehr), note=[{"text": "On Thursday's list."}])
    await team.read()
    await team.deliver()
    form = {**await team.form(note), "state": "withdrawn", "why": "The bakery closed."}
    assert (await amend(team.phone, form, '"2"')).status_code == 200
    await team.deliver()
    task = team.task()
    assert (task["status"], task["statusReason"]) == ("cancelled", {"text": "The bakery closed."})
    assert task["note"] == [{"text": "On Thursday's list."}]
    async with Ehr(team.ehr.url, 5) as ehr:
        assert (await reconcile(Reconciler(team.sessions, ehr, in_flight=4))).all_is_well


async def test_a_retraction_keeps_what_the_team_did(team: Team) -> None:
    note = await team.asked()
    owner = clinician(team.ehr)
    team.does(status="accepted", owner=owner)
    await team.read()
    await team.deliver()
    await team.phone.post(f"/notes/{note['id']}/retraction", json={"reason": "About somebody else."})
    await team.deliver()
    assert (team.task()["status"], team.task()["owner"]) == ("entered-in-error", owner)


async def test_amended_before_it_was_read_both_changes_are_in_the_record(team: Team) -> None:
    note = await team.asked()
    owner = clinician(team.ehr)
    team.does(status="accepted", owner=owner)
    assert (await amend(team.phone, {**note, "words": "At five now."})).status_code == 200
    await team.deliver()
    assert (await team.shown(note))["delivery"]["reason_code"] == "changed_in_ehr"
    await team.read()
    await team.deliver()
    shown = await team.shown(note)
    assert [one["delivery"]["state"] for one in shown["versions"]] == ["delivered", "cancelled", "delivered"]
    task = team.task()
    assert (task["status"], task["owner"], task["description"]) == ("accepted", owner, "At five now.")
    assert (await team.form(note))["words"] == "At five now."


async def test_withdrawn_and_answered_at_the_same_time_it_is_closed_with_the_answer(team: Team) -> None:
    note = await team.asked()
    team.does(status="completed", output=output("At six."))
    assert (await amend(team.phone, {**note, "state": "withdrawn", "why": "No longer needed."})).status_code == 200
    await team.deliver()
    await team.read()
    await team.deliver()
    form = await team.form(note)
    assert (form["state"], form["why"], form["answer"]["words"]) == ("closed", "No longer needed.", "At six.")
    assert (await team.shown(note))["delivery"]["state"] == "delivered"


async def test_what_stopped_our_change_without_saying_anything_lets_it_go_on(team: Team) -> None:
    note = await team.asked()
    team.does(priority="urgent")
    assert (await amend(team.phone, {**note, "words": "At five now."})).status_code == 200
    await team.deliver()
    await team.read()
    await team.deliver()
    shown = await team.shown(note)
    assert (shown["version"], shown["delivery"]["state"]) == (2, "delivered")
    assert (team.task()["priority"], team.task()["description"]) == ("urgent", "At five now.")


async def test_the_specialists_new_name_stays(team: Team) -> None:
    note = await team.asked()
    await team.phone.post("/notes", json=contact(specialist={"id": "es-1", "name": "Sam Okafor-Lee"}))
    team.does(status="accepted")
    await team.read()
    assert (await team.form(note))["specialist"]["name"] == "Sam Okafor-Lee"


# --- the worker -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("has_door", [True, False])
async def test_a_worker_reads_by_itself_in_the_service_and_alone(team: Team, has_door: bool) -> None:
    note = await team.asked()
    team.does(status="accepted")
    door = door_of(team.phone) if has_door else None
    settings = Settings(database_url=SecretStr("postgresql://unused"), ehr_url=team.ehr.url, _env_file=None)
    async with worker_beside(settings, team.sessions, Meters(), door):
        while not await _is_delivered(team, note, version=2):  # noqa: ASYNC110 - there is no event for it
            await asyncio.sleep(0.05)
    assert team.task()["status"] == "accepted"


async def _is_delivered(team: Team, note: Json, version: int) -> bool:
    shown = await team.shown(note)
    return bool(shown["version"] == version and shown["delivery"]["state"] == "delivered")


async def test_where_notes_go_as_messages_there_is_nothing_to_be_answered(team: Team, tmp_path: Path) -> None:
    await team.asked()
    settings = Settings(
        database_url=SecretStr("postgresql://unused"),
        ehr_url=team.ehr.url,
        ehr_messages="folder",
        message_folder=tmp_path,
        _env_file=None,
    )
    team.ehr.forget_requests()
    await team.phone.post("/notes", json=contact())
    async with worker_beside(settings, team.sessions, Meters()):
        while not _names_in(tmp_path):  # noqa: ASYNC110 - there is no event for it
            await asyncio.sleep(0.05)
    assert team.ehr.requests() == []


def _names_in(folder: Path) -> list[str]:
    return [file.name for file in folder.iterdir()]
