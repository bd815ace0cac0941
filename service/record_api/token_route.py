"""`POST /oauth/token`: where registered systems get tokens, and `/oauth/jwks.json`: the keys that these are signed by.

Not there unless the settings say that we issue tokens. Answers are those of RFC 6749, sections 5.1 and 5.2.
"""

from collections.abc import Mapping
from typing import Any, Final, TypeAlias
from urllib.parse import parse_qsl

import orjson
from fastapi import APIRouter, Request, Response

from service.auth.admit import Admission, TheAdmitted
from service.auth.give_token import Given, TokenOffice
from service.auth.own_issuer import LASTS
from service.errors import NotServed, TooLarge
from service.intake.read_body import read_bounded

router = APIRouter(tags=["systems"])

Answers: TypeAlias = dict[int | str, dict[str, Any]]

_LARGEST: Final = 16 * 1024
_MOST_FIELDS: Final = 20
_FORM: Final = "application/x-www-form-urlencoded"
_FRESH_FOR: Final = 300
_NOT_KEPT: Final = {"Cache-Control": "no-store", "Pragma": "no-cache"}

_TEXT: Final = {"type": "string"}
_ASKED: Final = ("grant_type", "scope", "client_assertion_type", "client_assertion")
_FIELDS: Final = {"type": "object", "required": list(_ASKED), "properties": dict.fromkeys(_ASKED, _TEXT)}
_TOKEN: Final = {
    "type": "object",
    "required": ["access_token", "token_type", "expires_in", "scope"],
    "properties": {"access_token": _TEXT, "token_type": _TEXT, "expires_in": {"type": "integer"}, "scope": _TEXT},
}
_ERROR: Final = {"type": "object", "required": ["error"], "properties": {"error": _TEXT}}
_JWKS: Final = {"type": "object", "required": ["keys"], "properties": {"keys": {"type": "array"}}}
_PROBLEM: Final = {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
_NOT_THERE: Final[Answers] = {404: {"description": "This service issues no tokens.", "content": _PROBLEM}}
_TOO_OFTEN: Final[Answers] = {429: {"description": "Too many were refused: Retry-After.", "content": _PROBLEM}}
_NOT_NOW: Final[Answers] = {503: {"description": "The database did not answer: ask again.", "content": _PROBLEM}}


def _json(description: str, schema: Mapping[str, Any]) -> dict[str, Any]:
    return {"description": description, "content": {"application/json": {"schema": schema}}}


@router.post(
    "/oauth/token",
    summary="A token for a registered system",
    responses={
        200: _json("A token for five minutes.", _TOKEN),
        400: _json("The request or its scope is not one that is answered.", _ERROR),
        401: _json("The proof is not good.", _ERROR),
        **_NOT_THERE,
        **_TOO_OFTEN,
        **_NOT_NOW,
    },
    openapi_extra={"requestBody": {"required": True, "content": {_FORM: {"schema": _FIELDS}}}},
)
async def give_token(request: Request, admitted: TheAdmitted) -> Response:
    """SMART Backend Services: client_credentials, with an assertion signed by a key of the system's."""
    office = _office(request)
    admission: Admission = request.app.state.admission

    def count() -> None:
        admission.allowances.refused(admitted.whence.address, admission.clock())

    answer = await office.ask(await _read_fields(request), admitted.whence, count)
    match answer:
        case Given(token, scope):
            lasts = int(LASTS.total_seconds())
            return _answer({"access_token": token, "token_type": "bearer", "expires_in": lasts, "scope": scope}, 200)
        case _:
            return _answer({"error": answer.error}, 401 if answer.error == "invalid_client" else 400)


@router.get(
    "/oauth/jwks.json",
    summary="The public keys of the tokens that we issue",
    responses={200: _json("A JSON Web Key Set.", _JWKS), **_NOT_THERE},
)
async def issuer_jwks(request: Request) -> Response:
    """RFC 7517."""
    published = orjson.dumps(_office(request).issuer.keys.published())
    return Response(
        published, headers={"Cache-Control": f"public, max-age={_FRESH_FOR}"}, media_type="application/json"
    )


def _office(request: Request) -> TokenOffice:
    office: TokenOffice | None = request.app.state.token_office
    if office is None:
        raise NotServed(404)
    return office


async def _read_fields(request: Request) -> Mapping[str, str] | None:
    """Each field once, as RFC 6749 has it; None where it is no such form."""
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != _FORM:
        return None
    try:
        body = await read_bounded(request, _LARGEST)
        pairs = parse_qsl(body.decode(), keep_blank_values=True, max_num_fields=_MOST_FIELDS)
    except (TooLarge, ValueError):
        return None
    fields = {name: value for name, value in pairs if value}  # one without a value is as if it were not there
    return fields if len({name for name, _ in pairs}) == len(pairs) else None


def _answer(body: Mapping[str, Any], status: int) -> Response:
    return Response(orjson.dumps(body), status, _NOT_KEPT, "application/json")
