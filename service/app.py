"""Wires one process: database engine, gate, routes, windows and, unless told not to, one worker.

Made by `cli.py`, imported by nobody else.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, nullcontext
from functools import partial
from typing import Any

from fastapi import Depends, FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as NoConnectionFree
from starlette.exceptions import HTTPException

from service import __version__
from service.auth.admission import admission_of
from service.auth.admit import admit
from service.auth.openapi import describe_access
from service.auth.our_tokens import check_issuer_keys, token_office
from service.auth.refusals import keep_refusal
from service.db import UNREACHABLE, open_engine, open_engine_for_callers, sessions_of
from service.errors import CallerError, NotServed, NotSignedIn, NotTakenNow, NotValid
from service.garbage import collect_seldom
from service.hardening.bounds import Bounded, Bounds, names_of_ours
from service.hardening.headers import StrictHeaders
from service.intake import break_glass, client_clocks, concerns, hand_out, read, routes
from service.intake.answers import problem_response
from service.intake.door import make_door
from service.intake.openapi import describe
from service.intake.read_body import fault_of
from service.mapping.names import Names, names_of
from service.meters import Meters
from service.migrate import newest_migration
from service.push.from_settings import keys_of
from service.record_api import audit_events, smart, token_route
from service.record_api import routes as fhir
from service.record_api.fhir_answers import outcome_response
from service.record_api.openapi import describe_fhir
from service.settings import Settings, shipped_folder
from service.settings.loopback import LOOPBACK
from service.watch import counts, health, jwks, looked_at, metrics
from service.watch.desk import deliveries, page
from service.watch.requests import Requests
from service.watch.watched import Watched
from service.worker import worker_beside

_SILENCE = (OperationalError, InterfaceError)
_NOT_NOW = "The database did not answer. Keep the note, and send it again in a minute: it is stored once."


def make_app(settings: Settings, database_url: str, *, for_this_machine: bool = False) -> FastAPI:
    """The service on one database. What it opens is opened when it starts, and closed when it stops.

    `for_this_machine`: answers by no other name, so that no page from elsewhere gets at it by a name of its own.
    """
    meters = Meters()
    check_issuer_keys(settings)
    app = FastAPI(
        title="Joined Up",
        version=__version__,
        summary="An employment specialist's notes, in the mental-health record.",
        # Their pages fetch scripts from elsewhere; /openapi.json opens in any viewer.
        docs_url=None,
        redoc_url=None,
        dependencies=[Depends(admit)],
        lifespan=partial(_lifespan, settings, database_url, meters),
    )
    for router in (
        routes.router,
        read.router,
        concerns.router,
        client_clocks.router,
        break_glass.router,
        hand_out.router,
        fhir.router,
        audit_events.router,
        looked_at.router,
        smart.router,
        token_route.router,
        health.router,
        metrics.router,
        counts.router,
        jwks.router,
        deliveries.router,
        page.router,
    ):
        app.include_router(router)
    _tell_errors_as_problems(app)
    app.openapi = partial(_openapi, app, names_of(settings))  # type: ignore[method-assign] # FastAPI's own way to extend it
    _harden(app, settings, meters, LOOPBACK if for_this_machine else None)
    return app


def _harden(app: FastAPI, settings: Settings, meters: Meters, names: frozenset[str] | None) -> None:
    """The last that is added is the first that is asked: what is refused is logged, and all has strict headers."""
    if settings.public_url:
        names = names_of_ours(str(settings.public_url))
    app.add_middleware(Bounded, bounds=Bounds(settings.request_timeout, names), tell=_told_there)
    app.add_middleware(Requests, meters=meters)
    app.add_middleware(StrictHeaders, https=settings.reached_by_https)


@asynccontextmanager
async def _lifespan(settings: Settings, database_url: str, meters: Meters, app: FastAPI) -> AsyncIterator[None]:
    engine = open_engine(database_url, settings.database_connections)
    sessions = sessions_of(engine)
    callers = open_engine_for_callers(database_url, settings.database_connections)
    app.state.sessions = sessions
    app.state.sessions_of_callers = sessions_of(callers)
    app.state.keys = keys_of(settings)
    app.state.watched = Watched(sessions, meters, newest_migration(), settings.waiting_alarm)
    app.state.door = make_door(settings, meters)
    app.state.arrivals = routes.arrivals_at(app.state.door, sessions)
    collect_seldom()
    worker = worker_beside(settings, sessions, meters, app.state.door) if settings.worker_in_serve else nullcontext()
    async with token_office(settings, sessions) as app.state.token_office, worker:
        app.state.token_place = smart.token_place_of(settings, app.state.token_office)
        async with admission_of(settings, app.state.token_office) as app.state.admission:
            yield
    await callers.dispose()
    await engine.dispose()


def _tell_errors_as_problems(app: FastAPI) -> None:
    app.add_exception_handler(CallerError, _caller_is_wrong)
    app.add_exception_handler(RequestValidationError, _parameter_is_wrong)
    app.add_exception_handler(HTTPException, _not_served)
    for silence in (DBAPIError, NoConnectionFree, *UNREACHABLE):
        app.add_exception_handler(silence, _database_is_silent)


async def _caller_is_wrong(request: Request, error: Exception) -> Response:
    """In the manner of the window: here, and not in a route, so that the request's transaction is undone first."""
    assert isinstance(error, CallerError)
    await keep_refusal(request, error)
    told = _told_there(request, error)
    if isinstance(error, NotSignedIn):
        # RFC 6750, section 3: without a token only the scheme, else that it is not good. Not why.
        told.headers["WWW-Authenticate"] = "Bearer" if error.why == "none" else 'Bearer error="invalid_token"'
    return told


def _told_there(request: Request, error: CallerError) -> Response:
    return page.wrong_page(error) if request.url.path.startswith(page.PREFIX) else _told(request, error)


def _told(request: Request, error: CallerError) -> Response:
    return outcome_response(error) if request.url.path.startswith(fhir.PREFIX) else problem_response(error)


async def _parameter_is_wrong(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    faults = [
        # `loc` begins with where it stands: query, path or header.
        fault_of(fault["type"], fault["loc"][1:], fault.get("ctx", {}))
        for fault in error.errors()
    ]
    return await _caller_is_wrong(request, NotValid("The request was not taken.", faults))


async def _not_served(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    return _told(request, NotServed(error.status_code))


async def _database_is_silent(request: Request, error: Exception) -> Response:
    if isinstance(error, DBAPIError) and _has_answered(error):
        raise error  # the fault is ours
    return _told(request, NotTakenNow(_NOT_NOW))


def _has_answered(error: DBAPIError) -> bool:
    """A statement reached it and was refused; without a statement it was the connection that failed."""
    return error.statement is not None and not (error.connection_invalidated or isinstance(error, _SILENCE))


def _openapi(app: FastAPI, names: Names) -> dict[str, Any]:
    if app.openapi_schema is None:
        samples = shipped_folder("samples")
        app.openapi_schema = describe_access(describe_fhir(describe(app, samples), samples, names))
    return app.openapi_schema
