"""Finds every reference in a resource: literal ones, and logical ones to a Practitioner."""

from service.r4.resource import Json

_NEVER_WITHIN = frozenset({"coding", "meta", "text", "attachment"})


def references_in(body: Json) -> list[tuple[str, Json]]:
    """Each with the name of the element it stands in. The objects are those of the body itself."""
    found: list[tuple[str, Json]] = []
    waiting: list[tuple[str, Json]] = [("", body)]
    for element, value in waiting:  # grows while it is read: cheaper than recursion, and it runs for each note
        if _is_reference(value):
            found.append((element, value))
        else:
            waiting.extend(_objects_in(value))
    return found


def _objects_in(value: Json) -> list[tuple[str, Json]]:
    objects: list[tuple[str, Json]] = []
    for name, child in value.items():
        if child.__class__ is str or name in _NEVER_WITHIN:
            continue
        if child.__class__ is dict:
            objects.append((name, child))
        elif child.__class__ is list:
            objects.extend([(name, one) for one in child if one.__class__ is dict])
    return objects


def _is_reference(value: Json) -> bool:
    """An activity of a CarePlan has a Reference named `reference`: it is not one itself."""
    if "reference" in value:
        return value["reference"].__class__ is str
    return value.get("type") == "Practitioner" and "identifier" in value
