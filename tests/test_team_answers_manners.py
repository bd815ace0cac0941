"""How the EHR is read for answers: under every manner of EHR, in outages, and no more often than is due."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from service.push.capability import BY_LETTER
from service.push.ehr import Ehr
from service.push.negotiation import Negotiation
from service.watch.compare_notes import Reconciler
from service.watch.reconcile import reconcile
from tests.clinical_team import Team, clinician, output
from tests.door import amend
from tests.ehr_answers.manners import DOCUMENTS, SINGLE, TRANSACTIONS, Manners
from tests.log_lines import Lines
from tests.outbox import change, rows
from tests.phone import team_request

MANNERS = [*TRANSACTIONS[1:3], TRANSACTIONS[4], *SINGLE[2:7]]


@pytest.mark.parametrize("manners", MANNERS, ids=lambda manners: manners.name)
async def test_whatever_the_ehr_answers_like_both_changes_stand_and_are_proved(team: Team, manners: Manners) -> None:
    manners.taught(team.ehr)
    note = await team.asked()
    owner = clinician(team.ehr)
    team.does(status="accepted", owner=owner)
    await team.read()
    await team.read()
    await team.deliver()
    form = {**await team.form(note), "words": "At five now."}
    assert (await amend(team.phone, form, '"2"')).status_code == 200
    await team.deliver()
    await team.read()
    team.does(status="completed", output=output("At six."))
    await team.read()
    await team.deliver()
    shown = await team.shown(note)
    assert (shown["version"], shown["delivery"]["state"], shown["concerns"]) == (4, "delivered", [])
    task = team.task()
    assert (task["status"], task["owner"], task["description"]) == ("completed", owner, "At five now.")
    async with Ehr(team.ehr.url, 5) as ehr:
        assert (await reconcile(Reconciler(team.sessions, ehr, in_flight=4))).all_is_well


def _asked_for_tasks(team: Team) -> list[str]:
    return [one["path"] for one in team.ehr.requests() if "Task" in one["path"] and one["method"] == "GET"]


async def test_where_tasks_go_in_the_document_only_nothing_is_read(team: Team) -> None:
    DOCUMENTS[0].taught(team.ehr)
    await team.asked()
    team.ehr.forget_requests()
    await team.read()
    assert _asked_for_tasks(team) == []


async def test_where_the_settings_say_document_only_nothing_is_read(team: Team) -> None:
    await team.asked()
    team.ehr.forget_requests()
    team.answers.negotiation = Negotiation({"Task": BY_LETTER["C"]})
    await team.read()
    assert _asked_for_tasks(team) == []


async def test_never_is_never(team: Team) -> None:
    await team.asked()
    team.answers.every = timedelta()
    team.ehr.forget_requests()
    await team.answers.read_if_due()
    assert team.ehr.requests() == []


async def test_many_are_looked_for_in_one_search_and_each_no_sooner_than_it_is_due(team: Team) -> None:
    for _ in range(3):
        await team.phone.post("/notes", json=team_request())
    await team.deliver()
    team.ehr.forget_requests()
    await team.answers.read_if_due()
    (search,) = _asked_for_tasks(team)
    assert search.count("/Id/resource%7C") == 3
    await team.answers.read_if_due()
    assert len(_asked_for_tasks(team)) == 1


async def test_what_is_not_open_any_more_is_not_read(team: Team) -> None:
    note = await team.asked()
    gone = await team.asked()
    await team.phone.post(f"/notes/{gone['id']}/retraction", json={"reason": "About somebody else."})
    await amend(team.phone, {**note, "state": "withdrawn", "why": "Not needed."})
    await team.deliver()
    team.ehr.forget_requests()
    await team.read()
    assert _asked_for_tasks(team) == []


async def test_where_it_cannot_be_searched_each_is_read(team: Team) -> None:
    note = await team.asked()
    team.ehr.offer(unsearchable=["Task"])
    task = await _linked(team)
    assert team.ehr.fhir("PUT", f"Task/{task['id']}", {**task, "status": "accepted"}).status_code == 200
    await team.read()
    assert (await team.form(note))["state"] == "taken_up"


async def _linked(team: Team) -> dict[str, Any]:
    ((ehr_id,),) = await rows(team.sessions, "SELECT ehr_id FROM ehr_links WHERE ehr_type = 'Task'")
    task: dict[str, Any] = team.ehr.fhir("GET", f"Task/{ehr_id}").json()
    return task


# --- outages ------------------------------------------------------------------------------------------------


@pytest.fixture
def hasty(team: Team) -> Team:
    """The tries of one read follow at once."""

    async def no_pause(_: float) -> None:
        return

    team.answers.pause = no_pause
    return team


async def test_an_outage_is_told_and_read_over_later(hasty: Team, lines: Lines) -> None:
    note = await hasty.asked()
    hasty.does(status="accepted")
    hasty.ehr.misbehave(path="^/Task", do="answer", status=503)
    lines.all()
    await hasty.read()
    told = [line for line in lines.all() if line["event"] == "answers of the team could not be read"]
    assert [line["reason_code"] for line in told] == ["ehr_unavailable"]
    hasty.ehr.behave()
    await hasty.read()
    assert (await hasty.form(note))["state"] == "taken_up"


async def test_it_is_not_asked_before_it_wants_to_be(hasty: Team) -> None:
    note = await hasty.asked()
    hasty.does(status="accepted")
    hasty.ehr.misbehave(path="^/Task", do="answer", status=429, retry_after=3600)
    await hasty.read()
    hasty.ehr.behave()
    hasty.ehr.forget_requests()
    await hasty.read()
    assert hasty.ehr.requests() == []
    hasty.answers.now = lambda: datetime.now(UTC) + timedelta(hours=1, minutes=1)
    await hasty.read()
    assert (await hasty.form(note))["state"] == "taken_up"


async def test_while_the_ehr_does_not_say_what_it_takes_nothing_is_read(hasty: Team) -> None:
    await hasty.asked()
    hasty.ehr.misbehave(path="^/metadata", do="answer", status=429, retry_after=3600)
    hasty.ehr.forget_requests()
    await hasty.read()
    await hasty.read()
    assert [one["path"] for one in hasty.ehr.requests()] == ["/metadata"]


async def test_while_the_breaker_is_open_nothing_is_read(team: Team) -> None:
    await team.asked()
    await change(
        team.sessions,
        "UPDATE breaker SET open_since = now(), probe_at = now(), reason_code = 'ehr_unreachable', reason = 'Silent.'",
    )
    team.ehr.forget_requests()
    await team.read()
    assert _asked_for_tasks(team) == []


async def test_one_that_cannot_be_read_keeps_nobody_elses_answer_back(hasty: Team, lines: Lines) -> None:
    first, second = await hasty.asked(), await hasty.asked()
    for task in hasty.ehr.find("Task"):
        assert hasty.ehr.fhir("PUT", f"Task/{task['id']}", {**task, "status": "accepted"}).status_code == 200
    (one, _) = await rows(
        hasty.sessions, "SELECT ehr_id, note_id FROM ehr_links WHERE ehr_type = 'Task' ORDER BY note_id"
    )
    hasty.ehr.misbehave(path=f"^/Task/{one[0]}", do="answer", status=403, issue_code="forbidden")
    lines.all()
    await hasty.read()
    states = {note["id"]: (await hasty.form(note))["state"] for note in (first, second)}
    assert states.pop(str(one[1])) == "asked"
    assert list(states.values()) == ["taken_up"]
    told = [line for line in lines.all() if line["event"] == "an answer of the team could not be read"]
    assert [(line["note_id"], line["reason_code"]) for line in told] == [(str(one[1]), "ehr_forbids")]


async def test_where_none_can_be_read_it_is_given_up_for_now(hasty: Team) -> None:
    for _ in range(5):
        await hasty.phone.post("/notes", json=team_request())
    await hasty.deliver()
    hasty.ehr.misbehave(path="^/Task", do="answer", status=403, issue_code="forbidden")
    hasty.ehr.forget_requests()
    await hasty.read()
    assert len(_asked_for_tasks(hasty)) == 4  # the search, and three of the five
