"""Hypothesis strategy of every request to the clinical team that the form takes."""

from datetime import date
from typing import Any

from hypothesis import strategies as st
from hypothesis.strategies import DrawFn

from service.forms import team_request, work_goal
from service.forms.days import uk_date
from service.forms.team_request import TeamAnswer, TeamRequest
from tests.plain_strategies import LINES, PASSAGES, UUIDS, headings, maybe, one_of_words

ROLES = one_of_words(work_goal.ClinicalRole)


@st.composite
def team_requests(draw: DrawFn) -> TeamRequest:
    heading = draw(headings())
    asked_on, written_on = uk_date(heading["happened_at"]), uk_date(heading["written_at"])
    state = draw(one_of_words(team_request.RequestState))
    taken_up_on = draw(maybe(st.dates(asked_on, written_on))) if state != "asked" else None
    answer = draw(_answers(state, taken_up_on or asked_on, written_on))
    says_why = state in ("declined", "closed", "withdrawn")
    return TeamRequest(
        **heading,
        kind="team_request",
        asked_for=draw(one_of_words(team_request.AskedFor)),
        of_role=draw(ROLES),
        of_name=draw(maybe(LINES)),
        words=draw(PASSAGES),
        by_when=draw(maybe(st.dates(asked_on, date(2300, 1, 1)))),
        state=state,
        taken_up_by=draw(maybe(LINES)) if state != "asked" else None,
        taken_up_on=taken_up_on,
        answer=answer,
        why=draw(maybe(PASSAGES) if answer else PASSAGES) if says_why else None,
        goal_id=draw(maybe(UUIDS)),
        job_id=draw(maybe(UUIDS)),
    )


@st.composite
def _answers(draw: DrawFn, state: str, first: date, last: date) -> Any:
    if state in ("asked", "taken_up", "withdrawn") or (state != "answered" and draw(st.booleans())):
        return None
    return TeamAnswer(by=draw(LINES), role=draw(maybe(ROLES)), on=draw(st.dates(first, last)), words=draw(PASSAGES))
