"""The forms in the OpenAPI description: their schema, with the test samples as examples.

Bodies are parsed strictly from JSON (`read_body.py`), so FastAPI cannot describe them by itself.
"""

from pathlib import Path
from typing import Any, get_args

import orjson
from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from pydantic import TypeAdapter

from service.clocks.around_job_start import Standing
from service.clocks.clock import State
from service.forms.job import JobState
from service.forms.note import FORM, KINDS
from service.intake.break_glass import Opening
from service.intake.employer_copy import TITLES, ShownHowFar
from service.intake.requests import Amendment, Retraction

Json = dict[str, Any]

_REF = "#/components/schemas/{model}"
_PROBLEMS = {
    "400": "The body is not JSON.",
    "403": "No employer may be told this now: `reason` says why, the sentence what to do.",
    "404": "There is none with this id.",
    "409": "The id is taken by other content, or the note has been retracted.",
    "412": "Somebody amended the note after it was read.",
    "413": "The body is too large.",
    "415": "The body is not declared to be JSON.",
    "422": "Not valid: every fault with its field and a sentence.",
    "428": "If-Match is needed.",
    "503": "Not taken: the database did not answer. Keep the note, and send it again.",
}

_SUCCESSES = {"200": "What was asked for; or the receipt of a note that came before.", "201": "Stored, just now."}

# (method, path) → statuses of success, what they answer, statuses of problems.
_SAID = {
    ("post", "/notes"): ("200 201", "Receipt", "400 409 413 415 422 503"),
    ("post", "/notes/batch"): ("200", "Results", "400 413 415 422 503"),
    ("put", "/notes/{note_id}"): ("200", "Receipt", "400 404 409 412 413 415 422 428 503"),
    ("post", "/notes/{note_id}/retraction"): ("200", "Receipt", "400 404 413 415 422 503"),
    ("get", "/notes/{note_id}"): ("200", "NoteAndVersions", "404 422 503"),
    ("get", "/notes/{note_id}/employer-copy"): ("200", "HandedOut", "403 404 409 422 503"),
    ("get", "/notes"): ("200", "Notes", "422 503"),
    ("get", "/clients"): ("200", "Clients", "422 503"),
    ("get", "/clients/{client_id}/clocks"): ("200", "Clocks", "404 422 503"),
    ("get", "/clients/{client_id}/looked-at"): ("200", "LookedAt", "404 422 503"),
    ("get", "/concerns"): ("200", "Concerns", "422 503"),
    ("post", "/break-glass"): ("201", "Opened", "400 404 413 415 422 503"),
    ("get", "/break-glass"): ("200", "OpenedBefore", "422 503"),
    ("get", "/counts"): ("200", "Counts", "503"),
}

_TEXT = {"type": "string"}
_TEXT_OR_NULL = {"anyOf": [_TEXT, {"type": "null"}]}
_TIME = {"type": "string", "format": "date-time"}
_DAY = {"type": "string", "format": "date"}
_DAY_OR_NULL = {"anyOf": [_DAY, {"type": "null"}]}
_UUID = {"type": "string", "format": "uuid"}
_STATUS = {"type": "integer"}
_NUMBER_OR_NULL = {"anyOf": [{"type": "integer"}, {"type": "null"}]}
_CLOSED = {"additionalProperties": False}
_CONCERN = {
    "code": _TEXT,
    "note_id": _UUID,
    "client_id": _UUID,
    "specialist_id": _TEXT,
    "happened_at": _TIME,
    "sentence": _TEXT,
}
_LOOK = {"day": _DAY, **dict.fromkeys(("name", "role", "what"), _TEXT)}
_EITHER = (("receipt", "Receipt"), ("problem", "Problem"))


def describe(app: FastAPI, samples: Path) -> Json:
    """The whole description. `samples` holds `<kind>/<name>.note.json`."""
    document: Json = get_openapi(title=app.title, version=app.version, summary=app.summary, routes=app.routes)
    schemas = document.setdefault("components", {}).setdefault("schemas", {})
    bodies = {
        "Note": FORM.json_schema(ref_template=_REF),
        "Amendment": TypeAdapter(Amendment).json_schema(ref_template=_REF),
        "Retraction": TypeAdapter(Retraction).json_schema(ref_template=_REF),
        "Opening": TypeAdapter(Opening).json_schema(ref_template=_REF),
    }
    for name, schema in bodies.items():
        schemas.update(schema.pop("$defs", {}))
        schemas[name] = schema
    schemas.update(_answers())
    for unused in ("HTTPValidationError", "ValidationError"):
        schemas.pop(unused, None)
    notes = _samples(samples)
    first = next(iter(notes.values()))["value"]
    amendment = {"example": {"value": {"reason": "The time was wrong.", "note": first}}}
    opening = {"example": {"value": {"client": first["client"], "reason": "In A&E tonight; work is at stake."}}}
    retraction = {"example": {"value": {"reason": "Written about the wrong person."}}}
    paths = document["paths"]
    _put_body(paths["/notes"]["post"], "Note", notes)
    _put_body(paths["/notes/batch"]["post"], "Batch", {"example": {"value": {"notes": [first]}}})
    _put_body(paths["/notes/{note_id}"]["put"], "Amendment", amendment)
    _put_body(paths["/notes/{note_id}/retraction"]["post"], "Retraction", retraction)
    _put_body(paths["/break-glass"]["post"], "Opening", opening)
    for (method, path), (statuses, answer, problems) in _SAID.items():
        _put_answers(paths[path][method], statuses, answer, problems)
    handed_out = paths["/notes/{note_id}/employer-copy"]["get"]["responses"]["200"]["content"]
    handed_out |= {"text/plain": {"schema": _TEXT}, "application/pdf": {"schema": {**_TEXT, "format": "binary"}}}
    return document


def _put_body(operation: Json, schema: str, examples: Json) -> None:
    content = {"schema": _ref(schema), "examples": examples}
    operation["requestBody"] = {"required": True, "content": {"application/json": content}}


def _put_answers(operation: Json, statuses: str, schema: str, problems: str) -> None:
    answers = {
        status: {"description": _SUCCESSES[status], "content": {"application/json": {"schema": _ref(schema)}}}
        for status in statuses.split()
    }
    problem = {"application/problem+json": {"schema": _ref("Problem")}}
    for status in problems.split():
        answers[status] = {"description": _PROBLEMS[status], "content": problem}
    operation["responses"] = answers


def _ref(schema: str) -> Json:
    return {"$ref": _REF.format(model=schema)}


def _samples(folder: Path) -> Json:
    files = (file for kind in KINDS for file in sorted((folder / kind).glob("*.note.json")))
    return {
        f"{file.parent.name}: {file.name.removesuffix('.note.json')}": {"value": orjson.loads(file.read_bytes())}
        for file in files
    }


def _answers() -> Json:
    """What is answered, and the batch, which no form describes."""
    receipt = {
        "id": _UUID,
        "version": {"type": "integer", "minimum": 1},
        "kind": {"enum": list(KINDS)},
        "client_id": _UUID,
        "received_at": _TIME,
        "retracted": {"type": "boolean"},
    }
    delivery = {
        "state": {"enum": ["waiting", "sending", "delivered", "needs_attention", "cancelled"]},
        "sentence": _TEXT,
        "reason_code": _TEXT_OR_NULL,
        "reason": _TEXT_OR_NULL,
        "next_try_at": {"anyOf": [_TIME, {"type": "null"}]},
        "tries": {"type": "integer"},
    }
    standing = {**receipt, "happened_at": _TIME, "written_at": _TIME, "delivery": _ref("Delivery")}
    refused = _object({"digest": _TEXT, "received_at": _TIME})
    known = {"id": _UUID, "confirmed": {"type": "boolean"}, "name": _TEXT_OR_NULL}
    client = {**known, "nhs_number": _TEXT, "birth_date": _DAY}
    result = {"oneOf": [_object({"status": _STATUS, name: _ref(of)}) for name, of in _EITHER]}
    fault = _object({"field": _TEXT, "sentence": _TEXT})
    problem = _object({**dict.fromkeys(("type", "title", "detail", "issue_code"), _TEXT), "status": _STATUS})
    problem["properties"]["faults"] = _list(fault)
    return {
        "Receipt": _object(receipt),
        "Delivery": _object(delivery),
        "Standing": _object(standing),
        "NoteAndVersions": _object(standing | _versions(refused)),
        "Concern": _object(_CONCERN),
        "Notes": _object({"notes": _list(_ref("Standing")), "next": _TEXT_OR_NULL}),
        "Clients": _object({"clients": _list(_object(client))}),
        "Concerns": _object({"concerns": _list(_ref("Concern"))}),
        "Opened": _object({"client_id": _UUID, "until": _TIME}),
        "OpenedBefore": _opened_before(),
        "Counts": _counts(),
        "LookedAt": _object({"client_id": _UUID, "looked_at": _list(_object(_LOOK))}),
        **_clocks(),
        "Batch": {**_object({"notes": {**_list(_ref("Note")), "minItems": 1, "maxItems": 100}}), **_CLOSED},
        "HandedOut": _object({"copy": _employer_copy(), "left_out": _list(_UUID)}),
        "Results": _object({"results": _list(result)}),
        "Problem": problem,
    }


def _employer_copy() -> Json:
    line = {
        "id": _UUID,
        "words": _TEXT,
        "since": _DAY_OR_NULL,
        "by_when": _DAY_OR_NULL,
        "how_far": {"enum": list(get_args(ShownHowFar))},
        "agreed_on": _DAY_OR_NULL,
    }
    return _object(
        {
            "subject": {"enum": list(TITLES)},
            "title": _TEXT,
            "note_id": _UUID,
            "note_version": {"type": "integer", "minimum": 1},
            "employer": _TEXT,
            "person": _TEXT_OR_NULL,
            "specialist": _TEXT_OR_NULL,
            "said": _list(_TEXT),
            "lines": _list(_object(line)),
            "stands_on": _object({"decision_id": _UUID, "version": {"type": "integer"}, "decided_on": _DAY}),
            "handed_out_on": _DAY,
        }
    )


def _clocks() -> Json:
    names = ("id", "body", "words", "source")
    definition = {**dict.fromkeys(names, _TEXT), "limit": _NUMBER_OR_NULL, "confirmed": {"type": "boolean"}}
    clock = {
        "definition": _ref("Definition"),
        "note_id": {"anyOf": [_UUID, {"type": "null"}]},
        "state": {"enum": list(get_args(State))},
        "started_on": _DAY_OR_NULL,
        "ended_on": _DAY_OR_NULL,
        "days": _NUMBER_OR_NULL,
        "weeks": _NUMBER_OR_NULL,
        "over_the_limit": {"type": "boolean"},
    }
    due = {"what": _TEXT, "first_day": _DAY, "last_day": _DAY, "met_on": _DAY_OR_NULL}
    dues = _list(_object({**due, "standing": {"enum": list(get_args(Standing))}}))
    counted = {
        **dict.fromkeys(("id", "title", "words", "source"), _TEXT),
        "day": _DAY_OR_NULL,
        "why_none": _TEXT_OR_NULL,
    }
    start = {
        "note_id": _UUID,
        "state": {"enum": list(get_args(JobState))},
        "first_day": _DAY,
        "milestones": counted,
        "definition": _ref("Definition"),
        "due": dues,
    }
    clocks = {"clocks": _list(_object(clock)), "job_starts": _list(_object(start))}
    return {
        "Definition": _object(definition),
        "Clocks": _object({"client_id": _UUID, "on": _DAY, **clocks}),
    }


def _opened_before() -> Json:
    opened = {**dict.fromkeys(("who", "name", "reason"), _TEXT), "client_id": _UUID, "opened_at": _TIME, "until": _TIME}
    note = {"note_id": _UUID, "version": {"type": "integer"}, "client_id": _UUID}
    note |= {"specialist_id": _TEXT, "received_at": _TIME}
    return _object({"opened": _list(_object(opened)), "notes_from_outside": _list(_object(note))})


def _counts() -> Json:
    counted = {"type": "object", "additionalProperties": _NUMBER_OR_NULL}
    return _object({"people": counted, "notes": counted, "notes_since": _TIME, "deliveries": counted})


def _versions(refused: Json) -> Json:
    lists = {"versions": _ref("Standing"), "conflicts": refused, "concerns": _ref("Concern")}
    return {name: _list(of) for name, of in lists.items()}


def _object(properties: Json) -> Json:
    return {"type": "object", "properties": properties, "required": list(properties)}


def _list(items: Json) -> Json:
    return {"type": "array", "items": items}
