"""What a request to the clinical team may say at each of its turns, each refusal with its field."""

from typing import Any
from uuid import UUID, uuid4

import pytest

from service.forms.team_request import TeamRequest
from tests.phone import team_request
from tests.test_forms import faults, parsed

Json = dict[str, Any]

ANSWER: Json = {"by": "Dr Farah Khan", "role": "psychiatrist", "on": "2026-11-20", "words": "Moved to the evening."}
TAKEN_UP: Json = {"state": "taken_up", "taken_up_by": "Dr Farah Khan", "taken_up_on": "2026-11-20"}
ANSWERED: Json = {"state": "answered", "answer": ANSWER}
THREE_DAYS_LATER: Json = {"written_at": "2026-11-23T09:00:00+00:00"}

TAKEN: dict[str, Json] = {
    "asked": {"by_when": "2026-11-20"},
    "taken up by somebody": TAKEN_UP,
    "taken up, nobody says by whom": {"state": "taken_up"},
    "answered": ANSWERED,
    "answered by somebody whose role is not known": {"state": "answered", "answer": ANSWER | {"role": None}},
    "answered on the day it was taken up": {**TAKEN_UP, **ANSWERED},
    "declined, with a reason": {"state": "declined", "why": "It is not ours."},
    "declined by somebody": {"state": "declined", "answer": ANSWER},
    "closed after the answer": {"state": "closed", "answer": ANSWER},
    "closed without one": {"state": "closed", "why": "It was settled in the meeting."},
    "withdrawn": {"state": "withdrawn", "why": "The job went to somebody else."},
}


@pytest.mark.parametrize("changes", TAKEN.values(), ids=TAKEN)
def test_each_turn_is_taken(changes: Json) -> None:
    assert parsed(team_request(**changes)).kind == "team_request"


REFUSED: list[tuple[Json, str]] = [
    ({"asked_for": "a favour"}, "asked_for"),
    ({"of_role": None}, "of_role"),
    ({"words": " "}, "words"),
    ({"taken_up_by": "Dr Farah Khan"}, "state"),
    ({"taken_up_on": "2026-11-20"}, "state"),
    ({"state": "answered"}, "answer"),
    ({"answer": ANSWER}, "answer"),
    ({**TAKEN_UP, "answer": ANSWER}, "answer"),
    ({"state": "withdrawn", "why": "Not needed.", "answer": ANSWER}, "answer"),
    ({"state": "declined"}, "why"),
    ({"state": "closed"}, "why"),
    ({"state": "withdrawn"}, "why"),
    ({"why": "Because."}, "why"),
    ({**ANSWERED, "why": "Because."}, "why"),
    ({"by_when": "2026-11-19"}, "by_when"),
    ({**TAKEN_UP, "taken_up_on": "2026-11-19"}, "taken_up_on"),
    ({**TAKEN_UP, "taken_up_on": "2026-11-21"}, "taken_up_on"),
    ({"state": "answered", "answer": ANSWER | {"on": "2026-11-19"}}, "answer.on"),
    ({"state": "answered", "answer": ANSWER | {"on": "2026-11-21"}}, "answer.on"),
    ({**THREE_DAYS_LATER, **TAKEN_UP, **ANSWERED, "taken_up_on": "2026-11-22"}, "answer.on"),
]


@pytest.mark.parametrize(("changes", "field"), REFUSED)
def test_a_turn_that_makes_no_sense_is_refused(changes: Json, field: str) -> None:
    (refused,) = faults(team_request(**changes))
    assert refused == field


def test_a_part_of_the_answer_that_is_missing_is_named() -> None:
    answer = {"words": "Yes."}
    assert set(faults(team_request(state="answered", answer=answer))) == {"answer.by", "answer.on"}


def test_the_goal_and_the_job_must_be_in_the_record_before_it() -> None:
    goal_id, job_id = str(uuid4()), str(uuid4())
    request = parsed(team_request(goal_id=goal_id, job_id=job_id))
    assert isinstance(request, TeamRequest)
    assert request.refers_to() == (UUID(goal_id), UUID(job_id))
    assert parsed(team_request(job_id=job_id)).refers_to() == (UUID(job_id),)
    assert parsed(team_request()).refers_to() == ()
