"""`fixed[x]`, `pattern[x]` and required bindings as JSON Schema.

Called by `schema.py` and `slices.py`.
"""

from collections.abc import Mapping
from typing import Any, Final

from service.r4.definitions import Members
from service.r4.resource import Json
from service.r4.tree import Wanted

_MEDIA_TYPE: Final = r"^[A-Za-z0-9!#$&^_.+\-]+/[A-Za-z0-9!#$&^_.+\-]+(?:\s*;.*)?$"
_UNLISTED: Final[Mapping[str, str]] = {
    "http://hl7.org/fhir/ValueSet/mimetypes": _MEDIA_TYPE,
    "http://hl7.org/fhir/ValueSet/currencies": r"^[A-Z]{3}$",
}


def wanted_schema(wanted: Wanted) -> Json:
    """`fixed[x]` is the whole value; `pattern[x]` asks for at least this much of it."""
    return {"const": wanted.value} if wanted.exactly else _at_least(wanted.value)


def _at_least(value: Any) -> Json:
    if isinstance(value, dict):
        parts = {name: _at_least(part) for name, part in value.items()}
        return {"type": "object", "required": sorted(parts), "properties": parts}
    if isinstance(value, list):
        return {"type": "array", "allOf": [{"contains": _at_least(part)} for part in value]}
    return {"const": value}


def binding_schema(value_set: str, members: Members | None, type_name: str) -> Json:
    """What a required binding asks of an element of this type."""
    if members is None:
        return {"pattern": _UNLISTED[value_set]}
    if type_name in ("code", "uri", "string", "canonical", "url"):
        return {"enum": sorted({code for codes in members.values() for code in codes})}
    one_of_them = {"anyOf": [_coding(system, codes) for system, codes in sorted(members.items())]}
    if type_name == "CodeableConcept":
        return {"required": ["coding"], "properties": {"coding": {"contains": one_of_them}}}
    return one_of_them


def _coding(system: str, codes: tuple[str, ...]) -> Json:
    return {
        "required": ["system", "code"],
        "properties": {"system": {"const": system}, "code": {"enum": list(codes)}},
    }
