"""What was done becomes an HTTP answer or a bundle's response entry, in the style this server was told to have.

After `interactions.py` and `bundles.py`; last before the wire.
"""

from collections.abc import Sequence
from email.utils import format_datetime
from http import HTTPStatus
from typing import Any

import orjson
from starlette.responses import Response

from service.sandbox.bundles import Answer, Found
from service.sandbox.interactions import Done
from service.sandbox.offer import Style
from service.sandbox.refusals import Json, Refused, operation_outcome
from service.sandbox.store import Version

FHIR_JSON = "application/fhir+json; charset=utf-8"


def resource_answer(body: Json, status: int = 200, version: Version | None = None) -> Response:
    """A resource; of a version, with its ETag and Last-Modified."""
    headers = {} if version is None else {"ETag": version.etag, "Last-Modified": _http_date(version)}
    return Response(orjson.dumps(body), status, headers, FHIR_JSON)


def refused_answer(refused: Refused) -> Response:
    """Its OperationOutcome."""
    return resource_answer(refused.outcome(), refused.status)


def write_answer(done: Done, style: Style, home: str, prefer: str) -> Response:
    """Of one create, update or delete; `prefer` is the Prefer header."""
    headers = {"Last-Modified": _http_date(done.version)}
    if style.etag:
        headers["ETag"] = done.version.etag
    if done.status != HTTPStatus.NO_CONTENT:
        headers["Location"] = f"{home}/{_location(done.version, style)}"
    body = None if style.empty else _preferred(done, prefer, "return=representation")
    content = b"" if body is None else orjson.dumps(body)
    return Response(content, done.status, headers, FHIR_JSON if content else None)


def bundle_answer(answers: Sequence[Answer], bundle_type: str, style: Style, home: str, prefer: str) -> Response:
    """Of a batch or transaction: one entry an entry, in order."""
    if style.empty:
        return Response(b"", HTTPStatus.OK)
    entries = [_entry(answer, style, home, prefer) for answer in answers]
    return resource_answer({"resourceType": "Bundle", "type": f"{bundle_type}-response", "entry": entries})


def history_answer(versions: Sequence[Version], home: str) -> Response:
    """Every version of one resource, newest first."""
    entries = [_history_entry(version, home) for version in versions]
    return resource_answer({"resourceType": "Bundle", "type": "history", "total": len(entries), "entry": entries})


def _entry(answer: Answer, style: Style, home: str, prefer: str) -> Json:
    if isinstance(answer, Refused):
        return {"response": {"status": _status(answer.status, style), "outcome": answer.outcome()}}
    if isinstance(answer, Found):
        etag = {"etag": answer.etag} if answer.etag and style.etag else {}
        return {"resource": answer.body, "response": {"status": _status(200, style), **etag}}
    response: Json = {"status": _status(answer.status, style), "lastModified": answer.version.at.isoformat()}
    if style.etag:
        response["etag"] = answer.version.etag
    if answer.status != HTTPStatus.NO_CONTENT:
        location = _location(answer.version, style)
        response["location"] = location if style.location == "relative" else f"{home}/{location}"
    body = _preferred(answer, prefer, "return=minimal")
    return {"response": response} if body is None else {"resource": body, "response": response}


def _preferred(done: Done, prefer: str, otherwise: str) -> Json | None:
    wanted = next((each.strip() for each in prefer.split(",") if each.strip().startswith("return=")), otherwise)
    if wanted == "return=OperationOutcome":
        return operation_outcome("information", "informational", "Done.")
    return done.version.body if wanted == "return=representation" else None


def _history_entry(version: Version, home: str) -> Json:
    first = version.number == 1
    method = "DELETE" if version.body is None else "POST" if first else "PUT"
    status = "204" if version.body is None else "201" if first else "200"
    entry: dict[str, Any] = {
        "fullUrl": f"{home}/{version.key}",
        "request": {"method": method, "url": version.type if first else version.key},
        "response": {"status": status, "etag": version.etag, "lastModified": version.at.isoformat()},
    }
    return entry if version.body is None else {**entry, "resource": version.body}


def _status(status: int, style: Style) -> str:
    return str(status) if style.status == "201" else f"{status} {HTTPStatus(status).phrase}"


def _location(version: Version, style: Style) -> str:
    return f"{version.key}/_history/{version.name}" if style.history else version.key


def _http_date(version: Version) -> str:
    return format_datetime(version.at, usegmt=True)
