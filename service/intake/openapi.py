"""The forms in the OpenAPI description: their schema, with the test samples as examples.

Bodies are parsed strictly from JSON (`read_body.py`), so FastAPI cannot describe them by itself.
"""

from pathlib import Path
from typing import Any

import orjson
from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from pydantic import TypeAdapter

from service.forms.note import FORM, KINDS
from service.intake.requests import Amendment, Retraction

Json = dict[str, Any]

_REF = "#/components/schemas/{model}"
_PROBLEMS = {
    "400": "The body is not JSON.",
    "404": "There is no such note.",
    "409": "The id is taken by other content, or the note has been retracted.",
    "412": "Somebody amended the note after it was read.",
    "413": "The body is too large.",
    "415": "The body is not declared to be JSON.",
    "422": "Not valid: every fault with its field and a sentence.",
    "428": "If-Match is needed.",
    "503": "Not taken: the database did not answer. Keep the note, and send it again.",
}


def describe(app: FastAPI, samples: Path) -> Json:
    """The whole description. `samples` holds `<kind>/<name>.note.json`."""
    document: Json = get_openapi(title=app.title, version=app.version, summary=app.summary, routes=app.routes)
    schemas = document.setdefault("components", {}).setdefault("schemas", {})
    bodies = {
        "Note": FORM.json_schema(ref_template=_REF),
        "Amendment": TypeAdapter(Amendment).json_schema(ref_template=_REF),
        "Retraction": TypeAdapter(Retraction).json_schema(ref_template=_REF),
    }
    for name, schema in bodies.items():
        schemas.update(schema.pop("$defs", {}))
        schemas[name] = schema
    schemas["Batch"] = _batch_schema()
    schemas["Problem"] = _problem_schema()
    notes = _samples(samples)
    first = next(iter(notes.values()))["value"]
    amendment = {"example": {"value": {"reason": "The time was wrong.", "note": first}}}
    retraction = {"example": {"value": {"reason": "Written about the wrong person."}}}
    paths = document["paths"]
    _put_body(paths["/notes"]["post"], "Note", notes)
    _put_body(paths["/notes/batch"]["post"], "Batch", {"example": {"value": {"notes": [first]}}})
    _put_body(paths["/notes/{note_id}"]["put"], "Amendment", amendment)
    _put_body(paths["/notes/{note_id}/retraction"]["post"], "Retraction", retraction)
    return document


def _put_body(operation: Json, schema: str, examples: Json) -> None:
    content = {"schema": {"$ref": _REF.format(model=schema)}, "examples": examples}
    operation["requestBody"] = {"required": True, "content": {"application/json": content}}
    problem = {"application/problem+json": {"schema": {"$ref": _REF.format(model="Problem")}}}
    for status, sentence in _PROBLEMS.items():
        operation["responses"][status] = {"description": sentence, "content": problem}


def _samples(folder: Path) -> Json:
    files = (file for kind in KINDS for file in sorted((folder / kind).glob("*.note.json")))
    return {
        f"{file.parent.name}: {file.name.removesuffix('.note.json')}": {"value": orjson.loads(file.read_bytes())}
        for file in files
    }


def _batch_schema() -> Json:
    notes = {"type": "array", "minItems": 1, "maxItems": 100, "items": {"$ref": _REF.format(model="Note")}}
    return {"type": "object", "properties": {"notes": notes}, "required": ["notes"], "additionalProperties": False}


def _problem_schema() -> Json:
    fault = {"type": "object", "properties": {"field": {"type": "string"}, "sentence": {"type": "string"}}}
    words = {name: {"type": "string"} for name in ("type", "title", "detail", "issue_code")}
    return {
        "type": "object",
        "required": ["type", "title", "status", "detail", "issue_code"],
        "properties": {**words, "status": {"type": "integer"}, "faults": {"type": "array", "items": fault}},
    }
