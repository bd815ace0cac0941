"""A contact as a text that a clinician reads in ten seconds: who, when, where, what about, what was said, what next."""

from collections.abc import Mapping

from service.forms.contact import Contact, Employer, Mechanism, WithWhom
from service.forms.note import NoteVersion
from service.mapping.code_lists import ATTENDANCE, LOCATION_TYPE, TOPIC
from service.mapping.readable import blocks, client_named, headed, labelled, listed, one_line, signed
from service.mapping.times import span_in_words

_WITH: Mapping[WithWhom, str] = {
    "client": "the client",
    "employer": "an employer",
    "clinical_team": "the clinical team",
    "family_or_friend": "family or a friend",
    "jobcentre": "the jobcentre",
    "other": "somebody else",
}
_BY: Mapping[Mechanism, str] = {
    "face_to_face": "face to face",
    "telephone": "by telephone",
    "talk_type": "by talk type",
    "email": "by e-mail",
    "text_message": "by text message",
    "instant_messaging": "by instant messaging",
    "video": "by video",
    "message_board": "on a message board",
    "chat_room": "in a chat room",
    "other": "by other means",
}


def contact_title(contact: Contact) -> str:
    """`Contact with an employer, by telephone`; a contact that failed says so first."""
    title = f"Contact with {_WITH[contact.with_whom]}, {_BY[contact.mechanism]}"
    if contact.took_place or not contact.attendance:
        return title
    return f"{ATTENDANCE[contact.attendance].display}: {title[0].lower()}{title[1:]}"


def contact_text(contact: Contact, note: NoteVersion) -> str:
    details = labelled(
        ("When", span_in_words(contact.happened_at, contact.minutes)),
        ("Where", LOCATION_TYPE[contact.place].display if contact.place else None),
        ("With", _who_was_there(contact)),
        ("About", listed(TOPIC[topic].display for topic in contact.topics) if contact.topics else None),
        ("Employer", _employer_in_words(contact.employer)),
        ("Role", contact.employer.role if contact.employer else None),
        ("Client", client_named(note)),
    )
    return blocks(
        contact_title(contact),
        details,
        headed("Note", contact.note),
        headed("Next step", contact.next_step),
        signed(note),
    )


def _who_was_there(contact: Contact) -> str:
    """`the client (attended on time)`, `an employer; the client took no part`"""
    whom = _WITH[contact.with_whom]
    if contact.attendance:
        attendance = ATTENDANCE[contact.attendance].display
        came = f"{attendance[0].lower()}{attendance[1:]}"
        return f"{whom} ({came})" if contact.with_whom == "client" else f"{whom}; the client: {came}"
    if contact.with_whom == "client":
        return whom
    return f"{whom}; the client took {'part' if contact.client_took_part else 'no part'}"


def _employer_in_words(employer: Employer | None) -> str | None:
    if not employer:
        return None
    return f"{one_line(employer.name)} ({one_line(employer.person)})" if employer.person else employer.name
