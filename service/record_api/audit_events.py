"""The audit as AuditEvents, for the privacy officer: searched, and read one by one. `auth/policy.py` says for whom."""

from collections.abc import Sequence
from typing import Annotated, Final
from urllib.parse import urlencode

from fastapi import APIRouter, Path, Query, Request, Response

from service.audit_lines import find_line, find_lines
from service.auth.admit import TheAdmitted
from service.auth.session import Session
from service.errors import NoSuchAuditEvent
from service.forms.text import Line
from service.intake.door import door_of
from service.record_api.audit_event import audit_event_of
from service.record_api.audit_search import LARGEST_ID, asked_of, page_after
from service.record_api.fhir_answers import fhir_response

router = APIRouter(prefix="/fhir", tags=["fhir"])

_MOST: Final = 100

Patient = Annotated[str | None, Query(max_length=100, description="Patient/ and a client's id: about whom.")]
Agent = Annotated[Line | None, Query(description="Who: as their issuer or the notes name them.")]
Dates = Annotated[
    Sequence[str], Query(alias="date", max_length=10, description="When: ge, le, gt or lt, and a date or time in UTC.")
]
Actions = Annotated[str | None, Query(max_length=9, description="C, R, U, D or E; several by comma.")]
Count = Annotated[int, Query(alias="_count", ge=1, le=_MOST, description="Most on one page.")]
Page = Annotated[str | None, Query(alias="_page", max_length=200, description="As the link next has it.")]


@router.get("/AuditEvent", response_class=Response)
async def search_audit_events(
    request: Request,
    session: Session,
    admitted: TheAdmitted,
    dates: Dates = (),
    patient: Patient = None,
    agent: Agent = None,
    action: Actions = None,
    count: Count = 50,
    page: Page = None,
) -> Response:
    """Who did what, about whom, from where, the newest first, as a searchset; the link next has the next page."""
    wanted = asked_of(patient, agent, dates, action, page)
    found = await find_lines(session, wanted, count + 1)
    if wanted.client_id is not None:
        admitted.trail.saw([wanted.client_id])
    names = door_of(request).names
    shown = found[:count]
    entries = [
        {
            "fullUrl": f"{request.base_url}fhir/AuditEvent/{line.id}",
            "resource": audit_event_of(line, names),
            "search": {"mode": "match"},
        }
        for line in shown
    ]
    asked = {"patient": patient, "agent": agent, "date": dates, "action": action, "_count": count}
    links = [_link(request, "self", {**asked, "_page": page})]
    if len(found) > count:
        links.append(_link(request, "next", {**asked, "_page": page_after(shown[-1])}))
    bundle = {"resourceType": "Bundle", "type": "searchset", "link": links}
    return fhir_response(bundle | ({"entry": entries} if entries else {}), Cache_Control="no-store")


@router.get("/AuditEvent/{line_id}", response_class=Response)
async def read_audit_event(
    request: Request, session: Session, admitted: TheAdmitted, line_id: Annotated[int, Path(ge=1, le=LARGEST_ID)]
) -> Response:
    """One line of the audit."""
    line = await find_line(session, line_id)
    if line is None:
        raise NoSuchAuditEvent("No line of the audit has this id: GET /fhir/AuditEvent lists them.")
    admitted.trail.saw(line.client_ids)
    return fhir_response(audit_event_of(line, door_of(request).names), ETag='W/"1"', Cache_Control="no-store")


def _link(request: Request, relation: str, asked: dict[str, object]) -> dict[str, str]:
    used = {name: value for name, value in asked.items() if value is not None}
    return {"relation": relation, "url": str(request.url.replace(query=urlencode(used, doseq=True)))}
