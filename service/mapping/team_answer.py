"""What the clinical team did with a request's Task in the record, as the request says it: `team_request.py` backwards.

Pure. Nothing is made up: what the form cannot say is named (`Beyond`), and a person reads it in the record.
https://hl7.org/fhir/R4/task.html
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final, Literal, TypeAlias

from pydantic import ValidationError

from service.forms.days import uk_date, uk_time
from service.forms.team_request import RequestState, TeamRequest
from service.forms.text import LONGEST_PASSAGE, has_something_to_see
from service.mapping.team_request_text import named_with_role
from service.r4.resource import Json

Beyond: TypeAlias = Literal["without_words", "too_long", "not_words", "not_understood", "wrote_meanwhile", "differs"]
"""Why an answer, or some of it, stands in the record alone."""

THE_TEAM: Final = "The clinical team"

# Task.status: https://hl7.org/fhir/R4/valueset-task-status.html. Who has *received* it has not yet agreed to do it.
_MEANS: Final[Mapping[object, RequestState]] = {
    "draft": "asked",
    "requested": "asked",
    "received": "asked",
    "accepted": "taken_up",
    "ready": "taken_up",
    "in-progress": "taken_up",
    "on-hold": "taken_up",
    "completed": "answered",
    "rejected": "declined",
    "cancelled": "closed",
    "failed": "closed",
}
_OPEN: Final = ("asked", "taken_up")
_WITHDRAWN: Final = ("withdrawn", "closed")


@dataclass(frozen=True, slots=True)
class Heard:
    """The request as it is now: the very same where the team did nothing that it says. And what it cannot say."""

    request: TeamRequest
    beyond: Beyond | None = None


def hear(task: Json, known: Mapping[str, Any], request: TeamRequest) -> Heard:
    """`known` is the Task as we wrote it, or took it in, last: what the team did is what differs from it."""
    words, others = _texts(task)
    turn = _MEANS.get(task.get("status"))
    if turn is None:
        return Heard(request, "not_understood")
    if request.answer:
        return Heard(request, None if _parts(*words) <= _parts(request.answer.words) else "differs")
    said = "\n\n".join(words)
    if len(said) > LONGEST_PASSAGE:
        return Heard(request, "too_long")
    beyond: Beyond | None = "not_words" if others else None
    changes = _changes(turn if _is_new(turn, task, known) else None, task, known, request, said)
    if changes is None:
        return Heard(request, beyond or "without_words")
    try:
        heard = _changed(request, changes, task)
    except ValidationError:
        return Heard(request, "not_understood")
    if said and not heard.answer and changes.get("state") != "closed":
        beyond = "wrote_meanwhile"
    return Heard(heard, beyond)


def what_they_did(before: TeamRequest, now: TeamRequest) -> str:
    """The reason of the change, as a person reads it."""
    done = {
        "asked": "put back",
        "taken_up": "taken up",
        "answered": "answered",
        "declined": "declined",
        "closed": "answered, and closed" if now.answer else "closed",
    }
    what = done.get(now.state, "taken up") if now.state != before.state else "given to somebody"
    return f"By the clinical team, through the record: {what}."


def who_did_it(before: TeamRequest, now: TeamRequest) -> str:
    """The author of that change: by name, where the record names who answered it or took it up; else the team.

    Who was given it did not give it, and of who put it back or closed it without an answer the Task does not tell.
    """
    if now.answer and now.answer != before.answer:
        return named_with_role(now.answer.by, now.answer.role)
    if now.state == "taken_up" != before.state and now.taken_up_by:
        return named_with_role(now.taken_up_by, None)
    return THE_TEAM


def _is_new(turn: RequestState, task: Json, known: Mapping[str, Any]) -> bool:
    """Another status; or the words that an end lacked before."""
    names = ("status",) if turn in _OPEN else ("status", "statusReason", "note", "output")
    return any(task.get(name) != known.get(name) for name in names)


def _changed(request: TeamRequest, changes: Mapping[str, Any], task: Json) -> TeamRequest:
    """Written when the record says that it was changed; never before the version that it is based on."""
    changed = {**request.model_dump(), **changes}
    if changed == request.model_dump():
        return request
    moments = [request.written_at, *(uk_time(moment) for moment in _moments(task))]
    return TeamRequest.model_validate(changed | {"written_at": max(moments)})


def _changes(
    turn: RequestState | None, task: Json, known: Mapping[str, Any], request: TeamRequest, said: str
) -> dict[str, Any] | None:
    """None where the team ended it, and no words say how."""
    name, reason = _name(task.get("owner")), _reason(task)
    match turn:
        case "taken_up":
            return _taken_up(task, name, request)
        case "answered":
            return _answered(task, name, request, said) if said else None
        case "declined" | "closed" if request.state not in _OPEN:
            return {}
        case "declined" if said or reason:
            answer = _answer(task, name, said) if said else None
            return {"state": "declined", "answer": answer, "why": reason}
        case "closed" if said or reason:
            return {"state": "closed", "why": "\n\n".join(filter(None, (reason, said)))}
        case "declined" | "closed":
            return None
        case _:
            return _given(turn, name if name != _name(known.get("owner")) else None, request)


def _taken_up(task: Json, name: str | None, request: TeamRequest) -> dict[str, Any]:
    """Of what the specialist has withdrawn meanwhile, too, it is said who had begun with it."""
    who = {"taken_up_by": name or request.taken_up_by, "taken_up_on": _began(task) or request.taken_up_on}
    return who | ({"state": "taken_up"} if request.state in _OPEN else {})


def _answered(task: Json, name: str | None, request: TeamRequest, said: str) -> dict[str, Any]:
    """What the specialist had withdrawn is answered all the same: closed, with the answer."""
    closed = request.state in _WITHDRAWN
    return {
        "state": "closed" if closed else "answered",
        "why": request.why if closed else None,
        "taken_up_by": name or request.taken_up_by,
        "taken_up_on": _began(task) or request.taken_up_on,
        "answer": _answer(task, name, said),
    }


def _given(turn: RequestState | None, newly_named: str | None, request: TeamRequest) -> dict[str, Any]:
    """Put back, or given to somebody who has not agreed yet; or nothing of the kind."""
    changes: dict[str, Any] = {}
    if turn == "asked" and request.state == "taken_up":
        changes = {"state": "asked", "taken_up_by": None, "taken_up_on": None}
    if newly_named and changes.get("state", request.state) == "asked":
        changes["of_name"] = newly_named
    elif newly_named and request.state == "taken_up":
        changes["taken_up_by"] = newly_named
    return changes


def _answer(task: Json, owner: str | None, said: str) -> dict[str, Any]:
    """By who wrote the last note, else by who has the task; on the note's day, else when it was done or changed."""
    note = ([{}, *_dicts(task.get("note"))])[-1]
    author = note.get("authorString") or _name(note.get("authorReference"))
    period = task.get("executionPeriod")
    days = (_day(note.get("time")), _day(period.get("end") if isinstance(period, dict) else None))
    changed_on = max((uk_date(moment) for moment in _moments(task)), default=None)
    return {"by": author or owner or THE_TEAM, "on": next(filter(None, days), changed_on), "words": said}


def _texts(task: Json) -> tuple[list[str], bool]:
    """What the team wrote, each once; and whether something of it is no text: a document, a form, a number."""
    texts: list[str] = []
    others = False
    for output in _dicts(task.get("output")):
        text = _text(output)
        others = others or text is None
        texts.append(text or "")
    texts += [str(note.get("text") or "").strip() for note in _dicts(task.get("note"))]
    return list(dict.fromkeys(filter(has_something_to_see, texts))), others


def _parts(*texts: str) -> set[str]:
    return {part for text in texts for part in text.split("\n\n")}


def _text(output: Json) -> str | None:
    for name in ("valueString", "valueMarkdown"):
        if isinstance(found := output.get(name), str):
            return found.strip()
    return _in_words(output.get("valueCodeableConcept"))


def _reason(task: Json) -> str | None:
    return _in_words(task.get("statusReason"))


def _in_words(concept: object) -> str | None:
    """A CodeableConcept as people read it."""
    if not isinstance(concept, dict):
        return None
    displays = [coding.get("display") for coding in _dicts(concept.get("coding"))]
    told = (found.strip() for found in (concept.get("text"), *displays) if isinstance(found, str))
    return next(filter(None, told), None)


def _name(reference: object) -> str | None:
    found = reference.get("display") if isinstance(reference, dict) else None
    return found.strip() or None if isinstance(found, str) else None


def _began(task: Json) -> date | None:
    period = task.get("executionPeriod")
    return _day(period.get("start")) if isinstance(period, dict) else None


def _moments(task: Json) -> Iterator[datetime]:
    """When the Task, and the EHR's record of it, were changed last: not everyone keeps the first."""
    meta = task.get("meta")
    for told in (task.get("lastModified"), meta.get("lastUpdated") if isinstance(meta, dict) else None):
        if (moment := _moment(told)) and moment.tzinfo:
            yield moment


def _day(told: object) -> date | None:
    """The day in the UK, of an R4 `dateTime` that is known to the day or better."""
    moment = _moment(told)
    if moment is None:
        return None
    return uk_date(moment) if moment.tzinfo else moment.date()


def _moment(told: object) -> datetime | None:
    try:
        return datetime.fromisoformat(told) if isinstance(told, str) else None
    except ValueError:
        return None


def _dicts(values: object) -> list[Json]:
    return [value for value in values if isinstance(value, dict)] if isinstance(values, list) else []
