"""Answers as the phone reads them: JSON, and errors as `application/problem+json` (RFC 9457).

Each error has a sentence that says what to do next, and no value that was sent.
"""

import re
from typing import Any
from uuid import UUID

import orjson
from fastapi import Response

from service.errors import CallerError, NotValid, seconds_to_wait


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
    wait = seconds_to_wait(error)
    headers = {} if wait is None else {"Retry-After": str(wait)}
    return _response(problem_json(error), error.status, headers, "application/problem+json")


def json_response(content: dict[str, Any], status: int = 200, **headers: str) -> Response:
    """What was asked for."""
    return _response(content, status, headers, "application/json")


def _response(content: dict[str, Any], status: int, headers: dict[str, str], media_type: str) -> Response:
    return Response(orjson.dumps(content, default=_plain), status, headers, media_type)


def _plain(value: Any) -> str:
    """PostgreSQL's driver has a UUID class of its own, which orjson does not know."""
    if isinstance(value, UUID):
        return str(value)
    raise TypeError(f"{type(value).__name__} does not go into JSON")


def _slug(name: str) -> str:
    return re.sub(r"(?<!^)(?=[A-Z])", "-", name).lower()
