"""R4's invariants in Python, each beside the FHIRPath text it stands for: fhirpathpy takes a hundred times as long.

An invariant whose text is not here is run by `fhirpath.py`. A test holds that both agree.
https://hl7.org/fhir/R4/conformance-rules.html#constraints
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final, TypeAlias

from service.r4.moments import is_after
from service.r4.references import type_in
from service.r4.resource import Json

# The element, and the resource it is in (%resource).
Holds: TypeAlias = Callable[[Json, Json], bool]

_UCUM: Final = "http://unitsofmeasure.org"


def has(element: Json, name: str) -> bool:
    """FHIRPath's exists(): a primitive without a value, but with extensions, exists too."""
    return name in element or f"_{name}" in element


def has_choice(element: Json, stem: str) -> bool:
    """Whether any type of a choice is there: `value` for valueQuantity."""
    return any(name.startswith((stem, f"_{stem}")) for name in element)


def _needs(name: str, other: str) -> Holds:
    return lambda element, _: not has(element, name) or has(element, other)


def _not_both(name: str, other: str) -> Holds:
    return lambda element, _: not (has(element, name) and has(element, other))


def _one_of(*names: str) -> Holds:
    return lambda element, _: any(has(element, name) for name in names)


def _start_before_end(period: Json, _: Json) -> bool:
    return "start" not in period or "end" not in period or not is_after(period["start"], period["end"])


def _authored_before_modified(task: Json, _: Json) -> bool:
    if "authoredOn" not in task or "lastModified" not in task:
        return True
    return not is_after(task["authoredOn"], task["lastModified"])


def _low_below_high(bounds: Json, _: Json) -> bool:
    low, high = bounds.get("low", {}), bounds.get("high", {})
    same_unit = all(low.get(name) == high.get(name) for name in ("system", "code", "unit"))
    return not same_unit or "value" not in low or "value" not in high or bool(low["value"] <= high["value"])


def _both_parts_or_extensions(ratio: Json, _: Json) -> bool:
    both_or_none = has(ratio, "numerator") == has(ratio, "denominator")
    return both_or_none and (has(ratio, "numerator") or has(ratio, "extension"))


def _duration_in_ucum(duration: Json, _: Json) -> bool:
    return not has(duration, "code") or (duration.get("system") == _UCUM and has(duration, "value"))


def _detail_has_measure(target: Json, _: Json) -> bool:
    return not has_choice(target, "detail") or has(target, "measure")


def _no_reason_for_absence_of_what_is_there(observation: Json, _: Json) -> bool:
    return not has(observation, "dataAbsentReason") or not has_choice(observation, "value")


def _components_ask_something_else(observation: Json, resource: Json) -> bool:
    if not has_choice(observation, "value"):
        return True
    asked = resource.get("code", {}).get("coding", [])
    components = observation.get("component", [])
    return not any(coding in asked for one in components for coding in one.get("code", {}).get("coding", []))


def _on_behalf_of_a_practitioner(participant: Json, _: Json) -> bool:
    """The gate resolves nothing: only a reference that names another type breaks this."""
    return not has(participant, "onBehalfOf") or type_in(participant.get("member", {})) in (None, "Practitioner")


def _not_of_use_home(part: Json, _: Json) -> bool:
    return part.get("use") != "home"


def _one_content(parameter: Json, _: Json) -> bool:
    return [has_choice(parameter, "value"), has(parameter, "resource"), has(parameter, "part")].count(True) == 1


def _contains_none_with(*path: str) -> Holds:
    """No contained resource has an element at any of these paths, as `meta.security`."""

    def found(element: Any, steps: list[str]) -> bool:
        step, *rest = steps
        return isinstance(element, dict) and (found(element.get(step), rest) if rest else has(element, step))

    return lambda resource, _: (
        not any(found(one, way.split(".")) for one in resource.get("contained", ()) for way in path)
    )


def _contained_is_referred_to(resource: Json, _: Json) -> bool:
    contained = resource.get("contained")
    if not contained:
        return True
    referred = set(_pointing_inside(resource))
    return all(f"#{one.get('id')}" in referred or "#" in _pointing_inside(one) for one in contained)


def _pointing_inside(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield from [value] if value.startswith("#") else []
    elif isinstance(value, dict):
        for part in value.values():
            yield from _pointing_inside(part)
    elif isinstance(value, list):
        for part in value:
            yield from _pointing_inside(part)


_DOM_3: Final = (
    "contained.where((('#'+id in (%resource.descendants().reference | %resource.descendants().as(canonical) | "
    "%resource.descendants().as(uri) | %resource.descendants().as(url))) or descendants().where(reference = '#')"
    ".exists() or descendants().where(as(canonical) = '#').exists() or descendants().where(as(canonical) = '#')"
    ".exists()).not()).trace('unmatched', id).empty()"
)
_CTM_1: Final = "onBehalfOf.exists() implies (member.resolve().iif(empty(), true, ofType(Practitioner).exists()))"
_INV_1_OF_PARAMETERS: Final = (
    "(part.exists() and value.empty() and resource.empty()) or "
    "(part.empty() and (value.exists() xor resource.exists()))"
)

_IN_PYTHON: Final[Mapping[str, Holds]] = {
    "data.empty() or contentType.exists()": _needs("data", "contentType"),
    "value.empty() or system.exists()": _needs("value", "system"),
    "code.empty() or system.exists()": _needs("code", "system"),
    "orderDetail.empty() or code.exists()": _needs("orderDetail", "code"),
    "detail.empty() or reference.empty()": _not_both("detail", "reference"),
    "(answer.exists() and item.exists()).not()": _not_both("answer", "item"),
    "name.empty() or query.empty()": _not_both("name", "query"),
    "comparator.empty()": lambda quantity, _: not has(quantity, "comparator"),
    "low.exists() or high.exists() or text.exists()": _one_of("low", "high", "text"),
    "name.exists() or telecom.exists() or address.exists() or organization.exists()": _one_of(
        "name", "telecom", "address", "organization"
    ),
    "policy.exists() or policyRule.exists()": _one_of("policy", "policyRule"),
    "(identifier.count() + name.count()) > 0": _one_of("identifier", "name"),
    "where(use = 'home').empty()": _not_of_use_home,
    "start.hasValue().not() or end.hasValue().not() or (start <= end)": _start_before_end,
    "lastModified.exists().not() or authoredOn.exists().not() or lastModified >= authoredOn": (
        _authored_before_modified
    ),
    "low.empty() or high.empty() or (low <= high)": _low_below_high,
    "(numerator.empty() xor denominator.exists()) and (numerator.exists() or extension.exists())": (
        _both_parts_or_extensions
    ),
    "code.exists() implies ((system = %ucum) and value.exists())": _duration_in_ucum,
    "(detail.exists() and measure.exists()) or detail.exists().not()": _detail_has_measure,
    "dataAbsentReason.empty() or value.empty()": _no_reason_for_absence_of_what_is_there,
    "value.empty() or component.code.where(coding.intersect(%resource.code.coding).exists()).empty()": (
        _components_ask_something_else
    ),
    "operator = 'exists' implies (answer is Boolean)": lambda condition, _: (
        condition.get("operator") != "exists" or "answerBoolean" in condition
    ),
    "owner.exists() or performerType.exists()": _one_of("owner", "performerType"),
    "lifecycleStatus != 'cancelled' or statusReason.exists()": lambda goal, _: (
        goal.get("lifecycleStatus") != "cancelled" or has(goal, "statusReason")
    ),
    _CTM_1: _on_behalf_of_a_practitioner,
    _INV_1_OF_PARAMETERS: _one_content,
    "contained.contained.empty()": _contains_none_with("contained"),
    "contained.meta.versionId.empty() and contained.meta.lastUpdated.empty()": _contains_none_with(
        "meta.versionId", "meta.lastUpdated"
    ),
    "contained.meta.security.empty()": _contains_none_with("meta.security"),
    _DOM_3: _contained_is_referred_to,
}


def in_python(own_base: str) -> Mapping[str, Holds]:
    """By the FHIRPath text; that of our own profiles may hold URLs of ours, which begin with `own_base`."""
    attendance = f"{own_base}StructureDefinition/attendance-status"
    return {
        **_IN_PYTHON,
        f"status != 'cancelled' or extension.where(url = '{attendance}').exists()": lambda encounter, _: (
            encounter.get("status") not in (None, "cancelled") or _has_extension(encounter, attendance)
        ),
    }


def _has_extension(element: Json, url: str) -> bool:
    return any(one.get("url") == url for one in element.get("extension", ()))
