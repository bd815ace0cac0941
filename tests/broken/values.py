"""Values that break a profile and are valid by R4 where they are put, so that it is the profile that refuses them."""

from typing import Any, Final

from service.r4.resource import Json
from service.r4.tree import Node, open_up
from tests.broken.one_fault import LEFT_OUT
from tests.published import definitions, published

ELSEWHERE: Final = "https://elsewhere.nhs.uk/another"
_DIV: Final = '<div xmlns="http://www.w3.org/1999/xhtml">x</div>'
_OF_TYPE: Final[Json] = {
    "boolean": True,
    "canonical": ELSEWHERE,
    "code": "x",
    "date": "2026-09-14",
    "dateTime": "2026-09-14",
    "integer": 1,
    "string": "x",
    "uri": ELSEWHERE,
    "url": ELSEWHERE,
    "Annotation": {"text": "x"},
    "Attachment": {"title": "x"},
    "CodeableConcept": {"text": "x"},
    "Coding": {"system": ELSEWHERE, "code": "x"},
    "Extension": {"url": ELSEWHERE, "valueString": "x"},
    "Identifier": {"system": ELSEWHERE, "value": "x"},
    "Narrative": {"status": "generated", "div": _DIV},
    "Period": {"start": "2026-09-14"},
    "Quantity": {"value": 1},
    "Reference": {"display": "x"},
    "Timing": {"event": ["2026-09-14"]},
}

# What keeps an element from being empty, when all that it had is taken away. HL7 knows it on any element.
NOTHING_KNOWN: Final[Json] = {
    "extension": [{"url": "http://hl7.org/fhir/StructureDefinition/data-absent-reason", "valueCode": "unknown"}]
}

_AGREED: Final[Json] = {
    "coding": [{"system": "https://ips.example.nhs.uk/CodeSystem/employer-answer", "code": "agreed"}]
}

# By a constraint's key: what to put where in a valid resource so that it does not hold.
AGAINST: Final[dict[str, dict[str, Any]]] = {
    "contact-1": {"status": "cancelled", "extension": LEFT_OUT},
    "episode-1": {"status": "active", "period": LEFT_OUT},
    "episode-2": {"status": "finished", "period": {"start": "2026-09-14"}},
    "goal-1": {"lifecycleStatus": "cancelled", "statusReason": LEFT_OUT},
    "line-1": {"owner": LEFT_OUT, "performerType": LEFT_OUT},
    "line-2": {"businessStatus": _AGREED, "note": LEFT_OUT},
    "profile-1": {"item": [{"linkId": "jobs", "answer": [{"valueString": "x"}]}]},
    "progress-1": {"status": "rejected", "statusReason": LEFT_OUT},
    "progress-2": {"status": "accepted", "output": LEFT_OUT},
    "referral-1": {"extension": LEFT_OUT},
    "request-1": {"status": "completed", "output": LEFT_OUT},
    "step-1": {"owner": LEFT_OUT, "performerType": LEFT_OUT},
}


def a_value(node: Node) -> Any:
    """Something that R4 takes as this element, alone or as a list of one."""
    one = _value(node)
    return [one] if node.is_list else one


def known_types(node: Node, kept: set[str]) -> list[tuple[str, Any]]:
    """The names that the choice may have in R4 and no longer in the profile, each with a value."""
    names = node.property_names().items()
    return [(name, _OF_TYPE[one.name]) for name, one in names if one.name in _OF_TYPE and one.name not in kept]


def another_code(node: Node, taken: set[str]) -> str:
    """A code that R4 takes here and the profile does not; where R4 has no list, it has media types."""
    members = definitions().value_sets.get(node.binding or "") or {}
    return next((code for codes in members.values() for code in codes if code not in taken), "text/html")


def codes_listed(value_set: str) -> set[str]:
    """Those that a value set of ours lists one by one."""
    includes = published()[value_set]["compose"]["include"]
    return {one["code"] for include in includes for one in include.get("concept", [])}


def _value(node: Node) -> Any:
    name = node.only_type.name if node.types else ""
    if name == "code":
        return another_code(node, set())
    if name in _OF_TYPE:
        return _OF_TYPE[name]
    children = {child.name: child for child in open_up(definitions(), node).values() if not child.is_choice}
    required = [child for child in children.values() if child.min]
    described = [children[name] for name in ("text", "type", "description") if name in children]
    return {child.name: a_value(child) for child in required or described[:1]}
