"""The control routes under `/sandbox`: misbehave, look into the store, see the requests. No EHR has these.

For tests, the demo and whoever integrates; `rules.py` says what can be asked for.
"""

from collections import defaultdict
from dataclasses import asdict
from typing import Any

import orjson
from pydantic import TypeAdapter, ValidationError
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from service.sandbox.offer import Offer, Style
from service.sandbox.refusals import Json
from service.sandbox.resource_types import RESOURCE_TYPES
from service.sandbox.rules import Kept, Rule
from service.sandbox.state import State
from service.sandbox.store import Store

_RULES: TypeAdapter[list[Rule]] = TypeAdapter(list[Rule])
_STYLE: TypeAdapter[Style] = TypeAdapter(Style)
_OFFER: TypeAdapter[Offer] = TypeAdapter(Offer)


def control_routes() -> list[Route]:
    """Every route below `/sandbox`."""
    return [
        Route("/sandbox/misbehave", _misbehave, methods=["POST"]),
        Route("/sandbox/misbehave", _rules, methods=["GET"]),
        Route("/sandbox/misbehave", _take_back_all, methods=["DELETE"]),
        Route("/sandbox/misbehave/{id:int}", _take_back, methods=["DELETE"]),
        Route("/sandbox/release", _release, methods=["POST"]),
        Route("/sandbox/store", _store, methods=["GET"]),
        Route("/sandbox/requests", _requests, methods=["GET"]),
        Route("/sandbox/requests", _forget_requests, methods=["DELETE"]),
        Route("/sandbox/style", _set_style, methods=["PUT"]),
        Route("/sandbox/offer", _set_offer, methods=["PUT"]),
    ]


async def tell_invalid(_: Request, error: Exception) -> Response:
    """The exception handler for what pydantic could not read."""
    assert isinstance(error, ValidationError)
    return _json({"errors": error.errors(include_url=False, include_context=False)}, 422)


async def _misbehave(request: Request) -> Response:
    asked = orjson.loads(await request.body())
    rules = _RULES.validate_python(asked if isinstance(asked, list) else [asked])
    return _json({"rules": [_told(_state(request).rules.add(rule)) for rule in rules]}, 201)


async def _rules(request: Request) -> Response:
    rules = _state(request).rules
    return _json({"rules": [_told(kept) for kept in rules.kept], "held": rules.held})


async def _take_back_all(request: Request) -> Response:
    _state(request).rules.take_back(None)
    return Response(status_code=204)


async def _take_back(request: Request) -> Response:
    _state(request).rules.take_back(request.path_params["id"])
    return Response(status_code=204)


async def _release(request: Request) -> Response:
    _state(request).rules.release()
    return Response(status_code=204)


async def _store(request: Request) -> Response:
    store = _state(request).store
    return _json({"types": store.counts(), "doubled": store.doubled_identifiers() + _same_content(store)})


async def _requests(request: Request) -> Response:
    return _json({"requests": [seen.told() for seen in _state(request).seen]})


async def _forget_requests(request: Request) -> Response:
    _state(request).seen.clear()
    return Response(status_code=204)


async def _set_style(request: Request) -> Response:
    _state(request).style = style = _STYLE.validate_json(await request.body())
    _state(request).store.uuids = style.names == "uuids"
    return _json({**asdict(style), "deaf": sorted(style.deaf)})


async def _set_offer(request: Request) -> Response:
    _state(request).offer = offer = _OFFER.validate_json(await request.body())
    return _json({name: sorted(said) if isinstance(said, frozenset) else said for name, said in asdict(offer).items()})


def _same_content(store: Store) -> list[Json]:
    """What no identifier tells apart (Provenance): alike in all but id and meta."""
    doubled = []
    for resource_type in (name for name, rules in RESOURCE_TYPES.items() if "identifier" not in rules.searches):
        alike: dict[bytes, list[str]] = defaultdict(list)
        for body in store.bodies(resource_type):
            content = {name: value for name, value in body.items() if name not in ("id", "meta")}
            alike[orjson.dumps(content, option=orjson.OPT_SORT_KEYS)].append(body["id"])
        doubled += [{"type": resource_type, "ids": ids} for ids in alike.values() if len(ids) > 1]
    return doubled


def _told(kept: Kept) -> Json:
    return {"id": kept.id, "used": kept.used, **kept.rule.model_dump(mode="json", exclude_defaults=True)}


def _state(request: Request) -> State:
    state: State = request.app.state.sandbox
    return state


def _json(body: Any, status: int = 200) -> Response:
    return Response(orjson.dumps(body), status, media_type="application/json")
