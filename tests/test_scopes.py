"""What a system may, in SMART's words: what is understood, what is given, and what an operator may write."""

import re
from itertools import product
from typing import Any, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.auth.policy import Interaction
from service.auth.scopes import SERVED, Scope, allows, asked_for, granted, in_words, scopes_in, to_register

INTERACTIONS: tuple[Interaction, ...] = get_args(Interaction)
TYPES = ("Questionnaire", "QuestionnaireResponse", "Goal")

some_letters = st.sets(st.sampled_from(INTERACTIONS), min_size=1).map(
    lambda letters: "".join(letter for letter in INTERACTIONS if letter in letters)
)
some_scopes = st.lists(st.builds(Scope, st.sampled_from((*TYPES, "*")), some_letters), max_size=5)


def _allowed(scopes: Any) -> set[tuple[str, Interaction]]:
    words = in_words(scopes).split()
    return {(name, letter) for name, letter in product(TYPES, INTERACTIONS) if allows(words, name, letter)}


@given(some_scopes, some_scopes)
def test_what_is_granted_is_what_both_allow_and_nothing_else(asked: list[Scope], registered: list[Scope]) -> None:
    assert _allowed(granted(asked, registered)) == _allowed(asked) & _allowed(registered)


@given(some_scopes, some_scopes)
def test_what_is_granted_says_each_thing_once(asked: list[Scope], registered: list[Scope]) -> None:
    given_ = granted(asked, registered)
    for one, other in product(given_, given_):
        assert one is other or (one.resource_type != other.resource_type)
        if one.resource_type == "*" != other.resource_type:
            assert not set(one.letters) & set(other.letters)


@given(some_scopes)
def test_a_scope_is_read_as_it_is_written(scopes: list[Scope]) -> None:
    assert list(scopes_in(in_words(scopes).split())) == scopes


@given(st.lists(st.text(max_size=30)), st.sampled_from(TYPES), st.sampled_from(INTERACTIONS))
def test_whatever_a_token_says_is_no_scope_unless_it_is_one(words: list[str], name: str, letter: Interaction) -> None:
    assert not allows([f"_{word}" for word in words], name, letter)


@pytest.mark.parametrize(
    "word",
    [
        "",
        "system/Questionnaire",
        "system/Questionnaire.",
        "system/Questionnaire.sr",
        "system/Questionnaire.rr",
        "system/questionnaire.rs",
        "system/Questionnaire.rs\n",
        "system/Questionnaire.rs?name=contact",
        "system/*.read",
        "user/Questionnaire.rs",
        "patient/*.rs",
        " system/Questionnaire.rs",
        "system/Questionnaire.Rs",
    ],
)
def test_what_is_no_scope_for_systems_that_can_be_held_to_gives_nothing(word: str) -> None:
    assert not any(allows([word], name, letter) for name, letter in product(SERVED, INTERACTIONS))


def test_one_request_asks_for_a_hundred_scopes_at_most() -> None:
    hundred = " ".join(["system/Goal.r"] * 100)
    assert len(asked_for(hundred)) == 100
    assert len(asked_for(f"{hundred} system/Task.r")) == 100


def test_systems_find_the_forms_and_a_place_for_their_answers() -> None:
    assert dict(SERVED) == {"Questionnaire": "rs", "QuestionnaireResponse": "c"}


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("system/Questionnaire.rs", "system/Questionnaire.rs"),
        ("system/Questionnaire.s  system/Questionnaire.r", "system/Questionnaire.rs"),
        ("system/*.rs system/Questionnaire.r", "system/*.rs"),
        ("system/QuestionnaireResponse.c system/*.r", "system/*.r system/QuestionnaireResponse.c"),
    ],
)
def test_an_operator_gives_what_is_served_and_it_is_kept_said_once(text: str, kept: str) -> None:
    assert in_words(to_register(text)) == kept


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "Say what it may"),
        ("system/*.read", "In v2 .read is .rs"),
        ("system/Questionnaire.*", "is of SMART v1"),
        ("user/Questionnaire.rs", "begin with system/"),
        ("system/Questionnaire.rs?_tag=a|b", "would not be held to here"),
        ("system/Questionnaire.sr", "in that order"),
        ("system/Goal.rs", "Goal is not served here. Served: system/Questionnaire.rs, system/QuestionnaireResponse.c"),
        ("system/QuestionnaireResponse.crus", "nothing answers to 'rus'"),
        ("system/*.d", "nothing answers to 'd'"),
        ("system/Questionnaire.rs system/\x07", "plain letters"),
        ("system/Quéstionnaire.rs", "plain letters"),
    ],
)
def test_what_could_not_be_held_to_is_not_registered_and_the_sentence_says_why(text: str, sentence: str) -> None:
    with pytest.raises(ValueError, match=re.escape(sentence)):
        to_register(text)
