"""A work goal → Goal, a Task for each step, a CarePlan that lists them, and a document to read."""

from typing import Any
from uuid import UUID

import pytest

from service.mapping.to_resources import to_resources
from service.r4.resource import Json
from tests.mapped import all_of, changed, codes_in, mapped, only, text_of, types_of, version_of
from tests.samples_on_disk import NAMES, sample

FULL = "work_goal/full"
STEP = {"id": UUID("5d0c1a52-5a0e-4f5e-9a55-0e1f2f3a4b5c"), "what": "Write a CV", "who": "client"}


def _task(goal: dict[str, Any] | None = None, **step: Any) -> Json:
    return only(mapped(FULL, **(goal or {}), steps=({**STEP, **step},)), "Task")


def test_a_goal_with_five_steps_becomes_a_goal_five_tasks_a_plan_and_a_document() -> None:
    expected = ["Goal", "Task", "Task", "Task", "Task", "Task", "CarePlan", "DocumentReference", "Provenance"]
    assert types_of(mapped(FULL)) == expected


def test_the_goal_is_in_the_persons_words_and_expressed_by_them() -> None:
    goal = only(mapped(FULL), "Goal")
    assert goal["description"] == {"text": sample(FULL).form.model_dump()["words"]}
    assert goal["expressedBy"] == goal["subject"]
    assert goal["priority"] == {"text": "9 of 10 to the person"}
    assert goal["extension"][0]["valueDate"] == "2026-08-26"


def test_hours_and_date_are_the_goals_target() -> None:
    (target,) = only(mapped(FULL), "Goal")["target"]
    assert target["dueDate"] == "2026-11-30"
    assert target["detailQuantity"]["value"] == 20
    assert codes_in([target["measure"]]) == ["weekly-hours"]


def test_a_goal_with_only_words_has_no_target_priority_or_agreement() -> None:
    bare = mapped(FULL, hours_per_week=None, target_date=None, importance=None, agreed_with_team_on=None, steps=())
    assert types_of(bare) == ["Goal", "CarePlan", "DocumentReference", "Provenance"]
    assert not {"target", "priority", "extension", "statusReason"} & set(only(bare, "Goal"))
    assert "activity" not in only(bare, "CarePlan")


@pytest.mark.parametrize(
    ("sort", "codes"),
    [
        ("competitive_job", ["competitive-job", "employment-status"]),
        ("keep_job", ["keep-job", "employment-status"]),
        ("education", ["education"]),
    ],
)
def test_the_sort_of_goal_is_our_code_and_gravitys_where_it_means_the_same(sort: str, codes: list[str]) -> None:
    assert codes_in(only(mapped(FULL, sort=sort), "Goal")["category"]) == codes


@pytest.mark.parametrize(
    ("status", "lifecycle", "achievement", "plan"),
    [
        ("active", "active", ["in-progress"], "active"),
        ("paused", "on-hold", [], "on-hold"),
        ("achieved", "completed", ["achieved"], "completed"),
        ("changed", "cancelled", ["not-achieved"], "revoked"),
        ("dropped", "cancelled", ["not-achieved"], "revoked"),
    ],
)
def test_where_the_goal_stands(status: str, lifecycle: str, achievement: list[str], plan: str) -> None:
    resources = mapped(FULL, status=status, why="It was time.")
    goal = only(resources, "Goal")
    assert goal["lifecycleStatus"] == lifecycle
    assert codes_in([goal["achievementStatus"]] if "achievementStatus" in goal else []) == achievement
    assert goal["statusReason"] == "It was time."
    assert only(resources, "CarePlan")["status"] == plan


@pytest.mark.parametrize(
    ("status", "ends"), [("active", False), ("paused", False), ("achieved", True), ("dropped", True)]
)
def test_only_a_goal_that_ended_ends_its_plan(status: str, ends: bool) -> None:
    period = only(mapped(FULL, status=status, why="It was time."), "CarePlan")["period"]
    assert period == ({"start": "2026-08-27", "end": "2026-08-27"} if ends else {"start": "2026-08-27"})


@pytest.mark.parametrize(
    ("progress", "status"),
    [("todo", "requested"), ("doing", "in-progress"), ("done", "completed"), ("dropped", "cancelled")],
)
def test_how_far_a_step_is(progress: str, status: str) -> None:
    task = _task(progress=progress)
    assert task["status"] == status
    assert "statusReason" not in task


def test_a_dropped_step_says_why() -> None:
    assert _task(progress="dropped", why_dropped="Too far.")["statusReason"] == {"text": "Too far."}


@pytest.mark.parametrize(
    ("goal", "progress", "status", "reason"),
    [
        ("paused", "todo", "on-hold", "The goal is paused."),
        ("paused", "doing", "on-hold", "The goal is paused."),
        ("dropped", "todo", "cancelled", "The goal was dropped."),
        ("changed", "doing", "cancelled", "The goal was changed to another one."),
    ],
)
def test_an_open_step_rests_or_ends_with_its_goal(goal: str, progress: str, status: str, reason: str) -> None:
    task = _task({"status": goal, "why": "It was time."}, progress=progress)
    assert task["status"] == status
    assert task["statusReason"] == {"text": reason}


@pytest.mark.parametrize(
    ("goal", "progress", "status"),
    [("achieved", "todo", "requested"), ("dropped", "done", "completed"), ("paused", "dropped", "cancelled")],
)
def test_a_step_that_is_closed_or_still_owed_stays_what_it_is(goal: str, progress: str, status: str) -> None:
    assert _task({"status": goal, "why": "It was time."}, progress=progress)["status"] == status


def test_a_clients_step_is_owned_by_the_client() -> None:
    task = _task()
    assert task["owner"] == task["for"]
    assert "performerType" not in task


def test_a_specialists_step_is_owned_by_the_specialist() -> None:
    task = _task(who="specialist")
    assert task["owner"] == task["requester"]
    assert task["owner"]["identifier"]["value"] == "etaylor"


def test_a_clinicians_step_names_the_role_and_no_owner() -> None:
    task = _task(who="clinician", clinical_role="psychiatrist")
    assert codes_in(task["performerType"]) == ["psychiatrist"]
    assert "owner" not in task


def test_a_step_is_due_by_the_end_of_its_restriction() -> None:
    assert "restriction" not in _task()
    task = mapped(FULL)[1].body
    assert task["restriction"] == {"period": {"end": "2026-09-04"}}


def test_a_step_points_at_its_goal_and_not_at_its_plan() -> None:
    resources = mapped(FULL)
    goal = {"reference": f"Goal/{only(resources, 'Goal')['id']}"}
    for task in all_of(resources, "Task"):
        assert task["focus"] == goal
        assert task["extension"][0]["valueReference"] == goal
        assert "basedOn" not in task


def test_the_plan_lists_the_goal_and_every_step_in_order() -> None:
    resources = mapped(FULL)
    plan = only(resources, "CarePlan")
    assert plan["goal"] == [{"reference": f"Goal/{only(resources, 'Goal')['id']}"}]
    tasks = [{"reference": {"reference": f"Task/{task['id']}"}} for task in all_of(resources, "Task")]
    assert plan["activity"] == tasks


def test_the_narrative_escapes_what_people_type() -> None:
    words = 'A job <b>near</b> home & "quiet"\nor on my own'
    div = only(mapped(FULL, words=words), "CarePlan")["text"]["div"]
    assert 'A job &lt;b&gt;near&lt;/b&gt; home &amp; "quiet"<br/>or on my own' in div
    assert div.startswith('<div xmlns="http://www.w3.org/1999/xhtml"><p>')


def test_the_narrative_of_a_goal_without_steps_has_no_list() -> None:
    assert "<ol>" in only(mapped(FULL), "CarePlan")["text"]["div"]
    assert "<ol>" not in only(mapped(FULL, steps=()), "CarePlan")["text"]["div"]


def test_the_document_is_a_plan_of_care_about_goal_and_plan() -> None:
    resources = mapped(FULL)
    document = only(resources, "DocumentReference")
    assert codes_in([document["type"]]) == ["84306-0", "734163000"]
    references = [related["reference"].split("/")[0] for related in document["context"]["related"]]
    assert references == ["Goal", "CarePlan"]


def test_the_text_of_the_plan_reads_as_a_plan() -> None:
    assert text_of(only(mapped(FULL), "DocumentReference")) == (
        "Employment plan\n"
        "\n"
        "When:     Thursday 27 August 2026, 14:00\n"
        "Client:   NHS number 999 047 5148, born 9 January 1969\n"
        "\n"
        "WORK GOAL\n"
        "I want a job outside with plants, near enough to cycle, and to tell my daughter what I do.\n"
        "\n"
        "Status:   active\n"
        "Kind:     Get a competitive job\n"
        "Hours:    20 a week\n"
        "Target:   30 November 2026\n"
        "Matters:  9 of 10 to the person\n"
        "Agreed:   with the clinical team on 26 August 2026\n"
        "\n"
        "STEPS\n"
        "1. Write a CV that starts with the allotment (the client, by 4 September 2026; done)\n"
        "2. Walk in to the three garden centres on the ring road and ask what they need "
        "(Ed Taylor, by 11 September 2026; being done)\n"
        "3. Letter that says he is fit for outdoor work and may need a later start "
        "(Psychiatrist, by 10 September 2026; to do)\n"
        "4. Get the bicycle mended (the client; to do)\n"
        "5. Register with the landscaping agency "
        "(the client; dropped: They only offer work at short notice, which makes him ill.)\n"
        "\n"
        "Written by Ed Taylor, employment specialist, 27 August 2026 at 15:05."
    )


def test_the_goals_note_says_the_same_as_the_document() -> None:
    resources = mapped(FULL)
    (note,) = only(resources, "Goal")["note"]
    assert note["text"] in text_of(only(resources, "DocumentReference"))
    assert note["text"].startswith("WORK GOAL\nI want a job outside")


def test_a_goal_begins_on_the_first_day_that_any_version_knows() -> None:
    first = sample(FULL).form
    before = to_resources(version_of(first), NAMES)
    looked_at_again = changed(
        first,
        happened_at=first.happened_at.replace(month=10),
        written_at=first.written_at.replace(month=10),
    )
    later = to_resources(version_of(looked_at_again, version=2), NAMES, before)
    assert only(later, "Goal")["startDate"] == "2026-08-27"
    assert only(later, "Goal")["statusDate"] == "2026-10-27"
    assert only(later, "CarePlan")["period"] == {"start": "2026-08-27"}


def test_a_goal_set_at_midnight_is_dated_by_the_day_in_the_uk() -> None:
    first = sample(FULL).form
    moment = first.happened_at.fromisoformat("2026-06-30T23:30:00+00:00")
    assert only(mapped(FULL, happened_at=moment), "Goal")["statusDate"] == "2026-07-01"
