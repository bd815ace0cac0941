"""The ConceptMaps in `fhir_profiles/` say what the mapping sends: they cannot drift from it."""

from collections.abc import Mapping
from typing import Any, get_args

import pytest

from service.forms import contact, employment_status, job
from service.mapping import code_lists, job_lists, terms
from service.mapping.code_lists import Code
from service.r4.resource import Json
from tests.published import codes_of, of_type, published
from tests.samples_on_disk import NAMES

# The map, the list of words, the words themselves, their codes, and the list that these are of.
_FROM_WORDS = [
    ("attendance", contact.Attendance, code_lists.ATTENDANCE, "nhs-attendance-status"),
    ("mechanism", contact.Mechanism, code_lists.MECHANISM, "nhs-consultation-mechanism"),
    ("place", contact.Place, code_lists.LOCATION_TYPE, None),
    ("employment-status", employment_status.EmploymentStatus, code_lists.EMPLOYMENT_STATUS, "nhs-employment-status"),
    ("weekly-hours", employment_status.WeeklyHours, code_lists.WEEKLY_HOURS, "nhs-weekly-hours-worked"),
]
_TO_SNOMED: list[tuple[str, Mapping[Any, Code], Mapping[Any, Json]]] = [
    ("nhs-employment-status", code_lists.EMPLOYMENT_STATUS, terms.EMPLOYMENT_STATUS_VALUE),
    ("nhs-consultation-mechanism", code_lists.MECHANISM, terms.SPOKEN_BY),
    ("location-type", code_lists.LOCATION_TYPE, terms.SEEN_AT),
    ("referral-source", code_lists.REFERRAL_SOURCE, terms.REFERRED_BY),
    ("job-end-reason", job_lists.JOB_END_REASON, terms.END_REASON_VALUE),
    ("clinical-role", code_lists.CLINICAL_ROLE, terms.REFERRED_BY_CLINICIAN),
]
_WORKS_AS = "works-as-to-hl7"
# Of the NHS's lists, those that no word of a form is for.
_WITHOUT_WORDS = {"nhs-data-item", "nhs-reason-for-referral", "nhs-team-type"}


@pytest.mark.parametrize(("name", "words", "table", "target"), _FROM_WORDS, ids=[row[0] for row in _FROM_WORDS])
def test_every_word_is_mapped_to_the_code_that_is_sent_for_it(
    name: str, words: Any, table: Mapping[str, Code], target: str | None
) -> None:
    assert set(codes_of(f"word-{name}")) == set(get_args(words))
    (group,) = _map(f"{name}-to-nhs")["group"]
    assert group["source"] == NAMES.code_system(f"word-{name}")
    assert group["target"] == (NAMES.code_system(target) if target else code_lists.LOCATION_TYPE_SYSTEM)
    assert _targets(group) == {word: ("equivalent", *entry) for word, entry in table.items()}


@pytest.mark.parametrize(("name", "table", "snomed"), _TO_SNOMED, ids=[row[0] for row in _TO_SNOMED])
def test_every_code_is_mapped_to_the_snomed_code_that_is_sent_beside_it(
    name: str, table: Mapping[Any, Code], snomed: Mapping[Any, Json]
) -> None:
    (group,) = _map(f"{name}-to-snomed")["group"]
    assert group["target"] == terms.SNOMED
    assert {code: found[1:] for code, found in _targets(group).items()} == {
        entry.code: (snomed[word]["code"], snomed[word]["display"]) if word in snomed else (None, None)
        for word, entry in table.items()
    }
    assert {code for code, (how, *_) in _targets(group).items() if how == "unmatched"} == {
        entry.code for word, entry in table.items() if word not in snomed
    }


def test_how_somebody_works_is_mapped_to_the_class_of_work_that_is_sent() -> None:
    (group,) = _map(_WORKS_AS)["group"]
    words = {word: f"job.works_as.{word}" for word in get_args(job.WorksAs)}
    assert set(words.values()) <= set(codes_of("note-answer"))
    sent = {word: ("equivalent", one["code"], one["display"]) for word, one in terms.WORKS_AS.items()}
    assert {one["system"] for one in terms.WORKS_AS.values()} == {group["target"]}
    assert _targets(group) == {code: sent.get(word, ("unmatched", None, None)) for word, code in words.items()}


def test_every_list_of_the_nhs_is_reached_by_a_word() -> None:
    reached = {group["target"] for one in of_type("ConceptMap") for group in one["group"]}
    lists = {one["id"] for one in of_type("CodeSystem") if one["id"].startswith("nhs-")}
    assert {name for name in lists if NAMES.code_system(name) not in reached} == _WITHOUT_WORDS


def test_no_map_stands_here_that_is_not_held_to_the_code() -> None:
    held = {f"{row[0]}-to-nhs" for row in _FROM_WORDS} | {f"{row[0]}-to-snomed" for row in _TO_SNOMED}
    assert {one["id"] for one in of_type("ConceptMap")} == held | {_WORKS_AS}


def test_a_map_begins_and_ends_with_the_lists_that_it_names() -> None:
    for one in of_type("ConceptMap"):
        (group,) = one["group"]
        for end, system in (("sourceCanonical", group["source"]), ("targetCanonical", group["target"])):
            if end in one:
                assert published()[one[end]]["compose"] == {"include": [{"system": system}]}


def _map(name: str) -> Json:
    return published()[f"{NAMES.fhir_base}/ConceptMap/{name}"]


def _targets(group: Json) -> dict[str, tuple[str, str | None, str | None]]:
    """Code → how its one target compares, its code, its display."""
    ends = {element["code"]: element["target"] for element in group["element"]}
    assert len(ends) == len(group["element"])
    return {code: (end["equivalence"], end.get("code"), end.get("display")) for code, (end,) in ends.items()}
