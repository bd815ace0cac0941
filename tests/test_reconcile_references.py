"""A note may name another that comes after it: what it refers to is in the EHR in the end, and nothing was changed."""

from typing import Any

from service.db import Sessions
from service.watch.compare_notes import Reconciler
from service.watch.reconcile import reconcile
from tests.delivered import accept, deliver_all, delivered
from tests.phone import job, team_request, work_goal
from tests.sandbox_server import SandboxServer

Json = dict[str, Any]


def _a_job_and_its_goal() -> tuple[Json, Json]:
    found = job()
    return found, work_goal(status="achieved", job_id=found["id"])


def _outcome(ehr: SandboxServer) -> Json:
    (goal,) = ehr.find("Goal")
    (outcome,) = goal["outcomeReference"]
    return dict(outcome)


async def test_a_goal_points_to_the_job_that_came_of_it(
    sessions: Sessions, ehr: SandboxServer, reconciler: Reconciler
) -> None:
    found, goal = _a_job_and_its_goal()
    await delivered(sessions, ehr, found, goal)
    (observed,) = [one for one in ehr.find("Observation") if one["code"]["coding"][0]["code"] == "11341-5"]
    assert _outcome(ehr)["reference"] == f"Observation/{observed['id']}"
    assert (await reconcile(reconciler)).totals["in_ehr"] == 2


async def test_a_goal_that_came_before_its_job_names_it_and_is_not_called_changed(
    sessions: Sessions, ehr: SandboxServer, reconciler: Reconciler
) -> None:
    found, goal = _a_job_and_its_goal()
    await delivered(sessions, ehr, goal, found)
    assert "reference" not in _outcome(ehr)
    assert _outcome(ehr)["identifier"]["value"]
    assert (await reconcile(reconciler)).totals["in_ehr"] == 2


async def test_what_came_before_what_it_names_is_amended_without_a_question(
    sessions: Sessions, ehr: SandboxServer
) -> None:
    """By an EHR that does not heed If-Match, which is read and compared before each change."""
    ehr.offer(guarded=False)
    found, goal = _a_job_and_its_goal()
    earlier = await accept(sessions, goal)
    await deliver_all(sessions, ehr)
    await accept(sessions, found)
    await accept(sessions, {**goal, "importance": 7}, version=2, earlier=earlier)
    assert {type(one).__name__ for one in await deliver_all(sessions, ehr)} == {"Delivered"}
    assert "reference" in _outcome(ehr)


async def test_a_request_may_name_a_job_that_comes_later(
    sessions: Sessions, ehr: SandboxServer, reconciler: Reconciler
) -> None:
    found = job()
    await delivered(sessions, ehr, team_request(job_id=found["id"]), found)
    assert (await reconcile(reconciler)).totals["in_ehr"] == 2
