"""The clocks of one client: each by its definition, on calendars that are not kind, whatever order notes arrive in."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.clocks import definitions
from service.clocks.clock import Clock
from service.clocks.clocks import clocks_of
from service.clocks.definitions import Definition
from service.forms.note import Form
from tests.histories import employer_seen, goal, id_of, job, other_hours, profile, referral, seen, taken_on
from tests.source import TOP
from tests.strategies import PATIENT, forms

ON = date(2026, 11, 27)


def clock(definition: Definition, *notes: Form, on: date = ON) -> Clock:
    (found,) = [one for one in clocks_of(notes, on).clocks if one.definition == definition]
    return found


def told(definition: Definition, *notes: Form, on: date = ON) -> tuple[str, int | None]:
    one = clock(definition, *notes, on=on)
    return (one.state, one.days)


def test_a_client_of_whom_nothing_is_known_has_clocks_that_have_not_started() -> None:
    clocks = clocks_of([], ON)
    assert {one.state for one in clocks.clocks} == {"not_started"}
    assert not any(one.over_the_limit for one in clocks.clocks)
    assert clocks.job_starts == ()


def test_access_runs_from_the_referral_for_the_nhs_and_from_the_acceptance_for_ips_grow() -> None:
    notes = (taken_on("2026-10-01", "2026-10-05"), seen("2026-10-12"))
    assert told(definitions.ACCESS_NHS_ENGLAND, *notes) == ("reached", 11)
    assert told(definitions.ACCESS_IPS_GROW, *notes) == ("reached", 7)


def test_a_contact_before_the_acceptance_counts_for_one_body_and_not_for_the_other() -> None:
    notes = (taken_on("2026-10-01", "2026-10-05"), seen("2026-10-02"))
    assert told(definitions.ACCESS_NHS_ENGLAND, *notes) == ("reached", 1)
    assert told(definitions.ACCESS_IPS_GROW, *notes) == ("running", 53)


@pytest.mark.parametrize(
    "changes",
    [
        {"mechanism": "email", "attendance": None, "place": None, "minutes": None},
        {"mechanism": "text_message", "attendance": None, "place": None, "minutes": None},
        {"attendance": "did_not_attend", "client_took_part": False, "minutes": None},
        {"attendance": "late_not_seen", "client_took_part": False, "minutes": None},
        {"with_whom": "clinical_team", "client_took_part": False, "attendance": None},
    ],
)
def test_what_is_no_access_stops_no_clock(changes: dict[str, object]) -> None:
    notes = (taken_on("2026-10-01", "2026-10-01"), seen("2026-10-12", **changes))
    assert told(definitions.ACCESS_NHS_ENGLAND, *notes) == ("running", 57)
    assert told(definitions.LAST_CONTACT, *notes) == ("not_started", None)


def test_a_contact_from_before_this_referral_is_not_its_first() -> None:
    notes = (seen("2026-09-30"), taken_on("2026-10-01", "2026-10-01"))
    assert told(definitions.ACCESS_NHS_ENGLAND, *notes) == ("running", 57)


def test_of_several_referrals_the_latest_that_was_not_declined_is_in_hand() -> None:
    old = taken_on("2025-03-01", "2025-03-02", closed_on="2025-09-01", close_reason="moved_away")
    new = taken_on("2026-10-01", "2026-10-05")
    declined = referral("2026-11-01", answer="declined", answered_on="2026-11-02", decline_reason="no_place_free")
    assert clock(definitions.ACCESS_NHS_ENGLAND, new, old, declined).started_on == date(2026, 10, 1)
    assert clock(definitions.ACCESS_NHS_ENGLAND, new, old, on=date(2026, 9, 1)).started_on == date(2025, 3, 1)


def test_a_referral_that_was_closed_before_anybody_was_seen_stops_counting() -> None:
    closed = taken_on("2026-10-01", "2026-10-05", closed_on="2026-10-20", close_reason="could_not_be_reached")
    assert told(definitions.ACCESS_NHS_ENGLAND, closed) == ("closed", 19)
    assert told(definitions.ACCESS_NHS_ENGLAND, closed, seen("2026-11-01")) == ("closed", 19)
    assert told(definitions.ACCESS_NHS_ENGLAND, closed, on=date(2026, 10, 19)) == ("running", 18)


@pytest.mark.parametrize(("met_on", "days", "late"), [("2026-10-31", 30, False), ("2026-11-01", 31, True)])
def test_rapid_search_is_thirty_days_to_a_face_to_face_contact_with_an_employer(
    met_on: str, days: int, late: bool
) -> None:
    found = clock(
        definitions.RAPID_JOB_SEARCH, taken_on("2026-09-20", "2026-09-25", "2026-10-01"), employer_seen(met_on)
    )
    assert (found.state, found.days, found.over_the_limit) == ("reached", days, late)


def test_an_employer_on_the_telephone_or_met_by_chance_before_is_no_rapid_search() -> None:
    notes = (
        taken_on("2026-09-20", "2026-09-25", "2026-10-01"),
        employer_seen("2026-10-02", mechanism="telephone", place=None),
        employer_seen("2026-09-30"),
        employer_seen("2026-10-03", attendance="did_not_attend", minutes=None),
        seen("2026-10-04"),
    )
    found = clock(definitions.RAPID_JOB_SEARCH, *notes)
    assert (found.state, found.days, found.over_the_limit) == ("running", 57, True)


def test_rapid_search_does_not_run_before_the_first_day_with_the_specialist() -> None:
    assert told(definitions.RAPID_JOB_SEARCH, taken_on("2026-09-20", "2026-09-25")) == ("not_started", None)


def test_a_day_is_the_uks_whatever_offset_the_phone_used() -> None:
    summer = taken_on("2026-07-01", "2026-07-01")
    late_in_the_evening = seen("2026-07-01T23:30:00+00:00")
    assert clock(definitions.ACCESS_NHS_ENGLAND, summer, late_in_the_evening).ended_on == date(2026, 7, 2)
    winter = taken_on("2026-01-01", "2026-01-01")
    assert clock(definitions.ACCESS_NHS_ENGLAND, winter, seen("2026-01-01T23:30:00+00:00")).days == 0
    far_away = seen("2026-07-02T05:00:00+14:00")
    assert clock(definitions.ACCESS_NHS_ENGLAND, summer, far_away).ended_on == date(2026, 7, 1)


@pytest.mark.parametrize(
    ("asked_on", "seen_on", "days"),
    [
        ("2024-02-28", "2024-03-01", 2),
        ("2026-02-28", "2026-03-01", 1),
        # The nights on which the clocks change: 23 and 25 hours long, and a day each.
        ("2026-03-28", "2026-03-30", 2),
        ("2026-10-24", "2026-10-26", 2),
    ],
)
def test_days_are_days_of_the_calendar(asked_on: str, seen_on: str, days: int) -> None:
    assert told(definitions.ACCESS_NHS_ENGLAND, taken_on(asked_on, asked_on), seen(seen_on)) == ("reached", days)


def test_the_last_contact_is_over_its_limit_after_four_weeks() -> None:
    for day, over in (("2026-10-30", False), ("2026-10-29", True)):
        found = clock(definitions.LAST_CONTACT, seen(day), seen("2026-01-01"), seen("2026-12-24"))
        assert (found.state, found.over_the_limit) == ("running", over)


def test_the_profile_is_as_old_as_its_newest_version() -> None:
    assert told(definitions.PROFILE_AGE, profile("2024-02-29"), profile("2026-11-20")) == ("running", 7)


def test_a_goal_is_confirmed_when_it_was_looked_at_or_agreed_with_the_team() -> None:
    assert told(definitions.GOAL_CONFIRMED, goal("2026-09-04")) == ("running", 84)
    assert not clock(definitions.GOAL_CONFIRMED, goal("2026-09-04")).over_the_limit
    assert clock(definitions.GOAL_CONFIRMED, goal("2026-09-03")).over_the_limit
    assert told(definitions.GOAL_CONFIRMED, goal("2026-09-03", agreed_with_team_on="2026-11-20")) == ("running", 7)
    assert told(definitions.GOAL_CONFIRMED, goal("2026-11-25", agreed_with_team_on="2026-11-20")) == ("running", 2)


def test_each_open_goal_has_its_clock_and_a_goal_that_is_over_has_none() -> None:
    open_goals = [goal("2026-10-01"), goal("2026-10-02", status="paused")]
    over = [goal("2026-10-01", status=status, why="x") for status in ("achieved", "changed", "dropped")]
    found = clocks_of([*over, *open_goals], ON).clocks
    named = {one.note_id for one in found if one.definition == definitions.GOAL_CONFIRMED}
    assert named == {id_of(one) for one in open_goals}


@pytest.mark.parametrize(
    ("on", "weeks"), [(date(2024, 2, 26), 0), (date(2024, 3, 3), 0), (date(2024, 3, 4), 1), (date(2024, 5, 27), 13)]
)
def test_weeks_in_work_are_whole_weeks_from_the_first_day(on: date, weeks: int) -> None:
    found = clock(definitions.WEEKS_IN_WORK, job("2024-02-26"), on=on)
    assert found.days is not None
    assert (found.state, found.days // 7) == ("running", weeks)


def test_a_job_that_has_ended_lasted_until_its_last_day_and_that_day_counts() -> None:
    found = clock(definitions.WEEKS_IN_WORK, job("2026-06-01", "2026-06-07"))
    assert (found.state, found.days, found.ended_on) == ("closed", 7, date(2026, 6, 8))


def test_a_job_that_starts_tomorrow_has_no_weeks_yet() -> None:
    assert clocks_of([job("2026-11-28")], ON).clocks == clocks_of([], ON).clocks


def test_a_job_is_sustained_for_ips_grow_when_it_has_lasted_thirteen_weeks() -> None:
    ips_grow = definitions.SUSTAINED_IPS_GROW.definition
    assert told(ips_grow, job("2026-08-28"), on=date(2026, 11, 26)) == ("running", 90)
    assert told(ips_grow, job("2026-08-28"), on=date(2026, 11, 27)) == ("reached", 91)
    assert told(ips_grow, job("2026-08-01", "2026-10-30")) == ("reached", 91)
    assert told(ips_grow, job("2026-08-01", "2026-10-29")) == ("closed", 90)


def test_a_job_is_sustained_for_the_dwp_with_seven_hours_a_week_in_thirteen_of_sixteen_weeks() -> None:
    dwp = definitions.SUSTAINED_DWP.definition
    assert told(dwp, job("2026-01-05", hours_per_week=7)) == ("reached", 91)
    assert told(dwp, job("2026-01-05", hours_per_week=6))[0] == "running"
    three_weeks_less = [other_hours("2026-02-02", 4), other_hours("2026-02-23", 16)]
    assert told(dwp, job("2026-01-05", changes=three_weeks_less)) == ("reached", 16 * 7)
    four_weeks_less = [other_hours("2026-02-02", 4), other_hours("2026-03-02", 16)]
    assert told(dwp, job("2026-01-05", changes=four_weeks_less))[0] == "running"
    assert told(dwp, job("2026-01-05", "2026-04-04", changes=three_weeks_less))[0] == "closed"


def test_a_change_in_the_middle_of_a_week_counts_from_its_day_and_one_without_hours_changes_none() -> None:
    dwp = definitions.SUSTAINED_DWP.definition
    # The first week: three days at 2 and four at 12 hours a week, which is more than 7 in all; then 12.
    mixed = [other_hours("2026-01-08", 12), other_hours("2026-02-02", None)]
    assert told(dwp, job("2026-01-05", hours_per_week=2, changes=mixed)) == ("reached", 91)
    # Four days at 2 and three at 12 are less.
    mixed = [other_hours("2026-01-09", 12)]
    assert told(dwp, job("2026-01-05", hours_per_week=2, changes=mixed)) == ("reached", 98)


def test_a_volunteer_has_weeks_and_is_not_counted_as_sustained() -> None:
    clocks = clocks_of([job("2026-01-05", works_as="volunteer")], ON).clocks
    of_the_job = [one.definition.id for one in clocks if one.note_id]
    assert of_the_job == [definitions.WEEKS_IN_WORK.id]


def test_every_definition_has_an_id_of_its_own_a_source_and_a_sentence() -> None:
    every = _definitions()
    assert len({one.id for one in every}) == len(every) == 10
    assert all(one.body and one.source and one.words.endswith(".") for one in every)
    assert [one.id for one in every if not one.confirmed] == ["around-job-start/uk-fidelity-25"]


@PATIENT
@given(st.lists(forms(), max_size=6), st.dates(date(1900, 1, 1), date(2250, 1, 1)), st.randoms())
def test_the_order_in_which_notes_arrive_changes_nothing(notes: list[Form], on: date, order: object) -> None:
    shuffled = list(notes)
    order.shuffle(shuffled)  # type: ignore[attr-defined]
    clocks = clocks_of(notes, on)
    assert sorted(map(str, clocks.clocks)) == sorted(map(str, clocks_of(shuffled, on).clocks))
    assert all(one.days is None or one.days >= 0 for one in clocks.clocks)
    assert all(one.started_on is None or one.started_on <= on for one in clocks.clocks)


@PATIENT
@given(st.integers(0, 400), st.integers(0, 400))
def test_a_later_contact_never_moves_the_first(first: int, second: int) -> None:
    day = date(2025, 1, 1)
    early, late = sorted((day + timedelta(days=first), day + timedelta(days=second)))
    notes = [taken_on("2025-01-01", "2025-01-01"), seen(late.isoformat()), seen(early.isoformat())]
    assert clock(definitions.ACCESS_NHS_ENGLAND, *notes).ended_on == early


def test_the_page_on_clocks_has_every_definition() -> None:
    page = (TOP / "docs" / "clocks.md").read_text()
    assert not [one.id for one in _definitions() if f"`{one.id}`" not in page]


def _definitions() -> list[Definition]:
    named = vars(definitions).values()
    held = [one.definition for one in named if isinstance(one, definitions.Sustained | definitions.AroundJobStart)]
    return [one for one in named if isinstance(one, Definition)] + held
