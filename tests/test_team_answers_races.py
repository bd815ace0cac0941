"""A change of the team's is read by two, or while the note is amended, or written: it is taken in once, and stands."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime

import orjson
import pytest

from service.db import Sessions
from service.forms.note import FORM
from service.intake.change import amend_note, retract_note
from service.intake.team_answer import TakenIn, TaskSeen
from tests.clinical_team import Team
from tests.door import amend, door_of
from tests.outbox import change, rows
from tests.phone import team_request


async def _seen(team: Team) -> TaskSeen:
    """As one worker has read it, and not yet handed it in."""
    (one,) = await team.answers._due()
    return replace(one, body=team.task())


async def test_of_two_workers_each_takes_other_requests(team: Team) -> None:
    for _ in range(4):
        await team.phone.post("/notes", json=team_request())
    await team.deliver()
    taken = await asyncio.gather(team.answers._due(), team.answers._due())
    assert sorted(len(each) for each in taken) == [0, 4]


async def test_read_by_two_it_is_taken_once(team: Team) -> None:
    note = await team.asked()
    team.does(status="accepted")
    seen = await _seen(team)
    await asyncio.gather(*(team.answers._hand_in(seen) for _ in range(4)))
    assert (await team.shown(note))["version"] == 2
    outcomes = {outcome: _counted(team, outcome) for outcome in ("taken_in", "later", "nothing_new")}
    assert outcomes["taken_in"] == 1, outcomes
    assert sum(outcomes.values()) == 4


def _counted(team: Team, outcome: TakenIn) -> float:
    registry = door_of(team.phone).meters.registry
    return registry.get_sample_value("joinedup_team_answers_total", {"outcome": outcome}) or 0


async def test_amended_between_the_reading_and_the_handing_in_both_stand(team: Team) -> None:
    note = await team.asked()
    team.does(status="accepted")
    seen = await _seen(team)
    assert (await amend(team.phone, {**note, "words": "At five now."})).status_code == 200
    await team.answers._hand_in(seen)
    form = await team.form(note)
    assert (form["state"], form["words"], (await team.shown(note))["version"]) == ("taken_up", "At five now.", 3)


async def _wait_for_a_lock(sessions: Sessions) -> None:
    sql = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"
    while (await rows(sessions, sql))[0][0] == 0:  # noqa: ASYNC110 - the database has no event for it
        await asyncio.sleep(0.02)


async def test_amended_at_the_very_moment_both_stand(team: Team) -> None:
    note = await team.asked()
    team.does(status="accepted")
    seen = await _seen(team)
    form = {**await team.form(note), "words": "At five now."}
    async with team.sessions.begin() as session:
        await amend_note(
            session,
            door_of(team.phone),
            FORM.validate_json(orjson.dumps(form)),
            1,
            "It starts earlier.",
            datetime.now(UTC),
        )
        handing_in = asyncio.create_task(team.answers._hand_in(seen))
        await _wait_for_a_lock(team.sessions)
    await handing_in
    assert _counted(team, "later") == 1
    await team.read()
    now = await team.form(note)
    assert (now["state"], now["words"], (await team.shown(note))["version"]) == ("taken_up", "At five now.", 3)


async def test_retracted_at_the_very_moment_it_stays_retracted(team: Team) -> None:
    note = await team.asked()
    team.does(status="accepted")
    seen = await _seen(team)
    async with team.sessions.begin() as session:
        await retract_note(session, door_of(team.phone), seen.note_id, "Somebody else.", datetime.now(UTC))
        handing_in = asyncio.create_task(team.answers._hand_in(seen))
        await _wait_for_a_lock(team.sessions)
    await handing_in
    shown = await team.shown(note)
    assert (shown["version"], shown["retracted"], _counted(team, "later")) == (2, True, 1)
    await team.answers._hand_in(seen)
    assert ((await team.shown(note))["version"], _counted(team, "nothing_new")) == (2, 1)


@pytest.mark.parametrize(
    "under_way",
    [
        "UPDATE lanes SET lease_token = gen_random_uuid(), leased_by = 'another', due_at = now()",
        "UPDATE ehr_links SET linked_at = clock_timestamp()",
        "INSERT INTO ehr_calls (delivery_id, number, keys) SELECT id, 9, '{}' FROM deliveries",
    ],
)
async def test_while_something_of_ours_is_under_way_it_is_left_for_later(team: Team, under_way: str) -> None:
    note = await team.asked()
    team.does(status="accepted")
    seen = await _seen(team)
    await change(team.sessions, "UPDATE deliveries SET state = 'waiting', ended_at = NULL")
    await change(team.sessions, under_way)
    await team.answers._hand_in(seen)
    assert ((await team.shown(note))["version"], _counted(team, "later")) == (1, 1)
