"""What an employer may be handed: the rule, the words, and a type that has no place for anything else."""

import ast
import inspect
from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from datetime import date, timedelta
from typing import Annotated, Any, Literal, NewType, get_args, get_origin, get_type_hints
from uuid import UUID, uuid4

import pytest
from pydantic import BaseModel

from service.errors import AlreadyRetracted, NotToBeTold
from service.forms.disclosure_decision import Said
from service.forms.support_plan import ShownToEmployer, SupportPlan
from service.intake import employer_copy
from service.intake.employer_copy import EmployerCopy, ShownLine, as_json, as_text
from service.intake.make_employer_copy import SENTENCES, Facing, HandedOut, StandingDecision, make_employer_copy
from tests.source import called, sources

DAY = date(2026, 11, 30)
LATER = "I work best with one sheet for the whole month."
OFF = "I have an appointment\nevery second Tuesday morning."


def line(words: str = LATER, **changes: Any) -> ShownLine:
    shown = ShownToEmployer(words=words, client_agreed_on=DAY)
    bare: dict[str, Any] = {"since": None, "by_when": None, "how_far": "not_started", "agreed_on": None}
    return ShownLine(**{"id": uuid4(), "shown": shown, **bare, **changes})


def facing(**changes: Any) -> Facing:
    """Adjustments with two lines."""
    plan: dict[str, Any] = {
        "note_id": UUID(int=1),
        "version": 3,
        "retracted": False,
        "kind": "support_plan",
        "sort": "workplace_adjustments",
        "active": True,
        "employer": "The Corner Cup",
        "person": "Ann Example",
        "specialist": "Sam Okafor",
        "lines": (line(), line(OFF)),
    }
    return Facing(**{**plan, **changes})


def decided(*words: str, **changes: Any) -> StandingDecision:
    """Some things may be told to this employer, by the specialist."""
    decision: dict[str, Any] = {
        "made_on": DAY,
        "employer": "The Corner Cup",
        "until": None,
        "tellers": frozenset({"specialist"}),
        "note_id": UUID(int=2),
        "version": 1,
        "retracted": False,
        "decided": "some_things",
        "said": tuple(Said(about="adjustments", words=one) for one in words or (LATER, OFF)),
    }
    return StandingDecision(**{**decision, **changes})


def letter(**changes: Any) -> Facing:
    """The decision itself, asked for as a letter."""
    return facing(note_id=UUID(int=2), kind="disclosure_decision", sort=None, lines=(), **changes)


def make(note: Facing | None = None, *decisions: StandingDecision, told_by: Any = "specialist") -> HandedOut:
    return make_employer_copy(note or facing(), decisions or (decided(),), told_by, DAY)


def words_of(made: HandedOut) -> list[str]:
    return [line.shown.words for line in made.copy.lines]


def test_a_plan_is_handed_out_in_the_words_that_the_decision_allows() -> None:
    made = make()
    assert words_of(made) == [LATER, OFF]
    assert (made.copy.subject, made.copy.said, made.left_out) == ("workplace_adjustments", (), ())
    assert (made.copy.stands_on.decision_id, made.copy.stands_on.version) == (UUID(int=2), 1)
    assert (made.copy.stands_on.decided_on, made.copy.handed_out_on) == (DAY, DAY)


def test_a_line_in_other_words_is_left_out_and_named_to_who_asks() -> None:
    plan = facing()
    made = make(plan, decided(LATER, OFF.lower(), f"{OFF} And more."))
    assert words_of(made) == [LATER]
    assert made.left_out == (plan.lines[1].id,)
    assert str(made.left_out[0]) not in as_text(made.copy)


def test_where_lines_are_broken_does_not_matter() -> None:
    assert words_of(make(None, decided(OFF.replace("\n", " ")))) == [OFF]


def test_who_wants_to_be_open_allows_what_is_marked() -> None:
    made = make(None, decided(decided="openly", said=()))
    assert words_of(made) == [LATER, OFF]


def test_a_decision_is_handed_out_as_a_letter_in_its_own_words() -> None:
    made = make(letter(), decided(LATER, OFF))
    assert [said.words for said in made.copy.said] == [LATER, OFF]
    assert (made.copy.subject, made.copy.lines) == ("what_may_be_told", ())


def test_the_specialist_is_named_only_where_they_tell() -> None:
    anybody = decided(tellers=frozenset({"client", "specialist", "clinician"}))
    assert make(None, anybody).copy.specialist == "Sam Okafor"
    for teller in ("client", "clinician"):
        made = make(None, anybody, told_by=teller)
        assert made.copy.specialist is None
        assert "specialist" not in as_text(made.copy)


def test_the_decision_for_this_employer_counts_before_a_general_one() -> None:
    general = decided(LATER, employer=None, note_id=UUID(int=3))
    made = make(None, general, decided(OFF, made_on=DAY - timedelta(days=90)))
    assert words_of(made) == [OFF]
    assert words_of(make(None, general)) == [LATER]
    assert make(None, general).copy.stands_on.decision_id == UUID(int=3)


def test_of_two_decisions_of_one_day_the_later_counts() -> None:
    assert words_of(make(None, decided(OFF), decided(LATER))) == [OFF]


OTHER = decided(employer="Bright Florists")
GENERAL = decided(employer=None, note_id=UUID(int=3))
WHY_NOT: list[tuple[str, Facing, list[StandingDecision]]] = [
    ("the_persons_own", facing(sort="work_health_and_wellbeing"), [decided()]),
    ("plan_not_active", facing(active=False), [decided()]),
    ("nothing_for_employers", facing(lines=()), [decided()]),
    ("nothing_for_employers", facing(lines=(), employer=None), [decided(employer=None)]),
    ("any_employer", letter(employer=None), [decided(employer=None)]),
    ("no_decision", facing(), []),
    ("no_decision", facing(), [decided(made_on=DAY + timedelta(days=1))]),
    ("another_employer", facing(), [OTHER]),
    ("expired", facing(), [OTHER, decided(until=DAY - timedelta(days=1))]),
    ("expired", facing(), [decided(until=DAY - timedelta(days=1)), decided(made_on=DAY - timedelta(days=90)), GENERAL]),
    ("taken_back", facing(), [OTHER, decided(retracted=True)]),
    ("taken_back", facing(), [decided(retracted=True, until=DAY - timedelta(days=1))]),
    ("nothing_may_be_told", facing(), [decided(decided="nothing", said=(), tellers=frozenset()), GENERAL]),
    ("not_by_this_teller", facing(), [decided(tellers=frozenset({"client"}))]),
    ("another_decision", letter(), [decided(note_id=UUID(int=9))]),
    ("no_words", letter(), [decided(decided="openly", said=())]),
    ("not_in_these_words", facing(), [decided("Something else.")]),
]


@pytest.mark.parametrize(("why", "note", "decisions"), WHY_NOT, ids=[row[0] for row in WHY_NOT])
def test_without_a_decision_that_allows_it_there_is_no_copy(
    why: str, note: Facing, decisions: list[StandingDecision]
) -> None:
    with pytest.raises(NotToBeTold) as refused:
        make_employer_copy(note, decisions, "specialist", DAY)
    assert refused.value.details["reason"] == why
    assert refused.value.status == 403


def test_the_decision_in_force_is_named_where_it_is_another() -> None:
    with pytest.raises(NotToBeTold) as refused:
        make(letter(), decided(note_id=UUID(int=9)))
    assert refused.value.details["decision_id"] == UUID(int=9)


def test_it_holds_on_its_last_day() -> None:
    assert words_of(make(None, decided(until=DAY))) == [LATER, OFF]


def test_what_was_retracted_is_not_handed_out() -> None:
    with pytest.raises(AlreadyRetracted):
        make(facing(retracted=True))


def test_each_reason_says_what_to_do() -> None:
    assert {why for why, _, _ in WHY_NOT} | {"no_copy_of_this_kind"} == set(SENTENCES)
    for sentence in SENTENCES.values():
        assert sentence.endswith(".")
        assert any(word in sentence for word in ("Ask", "Write", "write", "Amend", "ask"))


def test_the_text_has_the_words_as_they_stand() -> None:
    lines = (line(since=date(2026, 10, 1), how_far="under_way", agreed_on=date(2026, 9, 24)), line(OFF, by_when=DAY))
    assert as_text(make(facing(lines=lines)).copy) == (
        "Workplace adjustments\n"
        "\n"
        "For:      The Corner Cup\n"
        "From:     Ann Example\n"
        "With:     Sam Okafor, employment specialist\n"
        "Date:     30 November 2026\n"
        "\n"
        "I work best with one sheet for the whole month.\n"
        "(since 1 October 2026; under way; agreed with you on 24 September 2026)\n"
        "\n"
        "I have an appointment\n"
        "every second Tuesday morning.\n"
        "(by 30 November 2026; not started)\n"
        "\n"
        "These words were agreed on 30 November 2026, to be shared with you. Please ask before you pass them on.\n"
        "Decision 00000000-0000-0000-0000-000000000002, version 1."
    )


def test_a_letter_of_somebody_whose_name_is_not_known_yet() -> None:
    text = as_text(make(letter(person=None), decided(OFF)).copy)
    assert text.startswith("What I would like you to know\n\nFor:      The Corner Cup\nWith:     Sam")
    assert f"\n\n{OFF}\n\nThese words" in text


def test_a_phone_gets_the_same_in_parts() -> None:
    told = as_json(make().copy)
    assert [one["words"] for one in told["lines"]] == [LATER, OFF]
    assert (told["title"], told["employer"], told["person"]) == (
        "Workplace adjustments",
        "The Corner Cup",
        "Ann Example",
    )
    assert as_json(make(letter()).copy)["said"] == [LATER, OFF]


# By type: whatever is put into a copy has to go through these fields, and there are no others.

_CLOSED = {UUID, int, date, bool}
_NAMES = {"employer": "EmployersName", "person": "PersonsName", "specialist": "SpecialistsName"}


def _texts_in(kind: Any, place: str) -> Iterator[tuple[str, Any]]:
    """Every field that can hold words, with its type; whatever can hold anything at all counts."""
    if get_origin(kind) is Literal or kind in _CLOSED or kind is type(None):
        return
    if is_dataclass(kind):
        hints = get_type_hints(kind)
        for field in fields(kind):
            yield from _texts_in(hints[field.name], f"{kind.__name__}.{field.name}")  # type: ignore[union-attr]
    elif isinstance(kind, type) and issubclass(kind, BaseModel):
        for name, info in kind.model_fields.items():
            yield from _texts_in(info.annotation, f"{kind.__name__}.{name}")
    elif get_origin(kind) is Annotated:
        yield from _texts_in(get_args(kind)[0], place)
    elif get_args(kind):
        for one in get_args(kind):
            if one is not Ellipsis:
                yield from _texts_in(one, place)
    else:
        yield place, kind


_AGREED = {"Said.words": str, "ShownToEmployer.words": str}


def test_a_copy_has_no_place_for_words_that_were_not_agreed() -> None:
    names = {f"EmployerCopy.{field}": getattr(employer_copy, name) for field, name in _NAMES.items()}
    assert dict(_texts_in(EmployerCopy, "")) == {**names, **_AGREED}
    assert dict(_texts_in(HandedOut, "")) == {**names, **_AGREED}


def test_what_comes_in_of_a_note_has_none_either() -> None:
    names = {"Facing.employer": str, "Facing.person": str, "Facing.specialist": str}
    assert dict(_texts_in(Facing, "")) == {**names, "ShownToEmployer.words": str}


def test_a_place_for_other_words_would_be_found() -> None:
    found = dict(_texts_in(SupportPlan, ""))
    assert {"SupportPlan.note", "SupportLine.what", "SupportLine.why_dropped"} <= set(found)
    assert dict(_texts_in(dict[str, Any], "here")) == {"here": Any}


def test_what_is_written_out_is_such_a_copy_and_nothing_else() -> None:
    for write in (as_text, as_json):
        assert [one.annotation for one in inspect.signature(write).parameters.values()] == [EmployerCopy]


def test_a_name_becomes_part_of_a_copy_in_one_place() -> None:
    made_in = {
        file.name
        for file in sources("service")
        for node in ast.walk(file.tree)
        if called(node) in {"EmployerCopy", *_NAMES.values()}
    }
    assert made_in == {"service/intake/make_employer_copy.py"}
    assert all(isinstance(getattr(employer_copy, name), NewType) for name in _NAMES.values())


def test_a_line_takes_nothing_but_what_was_agreed() -> None:
    with pytest.raises(ValueError, match="shown"):
        line(shown="She hears voices.")
    with pytest.raises(ValueError, match="Extra inputs"):
        line(what="She hears voices.")
