"""What a client's notes say, sorted by kind: the newest version of each, none that was retracted.

In whichever order they arrived: every clock goes by when a thing happened.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import TypeVar

from service.forms.contact import Contact
from service.forms.days import uk_date
from service.forms.job import JobNote
from service.forms.note import Form
from service.forms.referral import Referral
from service.forms.vocational_profile import VocationalProfile
from service.forms.work_goal import WorkGoal

_Kind = TypeVar("_Kind", bound=Form)


@dataclass(frozen=True, slots=True)
class History:
    """All notes of one client that a clock reads."""

    contacts: tuple[Contact, ...]
    goals: tuple[WorkGoal, ...]
    jobs: tuple[JobNote, ...]
    profiles: tuple[VocationalProfile, ...]
    referrals: tuple[Referral, ...]

    def referral(self, on: date) -> Referral | None:
        """The one in hand on that day: the latest that was asked for and not declined."""
        asked = [one for one in self.referrals if one.answer != "declined" and one.asked_on <= on]
        return max(asked, key=lambda one: (one.asked_on, one.happened_at, one.id), default=None)


def history_of(forms: Iterable[Form]) -> History:
    notes = tuple(forms)
    return History(
        contacts=_of(notes, Contact),
        goals=_of(notes, WorkGoal),
        jobs=_of(notes, JobNote),
        profiles=_of(notes, VocationalProfile),
        referrals=_of(notes, Referral),
    )


def first_day_of(contacts: Iterable[Contact], since: date | None, until: date | None) -> date | None:
    """The first of their days in this time, both ends included. None: there is none, or the time has not begun."""
    if since is None:
        return None
    days = (uk_date(contact.happened_at) for contact in contacts)
    return min((day for day in days if since <= day and (until is None or day <= until)), default=None)


def with_the_client(contact: Contact) -> bool:
    """The person took part, and it took place: face to face or at the same moment by some means."""
    return contact.counts_as_access


def _of(notes: tuple[Form, ...], kind: type[_Kind]) -> tuple[_Kind, ...]:
    return tuple(note for note in notes if isinstance(note, kind))
