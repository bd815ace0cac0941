"""A job → an Observation of it and of the employment status at each change, from the first day on."""

from datetime import date
from typing import Any
from uuid import UUID

import pytest

from service.mapping.frame import role_id
from service.mapping.job import hours_band
from service.mapping.to_resources import retract, to_resources
from service.r4.resource import Json, Resource
from tests.changed_samples_on_disk import changed_samples
from tests.mapped import all_of, changed, codes_in, mapped, only, text_of, types_of, version_of
from tests.published import our_gate
from tests.samples_on_disk import NAMES, sample

OFFERED = "job/offered"
STARTED = "job/started"
CHANGED = "job/changed"
ENDED = "job/ended"
NOT_TAKEN_UP = "job/not_taken_up"
VOLUNTARY = "job/voluntary"
SELF_EMPLOYED = "job/self_employed"


def observed(resources: tuple[Resource, ...], code: str) -> list[Json]:
    return [body for body in all_of(resources, "Observation") if codes_in([body["code"]])[0] == code]


def jobs(resources: tuple[Resource, ...]) -> list[Json]:
    return observed(resources, "11341-5")


def statuses(resources: tuple[Resource, ...]) -> list[Json]:
    return observed(resources, "224362002")


def components(body: Json) -> dict[str, Any]:
    """What each says: the codes, or the number."""
    return {
        codes_in([one["code"]])[0]: one["valueQuantity"]["value"]
        if "valueQuantity" in one
        else codes_in([one["valueCodeableConcept"]])
        for one in body.get("component", [])
    }


def told(resources: tuple[Resource, ...]) -> list[tuple[Json, list[str], list[str]]]:
    """Each status: its period, its codes, its band."""
    return [
        (
            one["effectivePeriod"],
            codes_in([one["valueCodeableConcept"]]),
            [code for part in one.get("component", []) for code in codes_in([part["valueCodeableConcept"]])],
        )
        for one in statuses(resources)
    ]


@pytest.mark.parametrize("name", [OFFERED, NOT_TAKEN_UP])
def test_what_has_not_started_is_a_document_alone(name: str) -> None:
    resources = mapped(name)
    assert types_of(resources) == ["DocumentReference", "Provenance"]
    assert "related" not in only(resources, "DocumentReference")["context"]


def test_the_document_is_where_a_request_to_the_team_looks_for_it() -> None:
    job_id = sample("team_request/information_answered").form.refers_to()[1]
    assert only(mapped(OFFERED), "DocumentReference")["id"] == role_id(job_id, "document")


def test_a_job_that_started_is_observed_with_its_status_and_the_document_points_to_both() -> None:
    resources = mapped(STARTED)
    assert types_of(resources) == ["Observation", "Observation", "DocumentReference", "Provenance"]
    related = only(resources, "DocumentReference")["context"]["related"]
    assert related == [{"reference": resources[0].key}, {"reference": resources[1].key}]


def test_a_job_is_a_present_one_from_its_first_day_until_it_ends() -> None:
    (present,) = jobs(mapped(STARTED))
    assert present["effectivePeriod"] == {"start": "2026-09-14"}
    assert present["extension"][0]["valueBoolean"] is True
    assert present["valueCodeableConcept"] == {"text": "Administrative assistant, parks office"}
    assert present["meta"]["profile"][-1].endswith("odh-PastOrPresentJob")
    assert "derivedFrom" not in present
    (past,) = jobs(mapped(ENDED))
    assert past["effectivePeriod"] == {"start": "2026-08-03", "end": "2026-10-09"}
    assert past["extension"][0]["valueBoolean"] is False


def test_the_employer_stands_in_the_document_and_nowhere_else() -> None:
    resources = mapped(STARTED)
    assert "Harwick" not in str(all_of(resources, "Observation"))
    text = text_of(only(resources, "DocumentReference"))
    assert "Employer: Harwick Borough Council\n" in text


def test_the_goal_that_it_is_for_is_no_reference() -> None:
    goal_id = UUID("46c5a9cc-eed0-4769-a74f-a9e5f312fd00")
    assert "Goal/" not in str([one.body for one in mapped(STARTED, goal_id=goal_id)])


def test_it_says_what_can_be_counted_of_it() -> None:
    (body,) = jobs(mapped(STARTED))
    assert components(body) == {
        "weekly-hours": 30,
        "permanent-or-temporary": ["permanent"],
        "open-to-anyone": ["Y"],
        "minimum-wage-and-going-rate": ["Y"],
        "not-set-aside": ["Y"],
        "competitive-employment": ["Y"],
        "job-found-through": ["application"],
    }


def test_what_is_not_said_is_left_out() -> None:
    (body,) = jobs(mapped(STARTED, term=None, competitive=None, found_through=None))
    assert components(body) == {"weekly-hours": 30}
    (body,) = jobs(mapped(VOLUNTARY))
    assert components(body) == {"85104-8": ["VW"], "competitive-employment": ["N"]}
    (body,) = jobs(mapped(STARTED, competitive={"open_to_anyone": True}))
    assert "competitive-employment" not in components(body)
    assert "not-set-aside" not in components(body)


def test_one_criterion_that_is_not_met_is_enough() -> None:
    (body,) = jobs(mapped(ENDED))
    assert components(body)["minimum-wage-and-going-rate"] == ["N"]
    assert components(body)["competitive-employment"] == ["N"]


def test_of_an_employee_the_sector_is_not_known_and_no_classification_is_sent() -> None:
    assert components(jobs(mapped(SELF_EMPLOYED))[0])["85104-8"] == ["PWSE"]
    assert "85104-8" not in components(jobs(mapped(STARTED))[0])


def test_the_profile_takes_each_component_once_and_no_other() -> None:
    (body,) = jobs(mapped(STARTED))
    assert our_gate().faults(body) == ()
    unknown = {"code": {"coding": [{"system": "http://loinc.org", "code": "74159-5"}]}, "valueString": "Nights"}
    for more in (body["component"][0], unknown):
        assert our_gate().faults({**body, "component": [*body["component"], more]})


@pytest.mark.parametrize(
    ("reason", "codes"),
    [
        ("dismissed", ["105496009", "dismissed"]),
        ("retired", ["105493001", "retired"]),
        ("resigned", ["resigned"]),
    ],
)
def test_why_it_ended_has_a_snomed_code_where_one_says_the_same(reason: str, codes: list[str]) -> None:
    assert components(jobs(mapped(ENDED, end_reason=reason))[0])["why-job-ended"] == codes


def test_another_role_with_the_same_employer_is_another_job() -> None:
    before, now = jobs(mapped(CHANGED))
    assert (before["valueCodeableConcept"], now["valueCodeableConcept"]) == (
        {"text": "Kitchen porter"},
        {"text": "Breakfast cook"},
    )
    assert before["effectivePeriod"] == {"start": "2026-06-01", "end": "2026-11-15"}
    assert now["effectivePeriod"] == {"start": "2026-11-16"}
    assert [one["extension"][0]["valueBoolean"] for one in (before, now)] == [False, True]
    assert (components(before)["weekly-hours"], components(now)["weekly-hours"]) == (12, 20)
    form = sample(CHANGED).form
    assert before["id"] == role_id(form.id, "job")
    assert now["id"] == role_id(form.id, f"job/{form.model_dump()['changes'][2]['id']}")


def test_the_reason_for_the_end_is_that_of_the_last_role() -> None:
    fields: Json = {"state": "ended", "ended_on": date(2026, 11, 17), "end_reason": "health"}
    before, last = jobs(mapped(CHANGED, **fields))
    assert "why-job-ended" not in components(before)
    assert components(last)["why-job-ended"] == ["health"]
    assert [one["extension"][0]["valueBoolean"] for one in (before, last)] == [False, False]


def test_the_employment_status_is_recorded_at_the_start_at_each_change_and_after_the_end() -> None:
    employed = ["224363007", "01"]
    assert told(mapped(CHANGED)) == [
        ({"start": "2026-06-01", "end": "2026-07-05"}, employed, ["04"]),
        ({"start": "2026-07-06", "end": "2026-09-06"}, employed, ["03"]),
        ({"start": "2026-09-07", "end": "2026-11-15"}, employed, ["03"]),
        ({"start": "2026-11-16"}, employed, ["02"]),
    ]
    assert told(mapped(ENDED)) == [
        ({"start": "2026-08-03", "end": "2026-10-09"}, employed, ["02"]),
        ({"start": "2026-10-10"}, ["73438004", "02"], []),
    ]
    assert told(mapped(SELF_EMPLOYED))[-1] == ({"start": "2026-05-30"}, employed, ["04"])


def test_a_status_that_nobody_knows_is_not_made_up() -> None:
    assert [period for period, _, _ in told(mapped(ENDED, status_after=None))] == [
        {"start": "2026-08-03", "end": "2026-10-09"}
    ]


def test_voluntary_work_says_nothing_of_the_status() -> None:
    assert statuses(mapped(VOLUNTARY)) == []
    fields: Json = {"state": "ended", "ended_on": date(2026, 1, 12), "end_reason": "other"}
    assert statuses(mapped(VOLUNTARY, **fields)) == []


@pytest.mark.parametrize(
    ("hours", "band"),
    [
        (1, "1_to_4"),
        (4, "1_to_4"),
        (5, "5_to_15"),
        (15, "5_to_15"),
        (16, "16_to_29"),
        (29, "16_to_29"),
        (30, "30_or_more"),
        (100, "30_or_more"),
    ],
)
def test_hours_fall_into_the_nhs_band(hours: int, band: str) -> None:
    assert hours_band(hours) == band


def the_turns() -> list[tuple[Resource, ...]]:
    """What stood after each of the turns of the agreed sample."""
    (agreed,) = [one for one in changed_samples() if one.name == "job_started_changed_and_ended"]
    return agreed.after_each_turn()


def test_it_goes_on_from_turn_to_turn_in_the_same_resources() -> None:
    offered, started, more_hours, over = the_turns()
    assert jobs(offered) == []
    ids = {one["id"] for turn in (started, more_hours, over) for one in jobs(turn)}
    assert len(ids) == 1
    assert [len(statuses(turn)) for turn in (offered, started, more_hours, over)] == [0, 1, 2, 3]
    assert [components(turn[0].body)["weekly-hours"] for turn in (started, more_hours, over)] == [16, 30, 30]
    assert {only(turn, "DocumentReference")["id"] for turn in (offered, over)} == {
        only(started, "DocumentReference")["id"]
    }


def test_a_status_that_a_later_turn_does_not_change_keeps_the_day_on_which_it_was_recorded() -> None:
    _, started, more_hours, over = the_turns()
    assert statuses(started)[0]["issued"].startswith("2026-10-06")
    assert statuses(more_hours)[0]["issued"].startswith("2026-11-03")
    assert statuses(over)[0] == statuses(more_hours)[0]
    assert statuses(over)[1]["issued"].startswith("2026-12-21")


def test_a_job_that_had_not_started_after_all_is_taken_back() -> None:
    form = sample(STARTED).form
    first = to_resources(version_of(form), NAMES)
    offered = changed(form, state="offered", started_on=None)
    second = to_resources(version_of(offered, 2, "It begins next week."), NAMES, first)
    assert {one["status"] for one in all_of(second, "Observation")} == {"entered-in-error"}
    assert only(second, "DocumentReference")["status"] == "current"


def test_a_job_that_was_retracted_is_in_error_everywhere() -> None:
    taken_back = retract(version_of(sample(CHANGED).form, 2, "Another person."), NAMES, mapped(CHANGED))
    assert {one.body["status"] for one in taken_back if one.type != "Provenance"} == {"entered-in-error"}


def test_the_goal_names_the_job_that_came_of_it_and_the_plan_says_so() -> None:
    resources = mapped("work_goal/achieved")
    (reference,) = only(resources, "Goal")["outcomeReference"]
    assert reference == {"reference": mapped(STARTED)[0].key}
    assert "\nMet by:   a job, which has a note of its own\n" in text_of(only(resources, "DocumentReference"))
    without = mapped("work_goal/achieved", job_id=None)
    assert "outcomeReference" not in only(without, "Goal")
    assert "Met by" not in text_of(only(without, "DocumentReference"))
