"""Hypothesis strategies, one for each kind: everything that the form's validators allow, and nothing else."""

from datetime import date
from typing import Any, get_args

from hypothesis import strategies as st
from hypothesis.strategies import DrawFn, SearchStrategy

from service.forms import (
    benefits_advice,
    contact,
    disclosure_decision,
    employment_status,
    vocational_profile,
    work_goal,
)
from service.forms.benefits_advice import BenefitsAdvice
from service.forms.contact import Contact, Employer
from service.forms.days import uk_date
from service.forms.disclosure_decision import DisclosureDecision, Said
from service.forms.employment_status import EmploymentStatusNote
from service.forms.text import first_day
from service.forms.vocational_profile import Disclosure, Job, Preferences, Qualification, VocationalProfile
from service.forms.work_goal import Step, WorkGoal
from tests.plain_strategies import (
    DAYS,
    LINES,
    PARTIAL_DATES,
    PASSAGES,
    UUIDS,
    headings,
    maybe,
    one_of_words,
    tuples_of,
)

_NOT_AT_THE_SAME_TIME = ("email", "text_message", "message_board")

EMPLOYERS = st.builds(Employer, name=LINES, person=maybe(LINES), role=maybe(LINES))


@st.composite
def contacts(draw: DrawFn) -> Contact:
    with_whom = draw(one_of_words(contact.WithWhom))
    mechanism = draw(one_of_words(contact.Mechanism))
    took_part = draw(st.booleans()) if with_whom != "client" else True
    attendance = draw(_attendances(mechanism, took_part))
    took_place = attendance is None or attendance in contact.SEEN
    minutes = st.integers(1, 1440)
    if not took_place:
        minutes = st.none()  # type: ignore[assignment]
    elif mechanism not in contact.DIRECT:
        minutes = maybe(minutes)  # type: ignore[assignment]
    return Contact(
        **draw(headings()),
        kind="contact",
        with_whom=with_whom,
        client_took_part=took_part and took_place,
        mechanism=mechanism,
        attendance=attendance,
        place=draw(one_of_words(contact.Place)) if mechanism == "face_to_face" else None,
        minutes=draw(minutes),
        topics=tuple(draw(st.lists(one_of_words(contact.Topic), unique=True, min_size=1 if took_place else 0))),
        employer=draw(EMPLOYERS if with_whom == "employer" else maybe(EMPLOYERS)),
        note=draw(PASSAGES),
        next_step=draw(maybe(PASSAGES)),
        goal_id=draw(maybe(UUIDS)),
    )


def _attendances(mechanism: str, client_expected: bool) -> SearchStrategy[Any]:
    """What may stand in `attendance`. A client who was not expected may still have missed something."""
    not_seen = st.sampled_from([word for word in get_args(contact.Attendance) if word not in contact.SEEN])
    if mechanism in _NOT_AT_THE_SAME_TIME:
        return st.none()
    if not client_expected:
        return maybe(not_seen)
    any_word = one_of_words(contact.Attendance)
    return any_word if mechanism in contact.DIRECT else maybe(any_word)


@st.composite
def jobs(draw: DrawFn) -> Job:
    current = draw(st.booleans())
    started = draw(maybe(PARTIAL_DATES))
    ended = None if current else draw(maybe(PARTIAL_DATES))
    if started and ended and vocational_profile._before(ended, started):
        started, ended = ended, started
    return Job(
        id=draw(UUIDS),
        title=draw(LINES),
        employer=draw(maybe(LINES)),
        current=current,
        started=started,
        ended=ended,
        hours_per_week=draw(maybe(st.integers(1, 100))),
        liked=draw(maybe(PASSAGES)),
        disliked=draw(maybe(PASSAGES)),
        why_left=None if current else draw(maybe(PASSAGES)),
    )


PREFERENCES = st.builds(
    Preferences,
    work=maybe(PASSAGES),
    hours=maybe(PASSAGES),
    days=maybe(PASSAGES),
    place_and_travel=maybe(PASSAGES),
    pay=maybe(PASSAGES),
    surroundings=maybe(PASSAGES),
)
DISCLOSURES = st.builds(
    Disclosure, preference=one_of_words(vocational_profile.DisclosurePreference), words=maybe(PASSAGES)
)
QUALIFICATIONS = st.builds(Qualification, name=LINES, gained=maybe(PARTIAL_DATES))


@st.composite
def vocational_profiles(draw: DrawFn) -> VocationalProfile:
    status = draw(one_of_words(employment_status.EmploymentStatus))
    hours = one_of_words(employment_status.WeeklyHours)
    return VocationalProfile(
        **draw(headings()),
        kind="vocational_profile",
        employment_status=status,
        weekly_hours=draw(hours) if status == "employed" else None,
        jobs=tuple(draw(st.lists(jobs(), max_size=3, unique_by=lambda job: job.id))),
        education=draw(maybe(PASSAGES)),
        qualifications=draw(tuples_of(QUALIFICATIONS)),
        skills=draw(tuples_of(LINES)),
        interests=draw(tuples_of(LINES)),
        preferences=draw(maybe(PREFERENCES)),
        disclosure=draw(maybe(DISCLOSURES)),
        benefits=draw(tuples_of(LINES)),
        what_helps=draw(maybe(PASSAGES)),
        what_gets_in_the_way=draw(maybe(PASSAGES)),
        health_at_work=draw(maybe(PASSAGES)),
    )


@st.composite
def employment_statuses(draw: DrawFn) -> EmploymentStatusNote:
    heading = draw(headings())
    status = draw(one_of_words(employment_status.EmploymentStatus))
    since = draw(maybe(PARTIAL_DATES))
    known = since and first_day(since) <= uk_date(heading["happened_at"]).isoformat()
    return EmploymentStatusNote(
        **heading,
        kind="employment_status",
        occasion=draw(one_of_words(employment_status.Occasion)),
        employment_status=status,
        weekly_hours=draw(one_of_words(employment_status.WeeklyHours)) if status == "employed" else None,
        since=since if known else None,
        note=draw(maybe(PASSAGES)),
    )


@st.composite
def disclosure_decisions(draw: DrawFn) -> DisclosureDecision:
    heading = draw(headings())
    decision = draw(one_of_words(disclosure_decision.Decided))
    said = st.builds(Said, about=one_of_words(disclosure_decision.Sayable), words=PASSAGES)
    least = 1 if decision == "some_things" else 0
    tellers = st.lists(one_of_words(disclosure_decision.Teller), unique=True, min_size=1)
    return DisclosureDecision(
        **heading,
        kind="disclosure_decision",
        employer=draw(maybe(LINES)),
        decision=decision,
        may_be_told=() if decision == "nothing" else tuple(draw(st.lists(said, min_size=least, max_size=3))),
        by_whom=() if decision == "nothing" else tuple(draw(tellers)),
        until=draw(maybe(st.dates(uk_date(heading["happened_at"]), date(2300, 1, 1)))),
        review_on=draw(maybe(DAYS)),
        pros_and_cons_discussed=draw(st.booleans()),
        note=draw(maybe(PASSAGES)),
    )


@st.composite
def benefits_advices(draw: DrawFn) -> BenefitsAdvice:
    given_by = draw(one_of_words(benefits_advice.Adviser))
    changes = st.lists(one_of_words(benefits_advice.BenefitsChange), unique=True, min_size=1)
    return BenefitsAdvice(
        **draw(headings()),
        kind="benefits_advice",
        given_by=given_by,
        adviser=None if given_by == "specialist" else draw(LINES),
        about=tuple(draw(changes)),
        benefits=draw(tuples_of(LINES)),
        advice=draw(PASSAGES),
        outcome=draw(maybe(PASSAGES)),
        better_off_a_week=draw(maybe(st.integers(-2_000, 2_000))),
    )


@st.composite
def steps(draw: DrawFn) -> Step:
    who = draw(one_of_words(work_goal.Doer))
    progress = draw(one_of_words(work_goal.Progress))
    return Step(
        id=draw(UUIDS),
        what=draw(PASSAGES),
        who=who,
        clinical_role=draw(one_of_words(work_goal.ClinicalRole)) if who == "clinician" else None,
        by_when=draw(maybe(DAYS)),
        progress=progress,
        why_dropped=draw(maybe(LINES)) if progress == "dropped" else None,
    )


@st.composite
def work_goals(draw: DrawFn) -> WorkGoal:
    heading = draw(headings())
    status = draw(one_of_words(work_goal.GoalStatus))
    agreed = st.dates(date(1900, 1, 1), uk_date(heading["written_at"]))
    return WorkGoal(
        **heading,
        kind="work_goal",
        words=draw(PASSAGES),
        sort=draw(one_of_words(work_goal.GoalSort)),
        hours_per_week=draw(maybe(st.integers(1, 60))),
        target_date=draw(maybe(DAYS)),
        importance=draw(maybe(st.integers(0, 10))),
        status=status,
        why=draw(PASSAGES if status in ("changed", "dropped") else maybe(PASSAGES)),
        steps=tuple(draw(st.lists(steps(), max_size=5, unique_by=lambda step: step.id))),
        agreed_with_team_on=draw(maybe(agreed)),
        job_id=draw(maybe(UUIDS)) if status == "achieved" else None,
    )
