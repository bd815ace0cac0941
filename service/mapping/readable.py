"""The pieces of the plain texts that clinicians read: labelled lines, headed passages, who wrote it."""

from collections.abc import Iterable
from html import escape

from service.forms.employment_status import EmploymentStatus, WeeklyHours
from service.forms.note import NoteVersion
from service.mapping.code_lists import EMPLOYMENT_STATUS, WEEKLY_HOURS
from service.mapping.times import day_in_words, time_in_words

_LABEL_WIDTH = 10


def blocks(*texts: str) -> str:
    """Texts with an empty line between them; empty ones are left out."""
    return "\n\n".join(text for text in texts if text)


def labelled(*lines: tuple[str, str | None]) -> str:
    """`When:     Tuesday 3 September 2024, …`; what is None is left out."""
    return "\n".join(f"{label + ':':<{_LABEL_WIDTH}}{one_line(value)}" for label, value in lines if value)


def headed(heading: str, passage: str | None) -> str:
    return f"{heading.upper()}\n{passage}" if passage else ""


def one_line(text: str) -> str:
    """Text of a form stands where a line is expected: a line break in it must not make it look like a new one."""
    return " ".join(text.split())


def listed(words: Iterable[str]) -> str:
    """`Job search, benefits advice`: only the first begins with a capital."""
    first, *others = words
    return ", ".join([first, *(word[0].lower() + word[1:] for word in others)])


def xhtml(text: str) -> str:
    """Text of a form inside a narrative. https://hl7.org/fhir/R4/narrative.html"""
    return escape(text, quote=False).replace("\n", "<br/>")


def one_a_line(lines: Iterable[str]) -> str:
    return "\n".join(f"- {one_line(line)}" for line in lines)


def client_named(note: NoteVersion) -> str:
    """By number and birth date: a document that strayed can be told from its neighbours."""
    client = note.form.client
    digits = client.nhs_number
    return f"NHS number {digits[:3]} {digits[3:6]} {digits[6:]}, born {day_in_words(client.birth_date)}"


def work_now(status: EmploymentStatus, hours: WeeklyHours | None) -> str:
    """`Employed; 5 to 15 hours`."""
    told = EMPLOYMENT_STATUS[status].display
    return f"{told}; {WEEKLY_HOURS[hours].display}" if hours else told


def signed(note: NoteVersion) -> str:
    form = note.form
    who, when = f"{one_line(form.specialist.name)}, employment specialist", time_in_words(form.written_at)
    if note.written_by:
        written = f"Note of {who}. This version by {one_line(note.written_by)}, through the record, {when}."
    else:
        written = f"Written by {who}, {when}."
    if note.version == 1:
        return written
    because = f" Changed because: {one_line(note.reason)}" if note.reason else ""
    return f"{written}\nVersion {note.version} of this note.{because}"
