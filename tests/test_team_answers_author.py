"""What the clinical team did in the record is theirs: in the note, in its Provenance, and when it is mapped again."""

from uuid import UUID

import pytest
from sqlalchemy.exc import IntegrityError

from service.intake.map_again import map_again
from tests.clinical_team import Json, Team, clinician, output
from tests.door import amend, door_of
from tests.outbox import change, rows
from tests.stopped import faulty

_AUTHORS = """
    SELECT version, body #> '{agent,0,who}' AS who FROM resources
    WHERE note_id = :note_id AND type = 'Provenance' ORDER BY version
"""
KHAN = {"display": "Dr Farah Khan"}


async def authors(team: Team, note: Json) -> list[Json]:
    """The author of each version, as its Provenance has it."""
    return [who for _, who in await rows(team.sessions, _AUTHORS, note_id=note["id"])]


async def by(team: Team, note: Json) -> list[str | None]:
    """The same, as the phone is told."""
    return [version["by"] for version in (await team.shown(note))["versions"]]


def is_the_specialists(who: Json) -> bool:
    return bool(who["identifier"]["value"] == "es-1")


async def answered(team: Team) -> Json:
    note = await team.asked()
    team.does(status="completed", owner=clinician(team.ehr), output=output("At six."))
    await team.read()
    return note


async def test_who_answered_in_the_record_is_the_author_there_and_here(team: Team) -> None:
    note = await answered(team)
    await team.deliver()
    first, second = await authors(team, note)
    assert is_the_specialists(first)
    assert second == KHAN
    assert await by(team, note) == [None, "Dr Farah Khan"]
    (shown,) = [one for one in team.ehr.find("Provenance") if one["activity"]["coding"][0]["code"] == "UPDATE"]
    assert [agent["who"]["display"] for agent in shown["agent"]] == ["Dr Farah Khan", "Joined Up"]
    (document,) = team.ehr.find("DocumentReference")
    assert [author["display"] for author in document["author"]] == ["Sam Okafor", "Dr Farah Khan"]


async def test_where_the_task_names_nobody_it_was_the_team(team: Team) -> None:
    note = await team.asked()
    team.does(status="accepted")
    await team.read()
    assert (await authors(team, note))[1] == {"display": "The clinical team"}


async def test_what_the_specialist_amends_and_retracts_afterwards_is_the_specialists(team: Team) -> None:
    note = await answered(team)
    form = {**await team.form(note), "words": "At five now."}
    assert (await amend(team.phone, form, '"2"')).status_code == 200
    await team.phone.post(f"/notes/{note['id']}/retraction", json={"reason": "About somebody else."})
    assert [is_the_specialists(who) for who in (await authors(team, note))[2:]] == [True, True]
    assert await by(team, note) == [None, "Dr Farah Khan", None, None]


async def test_mapped_again_it_is_still_the_clinicians(team: Team) -> None:
    note = await team.asked()
    mended = door_of(team.phone)
    team.answers.door = lambda: faulty(mended, "Task")
    team.does(status="completed", owner=clinician(team.ehr), output=output("At six."))
    await team.read()
    assert len(await authors(team, note)) == 1
    assert await by(team, note) == [None, "Dr Farah Khan"]
    async with team.sessions.begin() as session:
        assert await map_again(session, mended, UUID(note["id"]), 2)
    assert (await authors(team, note))[1] == KHAN


@pytest.mark.parametrize("which", ["version = 1", "version = 3"], ids=["the first version", "a retraction"])
async def test_no_first_version_and_no_retraction_is_the_teams(team: Team, which: str) -> None:
    note = await answered(team)
    await team.phone.post(f"/notes/{note['id']}/retraction", json={"reason": "About somebody else."})
    with pytest.raises(IntegrityError, match="the_team_amends_a_request"):
        await change(team.sessions, f"UPDATE notes SET written_by = 'Dr Farah Khan' WHERE {which}")
