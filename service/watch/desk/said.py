"""What the OpenAPI description says of the desk: bodies, which are parsed strictly, and problems."""

from typing import Any, Final

from pydantic import TypeAdapter

from service.forms.text import Part

_PROBLEM: Final = {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
_SAID: Final = {
    400: "The body is not JSON.",
    403: "This is for people on the machine that the service runs on.",
    404: "There is none with this id.",
    409: "It cannot be moved, or other than so many fit: nothing was done.",
    413: "The body is too large.",
    415: "The body is not declared to be JSON.",
    422: "Not valid: every fault with its field and a sentence.",
    503: "The database did not answer. Ask again in a minute.",
}

PROBLEMS: Final[dict[int | str, dict[str, Any]]] = {
    200: {"content": {"application/json": {"schema": {"type": "object"}}}},
    **{status: {"description": said, "content": _PROBLEM} for status, said in _SAID.items()},
}


def body_of(form: type[Part]) -> dict[str, Any]:
    """For `openapi_extra`: the schema whole, for it is of this one body."""
    schema = TypeAdapter(form).json_schema()
    whole = _put_in(schema, schema.pop("$defs", {}))
    return {"requestBody": {"required": True, "content": {"application/json": {"schema": whole}}}}


def _put_in(schema: Any, parts: dict[str, Any]) -> Any:
    """Its parts in the places of the references to them."""
    if isinstance(schema, list):
        return [_put_in(one, parts) for one in schema]
    if not isinstance(schema, dict):
        return schema
    if "$ref" in schema:
        return _put_in(parts[schema["$ref"].rpartition("/")[2]], parts)
    return {name: _put_in(value, parts) for name, value in schema.items()}
