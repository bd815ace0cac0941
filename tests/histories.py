"""A client's notes for the clocks: a day is enough to say when each happened."""

from typing import Any
from uuid import UUID, uuid4

import orjson

from service.forms.note import FORM, Form
from tests.phone import contact, heading, vocational_profile, work_goal

Json = dict[str, Any]

_MUCH_LATER = "2040-01-01T00:00:00+00:00"


def at(when: str) -> Json:
    """The two times of a note: it happened then, on a day or at a moment, and was written down much later."""
    moment = when if "T" in when else f"{when}T12:00:00+00:00"
    return {"happened_at": moment, "written_at": _MUCH_LATER}


def form(note: Json) -> Form:
    return FORM.validate_json(orjson.dumps(note))


def seen(when: str, **changes: Any) -> Form:
    """The client was met."""
    return form(contact(**{**at(when), **changes}))


def employer_seen(when: str, **changes: Any) -> Form:
    """An employer was met, without the client."""
    alone = {"with_whom": "employer", "client_took_part": False, "attendance": None, "employer": {"name": "A Bakery"}}
    return form(contact(**{**at(when), **alone, **changes}))


def referral(asked_on: str, **changes: Any) -> Form:
    """Asked for by the client."""
    note = {**heading(**at(asked_on)), "kind": "referral", "asked_by": "client", "asked_on": asked_on}
    return form({**note, **changes})


def taken_on(asked_on: str, answered_on: str, started_on: str | None = None, **changes: Any) -> Form:
    """Asked for, accepted and, where the day is given, begun with the specialist."""
    accepted = {"answer": "accepted", "answered_on": answered_on, "started_on": started_on}
    return referral(asked_on, **{**accepted, **changes})


def offered(when: str, **changes: Any) -> Form:
    """A job in a bakery, on that day."""
    note = {**heading(**{**at(when), "written_at": f"{when}T13:00:00+00:00"}), "kind": "job", "state": "offered"}
    return form({**note, "title": "Baker", "employer": "A Bakery", "offered_on": when, **changes})


def job(started_on: str, ended_on: str | None = None, **changes: Any) -> Form:
    """Twenty hours a week in a bakery; ended where the day is given."""
    note = {
        **heading(**at(ended_on or started_on)),
        "kind": "job",
        "title": "Baker",
        "employer": "A Bakery",
        "state": "ended" if ended_on else "started",
        "started_on": started_on,
        "hours_per_week": 20,
    }
    if ended_on:
        note |= {"ended_on": ended_on, "end_reason": "contract_ended"}
    return form({**note, **changes})


def goal(when: str, **changes: Any) -> Form:
    """An open goal, looked at on that day."""
    return form(work_goal(**{**at(when), **changes}))


def profile(when: str) -> Form:
    return form(vocational_profile(**at(when)))


def other_hours(from_day: str, hours: int | None) -> Json:
    """A change of a job."""
    return {"id": str(uuid4()), "from_day": from_day, "hours_per_week": hours, "what": "Agreed with the manager."}


def id_of(note: Form) -> UUID:
    return note.id
