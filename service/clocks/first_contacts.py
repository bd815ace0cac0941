"""How long until somebody was seen, and until an employer was; and how long since the last contact."""

from datetime import date

from service.clocks.clock import Clock, measured
from service.clocks.definitions import ACCESS_IPS_GROW, ACCESS_NHS_ENGLAND, LAST_CONTACT, RAPID_JOB_SEARCH
from service.clocks.history import History, first_day_of, with_the_client
from service.forms.contact import Contact
from service.forms.days import uk_date


def first_contact_clocks(history: History, on: date) -> tuple[Clock, ...]:
    """Of the referral in hand: from it, and from the day on which the person was taken on."""
    referral = history.referral(on)
    asked_on = referral.asked_on if referral else None
    taken_on = referral.answered_on if referral else None
    started_on = referral.started_on if referral else None
    until = referral.closed_on if referral else None
    seen = [contact for contact in history.contacts if with_the_client(contact)]
    employers = [contact for contact in history.contacts if _face_to_face_with_an_employer(contact)]
    return tuple(
        measured(definition, on, start=start, reached=first_day_of(contacts, start, until), closed=until)
        for definition, start, contacts in (
            (ACCESS_NHS_ENGLAND, asked_on, seen),
            (ACCESS_IPS_GROW, taken_on, seen),
            (RAPID_JOB_SEARCH, started_on, employers),
        )
    )


def last_contact_clock(history: History, on: date) -> Clock:
    """It never stops: each contact starts it anew."""
    days = [uk_date(contact.happened_at) for contact in history.contacts if with_the_client(contact)]
    return measured(LAST_CONTACT, on, start=max((day for day in days if day <= on), default=None))


def _face_to_face_with_an_employer(contact: Contact) -> bool:
    return contact.with_whom == "employer" and contact.mechanism == "face_to_face" and contact.took_place
