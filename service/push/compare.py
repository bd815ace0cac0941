"""Whether what the EHR holds is what we sent: ours has to be within theirs.

An EHR may add elements, identifiers and extensions of its own, make references absolute, and write a number
or an instant in another way; the order of lists counts. `id`, `meta` and the narrative, which is generated
from the rest, are not compared.
"""

import re
from datetime import datetime
from typing import Any

from service.r4.resource import Json

_NOT_COMPARED = frozenset({"id", "meta", "text"})
_EXTENDED_BY_ANYONE = frozenset({"identifier", "extension", "modifierExtension"})
_WHOSE = ("subject", "patient", "for")
_LOGICAL = frozenset({"identifier", "type", "display"})
_INSTANT = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}.*")
_TAIL = re.compile(r"([A-Z][A-Za-z]+/[A-Za-z0-9\-.]{1,64})(?:/_history/[A-Za-z0-9\-.]{1,64})?$")


def is_held_by(theirs: Json, ours: Json) -> bool:
    """`ours` is addressed as the EHR reads it; `theirs` is the EHR's resource as it answered it."""
    return all(
        name in theirs and _same(theirs[name], value, name) for name, value in ours.items() if name not in _NOT_COMPARED
    )


def is_about(theirs: Json, patient: str) -> bool:
    """Whether the EHR's resource is in this patient's record (`Patient/7`), if it says in whose it is."""
    whose = [theirs[name] for name in _WHOSE if isinstance(theirs.get(name), dict)]
    literals = [one["reference"] for one in whose if isinstance(one.get("reference"), str)]
    return all(_tail(literal) == patient for literal in literals if _tail(literal).startswith("Patient/"))


def _same(theirs: Any, ours: Any, name: str) -> bool:
    if isinstance(ours, dict):
        return isinstance(theirs, dict) and _same_object(theirs, ours)
    if isinstance(ours, list):
        return isinstance(theirs, list) and _same_list(theirs, ours, name)
    if isinstance(ours, bool) or isinstance(theirs, bool):
        return ours is theirs
    return bool(ours == theirs) or _same_instant(theirs, ours)


def _same_object(theirs: Json, ours: Json) -> bool:
    if _is_reference(ours):
        return _same_reference(theirs, ours)
    return all(name in theirs and _same(theirs[name], value, name) for name, value in ours.items())


def _same_list(theirs: list[Any], ours: list[Any], name: str) -> bool:
    if name in _EXTENDED_BY_ANYONE:
        return all(any(_same(other, one, name) for other in theirs) for one in ours)
    return len(theirs) == len(ours) and all(_same(other, one, name) for other, one in zip(theirs, ours, strict=True))


def _same_reference(theirs: Json, ours: Json) -> bool:
    """By what it points to; the words beside it (`display`, `type`) are the EHR's to choose."""
    literal = theirs.get("reference")
    if isinstance(literal, str) and "reference" in ours:
        return _tail(literal) == _tail(ours["reference"])
    return "identifier" in ours and _same(theirs.get("identifier"), ours["identifier"], "")


def _is_reference(ours: Json) -> bool:
    """Literal, or logical: an identifier with nothing but words beside it."""
    return isinstance(ours.get("reference"), str) or ("identifier" in ours and ours.keys() <= _LOGICAL)


def _tail(reference: str) -> str:
    found = _TAIL.search(reference)
    return found[1] if found else reference


def _same_instant(theirs: Any, ours: Any) -> bool:
    if not (_is_instant(theirs) and _is_instant(ours)):
        return False
    try:
        return datetime.fromisoformat(theirs) == datetime.fromisoformat(ours)
    except ValueError:
        return False


def _is_instant(value: Any) -> bool:
    return isinstance(value, str) and _INSTANT.fullmatch(value) is not None
