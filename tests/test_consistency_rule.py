"""Notes that contradict one another are taken as they are, and raised: the goal, the job or the plan to look at."""

from typing import Any

import httpx
import pytest

from service.forms.note import Form
from service.intake.consistency_rule import contradictions
from tests.histories import at, form, goal, id_of, job, taken_on
from tests.phone import EVERY_KIND

Json = dict[str, Any]


def plan(goal_id: str | None, **changes: Any) -> Form:
    return form(EVERY_KIND["support_plan"](**{**at("2026-10-01"), "goal_id": goal_id, **changes}))


def raised(*notes: Form) -> list[tuple[str, str]]:
    return [(one.code, str(one.note.id)) for one in contradictions(notes)]


def test_notes_that_agree_raise_nothing() -> None:
    open_goal = goal("2026-09-01")
    assert raised() == []
    assert raised(open_goal, job("2026-10-01"), plan(str(id_of(open_goal)))) == []


@pytest.mark.parametrize("status", ["active", "paused"])
def test_a_goal_that_is_still_open_though_its_job_has_started_is_raised(status: str) -> None:
    before = goal("2026-09-01", status=status)
    its_job = job("2026-10-01", goal_id=str(id_of(before)))
    assert raised(before, its_job) == [("goal_open_though_its_job_started", str(id_of(before)))]
    # A second job that started earlier settles nothing.
    assert raised(job("2026-08-01", goal_id=str(id_of(before))), its_job, before)


@pytest.mark.parametrize(
    "changes",
    [
        {"status": "achieved"},
        {"status": "dropped", "why": "x"},
        # Whoever looked at it after the first day, or agreed it with the team, and left it open has decided so.
        {"happened_at": "2026-10-02T12:00:00+00:00"},
        {"agreed_with_team_on": "2026-10-02"},
    ],
)
def test_a_goal_that_was_settled_or_looked_at_again_is_not(changes: Json) -> None:
    one = goal("2026-09-01", **changes)
    assert raised(one, job("2026-10-01", goal_id=str(id_of(one)))) == []


def test_a_job_that_began_after_the_referral_was_closed_is_raised() -> None:
    closed = taken_on("2026-01-01", "2026-01-02", closed_on="2026-06-30", close_reason="moved_away")
    for day, after in (("2026-06-30", False), ("2026-07-01", True)):
        found = job(day)
        assert raised(closed, found) == ([("job_after_the_close", str(id_of(found)))] if after else [])


def test_with_no_referral_or_one_that_is_open_a_job_is_in_order() -> None:
    closed = taken_on("2026-01-01", "2026-01-02", closed_on="2026-06-30", close_reason="moved_away")
    assert raised(job("2026-10-01")) == []
    assert raised(closed, taken_on("2026-09-01", "2026-09-02"), job("2026-10-01")) == []
    assert raised(closed, taken_on("2026-11-01", "2026-11-02"), job("2026-10-01")) != []


@pytest.mark.parametrize("status", ["dropped", "changed"])
def test_a_plan_in_force_for_a_goal_that_was_given_up_is_raised(status: str) -> None:
    given_up = goal("2026-09-01", status=status, why="x")
    for_it = plan(str(id_of(given_up)))
    assert raised(for_it, given_up) == [("plan_for_a_goal_no_more", str(id_of(for_it)))]
    assert raised(plan(str(id_of(given_up)), status="ended", why="x"), given_up) == []
    assert raised(plan(None), given_up) == []


async def _post(phone: httpx.AsyncClient, *notes: Form) -> None:
    for note in notes:
        answer = await phone.post(
            "/notes", content=note.model_dump_json(), headers={"Content-Type": "application/json"}
        )
        assert answer.status_code == 201, answer.text


async def test_it_is_accepted_and_raised_and_what_comes_later_settles_it(phone: httpx.AsyncClient) -> None:
    before = goal("2026-09-01")
    closed = taken_on("2026-01-01", "2026-01-02", closed_on="2026-06-30", close_reason="moved_away")
    its_job = job("2026-10-01", goal_id=str(id_of(before)))
    await _post(phone, before, closed, its_job)
    answer = await phone.get("/concerns", params={"specialist": "es-1"})
    codes = {one["note_id"]: one["code"] for one in answer.json()["concerns"]}
    assert codes == {str(id_of(before)): "goal_open_though_its_job_started", str(id_of(its_job)): "job_after_the_close"}
    told = (await phone.get(f"/notes/{id_of(its_job)}")).json()["concerns"]
    assert [(one["code"], one["specialist_id"]) for one in told] == [("job_after_the_close", "es-1")]
    assert (await phone.get("/concerns", params={"specialist": "es-2"})).json() == {"concerns": []}
    await _post(phone, taken_on("2026-09-01", "2026-09-02"))
    assert (await phone.get(f"/notes/{id_of(its_job)}")).json()["concerns"] == []
