"""Hypothesis strategy of every referral that the form takes."""

from datetime import date
from typing import Any

from hypothesis import strategies as st
from hypothesis.strategies import DrawFn, SearchStrategy

from service.forms import referral, work_goal
from service.forms.days import uk_date
from service.forms.referral import Colleague, Referral
from tests.plain_strategies import LINES, PASSAGES, headings, maybe, one_of_words

_ROLES = one_of_words(work_goal.ClinicalRole)
_COLLEAGUES = st.lists(st.builds(Colleague, role=_ROLES, name=LINES), max_size=3, unique=True).map(tuple)


@st.composite
def referrals(draw: DrawFn) -> Referral:
    heading = draw(headings())
    written_on = uk_date(heading["written_at"])
    asked_on = draw(st.dates(heading["client"].birth_date, written_on))
    answer = draw(one_of_words(referral.ReferralAnswer))
    answered_on = draw(st.dates(asked_on, written_on))
    return Referral(
        **heading,
        kind="referral",
        **draw(_askers()),
        asked_on=asked_on,
        why=draw(maybe(PASSAGES)),
        answer=answer,
        answered_on=None if answer == "waiting" else answered_on,
        decline_reason=draw(one_of_words(referral.DeclineReason)) if answer == "declined" else None,
        **(draw(_what_followed(asked_on, answered_on, written_on)) if answer == "accepted" else {}),
        note=draw(maybe(PASSAGES)),
    )


@st.composite
def _askers(draw: DrawFn) -> dict[str, Any]:
    asked_by = draw(one_of_words(referral.AskedBy))
    names: dict[str, SearchStrategy[str | None]] = {"client": st.none(), "other": LINES}
    role = draw(_ROLES.filter(lambda one: one != "gp")) if asked_by == "clinician" else None
    return {
        "asked_by": asked_by,
        "clinical_role": role,
        "asked_by_name": draw(names.get(asked_by, maybe(LINES))),
    }


@st.composite
def _what_followed(draw: DrawFn, asked_on: date, answered_on: date, written_on: date) -> dict[str, Any]:
    started_on = draw(maybe(st.dates(asked_on, written_on)))
    closed_on = draw(maybe(st.dates(max(answered_on, started_on or answered_on), written_on)))
    return {
        "started_on": started_on,
        "closed_on": closed_on,
        "close_reason": draw(one_of_words(referral.CloseReason)) if closed_on else None,
        "team": draw(_COLLEAGUES),
    }
