"""An EHR that answers from a list: for what is about one answer, not about a whole store."""

from collections.abc import Callable
from typing import Any

import httpx
import orjson

from service.push.ehr import Ehr
from tests.ehr_answers.offers import everything

Json = dict[str, Any]
FHIR = {"Content-Type": "application/fhir+json"}
EMPTY: Json = {"resourceType": "Bundle", "type": "searchset", "total": 0}

Answering = Callable[[httpx.Request], httpx.Response]


def stub_ehr(*routes: tuple[str, Answering | Json]) -> Ehr:
    """Answers by the first route whose `METHOD path` begins the request's; else it offers all and finds nothing."""

    def answer(request: httpx.Request) -> httpx.Response:
        asked = f"{request.method} {request.url.path.removeprefix('/fhir')}"
        for route, answering in routes:
            if asked.startswith(route):
                return fhir(200, answering) if isinstance(answering, dict) else answering(request)
        if asked == "GET /metadata":
            return fhir(200, everything())
        return fhir(200, EMPTY)

    return Ehr("https://ehr.example.test/fhir", 5, transport=httpx.MockTransport(answer))


def fhir(status: int, body: Json, **headers: str) -> httpx.Response:
    """A FHIR answer; header names with `_` for `-`."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return httpx.Response(status, headers={**FHIR, **named}, content=orjson.dumps(body))


def searchset(*resources: Json, next_page: bool = False, mode: str | None = "match") -> Json:
    """What a search answers."""
    entries = [{"resource": resource, **({"search": {"mode": mode}} if mode else {})} for resource in resources]
    links = [{"relation": "next", "url": "https://ehr.example.test/fhir?page=2"}] if next_page else []
    return {"resourceType": "Bundle", "type": "searchset", "entry": entries, "link": links}


def operation_outcome(*codes: str, severity: str = "error") -> Json:
    """An OperationOutcome with one issue a code; its texts must never be repeated."""
    issues = [{"severity": severity, "code": code, "diagnostics": "SECRET of the patient"} for code in codes]
    return {"resourceType": "OperationOutcome", "issue": issues}


def written(request: httpx.Request) -> httpx.Response:
    """A transaction carried out: every entry created."""
    entries = orjson.loads(request.content)["entry"]
    types = [entry["resource"]["resourceType"] for entry in entries]
    answers = [
        {"status": "201 Created", "location": f"{kind}/{number}/_history/1", "etag": 'W/"1"'}
        for number, kind in enumerate(types, 100)
    ]
    return fhir(200, {"resourceType": "Bundle", "entry": [{"response": answer} for answer in answers]})
