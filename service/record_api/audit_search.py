"""What a search for AuditEvents asks: R4's parameters, and an opaque place to go on from, as lines of the audit.

https://hl7.org/fhir/R4/search.html#prefix
"""

import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Final
from uuid import UUID

from service.audit import ACTIONS
from service.audit_lines import Asked, Line
from service.errors import FieldFault, NotValid
from service.record_api.audit_event import MEANINGS

_DATE: Final = re.compile(
    r"(?P<prefix>eq|ge|le|gt|lt)?(?P<from>\d{4}(-\d\d(-\d\d(T\d\d:\d\d(:\d\d(\.\d{1,6})?)?(Z|[+-]\d\d:\d\d)?)?)?)?)"
)
LARGEST_ID: Final = 2**63 - 1
_REST_OF_A_YEAR: Final = "-01-01"
_NOT_A_DATE: Final = "Write it as 2026-11-30 or 2026-11-30T09:30:00Z, with ge, le, gt or lt before it, or nothing."
_NO_PATIENT: Final = "Write it as Patient/ and the client's id, as GET /clients has it."
_NO_PAGE: Final = "Take the whole link next of the page before."


class Wrong(ValueError):
    """A parameter cannot be read; the sentence says how it is written."""


def asked_of(
    patient: str | None, agent: str | None, dates: Sequence[str], actions: str | None, page: str | None
) -> Asked:
    """The lines that are asked for. `NotValid` names every parameter that cannot be read."""
    wanted = None if actions is None else actions.split(",")
    named = None if wanted is None else [one for one in ACTIONS if MEANINGS[one].action in wanted]
    asked, faults = Asked(who=agent, actions=named), []
    readings: Sequence[tuple[str, Callable[[Asked], Asked]]] = (
        ("patient", partial(_of_patient, patient=patient)),
        ("date", partial(_within, dates=dates)),
        ("_page", partial(_after, page=page)),
    )
    for name, read in readings:
        try:
            asked = read(asked)
        except Wrong as wrong:
            faults.append(FieldFault(name, str(wrong)))
    if faults:
        raise NotValid("The search was not made.", faults)
    return asked


def page_after(line: Line) -> str:
    """Where the next page begins."""
    return urlsafe_b64encode(f"{line.at.isoformat()} {line.id}".encode()).decode()


def _of_patient(asked: Asked, patient: str | None) -> Asked:
    if patient is None:
        return asked
    try:
        return replace(asked, client_id=UUID(patient.removeprefix("Patient/")))
    except ValueError:
        raise Wrong(_NO_PATIENT) from None


def _within(asked: Asked, dates: Sequence[str]) -> Asked:
    """All of the dates hold: the latest beginning, and the earliest end."""
    since, until = asked.since, asked.until
    for date in dates:
        prefix, first, after = _moments(date)
        at_least = {"eq": first, "ge": first, "gt": after}.get(prefix)
        before = {"eq": after, "le": after, "lt": first}.get(prefix)
        since = max(filter(None, (since, at_least)), default=None)
        until = min(filter(None, (until, before)), default=None)
    return replace(asked, since=since, until=until)


def _moments(date: str) -> tuple[str, datetime, datetime]:
    """The prefix; and, for 2026-11 is the whole month, the first moment that it means, and the first after it."""
    found = _DATE.fullmatch(date)
    if found is None:
        raise Wrong(_NOT_A_DATE)
    said = found["from"]
    try:
        first = datetime.fromisoformat(f"{said}{_REST_OF_A_YEAR[len(said) - 4 :]}")
        first = first.astimezone(UTC) if first.tzinfo else first.replace(tzinfo=UTC)
        return found["prefix"] or "eq", first, _end(first, said)
    except (ValueError, OverflowError):
        raise Wrong(_NOT_A_DATE) from None


def _end(first: datetime, said: str) -> datetime:
    match len(said.partition("T")[0]), "T" in said:
        case 4, _:
            return first.replace(year=first.year + 1)
        case 7, _:
            return (first + timedelta(days=31)).replace(day=1)
        case _, False:
            return first + timedelta(days=1)
        case _:
            return first + _precision(said.partition("T")[2])


def _precision(time: str) -> timedelta:
    if "." in time:
        return timedelta(microseconds=1)
    return timedelta(seconds=1) if re.match(r"\d\d:\d\d:", time) else timedelta(minutes=1)


def _after(asked: Asked, page: str | None) -> Asked:
    if page is None:
        return asked
    try:
        at, _, line_id = urlsafe_b64decode(page.encode()).decode().partition(" ")
        return replace(asked, before=(datetime.fromisoformat(at).astimezone(UTC), _id(line_id)))
    except (ValueError, OverflowError):
        raise Wrong(_NO_PAGE) from None


def _id(said: str) -> int:
    if not 0 <= int(said) <= LARGEST_ID:
        raise ValueError
    return int(said)
