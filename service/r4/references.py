"""References: their form, and whether what they point at may stand there.

https://hl7.org/fhir/R4/references.html. Whether the target exists is for the record to say, not for the gate.
"""

import re
from typing import Final

from service.r4.resource import Json
from service.r4.walk import Check, Visit

_LITERAL: Final = re.compile(
    r"(?P<base>https?://[^\s?#]+/)?(?P<type>[A-Z][A-Za-z]+)/[A-Za-z0-9\-.]{1,64}(?:/_history/[A-Za-z0-9\-.]{1,64})?"
)
_CONDITIONAL: Final = re.compile(r"(?P<type>[A-Z][A-Za-z]+)\?\S+=\S+")
_ELSEWHERE: Final = re.compile(r"(?:https?://|urn:oid:)\S+")


def type_in(reference: Json) -> str | None:
    """The resource type that a literal or conditional reference names by itself."""
    text = reference.get("reference", "")
    match = _LITERAL.fullmatch(text) or _CONDITIONAL.fullmatch(text)
    return match["type"] if match else None


def reference_check(targets: tuple[str, ...], resource_types: frozenset[str]) -> Check:
    """`targets` are the types it may point at; none, or Resource among them, for any."""
    allowed = frozenset(targets) if targets and "Resource" not in targets else resource_types

    def find(reference: Json, visit: Visit) -> str | None:
        return _form_fault(reference, visit) or _type_fault(reference, visit, allowed)

    return Check("value", find)


def _form_fault(reference: Json, visit: Visit) -> str | None:
    text = reference.get("reference")
    if text is None or _LITERAL.fullmatch(text):
        return None
    if text.startswith("#"):
        return _inside_fault(text, visit)
    if text.startswith("urn:uuid:"):
        known = visit.bundle is not None and text in visit.bundle.types_by_url
        return None if known else "ref: no entry of a Bundle around it has this urn:uuid as its fullUrl."
    if _CONDITIONAL.fullmatch(text):
        conditional_ok = visit.bundle is not None and visit.bundle.is_transaction
        return None if conditional_ok else "A conditional reference stands only in a transaction."
    return None if _ELSEWHERE.fullmatch(text) else "A reference is Type/id, #id of a contained resource, or a URL."


def _inside_fault(text: str, visit: Visit) -> str | None:
    if text == "#" or text[1:] in visit.contained:
        return None
    return "ref-1: it refers to a contained resource that is not there."


def _type_fault(reference: Json, visit: Visit, allowed: frozenset[str]) -> str | None:
    said, meant = reference.get("type"), _type_meant(reference, visit)
    if said and meant and said != meant:
        return "Its type says another resource type than its reference."
    if any(one and one not in allowed for one in (said, meant)):
        return "It refers to a resource type that may not stand here."
    return None


def _type_meant(reference: Json, visit: Visit) -> str | None:
    text = reference.get("reference", "")
    if text == "#":
        return None
    if text.startswith("#"):
        return visit.contained.get(text[1:])
    if visit.bundle is not None and text in visit.bundle.types_by_url:
        return visit.bundle.types_by_url[text]
    return type_in(reference)
