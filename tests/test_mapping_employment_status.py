"""An employment status on its own → an Observation that can be counted, and a document that can be read."""

from service.mapping import code_lists
from tests.mapped import codes_in, mapped, only, text_of, types_of

AT_REFERRAL = "employment_status/at_referral"
IN_WORK = "employment_status/in_work"
AT_DISCHARGE = "employment_status/at_discharge"


def test_it_is_counted_and_read() -> None:
    assert types_of(mapped(AT_REFERRAL)) == ["Observation", "DocumentReference", "Provenance"]


def test_the_nhs_code_stands_beside_snomed_where_that_has_the_word() -> None:
    assert codes_in([only(mapped(IN_WORK), "Observation")["valueCodeableConcept"]]) == ["224363007", "01"]
    assert codes_in([only(mapped(AT_REFERRAL), "Observation")["valueCodeableConcept"]]) == ["04"]
    assert codes_in([only(mapped(AT_DISCHARGE), "Observation")["valueCodeableConcept"]]) == ["ZZ"]


def test_the_hours_stand_with_work_alone() -> None:
    (hours,) = only(mapped(IN_WORK), "Observation")["component"]
    assert codes_in([hours["valueCodeableConcept"]]) == ["02"]
    assert "component" not in only(mapped(AT_REFERRAL), "Observation")


def test_since_when_it_has_been_so_is_its_time_and_else_the_day_it_was_recorded() -> None:
    known = only(mapped(AT_REFERRAL), "Observation")
    assert (known["effectivePeriod"], "effectiveDateTime" in known) == ({"start": "2023"}, False)
    assert only(mapped(AT_DISCHARGE), "Observation")["effectiveDateTime"] == "2026-11-02T14:00:00+00:00"


def test_it_comes_from_no_questionnaire() -> None:
    assert "derivedFrom" not in only(mapped(IN_WORK), "Observation")


def test_the_document_says_all_of_it() -> None:
    text = text_of(only(mapped(IN_WORK, note="Her first week."), "DocumentReference"))
    assert text.splitlines()[0] == "Employment status after a change"
    assert "Work now: Employed; 16 to 29 hours" in text
    assert "Since:    5 October 2026" in text
    assert "NOTE\nHer first week." in text
    assert "Since:" not in text_of(only(mapped(AT_DISCHARGE), "DocumentReference"))


def test_each_occasion_has_its_words() -> None:
    for occasion, words in code_lists.OCCASION_IN_WORDS.items():
        assert only(mapped(AT_DISCHARGE, occasion=occasion), "DocumentReference")["description"].endswith(words)
