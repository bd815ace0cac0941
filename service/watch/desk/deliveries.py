"""Deliveries and reconciliations over HTTP, for those who run the service: looked at, moved, and resolved.

The same as `joinedup deliveries`; `acts.py` does it.
"""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Annotated, Final
from uuid import UUID

from fastapi import APIRouter, Depends, Path, Query, Request, Response
from pydantic import TypeAdapter

from service.audit import Act, Person
from service.auth.admit import Admitted, TheAdmitted
from service.auth.session import Session
from service.errors import NoSuchDelivery, NoSuchRun
from service.intake.answers import json_response
from service.intake.read_body import parse, read_body
from service.outbox.by_hand import Move
from service.outbox.chosen import Chosen
from service.watch.acts import Asked, carry_out, look, open_content, resolve
from service.watch.deliveries import Shown, list_deliveries, show_deliveries
from service.watch.desk.asked_for import Cancel, Resolve, Retry, chosen_by_query
from service.watch.desk.only_from_here import OnlyFromHere
from service.watch.desk.said import PROBLEMS, body_of
from service.watch.past_runs import list_runs, show_run

router = APIRouter(tags=["deliveries"], dependencies=[OnlyFromHere], responses=PROBLEMS)

_RETRY: Final = TypeAdapter(Retry)
_CANCEL: Final = TypeAdapter(Cancel)
_RESOLVE: Final = TypeAdapter(Resolve)
_LARGEST: Final = 64 * 1024
_NOT_DONE: Final = "Nothing was done. Put right what is listed in `faults`."

AnyId = Annotated[UUID, Path(description="Of a delivery, or of a note: then each of its versions.")]
DeliveryId = Annotated[UUID, Path(description="Of a delivery.")]


@router.get("/deliveries", response_class=Response)
async def get_deliveries(
    session: Session,
    admitted: TheAdmitted,
    chosen: Annotated[Chosen, Depends(chosen_by_query)],
    after: Annotated[UUID | None, Query(description="`next` of the page before.")] = None,
    most: Annotated[int, Query(ge=1, le=1000)] = 50,
) -> Response:
    """What waits or needs a person, oldest first, each with a sentence that says what to do."""
    found = await list_deliveries(session, chosen, after, most)
    admitted.trail.saw(one.client_id for one in found)
    following = found[-1].id if len(found) == most else None
    return json_response({"deliveries": [asdict(one) for one in found], "next": following})


@router.get("/deliveries/{any_id}", response_class=Response)
async def get_delivery(session: Session, admitted: TheAdmitted, any_id: AnyId) -> Response:
    """The whole story: attempts, calls, and where the EHR has it. No patient data."""
    found = await show_deliveries(session, any_id)
    for one in found:
        admitted.trail.saw([one.delivery.client_id], delivery_id=one.delivery.id)
    return _story(found)


@router.post("/deliveries/{any_id}/content", response_class=Response)
async def post_content(session: Session, admitted: TheAdmitted, any_id: AnyId) -> Response:
    """The same with what was sent and what the EHR said of it: patient data. Who looks is written down."""
    return _story(await open_content(session, any_id, person_of(admitted)))


@router.post("/deliveries/retry", response_class=Response, openapi_extra=body_of(Retry))
async def post_retry(request: Request, session: Session, admitted: TheAdmitted) -> Response:
    """Send again now: one delivery, or all that fit, if they are as many as `count` says."""
    asked = parse(_RETRY, await read_body(request, _LARGEST), _NOT_DONE)
    return await _move(session, admitted, asked, Asked("retry", asked.chosen()))


@router.post("/deliveries/cancel", response_class=Response, openapi_extra=body_of(Cancel))
async def post_cancel(request: Request, session: Session, admitted: TheAdmitted) -> Response:
    """Never send these; what waits behind them goes on."""
    asked = parse(_CANCEL, await read_body(request, _LARGEST), _NOT_DONE)
    return await _move(session, admitted, asked, Asked("cancel", asked.chosen(), asked.reason))


@router.post("/deliveries/{delivery_id}/resolve", response_class=Response, openapi_extra=body_of(Resolve))
async def post_resolution(
    request: Request, session: Session, admitted: TheAdmitted, delivery_id: DeliveryId
) -> Response:
    """After a person looked in the EHR: what is there, so that the delivery goes on from that."""
    asked = parse(_RESOLVE, await read_body(request, _LARGEST), _NOT_DONE)
    person = person_of(admitted)
    return _moved([await resolve(session, delivery_id, asked.resolution(), asked.reason, person)], done=True)


@router.get("/reconciliations", response_class=Response)
async def get_reconciliations(session: Session, most: Annotated[int, Query(ge=1, le=1000)] = 50) -> Response:
    """What was found missing, doubled or different, the newest run first."""
    return json_response({"reconciliations": [run.as_json() for run in await list_runs(session, most)]})


@router.get("/reconciliations/{run_id}", response_class=Response)
async def get_reconciliation(session: Session, run_id: Annotated[int, Path(ge=1, le=2**63 - 1)]) -> Response:
    """One run with the notes behind its totals, as long as they are kept."""
    run = await show_run(session, run_id)
    if run is None:
        raise NoSuchRun("No reconciliation has this number. GET /reconciliations has them.")
    return json_response({**run.as_json(), **run.found.as_json()})


async def _move(session: Session, admitted: Admitted, asked: Retry, move: Asked) -> Response:
    if asked.dry_run:
        admitted.trail.did(Act("search", route=admitted.route))
        return _moved(await look(session, move), done=False)
    count = 1 if asked.count is None else asked.count
    return _moved(await carry_out(session, move, count, person_of(admitted)), done=True)


def _moved(moves: Sequence[Move], *, done: bool) -> Response:
    return json_response({"done": done, "count": len(moves), "deliveries": [asdict(move) for move in moves]})


def _story(found: Sequence[Shown]) -> Response:
    if not found:
        raise NoSuchDelivery("There is no delivery and no note with this id. GET /deliveries has those that are open.")
    response = json_response({"versions": [asdict(one) for one in found]})
    response.headers["Cache-Control"] = "no-store"
    return response


def person_of(admitted: Admitted) -> Person:
    """Who moves something, for what is written down about it."""
    return Person(admitted.caller.name, admitted.caller, admitted.whence)
