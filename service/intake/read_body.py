"""The body of a request, bounded, and parsed as a form: the first thing that happens to a note.

Faults become sentences with their field; no value that was sent is repeated in them.
"""

from collections.abc import Mapping, Sequence
from typing import Any, TypeVar

from fastapi import Request
from pydantic import TypeAdapter, ValidationError

from service.errors import FieldFault, NotJson, NotReadable, NotValid, TooLarge
from service.forms.note import KINDS

LARGEST_NOTE = 256 * 1024
LARGEST_BATCH = 4 * 1024 * 1024
_MOST_FAULTS = 50
_LONGEST_FIELD = 120

Parsed = TypeVar("Parsed")

_SENTENCES = {
    "missing": "Fill this in.",
    "extra_forbidden": "This field is not known here: check its spelling, or leave it out.",
    "literal_error": "Choose one of {expected}.",
    "enum": "Choose one of {expected}.",
    "union_tag_not_found": "Say what kind of note this is: {kinds}.",
    "union_tag_invalid": "Say what kind of note this is: {kinds}.",
    "string_type": "Send text here.",
    "string_too_long": "Shorten this to {max_length} characters.",
    "string_too_short": "Write something here, or leave the field out.",
    "string_pattern_mismatch": "This is not written as it has to be: it must match {pattern}.",
    "too_long": "Send at most {max_length} of these.",
    "too_short": "Send at least {min_length} of these.",
    "int_type": "Send a whole number here.",
    "int_parsing": "Send a whole number here.",
    "int_from_float": "Send a whole number here.",
    "int_parsing_size": "This number is too large.",
    "bool_type": "Send true or false here.",
    "greater_than_equal": "This must be {ge} or more.",
    "less_than_equal": "This must be {le} or less.",
    "uuid_type": "Send a UUID here, as 8-4-4-4-12 hexadecimal digits.",
    "uuid_parsing": "Send a UUID here, as 8-4-4-4-12 hexadecimal digits.",
    "date_type": "Send a date here, as 2026-11-22.",
    "date_parsing": "Send a date here, as 2026-11-22.",
    "date_from_datetime_parsing": "Send a date here, as 2026-11-22.",
    "date_from_datetime_inexact": "Send a date here without a time, as 2026-11-22.",
    "datetime_type": "Send a date and time here, as 2026-11-22T09:30:00+00:00.",
    "datetime_parsing": "Send a date and time here, as 2026-11-22T09:30:00+00:00.",
    "datetime_from_date_parsing": "Send a date and time here, as 2026-11-22T09:30:00+00:00.",
    "timezone_aware": "Say the time zone too, as 2026-11-22T09:30:00+00:00.",
    "tuple_type": "Send a list here.",
    "model_type": "Send an object here.",
    "dict_type": "Send an object here.",
    "model_attributes_type": "Send an object here.",
}


async def read_body(request: Request, largest: int) -> bytes:
    """The whole body, at most `largest` bytes of JSON; refused before it is read where its length is declared."""
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != "application/json":
        raise NotJson("Send JSON, with the header Content-Type: application/json.")
    return await read_bounded(request, largest)


async def read_bounded(request: Request, largest: int) -> bytes:
    """The whole body, whatever it is; `TooLarge` beyond so many bytes."""
    declared = request.headers.get("content-length", "")
    if declared.isdecimal() and int(declared) > largest:
        raise _too_large(largest)
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > largest:
            raise _too_large(largest)
    return bytes(body)


_NOTE_NOT_TAKEN = "The note was not taken. Put right what is listed in `faults`, and send it again with the same id."


def parse(adapter: TypeAdapter[Parsed], body: bytes, sentence: str = _NOTE_NOT_TAKEN) -> Parsed:
    """The body as what `adapter` describes; `NotReadable` where it is no JSON, `NotValid` with every fault."""
    try:
        return adapter.validate_json(body)
    except ValidationError as error:
        # With `include_input` pydantic would hand the sent values on.
        faults = error.errors(include_url=False, include_input=False)
    if faults[0]["type"] == "json_invalid":
        raise NotReadable("This is not JSON. Check that the whole body was sent.")
    raise NotValid(
        sentence, [fault_of(fault["type"], fault["loc"], fault.get("ctx", {})) for fault in faults[:_MOST_FAULTS]]
    )


def _too_large(largest: int) -> TooLarge:
    return TooLarge(f"The body may have {largest} bytes at most. Send less at once, or shorten the text.")


def fault_of(kind: str, path: Sequence[int | str], details: Mapping[str, Any]) -> FieldFault:
    """What pydantic found (its `type`, `loc` and `ctx`), in a sentence that says what to do."""
    if kind == "value_error":
        return _own_fault(path, str(details["error"]))
    sentence = _SENTENCES.get(kind, "This is not valid here. See the form's description in /openapi.json.")
    field = _field(path) or ("kind" if kind.startswith("union_tag") else "")
    return FieldFault(field, sentence.format(**{"kinds": ", ".join(KINDS), **details}))


def _own_fault(path: Sequence[int | str], words: str) -> FieldFault:
    """Our validators say `field: sentence` where the fault is between fields, and the sentence alone otherwise."""
    name, colon, sentence = words.partition(": ")
    if colon and " " not in name:
        return FieldFault(_field([*path, name]), sentence[:1].upper() + sentence[1:])
    return FieldFault(_field(path), words)


def _field(path: Sequence[int | str]) -> str:
    parts = [str(part) for part in path if part not in KINDS]
    return ".".join(parts)[:_LONGEST_FIELD]
