"""An employer copy is made within what the decision in force allows, word for word, or it is refused with a reason.

Pure. What of a note faces an employer comes in as a type of its own (`Facing`): nothing else of the note is read.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final, Literal, TypeAlias
from uuid import UUID

from service.errors import AlreadyRetracted, NotToBeTold
from service.forms.disclosure_decision import Decided, Said, Teller
from service.forms.support_plan import PlanSort
from service.intake.disclosure_rule import Decision, in_force
from service.intake.employer_copy import (
    EmployerCopy,
    EmployersName,
    PersonsName,
    ShownLine,
    SpecialistsName,
    StandsOn,
    Subject,
)

WhyNot: TypeAlias = Literal[
    "no_copy_of_this_kind",
    "the_persons_own",
    "plan_not_active",
    "nothing_for_employers",
    "any_employer",
    "no_decision",
    "another_employer",
    "expired",
    "taken_back",
    "nothing_may_be_told",
    "not_by_this_teller",
    "another_decision",
    "no_words",
    "not_in_these_words",
]

_ASK: Final = "Ask the person what this employer may be told, and write it down as a disclosure_decision."
SENTENCES: Final[dict[WhyNot, str]] = {
    "no_copy_of_this_kind": (
        "Only a disclosure decision, and a plan for returning to work, in-work support or adjustments, has a copy for "
        "an employer. Ask for the copy of one of those."
    ),
    "the_persons_own": (
        "A work health and wellbeing plan is the person's own. Write what the employer has to know into a plan of "
        "another sort."
    ),
    "plan_not_active": "This plan is paused or has ended. Amend it if it goes on, and ask again.",
    "nothing_for_employers": (
        "No line of this plan is shown to the employer. Agree with the person on words for them, and write those into "
        "shown_to_employer."
    ),
    "any_employer": (
        "This decision names no employer, so there is nobody to hand it to. Write down a decision for this employer."
    ),
    "no_decision": f"No decision allows it. {_ASK}",
    "another_employer": f"The person has decided about other employers, not about this one. {_ASK}",
    "expired": f"The decision about this employer has run out. {_ASK}",
    "taken_back": f"The decision about this employer was taken back. {_ASK}",
    "nothing_may_be_told": (
        "The person has decided that this employer is told nothing. Hand nothing out; if they change their mind, write "
        "their new decision down."
    ),
    "not_by_this_teller": (
        "The decision does not let this teller tell the employer. Ask for the copy with told_by as the decision's "
        "by_whom has it, or ask the person."
    ),
    "another_decision": "Another decision is in force for this employer. Ask for the copy of that one: decision_id.",
    "no_words": (
        "The decision has no words that may be told. Ask the person for them, and write them into may_be_told."
    ),
    "not_in_these_words": (
        "The decision in force has none of these lines in these words. Ask the person whether they may be told, and "
        "write the same words into may_be_told of the decision."
    ),
}
_SUBJECTS: Final[dict[str, Subject]] = {
    "disclosure_decision": "what_may_be_told",
    "return_to_work": "return_to_work",
    "in_work_support": "in_work_support",
    "workplace_adjustments": "workplace_adjustments",
}


@dataclass(frozen=True, slots=True)
class Facing:
    """What of the newest version of a note faces an employer. `sort` is a plan's, `active` whether the plan is."""

    note_id: UUID
    version: int
    retracted: bool
    kind: Literal["disclosure_decision", "support_plan"]
    sort: PlanSort | None
    active: bool
    employer: str | None
    person: str | None
    specialist: str
    lines: tuple[ShownLine, ...]


@dataclass(frozen=True, slots=True)
class StandingDecision(Decision):
    """The newest version of a decision, with what it allows; one that was retracted says so."""

    note_id: UUID
    version: int
    retracted: bool
    decided: Decided
    said: tuple[Said, ...]


@dataclass(frozen=True, slots=True)
class HandedOut:
    """The copy, and the lines that were marked for the employer and that the decision does not allow."""

    copy: EmployerCopy
    left_out: tuple[UUID, ...] = ()


def make_employer_copy(facing: Facing, decisions: Sequence[StandingDecision], told_by: Teller, on: date) -> HandedOut:
    """`decisions` are all of this person's, the latest first; `NotToBeTold` says why there is no copy."""
    subject = _subject(facing)
    if facing.employer is None:
        raise not_to_be_told("any_employer" if subject == "what_may_be_told" else "nothing_for_employers")
    decision = _allowing(decisions, facing.employer, told_by, on)
    letter = subject == "what_may_be_told"
    lines = () if letter else _allowed(facing.lines, decision)
    copy = EmployerCopy(
        subject=subject,
        note_id=facing.note_id,
        note_version=facing.version,
        employer=EmployersName(facing.employer),
        person=PersonsName(facing.person) if facing.person else None,
        specialist=SpecialistsName(facing.specialist) if told_by == "specialist" else None,
        said=_said(facing, decision) if letter else (),
        lines=lines,
        stands_on=StandsOn(decision.note_id, decision.version, decision.made_on),
        handed_out_on=on,
    )
    shown = {line.id for line in lines}
    return HandedOut(copy, tuple(line.id for line in facing.lines if line.id not in shown))


def not_to_be_told(why: WhyNot, **details: UUID) -> NotToBeTold:
    """`reason` is stable and may be switched on."""
    return NotToBeTold(SENTENCES[why], reason=why, **details)


def _subject(facing: Facing) -> Subject:
    if facing.retracted:
        raise AlreadyRetracted(
            "This note was retracted: it is not handed out any more. Write a new one if it is needed."
        )
    if facing.sort == "work_health_and_wellbeing":
        raise not_to_be_told("the_persons_own")
    if not facing.active:
        raise not_to_be_told("plan_not_active")
    return _SUBJECTS[facing.sort or facing.kind]


def _allowing(decisions: Sequence[StandingDecision], employer: str, told_by: Teller, on: date) -> StandingDecision:
    decision = in_force((one for one in decisions if not one.retracted), employer, on)
    if decision is None:
        raise not_to_be_told(_why_none(decisions, employer, on))
    if decision.decided == "nothing":
        raise not_to_be_told("nothing_may_be_told")
    if told_by not in decision.tellers:
        raise not_to_be_told("not_by_this_teller")
    return decision


def _why_none(decisions: Sequence[StandingDecision], employer: str, on: date) -> WhyNot:
    about_them = [one for one in decisions if one.is_for(employer)]
    if any(one.has_run_out(on) for one in about_them if not one.retracted):
        return "expired"
    if any(one.retracted for one in about_them):
        return "taken_back"
    return "another_employer" if len(about_them) < len(decisions) else "no_decision"


def _said(facing: Facing, decision: StandingDecision) -> tuple[Said, ...]:
    if decision.note_id != facing.note_id:
        raise not_to_be_told("another_decision", decision_id=decision.note_id)
    if not decision.said:
        raise not_to_be_told("no_words")
    return decision.said


def _allowed(lines: Sequence[ShownLine], decision: StandingDecision) -> tuple[ShownLine, ...]:
    """Who wants to be open allows what is marked; who allows some things allows these, in their words."""
    if not lines:
        raise not_to_be_told("nothing_for_employers")
    words = {_as_words(said.words) for said in decision.said}
    allowed = tuple(line for line in lines if decision.decided == "openly" or _as_words(line.shown.words) in words)
    if not allowed:
        raise not_to_be_told("not_in_these_words")
    return allowed


def _as_words(text: str) -> tuple[str, ...]:
    """Where lines are broken does not matter; all else does."""
    return tuple(text.split())
