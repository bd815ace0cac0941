"""What jsonschema-rs finds, as faults: a path, FHIR's issue code and a sentence, and never a value of the resource."""

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Final

from jsonschema_rs import ValidationError

from service.r4.primitives import SENTENCE_OF_PATTERN
from service.r4.walk import Where

_ELEMENT_NAME: Final = re.compile(r"_?[A-Za-z]{1,40}")
_TYPES: Final = {
    "object": "An object should be here.",
    "array": "A list should be here: this element may be repeated.",
    "string": "Text should be here.",
    "integer": "A whole number should be here.",
    "number": "A number should be here.",
    "boolean": "true or false should be here.",
}
_BY_KIND: Final[dict[str, tuple[str, str]]] = {
    "enum": ("code-invalid", "This code is not in the value set that is required here."),
    "const": ("value", "The profile asks for another value here."),
    "contains": ("value", "The list lacks an entry that is required here, or has it too often."),
    "minItems": ("required", "A list may not be empty, nor shorter than required."),
    "maxItems": ("structure", "The list has more entries than are allowed here."),
    "minProperties": ("structure", "An element may not be empty."),
    "maxLength": ("too-long", "This is longer than is allowed."),
    "minimum": ("value", "This number is too small."),
    "maximum": ("value", "This number is too large."),
    "not": ("structure", "This may not stand together with what is beside it."),
}
_TOO_MANY: Final = ("structure", "Only one type of a choice may be given, and an extension has no other content.")
_TOO_FEW: Final = ("required", "One type of a choice is required, or for an extension its own extensions.")
_ELSE: Final = ("structure", "This does not fit the definition of the element.")


def findings_of(errors: Iterable[ValidationError], start: Where) -> Iterator[tuple[Where, str, str]]:
    for error in errors:
        yield from _findings(error, start)


def _findings(error: ValidationError, start: Where) -> Iterator[tuple[Where, str, str]]:
    where = _where(error.instance_path, start)
    kind: Any = error.kind
    if kind.name == "additionalProperties":
        yield from ((_below(where, name), "structure", _no_such(name)) for name in kind.unexpected)
    elif kind.name == "required":
        yield (where, kind.property, None), "required", "This is required."
    elif kind.name in ("anyOf", "oneOf"):
        yield from _of_several(error, where, start)
    elif kind.name == "type":
        yield where, "structure", _TYPES.get(_named_type(error), _ELSE[1])
    elif kind.name == "pattern":
        yield where, "value", SENTENCE_OF_PATTERN.get(kind.pattern, "This value does not have the form it must have.")
    else:
        yield where, *_BY_KIND.get(kind.name, _ELSE)


def _of_several(error: ValidationError, where: Where, start: Where) -> Iterator[tuple[Where, str, str]]:
    kind: Any = error.kind
    branches: list[list[ValidationError]] = kind.context
    kinds = [{one.kind.name for one in branch} for branch in branches]
    if kind.name == "oneOf":
        yield where, *(_TOO_MANY if [] in branches else _TOO_FEW)
    elif all(names == {"required"} for names in kinds):
        yield from findings_of(branches[0][:1], start)
    elif kinds[-1] == {"type"}:
        # A list of primitives may hold null; what is wrong with the value is told by the other branch.
        yield from findings_of(branches[0], start)
    else:
        yield where, "code-invalid", "None of its codings is in the value set that is required here."


def _named_type(error: ValidationError) -> str:
    kind: Any = error.kind
    return str(next((name for name in kind.types if name != "null"), ""))


def _no_such(name: str) -> str:
    named = f" {name}" if _ELEMENT_NAME.fullmatch(name) else ""
    return f"There is no element{named} here in R4, or the profile leaves it out."


def _below(where: Where, name: str) -> Where:
    return (where, name, None) if _ELEMENT_NAME.fullmatch(name) else where


def _where(path: Sequence[str | int], start: Where) -> Where:
    """`path` begins with the key that the gate looked the resource up by."""
    where = start
    for step in path[1:]:
        if isinstance(step, int) and where is not None:
            above, name, _ = where
            where = (above, name, step)
        else:
            where = (where, str(step), None)
    return where
