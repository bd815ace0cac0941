"""What a support plan may say, each refusal with its field."""

from typing import Any
from uuid import UUID, uuid4

import pytest

from service.forms.support_plan import SupportPlan
from tests.phone import support_plan
from tests.test_forms import faults, parsed

Json = dict[str, Any]

YES: Json = {"agreed": True, "on": "2026-11-20", "with_whom": "Sofia Marsh"}
SHOWN: Json = {"words": "I start at ten.", "client_agreed_on": "2026-11-20"}


def with_line(plan: Json | None = None, **line: Any) -> Json:
    """A plan with this one line."""
    return support_plan(lines=[{"id": str(uuid4()), "what": "Start at ten", "who": "client", **line}], **(plan or {}))


WELLBEING: Json = {"sort": "work_health_and_wellbeing", "employer": None}

TAKEN: dict[str, Json] = {
    "without a line": support_plan(lines=[]),
    "paused": support_plan(status="paused", why="She is on leave."),
    "ended, nobody says why": support_plan(status="ended"),
    "a line of wellbeing in a plan for it": with_line(WELLBEING, about="triggers"),
    "the employer's answer in a plan for wellbeing": with_line({**WELLBEING, "employer": "A"}, employer_answer=YES),
    "a line about work in a plan for wellbeing": with_line(WELLBEING, about="hours"),
    "a named clinician": with_line(who="clinician", clinical_role="nurse", who_name="Tom Reilly"),
    "the employer, nobody by name": with_line(who="employer"),
    "somebody else": with_line(who="somebody_else", who_name="Her sister"),
    "to begin later": with_line(since="2027-01-04"),
    "dropped, later than it was to begin": with_line(since="2027-01-04", how_far="dropped", why_dropped="Not needed."),
    "begun that day": with_line(since="2026-11-20", how_far="under_way"),
    "agreed that day": with_line(employer_answer=YES),
    "not agreed, nobody says with whom": with_line(employer_answer={"agreed": False, "on": "2026-11-01"}),
    "shown to the employer": with_line(shown_to_employer=SHOWN),
}


@pytest.mark.parametrize("plan", TAKEN.values(), ids=TAKEN)
def test_it_is_taken(plan: Json) -> None:
    assert parsed(plan).kind == "support_plan"


REFUSED: list[tuple[Json, str]] = [
    (support_plan(sort="a plan"), "sort"),
    (support_plan(why="Because."), "why"),
    (with_line({"employer": None}, who="employer"), "employer"),
    (with_line({"employer": None}, employer_answer=YES), "employer"),
    (with_line({"employer": None}, shown_to_employer=SHOWN), "employer"),
    (with_line({**WELLBEING, "employer": "A"}, shown_to_employer=SHOWN), "lines.0.shown_to_employer"),
    (with_line(about="in_a_crisis"), "lines.0.about"),
    (with_line(who="nobody"), "lines.0.who"),
    (with_line(what=" "), "lines.0.what"),
    (with_line(who="clinician"), "lines.0.clinical_role"),
    (with_line(clinical_role="nurse"), "lines.0.clinical_role"),
    (with_line(who_name="Ada"), "lines.0.who_name"),
    (with_line(who="specialist", who_name="Ada"), "lines.0.who_name"),
    (with_line(who="somebody_else"), "lines.0.who_name"),
    (with_line(why_dropped="Too far."), "lines.0.why_dropped"),
    (with_line(since="2026-11-21", how_far="under_way"), "lines.0.since"),
    (with_line(since="2026-11-21", how_far="done"), "lines.0.since"),
    (with_line(employer_answer=YES | {"on": "2026-11-21"}), "lines.0.employer_answer.on"),
    (
        with_line(shown_to_employer=SHOWN | {"client_agreed_on": "2026-11-21"}),
        "lines.0.shown_to_employer.client_agreed_on",
    ),
    (with_line(shown_to_employer=SHOWN | {"words": ""}), "lines.0.shown_to_employer.words"),
]


@pytest.mark.parametrize(("plan", "field"), REFUSED)
def test_what_makes_no_sense_is_refused(plan: Json, field: str) -> None:
    (refused,) = faults(plan)
    assert refused == field


def test_the_second_line_is_named_as_such() -> None:
    lines = support_plan()["lines"]
    assert set(faults(support_plan(lines=[lines[0], lines[1] | {"about": "triggers"}]))) == {"lines.1.about"}


def test_each_line_has_an_id_of_its_own() -> None:
    (line, _) = support_plan()["lines"]
    assert set(faults(support_plan(lines=[line, line]))) == {"lines"}


def test_the_goal_must_be_in_the_record_before_it() -> None:
    goal_id = str(uuid4())
    plan = parsed(support_plan(goal_id=goal_id))
    assert isinstance(plan, SupportPlan)
    assert plan.refers_to() == (UUID(goal_id),)
    assert parsed(support_plan()).refers_to() == ()
