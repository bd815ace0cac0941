"""Answers as an EHR system reads them: FHIR R4 as `application/fhir+json`, and errors as an OperationOutcome.

Each issue has a sentence that says what to do next, and no value that was sent.
https://hl7.org/fhir/R4/operationoutcome.html
"""

from typing import Final

import orjson
from fastapi import Response

from service.errors import CallerError, NotValid, seconds_to_wait
from service.r4.resource import Json

FHIR_JSON: Final = "application/fhir+json"


def fhir_response(body: Json, status: int = 200, **headers: str) -> Response:
    """A resource. Of a header's name, `_` stands for `-`."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Response(orjson.dumps(body), status, named, FHIR_JSON)


def outcome_response(error: CallerError) -> Response:
    """What is wrong: an issue for each fault, with the FHIRPath of where it is."""
    wait = seconds_to_wait(error)
    headers = {} if wait is None else {"Retry_After": str(wait)}
    return fhir_response(outcome_of(error), error.status, **headers)


def outcome_of(error: CallerError) -> Json:
    """The OperationOutcome itself."""
    if isinstance(error, NotValid):
        issues = [_issue(error, fault.sentence) | {"expression": [fault.field]} for fault in error.faults]
    else:
        issues = [_issue(error, error.sentence)]
    return {"resourceType": "OperationOutcome", "issue": issues}


def _issue(error: CallerError, sentence: str) -> Json:
    return {"severity": "error", "code": error.issue_code, "details": {"text": sentence}, "diagnostics": error.title}
