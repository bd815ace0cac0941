"""Errors as the phone reads them: `application/problem+json` (RFC 9457), each with a sentence that says what to do."""

import re
from typing import Any

import orjson
from fastapi import Response

from service.errors import CallerError, NotTakenNow, NotValid


def problem_json(error: CallerError) -> dict[str, Any]:
    """`faults` is there where fields are at fault; `type` is stable and may be switched on."""
    problem: dict[str, Any] = {
        "type": f"urn:joinedup:problem:{_slug(type(error).__name__)}",
        "title": error.title,
        "status": error.status,
        "detail": error.sentence,
        "issue_code": error.issue_code,
        **error.details,
    }
    if isinstance(error, NotValid):
        problem["faults"] = [{"field": fault.field, "sentence": fault.sentence} for fault in error.faults]
    return problem


def problem_response(error: CallerError) -> Response:
    """The same, as an answer."""
    headers = {"Retry-After": "60"} if isinstance(error, NotTakenNow) else {}
    return Response(orjson.dumps(problem_json(error)), error.status, headers, media_type="application/problem+json")


def _slug(name: str) -> str:
    return re.sub(r"(?<!^)(?=[A-Z])", "-", name).lower()
