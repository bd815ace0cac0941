"""Hypothesis strategy of every support plan that the form takes."""

from datetime import date, timedelta

from hypothesis import strategies as st
from hypothesis.strategies import DrawFn, SearchStrategy

from service.forms import support_plan, work_goal
from service.forms.days import uk_date
from service.forms.support_plan import EmployerAnswer, ShownToEmployer, SupportLine, SupportPlan
from tests.plain_strategies import DAYS, LINES, PASSAGES, UUIDS, headings, maybe, one_of_words

_ANY_TOPIC = one_of_words(support_plan.LineTopic)
_OF_A_JOB = _ANY_TOPIC.filter(lambda topic: topic not in support_plan.THE_PERSONS_OWN)


@st.composite
def support_plans(draw: DrawFn) -> SupportPlan:
    heading = draw(headings())
    sort = draw(one_of_words(support_plan.PlanSort))
    status = draw(one_of_words(support_plan.PlanStatus))
    line = _lines(sort == "work_health_and_wellbeing", uk_date(heading["written_at"]))
    lines = tuple(draw(st.lists(line, max_size=4, unique_by=lambda one: one.id)))
    needs_employer = any(one.has_to_do_with_the_employer for one in lines)
    return SupportPlan(
        **heading,
        kind="support_plan",
        sort=sort,
        status=status,
        why=draw(maybe(PASSAGES)) if status != "active" else None,
        employer=draw(LINES if needs_employer else maybe(LINES)),
        goal_id=draw(maybe(UUIDS)),
        lines=lines,
        review_on=draw(maybe(DAYS)),
        note=draw(maybe(PASSAGES)),
    )


@st.composite
def _lines(draw: DrawFn, wellbeing: bool, written_on: date) -> SupportLine:
    who = draw(one_of_words(support_plan.LineDoer))
    how_far = draw(one_of_words(support_plan.HowFar))
    until_then = _days_until(written_on)
    began = until_then if how_far in ("under_way", "done") else DAYS
    names: dict[str, SearchStrategy[str | None]] = {
        "client": st.none(),
        "specialist": st.none(),
        "somebody_else": LINES,
    }
    answers = st.builds(EmployerAnswer, agreed=st.booleans(), on=until_then, with_whom=maybe(LINES))
    shown = st.builds(ShownToEmployer, words=PASSAGES, client_agreed_on=until_then)
    return SupportLine(
        id=draw(UUIDS),
        what=draw(PASSAGES),
        about=draw(maybe(_ANY_TOPIC if wellbeing else _OF_A_JOB)),
        who=who,
        clinical_role=draw(one_of_words(work_goal.ClinicalRole)) if who == "clinician" else None,
        who_name=draw(names.get(who, maybe(LINES))),
        since=draw(maybe(began)),
        by_when=draw(maybe(DAYS)),
        how_far=how_far,
        why_dropped=draw(maybe(LINES)) if how_far == "dropped" else None,
        employer_answer=draw(maybe(answers)),
        shown_to_employer=None if wellbeing else draw(maybe(shown)),
    )


def _days_until(day: date) -> SearchStrategy[date]:
    return st.dates(day - timedelta(days=1_000), day)
