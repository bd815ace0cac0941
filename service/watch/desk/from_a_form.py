"""What a page's form or URL says, as the desk's own words: blank fields are as if they were not there."""

from collections.abc import Mapping, Sequence
from typing import Any, Final, TypeAlias
from urllib.parse import parse_qs
from uuid import UUID

import orjson
from fastapi import Request
from pydantic import TypeAdapter

from service.errors import NoSuchDelivery
from service.intake.read_body import parse, read_bounded
from service.outbox.chosen import OPEN, Chosen
from service.watch.acts import Asked
from service.watch.desk.asked_for import Cancel, Filter, Retry

Fields: TypeAlias = Mapping[str, Sequence[str]]

_LARGEST: Final = 16 * 1024
_MOST_DIGITS: Final = 9
_NARROWING: Final = ("reason_code", "client_id", "note_id", "since", "until")
_NOT_DONE: Final = "Nothing was done. Go back, and put right what is listed here."
_NO_ID: Final = "This is no id of a delivery. Ids look like 0f8fad5b-d9cb-469f-a165-70867728950e."

_FILTER: Final = TypeAdapter(Filter)
_RETRY: Final = TypeAdapter(Retry)
_CANCEL: Final = TypeAdapter(Cancel)


def fields_of(request: Request) -> Fields:
    """Of the URL."""
    return parse_qs(request.url.query)


async def read_fields(request: Request) -> Fields:
    """Of a form that was sent."""
    return parse_qs((await read_bounded(request, _LARGEST)).decode(errors="replace"))


def one(fields: Fields, name: str) -> str | None:
    """The field's value, if it was filled in."""
    return next(iter(fields.get(name, ())), None)


def id_of(fields: Fields, name: str) -> UUID | None:
    """The id in this field, if it was filled in."""
    try:
        return UUID(text) if (text := one(fields, name)) else None
    except ValueError:
        raise NoSuchDelivery(_NO_ID) from None


def filter_of(fields: Fields) -> dict[str, Any]:
    """Which deliveries it narrows the list to."""
    narrowed: dict[str, Any] = {name: value for name in _NARROWING if (value := one(fields, name))}
    return narrowed | {"states": list(fields["state"])} if "state" in fields else narrowed


def chosen_by(fields: Fields) -> Chosen:
    """The same, for the list: all that is open unless it says otherwise."""
    return parse(_FILTER, orjson.dumps({"states": list(OPEN), **filter_of(fields)}), _NOT_DONE).chosen()


def to_be_moved(fields: Fields) -> Asked:
    """What a person wants to look at before it is moved."""
    move = _move(fields)
    if delivery_id := id_of(fields, "delivery_id"):
        return Asked(move, Retry(delivery_id=delivery_id).chosen())
    return Asked(move, parse(_FILTER, orjson.dumps(filter_of(fields)), _NOT_DONE).chosen())


def asked_by(fields: Fields) -> tuple[Asked, int]:
    """What a person has looked at and says to move, and how many they are."""
    move = _move(fields)
    count = one(fields, "count") or ""
    body: dict[str, Any] = {"count": int(count) if count.isdecimal() and len(count) <= _MOST_DIGITS else count or None}
    if delivery_id := one(fields, "delivery_id"):
        body |= {"delivery_id": delivery_id, "count": 1}
    else:
        body["filter"] = filter_of(fields)
    if move == "cancel":
        cancel = parse(_CANCEL, orjson.dumps(body | {"reason": one(fields, "reason") or ""}), _NOT_DONE)
        return Asked(move, cancel.chosen(), cancel.reason), cancel.count or 0
    retry = parse(_RETRY, orjson.dumps(body), _NOT_DONE)
    return Asked(move, retry.chosen()), retry.count or 0


def _move(fields: Fields) -> Any:
    return "cancel" if one(fields, "move") == "cancel" else "retry"
