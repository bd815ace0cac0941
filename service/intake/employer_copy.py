"""What an employer may be handed: a type that has no place for clinical text, and how it is written out.

Its words are those that the person decided may be told (`Said`) or agreed to show (`ShownToEmployer`); its other fields
are names, days, ids and words of our own lists. `make_employer_copy.py` makes it, `hand_out.py` hands it out.
"""

from dataclasses import dataclass
from datetime import date
from typing import Any, Final, Literal, NewType, TypeAlias
from uuid import UUID

from service.forms.disclosure_decision import Said
from service.forms.support_plan import ShownToEmployer
from service.forms.text import Part
from service.mapping.readable import blocks, labelled
from service.mapping.times import day_in_words

EmployersName = NewType("EmployersName", str)
PersonsName = NewType("PersonsName", str)
SpecialistsName = NewType("SpecialistsName", str)

Subject: TypeAlias = Literal["what_may_be_told", "return_to_work", "in_work_support", "workplace_adjustments"]
ShownHowFar: TypeAlias = Literal["not_started", "under_way", "done"]

# Ours, and not those of the record: an employer who reads a title learns nothing of a health service from it.
TITLES: Final[dict[Subject, str]] = {
    "what_may_be_told": "What I would like you to know",
    "return_to_work": "Return to work",
    "in_work_support": "Support at work",
    "workplace_adjustments": "Workplace adjustments",
}
_HOW_FAR: Final[dict[ShownHowFar, str]] = {"not_started": "not started", "under_way": "under way", "done": "done"}


class ShownLine(Part):
    """A line of a plan as the employer sees it; `agreed_on` is the day on which they said yes."""

    id: UUID
    shown: ShownToEmployer
    since: date | None
    by_when: date | None
    how_far: ShownHowFar
    agreed_on: date | None


@dataclass(frozen=True, slots=True)
class StandsOn:
    """The decision that allows it."""

    decision_id: UUID
    version: int
    decided_on: date


@dataclass(frozen=True, slots=True)
class EmployerCopy:
    """A letter has `said`, a sheet has `lines`. The specialist is named only where it is they who tell.

    Nothing says of which service they are, nor who of a clinical team does what.
    """

    subject: Subject
    note_id: UUID
    note_version: int
    employer: EmployersName
    person: PersonsName | None
    specialist: SpecialistsName | None
    said: tuple[Said, ...]
    lines: tuple[ShownLine, ...]
    stands_on: StandsOn
    handed_out_on: date


def as_text(copy: EmployerCopy) -> str:
    """To be read, printed or set as a PDF: the words as they stand."""
    about = labelled(
        ("For", copy.employer),
        ("From", copy.person),
        ("With", f"{copy.specialist}, employment specialist" if copy.specialist else None),
        ("Date", day_in_words(copy.handed_out_on)),
    )
    ground = copy.stands_on
    footing = (
        f"These words were agreed on {day_in_words(ground.decided_on)}, to be shared with you. "
        f"Please ask before you pass them on.\nDecision {ground.decision_id}, version {ground.version}."
    )
    return blocks(
        TITLES[copy.subject], about, *(said.words for said in copy.said), *map(_line_in_words, copy.lines), footing
    )


def as_json(copy: EmployerCopy) -> dict[str, Any]:
    """The same, for a phone that lays it out by itself."""
    ground = copy.stands_on
    return {
        "subject": copy.subject,
        "title": TITLES[copy.subject],
        "note_id": copy.note_id,
        "note_version": copy.note_version,
        "employer": copy.employer,
        "person": copy.person,
        "specialist": copy.specialist,
        "said": [said.words for said in copy.said],
        "lines": [_line_as_json(line) for line in copy.lines],
        "stands_on": {
            "decision_id": ground.decision_id,
            "version": ground.version,
            "decided_on": ground.decided_on,
        },
        "handed_out_on": copy.handed_out_on,
    }


def _line_in_words(line: ShownLine) -> str:
    stands = (
        f"since {day_in_words(line.since)}" if line.since else "",
        f"by {day_in_words(line.by_when)}" if line.by_when else "",
        _HOW_FAR[line.how_far],
        f"agreed with you on {day_in_words(line.agreed_on)}" if line.agreed_on else "",
    )
    return f"{line.shown.words}\n({'; '.join(filter(None, stands))})"


def _line_as_json(line: ShownLine) -> dict[str, Any]:
    return {
        "id": line.id,
        "words": line.shown.words,
        "since": line.since,
        "by_when": line.by_when,
        "how_far": line.how_far,
        "agreed_on": line.agreed_on,
    }
