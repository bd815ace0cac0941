"""What a referral may say at each of its turns, each refusal with its field; and that nobody can be excluded by it."""

import re
from typing import Any, get_args

import pytest

from service.forms import referral as form
from service.forms.referral import Referral
from tests.phone import referral
from tests.published import codes_of, published
from tests.test_forms import faults, parsed

Json = dict[str, Any]

ACCEPTED: Json = {"answer": "accepted", "answered_on": "2026-11-20"}
DECLINED: Json = {"answer": "declined", "answered_on": "2026-11-20", "decline_reason": "no_place_free"}
STARTED: Json = {**ACCEPTED, "started_on": "2026-11-20"}
CLOSED: Json = {**STARTED, "closed_on": "2026-11-20", "close_reason": "moved_away"}
NURSE: Json = {"role": "nurse", "name": "Tom Reilly"}

TAKEN: dict[str, Json] = {
    "asked on the day it was written": {"asked_on": "2026-11-20"},
    "asked long before it was written": {"asked_on": "2025-01-31"},
    "asked by a clinician": {"asked_by": "clinician", "clinical_role": "psychiatrist"},
    "asked by a clinician with a name": {"asked_by": "clinician", "clinical_role": "nurse", "asked_by_name": "Tom"},
    "asked by a team": {"asked_by": "team_meeting", "asked_by_name": "Early intervention team"},
    "asked by the GP": {"asked_by": "gp"},
    "asked by her sister": {"asked_by": "other", "asked_by_name": "Her sister"},
    "accepted, and not begun": ACCEPTED,
    "accepted, with colleagues": {**ACCEPTED, "team": [NURSE, {**NURSE, "role": "psychiatrist"}]},
    "begun": STARTED,
    "begun before the answer": {**ACCEPTED, "started_on": "2026-11-19"},
    "closed": CLOSED,
    "closed, never begun": {**ACCEPTED, "closed_on": "2026-11-20", "close_reason": "no_longer_wants_it"},
    "declined": DECLINED,
}


@pytest.mark.parametrize("changes", TAKEN.values(), ids=TAKEN)
def test_each_turn_is_taken(changes: Json) -> None:
    assert parsed(referral(**changes)).kind == "referral"


LATER: Json = {"written_at": "2026-11-23T09:00:00+00:00"}
REFUSED: list[tuple[Json, str]] = [
    ({"asked_by": "the neighbours"}, "asked_by"),
    ({"asked_by": "clinician"}, "clinical_role"),
    ({"clinical_role": "nurse"}, "clinical_role"),
    ({"asked_by": "clinician", "clinical_role": "gp"}, "clinical_role"),
    ({"asked_by_name": "Jo"}, "asked_by_name"),
    ({"asked_by": "other"}, "asked_by_name"),
    ({"asked_on": None}, "asked_on"),
    ({"asked_on": "1990-02-02"}, "asked_on"),
    ({"asked_on": "2026-11-21"}, "asked_on"),
    ({"why": " "}, "why"),
    ({"answer": "perhaps"}, "answer"),
    ({"answered_on": "2026-11-20"}, "answered_on"),
    ({**ACCEPTED, "answered_on": None}, "answered_on"),
    ({**DECLINED, "answered_on": None}, "answered_on"),
    ({**ACCEPTED, "answered_on": "2026-11-18"}, "answered_on"),
    ({**ACCEPTED, "answered_on": "2026-11-21"}, "answered_on"),
    ({**DECLINED, "decline_reason": None}, "decline_reason"),
    ({**ACCEPTED, "decline_reason": "died"}, "decline_reason"),
    ({"decline_reason": "died"}, "decline_reason"),
    ({"started_on": "2026-11-20"}, "started_on"),
    ({**DECLINED, "started_on": "2026-11-20"}, "started_on"),
    ({**DECLINED, "closed_on": "2026-11-20", "close_reason": "died"}, "closed_on"),
    ({**DECLINED, "close_reason": "died"}, "close_reason"),
    ({"team": [NURSE]}, "team"),
    ({**STARTED, "started_on": "2026-11-18"}, "started_on"),
    ({**STARTED, "started_on": "2026-11-21"}, "started_on"),
    ({**CLOSED, "close_reason": None}, "close_reason"),
    ({**CLOSED, "closed_on": None}, "closed_on"),
    ({**CLOSED, "closed_on": "2026-11-21"}, "closed_on"),
    ({**CLOSED, "closed_on": "2026-11-19"}, "closed_on"),
    ({**CLOSED, **LATER, "started_on": "2026-11-22", "closed_on": "2026-11-21"}, "closed_on"),
    ({**CLOSED, "started_on": None, "closed_on": "2026-11-19"}, "closed_on"),
    ({**ACCEPTED, "team": [NURSE, NURSE]}, "team"),
    ({**ACCEPTED, "team": [NURSE] * 11}, "team"),
    ({**ACCEPTED, "team": [{**NURSE, "role": "plumber"}]}, "team.0.role"),
]


@pytest.mark.parametrize(("changes", "field"), REFUSED)
def test_a_turn_that_makes_no_sense_is_refused(changes: Json, field: str) -> None:
    said = faults(referral(**changes))
    assert list(said) == [field]
    assert said[field].endswith(".")


# Zero exclusion: what a person has, does or takes, and whether somebody thinks them ready, is no reason.
_EXCLUDES = re.compile(
    r"(?<!al)ready|readi|diagnos|ill|symptom|unwell|stable|risk|safe|danger|forensic|offen|drug|alcohol|substance|misuse|"
    r"motivat|engag|capacit|suitab|appropriate|eligib|criteria|complex|other$",
    re.IGNORECASE,
)
_REASONS = {"decline_reason": form.DeclineReason, "close_reason": form.CloseReason}


@pytest.mark.parametrize(("field", "words"), _REASONS.items(), ids=_REASONS)
def test_no_reason_that_excludes_anybody_can_be_chosen(field: str, words: Any) -> None:
    codes = codes_of(f"referral-{field.replace('_', '-')}")
    said = [*get_args(words), *codes, *codes.values()]
    assert [one for one in said if _EXCLUDES.search(one)] == []


def test_the_reasons_are_these_and_no_others() -> None:
    """A new one is looked at by whoever changes this: does it keep anybody out who wants to work?"""
    assert set(get_args(form.DeclineReason)) == {
        "does_not_want_it",
        "already_has_employment_support",
        "not_with_the_team",
        "lives_outside_the_area",
        "could_not_be_reached",
        "no_place_free",
        "died",
    }
    assert set(get_args(form.CloseReason)) == {
        "support_no_longer_needed",
        "no_longer_wants_it",
        "moved_away",
        "could_not_be_reached",
        "left_the_team",
        "moved_to_other_employment_support",
        "died",
    }


@pytest.mark.parametrize("reason", ["not_ready", "psychosis", "risk", "substance_use", "other", "He is not ready.", ""])
@pytest.mark.parametrize(("turn", "field"), [(DECLINED, "decline_reason"), (CLOSED, "close_reason")])
def test_not_ready_and_its_kin_are_refused(turn: Json, field: str, reason: str) -> None:
    assert list(faults(referral(**{**turn, field: reason}))) == [field]


def test_there_is_no_field_to_write_such_a_reason_into() -> None:
    """In words it can be said who asked, why, and, in a note that nobody counts, what came of it."""
    strings = {name for name, field in Referral.model_fields.items() if _takes_free_text(field.annotation)}
    assert strings == {"asked_by_name", "why", "note"}


def _takes_free_text(annotation: Any) -> bool:
    inside = get_args(annotation)
    return annotation is str or any(_takes_free_text(one) for one in inside if not isinstance(one, str))


@pytest.mark.parametrize("field", _REASONS)
def test_whoever_fills_in_the_questionnaire_is_offered_the_same_reasons_and_may_write_no_other(field: str) -> None:
    asked = published()["https://ips.example.nhs.uk/Questionnaire/referral"]["item"]
    (item,) = [one for one in asked if one["linkId"] == field]
    offered = [option["valueCoding"]["code"] for option in item["answerOption"]]
    assert (item["type"], set(offered)) == ("choice", set(codes_of(f"referral-{field.replace('_', '-')}")))
