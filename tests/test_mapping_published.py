"""What the mapping says and what `fhir_profiles/` publishes are the same."""

from collections.abc import Mapping
from typing import Any, get_args

import pytest

from service.forms import (
    benefits_advice,
    contact,
    employment_status,
    job,
    referral,
    support_plan,
    team_request,
    vocational_profile,
    work_goal,
)
from service.mapping import code_lists, job_lists
from service.mapping.code_lists import Code
from service.push.messages.document import document_of
from service.r4.resource import Json
from tests.carriers import sending_of
from tests.mapped import mapped
from tests.published import FOLDER, codes_of, codings_in, of_type, published
from tests.samples_on_disk import NAMES, all_samples

_WORDS_AND_LISTS = [
    (benefits_advice.BenefitsChange, code_lists.BENEFITS_CHANGE, "benefits-change"),
    (contact.Attendance, code_lists.ATTENDANCE, "nhs-attendance-status"),
    (contact.Mechanism, code_lists.MECHANISM, "nhs-consultation-mechanism"),
    (contact.Topic, code_lists.TOPIC, "ips-activity"),
    (employment_status.EmploymentStatus, code_lists.EMPLOYMENT_STATUS, "nhs-employment-status"),
    (employment_status.WeeklyHours, code_lists.WEEKLY_HOURS, "nhs-weekly-hours-worked"),
    (job.Term, job_lists.JOB_TERM, "job-term"),
    (job.FoundThrough, job_lists.JOB_SOURCE, "job-source"),
    (job.EndReason, job_lists.JOB_END_REASON, "job-end-reason"),
    (referral.AskedBy, code_lists.REFERRAL_SOURCE, "referral-source"),
    (referral.DeclineReason, code_lists.DECLINE_REASON, "referral-decline-reason"),
    (referral.CloseReason, code_lists.CLOSE_REASON, "referral-close-reason"),
    (support_plan.LineTopic, code_lists.SUPPORT_TOPIC, "support-topic"),
    (team_request.AskedFor, code_lists.ASKED_OF_TEAM, "asked-of-team"),
    (vocational_profile.DisclosurePreference, code_lists.DISCLOSURE, "disclosure-preference"),
    (work_goal.GoalSort, code_lists.GOAL_SORT, "work-goal-sort"),
    (work_goal.ClinicalRole, code_lists.CLINICAL_ROLE, "clinical-role"),
]
_CODES_THAT_NO_WORD_HAS = {
    "nhs-reason-for-referral": [code_lists.NHS_EMPLOYMENT_SUPPORT],
    "nhs-team-type": [code_lists.NHS_IPS_TEAM],
    "nhs-data-item": [code_lists.NHS_WEEKLY_HOURS_WORKED],
    "work-data-item": [
        code_lists.WEEKLY_HOURS_AS_NUMBER,
        job_lists.PERMANENT_OR_TEMPORARY,
        job_lists.OPEN_TO_ANYONE,
        job_lists.MINIMUM_WAGE_AND_GOING_RATE,
        job_lists.NOT_SET_ASIDE,
        job_lists.COMPETITIVE_EMPLOYMENT,
        job_lists.JOB_FOUND_THROUGH,
        job_lists.WHY_JOB_ENDED,
        *job_lists.PAY.values(),
    ],
    "employer-answer": list(code_lists.EMPLOYER_ANSWER.values()),
    "plan-type": [code_lists.EMPLOYMENT_PLAN, *code_lists.SUPPORT_PLAN_SORT.values()],
    "task-output": [code_lists.TEAM_ANSWER, code_lists.TASK_EPISODE],
    "task-type": [code_lists.WORK_GOAL_STEP, code_lists.TEAM_REQUEST, code_lists.SUPPORT_PLAN_LINE],
}
_NOT_SENT = {"nhs-weekly-hours-worked": {"98"}}


@pytest.mark.parametrize(("words", "table", "list_name"), _WORDS_AND_LISTS, ids=[row[2] for row in _WORDS_AND_LISTS])
def test_every_word_of_a_form_has_its_published_code(words: Any, table: Mapping[str, Code], list_name: str) -> None:
    assert set(table) == set(get_args(words))
    sent = {entry.code: entry.display for entry in table.values()}
    known = codes_of(list_name)
    assert len(sent) == len(table)
    assert {code: known.get(code) for code in sent} == sent
    assert set(known) - set(sent) == _NOT_SENT.get(list_name, set())


def test_every_place_has_its_code() -> None:
    assert set(code_lists.LOCATION_TYPE) == set(get_args(contact.Place))


@pytest.mark.parametrize(("list_name", "entries"), _CODES_THAT_NO_WORD_HAS.items(), ids=_CODES_THAT_NO_WORD_HAS)
def test_a_code_that_stands_alone_is_published(list_name: str, entries: list[Code]) -> None:
    assert codes_of(list_name) == {entry.code: entry.display for entry in entries}


def test_every_code_system_has_a_value_set_of_all_its_codes() -> None:
    for system in of_type("CodeSystem"):
        value_set = system["url"].replace("/CodeSystem/", "/ValueSet/")
        assert published()[value_set]["compose"] == {"include": [{"system": system["url"]}]}
        # Of a list of others' that is not whole, R4 says neither how many there are nor which set has all.
        whole = (len(system["concept"]), value_set) if system["content"] == "complete" else (None, None)
        assert (system.get("count"), system.get("valueSet")) == whole


def test_every_profile_that_a_sample_claims_of_ours_is_published() -> None:
    covers = [document_of(sending_of(one.name))["entry"][0]["resource"] for one in all_samples()]
    bodies = [*covers, *(body for one in all_samples() for body in one.agreed)]
    claimed = {url for body in bodies for url in body["meta"]["profile"]}
    ours = {url for url in claimed if url.startswith(NAMES.fhir_base)}
    assert ours <= set(published())
    unused = {document["url"] for document in of_type("StructureDefinition") if document["kind"] == "resource"} - ours
    assert not unused


def test_every_canonical_of_ours_that_is_named_is_published() -> None:
    for document in published().values():
        for url in _canonicals(document):
            assert url.partition("|")[0] in published(), (document["id"], url)


def _canonicals(value: Any) -> list[str]:
    """Every URL of ours inside that names something published."""
    if isinstance(value, list):
        return [url for one in value for url in _canonicals(one)]
    if isinstance(value, dict):
        return [url for one in value.values() for url in _canonicals(one)]
    kinds = ("CodeSystem", "ValueSet", "StructureDefinition", "Questionnaire")
    is_ours = isinstance(value, str) and value.startswith(tuple(f"{NAMES.fhir_base}/{kind}/" for kind in kinds))
    return [value] if is_ours else []


def test_a_file_is_named_by_type_and_id_and_its_url_says_the_same() -> None:
    for url, document in published().items():
        assert (FOLDER / f"{document['resourceType']}-{document['id']}.json").is_file()
        assert url == f"https://ips.example.nhs.uk/{document['resourceType']}/{document['id']}"


def test_the_index_names_everything_that_is_published() -> None:
    index = (FOLDER / "README.md").read_text()
    assert not [document["id"] for document in published().values() if f"`{document['id']}`" not in index]


def _items(items: list[Json]) -> list[Json]:
    return [found for item in items for found in (item, *_items(item.get("item", [])))]


def _questionnaire() -> list[Json]:
    items: list[Json] = published()["https://ips.example.nhs.uk/Questionnaire/vocational-profile"]["item"]
    return items


_VALUE = {
    "choice": "valueCoding",
    "string": "valueString",
    "text": "valueString",
    "boolean": "valueBoolean",
    "date": "valueDate",
    "integer": "valueInteger",
}


def _assert_answers(questions: list[Json], items: list[Json]) -> None:
    """By R4's rules: the order of the questions, repeats only where they may, what is required, types."""
    order = {question["linkId"]: place for place, question in enumerate(questions)}
    given = [item["linkId"] for item in items]
    assert given == sorted(given, key=order.__getitem__)
    for question in questions:
        found = [item for item in items if item["linkId"] == question["linkId"]]
        assert found or not question.get("required")
        for item in found:
            assert item["text"] == question["text"]
            _assert_answers(question.get("item", []), item.get("item", []))
        answers = [answer for item in found for answer in item.get("answer", [])]
        values = found if question["type"] == "group" else answers
        assert len(values) <= 1 or question.get("repeats")
        assert all(list(answer) == [_VALUE[question["type"]]] for answer in answers)


@pytest.mark.parametrize("name", ["full", "minimal", "employed"])
def test_a_profiles_answers_answer_the_questionnaire(name: str) -> None:
    (answers,) = [one.body for one in mapped(f"vocational_profile/{name}") if one.type == "QuestionnaireResponse"]
    _assert_answers(_questionnaire(), answers["item"])


def test_the_questionnaires_own_codes_are_published_with_the_same_words() -> None:
    ours = [
        coding
        for one in of_type("Questionnaire")
        for coding in codings_in(one)
        if coding["system"].startswith(NAMES.fhir_base)
    ]
    assert len(ours) > 100
    for coding in ours:
        assert codes_of(coding["system"].rpartition("/")[2])[coding["code"]] == coding["display"]
