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
        text, said = reference.get("reference"), reference.get("type")
        meant, sentence = _meant(text, visit) if text is not None else (None, None)
        if sentence is not None:
            return sentence
        if said is not None and meant is not None and said != meant:
            return "Its type says another resource type than its reference."
        known = meant or said
        return None if known is None or known in allowed else "It refers to a resource type that may not stand here."

    return Check("value", find)


def _meant(text: str, visit: Visit) -> tuple[str | None, str | None]:
    """The type it points at, where that can be known, or what is wrong with its form."""
    bundle = visit.bundle
    if bundle is not None and text in bundle.types_by_url:
        return bundle.types_by_url[text], None
    if match := _LITERAL.fullmatch(text):
        return match["type"], None
    if text.startswith("#"):
        return _meant_inside(text[1:], visit)
    if text.startswith("urn:uuid:"):
        return None, "No entry of a Bundle around it has this urn:uuid as its fullUrl."
    if match := _CONDITIONAL.fullmatch(text):
        in_transaction = bundle is not None and bundle.is_transaction
        return match["type"], None if in_transaction else "A conditional reference stands only in a transaction."
    if _ELSEWHERE.fullmatch(text):
        return None, None
    return None, "A reference is Type/id, #id of a contained resource, or a URL."


def _meant_inside(contained_id: str, visit: Visit) -> tuple[str | None, str | None]:
    if not contained_id:
        return None, None
    if contained_id not in visit.contained:
        return None, "ref-1: it refers to a contained resource that is not there."
    return visit.contained[contained_id], None
