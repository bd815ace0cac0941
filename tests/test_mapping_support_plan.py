"""A support plan → a Task for each line, a CarePlan that lists them, and a document to read."""

from typing import Any
from uuid import UUID

import pytest

from service.mapping.frame import role_id
from service.mapping.to_resources import retract, to_resources
from service.r4.resource import Json
from tests.mapped import all_of, changed, codes_in, mapped, only, text_of, types_of, version_of
from tests.samples_on_disk import NAMES, sample

ADJUSTMENTS = "support_plan/workplace_adjustments"
WELLBEING = "support_plan/work_health_and_wellbeing"
RETURN = "support_plan/return_to_work"
SUPPORT = "support_plan/in_work_support"
LINE: dict[str, Any] = {"id": UUID("5d0c1a52-5a0e-4f5e-9a55-0e1f2f3a4b5c"), "what": "Start at ten", "who": "client"}


def _task(plan: dict[str, Any] | None = None, **line: Any) -> Json:
    return only(mapped(ADJUSTMENTS, **(plan or {}), lines=({**LINE, **line},)), "Task")


def _read(name: str, **fields: Any) -> str:
    return text_of(only(mapped(name, **fields), "DocumentReference"))


def test_a_plan_with_four_lines_becomes_four_tasks_a_plan_and_a_document() -> None:
    resources = mapped(ADJUSTMENTS)
    assert types_of(resources) == ["Task", "Task", "Task", "Task", "CarePlan", "DocumentReference", "Provenance"]
    listed = [{"reference": {"reference": f"Task/{task['id']}"}} for task in all_of(resources, "Task")]
    assert only(resources, "CarePlan")["activity"] == listed
    assert all("basedOn" not in task for task in all_of(resources, "Task"))


def test_a_plan_without_lines_lists_nothing() -> None:
    bare = mapped(WELLBEING, lines=())
    assert types_of(bare) == ["CarePlan", "DocumentReference", "Provenance"]
    plan = only(bare, "CarePlan")
    assert not {"activity", "goal", "description"} & set(plan)
    assert "<ol>" not in plan["text"]["div"]


@pytest.mark.parametrize(
    ("name", "code", "title"),
    [
        (WELLBEING, "work-health-wellbeing", "Work health and wellbeing plan"),
        (RETURN, "return-to-work", "Return-to-work plan"),
        (SUPPORT, "in-work-support", "In-work support plan"),
        (ADJUSTMENTS, "workplace-adjustments", "Workplace adjustments plan"),
    ],
)
def test_each_sort_is_told_by_its_code_and_title(name: str, code: str, title: str) -> None:
    resources = mapped(name)
    plan, document = only(resources, "CarePlan"), only(resources, "DocumentReference")
    assert (codes_in(plan["category"]), plan["title"], plan["intent"]) == ([code], title, "plan")
    assert (document["type"]["text"], document["description"]) == (title, title)
    assert codes_in([document["type"]]) == ["84306-0", "734163000"]
    assert document["context"]["related"] == [{"reference": f"CarePlan/{plan['id']}"}]
    assert text_of(document).startswith(f"{title}\n\nWhen:     ")


@pytest.mark.parametrize(
    ("status", "plan", "ends"),
    [("active", "active", False), ("paused", "on-hold", False), ("ended", "completed", True)],
)
def test_where_the_plan_stands(status: str, plan: str, ends: bool) -> None:
    body = only(mapped(ADJUSTMENTS, status=status), "CarePlan")
    assert body["status"] == plan
    assert body["period"] == {"start": "2026-10-05"} | ({"end": "2026-10-05"} if ends else {})


@pytest.mark.parametrize(
    ("how_far", "status"),
    [("not_started", "requested"), ("under_way", "in-progress"), ("done", "completed"), ("dropped", "cancelled")],
)
def test_how_far_a_line_is(how_far: str, status: str) -> None:
    task = _task(how_far=how_far)
    assert (task["status"], task["intent"], "statusReason" in task) == (status, "plan", False)


def test_a_dropped_line_says_why() -> None:
    assert _task(how_far="dropped", why_dropped="Mended.")["statusReason"] == {"text": "Mended."}


@pytest.mark.parametrize(
    ("plan", "how_far", "status", "reason"),
    [
        ("paused", "not_started", "on-hold", "The plan is paused."),
        ("paused", "under_way", "on-hold", "The plan is paused."),
        ("ended", "not_started", "cancelled", "The plan has ended."),
        ("ended", "under_way", "cancelled", "The plan has ended."),
    ],
)
def test_an_open_line_rests_or_ends_with_its_plan(plan: str, how_far: str, status: str, reason: str) -> None:
    task = _task({"status": plan}, how_far=how_far)
    assert (task["status"], task["statusReason"]) == (status, {"text": reason})


@pytest.mark.parametrize(("how_far", "status"), [("done", "completed"), ("dropped", "cancelled")])
def test_a_line_that_is_closed_stays_what_it_is(how_far: str, status: str) -> None:
    task = _task({"status": "ended"}, how_far=how_far)
    assert (task["status"], "statusReason" in task) == (status, False)


def test_a_line_says_what_it_is_about_since_when_and_by_when() -> None:
    task = _task(about="hours", since=sample(ADJUSTMENTS).form.written_at.date(), by_when=None)
    assert codes_in([task["code"]]) == ["support-plan-line", "hours"]
    assert (task["executionPeriod"], "restriction" in task) == ({"start": "2026-10-05"}, False)
    bare = _task(by_when=sample(ADJUSTMENTS).form.written_at.date())
    assert codes_in([bare["code"]]) == ["support-plan-line"]
    assert (bare["restriction"], "executionPeriod" in bare) == ({"period": {"end": "2026-10-05"}}, False)


def test_who_does_it_is_its_owner_or_a_role_of_the_clinical_team() -> None:
    assert _task()["owner"]["reference"].startswith("Patient/")
    assert _task(who="specialist")["owner"]["display"] == "Priya Nair"
    assert _task(who="employer")["owner"] == {"display": "The Corner Cup"}
    assert _task(who="employer", who_name="Sofia Marsh")["owner"] == {"display": "Sofia Marsh, The Corner Cup"}
    assert _task(who="somebody_else", who_name="Marta")["owner"] == {"display": "Marta"}
    role = _task(who="clinician", clinical_role="nurse")
    assert (codes_in(role["performerType"]), "owner" in role) == (["nurse"], False)
    named = _task(who="clinician", clinical_role="nurse", who_name="Tom Reilly")
    assert (codes_in(named["performerType"]), named["owner"]) == (["nurse"], {"display": "Tom Reilly, Nurse"})


def test_the_employers_answer_has_its_day_and_whoever_gave_it() -> None:
    tasks = all_of(mapped(ADJUSTMENTS), "Task")
    assert [codes_in([task["businessStatus"]]) for task in tasks[:3]] == [["agreed"], ["not-agreed"], ["agreed"]]
    assert tasks[0]["note"] == [
        {"time": "2026-09-24", "text": "Agreed with the employer (Sofia Marsh, 24 September 2026)"}
    ]
    assert tasks[2]["note"][0]["text"] == "Agreed with the employer (21 September 2026)"
    assert not {"businessStatus", "note"} & set(tasks[3])


def test_it_names_the_goal_that_it_is_for() -> None:
    resources = mapped(SUPPORT)
    goal_id = sample(SUPPORT).form.refers_to()[0]
    goal = {"reference": f"Goal/{role_id(goal_id, 'goal')}"}
    assert only(resources, "CarePlan")["goal"] == [goal]
    for task in all_of(resources, "Task"):
        assert (task["focus"], task["extension"][0]["valueReference"]) == (goal, goal)
    assert not {"focus", "extension"} & set(_task())


def test_the_text_of_a_plan_reads_as_a_plan() -> None:
    assert _read(ADJUSTMENTS) == (
        "Workplace adjustments plan\n"
        "\n"
        "When:     Monday 5 October 2026, 15:00\n"
        "Status:   active\n"
        "Employer: The Corner Cup\n"
        "Review:   30 November 2026\n"
        "Client:   NHS number 999 087 1094, born 28 March 2003\n"
        "\n"
        "PLAN\n"
        "1. Shifts: One rota sheet for the whole month: changes at short notice keep her awake "
        "(Sofia Marsh, The Corner Cup, since 1 October 2026; under way; "
        "agreed with the employer (Sofia Marsh, 24 September 2026))\n"
        "2. Duties: Away from the till in the lunch rush until the new tablets have settled "
        "(The Corner Cup, by 31 October 2026; not started; "
        "not agreed with the employer (Sofia Marsh, 5 October 2026))\n"
        "3. Hours: Tuesday mornings off every second week, for the clinic "
        "(the client, since 22 September 2026; under way; agreed with the employer (21 September 2026))\n"
        "4. A word with the kitchen about the noise of the grinder "
        "(Priya Nair, by 12 October 2026; dropped: It was mended.)\n"
        "\n"
        "WHAT THE EMPLOYER MAY READ\n"
        "1. “I work best with one sheet for the whole month.” (the client agreed on 17 September 2026)\n"
        "3. “I have an appointment every second Tuesday morning.” (the client agreed on 17 September 2026)\n"
        "\n"
        "NOTE\n"
        "The area office is to hear nothing of this.\n"
        "\n"
        "Written by Priya Nair, employment specialist, 5 October 2026 at 16:10."
    )


def test_the_text_of_a_plan_that_rests_says_why() -> None:
    text = _read(RETURN)
    assert "Status:   paused\nWhy:      She is in hospital again; the bakery keeps the place for her.\n" in text
    assert "five (Hartley's Bakery, since 9 November 2026; on hold: The plan is paused.; agreed" in text
    assert "WHAT THE EMPLOYER MAY READ" not in _read(WELLBEING)
    assert "NOTE" not in _read(WELLBEING)


def test_the_narrative_says_the_same_and_escapes_what_people_type() -> None:
    div = only(mapped(ADJUSTMENTS, note='Not "them" & <b>others</b>\nnow'), "CarePlan")["text"]["div"]
    assert div.startswith(
        '<div xmlns="http://www.w3.org/1999/xhtml"><p><b>Workplace adjustments plan</b></p><p>Status: '
    )
    assert "<br/>Employer: The Corner Cup<br/>" in div
    assert "<li>A word with the kitchen" in div
    assert '<p>Not "them" &amp; &lt;b&gt;others&lt;/b&gt;<br/>now</p>' in div
    assert div.count("<li>") == 4


def test_a_plan_begins_on_the_first_day_that_any_version_knows() -> None:
    first = sample(ADJUSTMENTS).form
    before = to_resources(version_of(first), NAMES)
    later = changed(
        first,
        status="ended",
        happened_at=first.happened_at.replace(month=12),
        written_at=first.written_at.replace(month=12),
    )
    after = to_resources(version_of(later, 2, "It has ended."), NAMES, before)
    assert only(after, "CarePlan")["period"] == {"start": "2026-10-05", "end": "2026-12-05"}
    assert [task["id"] for task in all_of(after, "Task")] == [task["id"] for task in all_of(before, "Task")]


def test_a_line_that_a_later_version_leaves_out_is_withdrawn() -> None:
    first = sample(ADJUSTMENTS).form
    before = to_resources(version_of(first), NAMES)
    after = to_resources(version_of(changed(first, lines=(LINE,)), 2, "Less."), NAMES, before)
    assert [task["status"] for task in all_of(after, "Task")] == ["requested", *["entered-in-error"] * 4]
    assert len(only(after, "CarePlan")["activity"]) == 1


def test_a_plan_that_was_retracted_is_nobodys() -> None:
    taken_back = retract(version_of(sample(ADJUSTMENTS).form, 2, "Another person."), NAMES, mapped(ADJUSTMENTS))
    assert {one.body["status"] for one in taken_back if one.type != "Provenance"} == {"entered-in-error"}
    assert "ENTERED IN ERROR" in only(taken_back, "CarePlan")["text"]["div"]
