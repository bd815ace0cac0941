"""What is served under `/fhir`, in the OpenAPI description: R4's own pages say what a resource may hold."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from service.forms.note import FORM, KINDS
from service.mapping.names import Names
from service.r4.resource import Json
from service.record_api.fhir_answers import FHIR_JSON
from service.record_api.response import response_of

_PROBLEMS: Final = {
    "400": "The body is not JSON.",
    "404": "There is none with this id.",
    "409": "The identifier is taken by other content.",
    "413": "The body is too large.",
    "415": "The body is not declared to be FHIR's JSON.",
    "422": "Not valid: every fault with its FHIRPath and a sentence.",
    "503": "Not taken: the database did not answer. Keep the note, and send it again.",
}
# (method, path) → statuses of success, the resource they answer, statuses of problems.
_SAID: Final = {
    ("get", "/fhir/AuditEvent"): ("200", "Bundle", "422 503"),
    ("get", "/fhir/AuditEvent/{line_id}"): ("200", "AuditEvent", "404 422 503"),
    ("get", "/fhir/Questionnaire"): ("200", "Bundle", "422 503"),
    ("get", "/fhir/Questionnaire/{questionnaire_id}"): ("200", "Questionnaire", "404 422 503"),
    ("post", "/fhir/QuestionnaireResponse"): ("200 201", "QuestionnaireResponse", "400 409 413 415 422 503"),
}


def describe_fhir(document: Json, samples: Path, names: Names) -> Json:
    """The same document, with what FHIR's part of it takes and answers."""
    schemas = document["components"]["schemas"]
    schemas |= {f"Fhir{name}": _resource(name) for _, name, _ in _SAID.values()}
    schemas["FhirOperationOutcome"] = _resource("OperationOutcome")
    for (method, path), (statuses, name, problems) in _SAID.items():
        operation = document["paths"][path][method]
        operation["responses"] = {
            **{status: _answer("What was asked for, or taken.", name) for status in statuses.split()},
            **{status: _answer(_PROBLEMS[status], "OperationOutcome") for status in problems.split()},
        }
    _describe_smart(document["paths"]["/fhir/.well-known/smart-configuration"]["get"])
    body = {**_content("QuestionnaireResponse")[FHIR_JSON], "examples": dict(_examples(samples, names))}
    document["paths"]["/fhir/QuestionnaireResponse"]["post"]["requestBody"] = {
        "required": True,
        "content": {FHIR_JSON: body},
    }
    return document


def _describe_smart(operation: Json) -> None:
    """It is no resource, so it is answered as plain JSON, but missing as FHIR says it."""
    said = {"description": "Where tokens come from.", "content": {"application/json": {"schema": {"type": "object"}}}}
    missing = "Nobody gives tokens to systems here."
    operation["responses"] = {"200": said, "404": _answer(missing, "OperationOutcome")}


def _examples(samples: Path, names: Names) -> Iterator[tuple[str, Any]]:
    """The first sample of each kind, as a response."""
    for kind in KINDS:
        for file in sorted((samples / kind).glob("*.note.json"))[:1]:
            yield kind, {"value": response_of(FORM.validate_json(file.read_bytes()), names)}


def _answer(description: str, name: str) -> Json:
    return {"description": description, "content": _content(name)}


def _content(name: str) -> Json:
    return {FHIR_JSON: {"schema": {"$ref": f"#/components/schemas/Fhir{name}"}}}


def _resource(name: str) -> Json:
    return {
        "type": "object",
        "properties": {"resourceType": {"const": name}},
        "required": ["resourceType"],
        "externalDocs": {"url": f"https://hl7.org/fhir/R4/{name.lower()}.html"},
    }
