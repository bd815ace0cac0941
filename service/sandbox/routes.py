"""The FHIR routes: formats checked, one interaction called, the answer worded. R4 http.html.

Above `interactions.py`, `bundles.py` and `searching.py`; put together in `app.py`.
"""

from collections.abc import Awaitable, Callable
from http import HTTPStatus
from typing import Any

import orjson
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from service.sandbox import interactions
from service.sandbox.answers import bundle_answer, history_answer, refused_answer, resource_answer, write_answer
from service.sandbox.bundles import batch, transaction
from service.sandbox.capability import capability_statement
from service.sandbox.formats import check_accept, check_content_type
from service.sandbox.interactions import Desk
from service.sandbox.refusals import Json, Refused
from service.sandbox.resource_types import RESOURCE_TYPES
from service.sandbox.searching import pairs_of, searchset
from service.sandbox.state import State
from service.sandbox.store import Version

Endpoint = Callable[[Request], Awaitable[Response]]


def fhir_routes(root: str) -> list[Route]:
    """Every route below `root` (`/fhir`)."""
    one = root + "/{type}/{id}"
    return [
        _route(f"{root}/metadata", "GET", _metadata),
        _route(root, "POST", _bundle),
        _route(f"{root}/", "POST", _bundle),
        _route(root + "/{type}/_search", "POST", _search_by_form),
        _route(root + "/{type}", "GET", _search),
        _route(root + "/{type}", "POST", _create),
        _route(root + "/{type}", "PUT", _conditional_update),
        _route(one, "GET", _read),
        _route(one, "PUT", _update),
        _route(one, "DELETE", _delete),
        _route(one + "/_history", "GET", _history),
        _route(one + "/_history/{version}", "GET", _read_version),
    ]


def _route(path: str, method: str, endpoint: Endpoint) -> Route:
    async def answer(request: Request) -> Response:
        check_accept(request)
        _check_type(request)
        return await endpoint(request)

    return Route(path, answer, methods=[method])


def _check_type(request: Request) -> None:
    resource_type = request.path_params.get("type")
    if resource_type is not None and resource_type not in RESOURCE_TYPES:
        raise Refused(404, "not-supported", "This server keeps no resources of this type.")


async def tell_refused(_: Request, refused: Exception) -> Response:
    """The exception handler for `Refused`."""
    assert isinstance(refused, Refused)
    return refused_answer(refused)


async def tell_no_route(_: Request, error: Exception) -> Response:
    """404 and 405 of the router, as OperationOutcome."""
    assert isinstance(error, HTTPException)
    allowed = error.status_code == HTTPStatus.METHOD_NOT_ALLOWED
    sentence = "This interaction is not offered." if allowed else "There is nothing at this address."
    return refused_answer(Refused(error.status_code, "not-supported" if allowed else "not-found", sentence))


async def _metadata(request: Request) -> Response:
    return resource_answer(capability_statement(_state(request).offer, _home(request)))


async def _bundle(request: Request) -> Response:
    desk, bundle = _desk(request), await _body(request)
    desk.offer.must_take_transactions()
    if bundle.get("resourceType") != "Bundle" or bundle.get("type") not in ("batch", "transaction"):
        raise Refused(400, "invalid", "Only a Bundle of type batch or transaction goes here.")
    answers = transaction(desk, bundle) if bundle["type"] == "transaction" else batch(desk, bundle)
    return bundle_answer(answers, bundle["type"], _state(request).style, desk.home, _prefer(request))


async def _search(request: Request) -> Response:
    return _found(request, request.url.query)


async def _search_by_form(request: Request) -> Response:
    check_content_type(request, "application/x-www-form-urlencoded")
    return _found(request, f"{request.url.query}&{(await request.body()).decode()}")


def _found(request: Request, query: str) -> Response:
    desk, strict = _desk(request), "handling=strict" in _prefer(request)
    return resource_answer(
        searchset(desk.store, desk.offer, request.path_params["type"], pairs_of(query), desk.home, strict)
    )


async def _create(request: Request) -> Response:
    return await _write(
        request,
        lambda desk, body: interactions.create(
            desk, request.path_params["type"], body, request.headers.get("If-None-Exist")
        ),
    )


async def _update(request: Request) -> Response:
    return await _write(
        request,
        lambda desk, body: interactions.update(
            desk, request.path_params["type"], request.path_params["id"], body, request.headers.get("If-Match")
        ),
    )


async def _conditional_update(request: Request) -> Response:
    return await _write(
        request,
        lambda desk, body: interactions.conditional_update(
            desk, request.path_params["type"], request.url.query, body, request.headers.get("If-Match")
        ),
    )


async def _write(request: Request, write: Callable[[Desk, Json], interactions.Done]) -> Response:
    desk, body = _desk(request), await _body(request)
    desk.offer.must_take_writes(request.path_params["type"])
    with desk.store.transaction():
        done = write(desk, body)
    return write_answer(done, _state(request).style, desk.home, _prefer(request))


async def _delete(request: Request) -> Response:
    desk = _desk(request)
    desk.offer.must_take_writes(request.path_params["type"])
    with desk.store.transaction():
        done = interactions.delete(desk, **_address(request), if_match=request.headers.get("If-Match"))
    return write_answer(done, _state(request).style, desk.home, "return=minimal")


async def _read(request: Request) -> Response:
    version = interactions.read(_desk(request), **_address(request))
    if request.headers.get("If-None-Match") == version.etag:
        return Response(status_code=HTTPStatus.NOT_MODIFIED, headers={"ETag": version.etag})
    return _version_answer(version)


async def _read_version(request: Request) -> Response:
    number = request.path_params["version"]
    return _version_answer(interactions.read_version(_desk(request), **_address(request), number=number))


def _version_answer(version: Version) -> Response:
    return resource_answer(version.body or {}, version=version)


async def _history(request: Request) -> Response:
    desk = _desk(request)
    return history_answer(interactions.history(desk, **_address(request)), desk.home)


async def _body(request: Request) -> Json:
    check_content_type(request, "application/fhir+json", "application/json")
    try:
        body: Any = orjson.loads(await request.body())
    except orjson.JSONDecodeError:
        raise Refused(400, "structure", "The body is not JSON.") from None
    if not isinstance(body, dict):
        raise Refused(400, "structure", "A resource is a JSON object.")
    return body


def _address(request: Request) -> dict[str, str]:
    return {"resource_type": request.path_params["type"], "resource_id": request.path_params["id"]}


def _state(request: Request) -> State:
    state: State = request.app.state.sandbox
    return state


def _desk(request: Request) -> Desk:
    state = _state(request)
    return Desk(state.store, state.offer, state.style, _home(request))


def _home(request: Request) -> str:
    return f"{request.url.scheme}://{request.url.netloc}/fhir"


def _prefer(request: Request) -> str:
    return ",".join(request.headers.getlist("Prefer"))
