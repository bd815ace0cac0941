"""A disclosure decision → the words, to read, and a Consent that points to them and holds none."""

import orjson

from service.mapping.to_resources import retract
from tests.mapped import codes_in, mapped, only, text_of, types_of, version_of
from tests.samples_on_disk import NAMES, sample

SOME_THINGS = "disclosure_decision/some_things"
NOTHING = "disclosure_decision/nothing"
OPENLY = "disclosure_decision/openly"


def test_it_is_a_document_and_a_consent_that_points_to_it() -> None:
    made = mapped(SOME_THINGS)
    assert types_of(made) == ["DocumentReference", "Consent", "Provenance"]
    document, consent = only(made, "DocumentReference"), only(made, "Consent")
    assert consent["sourceReference"] == {"reference": f"DocumentReference/{document['id']}"}


def test_it_permits_or_denies_for_one_employer_or_any_until_it_ends() -> None:
    one = only(mapped(SOME_THINGS), "Consent")["provision"]
    assert (one["type"], one["period"]) == ("permit", {"start": "2026-09-17", "end": "2027-03-31"})
    assert one["actor"][0]["reference"] == {"display": "The Corner Cup"}
    assert only(mapped(OPENLY), "Consent")["provision"]["type"] == "permit"
    general = only(mapped(NOTHING), "Consent")["provision"]
    assert (general["type"], "end" in general["period"]) == ("deny", False)
    assert general["actor"][0]["reference"] == {"display": "any employer"}


def test_the_consent_is_about_telling_and_nothing_clinical_is_in_it() -> None:
    consent = only(mapped(SOME_THINGS), "Consent")
    assert codes_in(consent["category"]) == ["IDSCL"]
    assert consent["policy"] == [{"uri": "https://ips.example.nhs.uk/policy/disclosure-to-employers"}]
    said = orjson.dumps(consent).decode()
    assert not [words for words in ("appointment", "one sheet", "area office") if words in said]


def test_the_words_stand_as_they_were_said() -> None:
    text = text_of(only(mapped(SOME_THINGS), "DocumentReference"))
    assert "Only what follows may be told, in these words." in text
    assert "- Time off: “I have an appointment every second Tuesday morning.”" in text
    assert "Told by:  The client, the employment specialist" in text
    assert "Until:    31 March 2027" in text
    assert "Review:   17 December 2026" in text
    assert "Weighed:  for and against" in text
    assert "NOTE\nHer manager may ring me" in text


def test_nothing_is_said_in_capitals() -> None:
    text = text_of(only(mapped(NOTHING), "DocumentReference"))
    assert "NOTHING may be told about the person's health." in text
    assert "Weighed:  not yet" in text
    assert "Told by" not in text
    assert "The person wants to be open" in text_of(only(mapped(OPENLY), "DocumentReference"))


def test_a_decision_that_was_retracted_permits_nothing_any_more() -> None:
    earlier = tuple(one for one in mapped(SOME_THINGS) if one.type != "Provenance")
    taken_back = retract(version_of(sample(SOME_THINGS).form, 2, "Another person."), NAMES, earlier)
    assert only(taken_back, "Consent")["status"] == "entered-in-error"
