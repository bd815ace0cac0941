"""Finds every reference in a resource: literal ones, and logical ones to a Practitioner."""

from service.r4.resource import Json

_NEVER_WITHIN = frozenset({"coding", "meta", "text", "attachment"})


def references_in(body: Json) -> list[tuple[str, Json]]:
    """Each with the name of the element it stands in. The objects are those of the body itself."""
    found: list[tuple[str, Json]] = []
    waiting: list[tuple[str, Json]] = [("", body)]
    for element, value in waiting:  # grows while it is read: no recursion, which is the greater part of the cost
        if _is_reference(value):
            found.append((element, value))
            continue
        for name, child in value.items():
            if child.__class__ is dict:
                if name not in _NEVER_WITHIN:
                    waiting.append((name, child))
            elif child.__class__ is list and name not in _NEVER_WITHIN:
                waiting.extend([(name, one) for one in child if one.__class__ is dict])
    return found


def _is_reference(value: Json) -> bool:
    """An activity of a CarePlan has a Reference named `reference`: it is not one itself."""
    if "reference" in value:
        return value["reference"].__class__ is str
    return value.get("type") == "Practitioner" and "identifier" in value
