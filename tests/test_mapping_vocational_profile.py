"""A vocational profile → answers, the assessment that was done, and what can be computed with."""

from typing import Any
from uuid import UUID

import pytest

from service.mapping.to_resources import to_resources
from service.r4.resource import Json
from tests.mapped import all_of, changed, codes_in, mapped, only, text_of, types_of, version_of
from tests.samples_on_disk import NAMES, sample

FULL = "vocational_profile/full"
MINIMAL = "vocational_profile/minimal"
EMPLOYED = "vocational_profile/employed"
JOB_ID = UUID("0b1c1a52-5a0e-4f5e-9a55-0e1f2f3a4b5c")


def _items(items: list[Json]) -> list[Json]:
    """Every item at every depth, in order."""
    return [found for item in items for found in (item, *_items(item.get("item", [])))]


def _answers(name: str, **fields: Any) -> dict[str, list[Any]]:
    """Link id → its values, of all items that have an answer."""
    found: dict[str, list[Any]] = {}
    for item in _items(only(mapped(name, **fields), "QuestionnaireResponse")["item"]):
        for answer in item.get("answer", []):
            found.setdefault(item["linkId"], []).extend(answer.values())
    return found


def _job(**fields: Any) -> Json:
    job = {"id": JOB_ID, "title": "Gardener", **fields}
    return all_of(mapped(MINIMAL, jobs=(job,)), "Observation")[1]


def test_the_smallest_profile_has_its_status_and_nothing_that_was_not_answered() -> None:
    made = ["Procedure", "QuestionnaireResponse", "Observation", "DocumentReference", "Provenance"]
    assert types_of(mapped(MINIMAL)) == made
    answers = _answers(MINIMAL)
    assert list(answers) == ["employment_status"]
    assert answers["employment_status"][0]["code"] == "02"


def test_every_answer_is_there_in_its_own_type() -> None:
    answers = _answers(FULL)
    assert answers["jobs.title"] == [
        "Warehouse picker",
        "Market stall, fruit and vegetables",
        "Volunteer in a charity shop",
    ]
    assert answers["jobs.started"] == ["2016-03", "2012", "2026-01-12"]
    assert answers["jobs.ended"] == ["2019", "2015-08-30"]
    assert answers["jobs.hours_per_week"] == [37, 4]
    assert answers["jobs.current"] == [False, False, True]
    assert answers["qualifications.gained"] == ["2001", "2017-05"]
    assert answers["skills"] == ["Quick with numbers", "Stock control", "Turns up on time", "Forklift driving"]
    assert answers["disclosure.preference"][0]["code"] == "some-things"
    assert len(answers["benefits"]) == 2
    assert {"education", "interests", "preferences.pay", "disclosure.words", "health_at_work"} <= set(answers)


def test_an_empty_group_is_left_out() -> None:
    items = only(mapped(MINIMAL, preferences={}), "QuestionnaireResponse")["item"]
    assert [item["linkId"] for item in items] == ["employment_status"]


def test_neither_the_heading_nor_the_phones_ids_of_jobs_are_among_the_answers() -> None:
    asked = {item["linkId"] for item in _items(only(mapped(FULL), "QuestionnaireResponse")["item"])}
    assert not asked & {"heading", "client", "happened_at", "jobs.id"}


def test_the_answers_name_the_questionnaire_and_the_assessment_they_are_part_of() -> None:
    resources = mapped(FULL)
    answers, assessment = only(resources, "QuestionnaireResponse"), only(resources, "Procedure")
    assert answers["questionnaire"] == "https://ips.example.nhs.uk/Questionnaire/vocational-profile|2.0.0"
    assert answers["partOf"] == [{"reference": f"Procedure/{assessment['id']}"}]
    assert answers["identifier"]["value"] == answers["id"]
    assert codes_in([assessment["code"]]) == ["69736008"]


def test_a_later_version_of_the_answers_is_amended() -> None:
    form = sample(MINIMAL).form
    later = to_resources(version_of(changed(form, skills=("Cooking",)), version=2), NAMES)
    assert only(mapped(MINIMAL), "QuestionnaireResponse")["status"] == "completed"
    assert only(later, "QuestionnaireResponse")["status"] == "amended"


@pytest.mark.parametrize(
    ("status", "codes"),
    [
        ("unemployed_and_seeking", ["73438004", "02"]),
        ("student_not_seeking", ["65853000", "03"]),
        ("long_term_sick_or_disabled", ["04"]),
        ("homemaker", ["05"]),
        ("not_seeking_no_benefits", ["224382003", "06"]),
        ("unpaid_voluntary_work", ["224372004", "07"]),
        ("retired", ["105493001", "08"]),
        ("not_stated", ["ZZ"]),
    ],
)
def test_the_employment_status_is_snomed_where_it_has_the_word_and_nhs_always(status: str, codes: list[str]) -> None:
    observation = only(mapped(MINIMAL, employment_status=status), "Observation")
    assert codes_in([observation["valueCodeableConcept"]]) == codes
    assert codes_in([observation["code"]]) == ["224362002", "74165-2"]
    assert "component" not in observation


@pytest.mark.parametrize(
    ("hours", "code"),
    [
        ("30_or_more", "01"),
        ("16_to_29", "02"),
        ("5_to_15", "03"),
        ("1_to_4", "04"),
        ("not_stated", "97"),
        ("not_known", "99"),
    ],
)
def test_the_employed_have_their_band_of_weekly_hours(hours: str, code: str) -> None:
    status = all_of(mapped(EMPLOYED, weekly_hours=hours), "Observation")[0]
    (component,) = status["component"]
    assert codes_in([status["valueCodeableConcept"]]) == ["224363007", "01"]
    assert codes_in([component["code"]]) == ["WEEKLY-HOURS-WORKED"]
    assert codes_in([component["valueCodeableConcept"]]) == [code]


def test_what_is_observed_comes_from_the_answers_and_has_the_date_of_the_profile() -> None:
    resources = mapped(FULL)
    answers = only(resources, "QuestionnaireResponse")
    observations = all_of(resources, "Observation")
    assert len(observations) == 4
    assert all(one["derivedFrom"] == [{"reference": f"QuestionnaireResponse/{answers['id']}"}] for one in observations)
    assert observations[0]["effectiveDateTime"] == "2026-09-15T11:00:00+01:00"


def test_a_job_says_its_title_its_hours_and_whether_it_is_present() -> None:
    job = _job(current=True, started="2026-01-12", hours_per_week=16)
    assert job["valueCodeableConcept"] == {"text": "Gardener"}
    assert job["extension"] == [
        {
            "url": "https://profiles.ihe.net/PCC/ODH/StructureDefinition/odh-isCurrentJob-extension",
            "valueBoolean": True,
        }
    ]
    assert job["component"][0]["valueQuantity"] == {
        "value": 16,
        "unit": "hours a week",
        "system": "http://unitsofmeasure.org",
        "code": "h/wk",
    }
    assert codes_in([job["code"]]) == ["11341-5"]


def test_a_job_claims_our_profile_uk_cores_and_ihes() -> None:
    assert _job()["meta"]["profile"] == [
        "https://ips.example.nhs.uk/StructureDefinition/job",
        "https://fhir.hl7.org.uk/StructureDefinition/UKCore-Observation",
        "https://profiles.ihe.net/PCC/ODH/StructureDefinition/odh-PastOrPresentJob",
    ]


def test_a_job_does_not_carry_its_employer_out_of_the_answers() -> None:
    assert "Orchard" not in str(_job(employer="Orchard & Sons"))
    assert "component" not in _job()


@pytest.mark.parametrize(
    ("started", "ended", "period"),
    [
        ("2016-03", "2019", {"start": "2016-03", "end": "2019"}),
        ("2016-03-01", None, {"start": "2016-03-01"}),
        (None, "2019", {"end": "2019"}),
        ("2019-06", "2019", {"start": "2019", "end": "2019"}),
        ("2019", "2019-06-30", {"start": "2019", "end": "2019"}),
        ("2019-06", "2019-06-30", {"start": "2019-06", "end": "2019-06"}),
        ("2019-06-01", "2019-06-30", {"start": "2019-06-01", "end": "2019-06-30"}),
    ],
)
def test_a_jobs_period_is_one_that_fhir_can_compare(started: str | None, ended: str | None, period: Json) -> None:
    assert _job(started=started, ended=ended)["effectivePeriod"] == period


def test_a_job_whose_dates_nobody_knows_says_that_they_are_unknown() -> None:
    (extension,) = _job()["effectivePeriod"]["extension"]
    assert extension == {
        "url": "http://hl7.org/fhir/StructureDefinition/data-absent-reason",
        "valueCode": "unknown",
    }


def test_a_job_keeps_its_id_when_it_is_told_again() -> None:
    assert _job()["id"] == _job(title="Head gardener")["id"]


def _document(name: str, **fields: Any) -> str:
    return text_of(only(mapped(name, **fields), "DocumentReference"))


def test_the_document_has_every_answer_that_is_a_text() -> None:
    text = " ".join(_document(FULL).split())
    said = [value for values in _answers(FULL).values() for value in values if isinstance(value, str)]
    words = [" ".join(value.split()) for value in said if not value[:4].isdecimal()]
    assert len(words) > 25
    assert [value for value in words if value not in text] == []


def test_the_document_leaves_out_what_was_not_answered() -> None:
    head, signature = _document(MINIMAL).split("\n\n")[1:]
    assert [line.split(":")[0] for line in head.splitlines()] == ["When", "Work now", "Client"]
    assert signature.startswith("Written by ")


@pytest.mark.parametrize(
    ("job", "line"),
    [
        ({}, "- Gardener"),
        ({"ended": "2019"}, "- Gardener; until 2019"),
        ({"current": True}, "- Gardener; present job"),
        (
            {"employer": "Kew", "started": "2016-03", "hours_per_week": 9},
            "- Gardener, Kew; from March 2016; 9 hours a week",
        ),
    ],
)
def test_a_job_is_one_line_of_what_is_known(job: Json, line: str) -> None:
    assert line in _document(MINIMAL, jobs=({"id": JOB_ID, "title": "Gardener", **job},)).splitlines()
