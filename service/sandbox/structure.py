"""Is this a resource at all (400), and can this record file it under a patient (422)?

Small on purpose: shape, ids, required elements, statuses, a patient. Profiles, bindings, data types and
invariants are not checked, and the CapabilityStatement says so. Called by `interactions.py`.
"""

import re
from typing import Any

from service.sandbox.refusals import Json, Refused
from service.sandbox.resource_types import RESOURCE_TYPES, Rules

_ID = re.compile(r"[A-Za-z0-9\-.]{1,64}")
_DEEPEST = 50


def check_structure(body: Json, resource_type: str) -> None:
    """400 where this is no resource of this type."""
    if body.get("resourceType") != resource_type:
        raise Refused(400, "invalid", f"resourceType must be {resource_type} here.", "resourceType")
    if "id" in body and not _is_id(body["id"]):
        raise Refused(400, "value", "An id is 1 to 64 letters, digits, '-' and '.'.", f"{resource_type}.id")
    _check_shape(body, resource_type, 0)
    _check_common_elements(body, resource_type)
    rules = RESOURCE_TYPES[resource_type]
    _check_required(body, rules)
    _check_status(body, rules)


def check_filing(body: Json) -> None:
    """What is about a patient must say about which one, by a literal reference."""
    element = RESOURCE_TYPES[body["resourceType"]].patient
    if element is None:
        return
    place = f"{body['resourceType']}.{element}"
    subject = body.get(element)
    reference = subject.get("reference") if isinstance(subject, dict) else None
    if not isinstance(reference, str):
        raise Refused(422, "business-rule", "This record files by patient: say which patient this is about.", place)
    if not reference.startswith("Patient/"):
        raise Refused(422, "business-rule", "This record files by patient: this refers to something else.", place)


def _is_id(value: Any) -> bool:
    # https://hl7.org/fhir/R4/datatypes.html#id
    return isinstance(value, str) and _ID.fullmatch(value) is not None


def _check_shape(value: Any, path: str, depth: int) -> None:
    if depth > _DEEPEST:
        raise Refused(400, "structure", "This is nested too deeply.", path[:200])
    if value == "" or value == [] or value == {}:
        raise Refused(400, "structure", "Nothing may be empty: leave it out.", path)
    if isinstance(value, dict):
        for name, each in value.items():
            _check_member(name, each, f"{path}.{name}")
            _check_shape(each, f"{path}.{name}", depth + 1)
    elif isinstance(value, list):
        for position, each in enumerate(value):
            _check_shape(each, f"{path}[{position}]", depth + 1)


def _check_member(name: str, value: Any, path: str) -> None:
    if value is None:
        raise Refused(400, "structure", "null is not a value: leave it out.", path)
    if name == "reference" and not isinstance(value, str | dict):
        raise Refused(400, "structure", "A reference is a string.", path)


def _check_common_elements(body: Json, resource_type: str) -> None:
    if not isinstance(body.get("meta", {}), dict):
        raise Refused(400, "structure", "meta is an object.", f"{resource_type}.meta")
    alone = resource_type == "QuestionnaireResponse"
    if not isinstance(body.get("identifier", {} if alone else []), dict if alone else list):
        sentence = "There is at most one identifier here." if alone else "identifier is a list."
        raise Refused(400, "structure", sentence, f"{resource_type}.identifier")
    if resource_type == "Provenance" and "identifier" in body:
        raise Refused(400, "structure", "Provenance has no identifier in R4.", "Provenance.identifier")


def _check_required(body: Json, rules: Rules) -> None:
    for element in rules.required:
        if element not in body:
            raise Refused(400, "required", f"{element} is missing.", f"{body['resourceType']}.{element}")


def _check_status(body: Json, rules: Rules) -> None:
    if rules.statuses is None:
        return
    element, known = rules.statuses
    if body[element] not in known:
        raise Refused(400, "code-invalid", f"R4 has no such {element}.", f"{body['resourceType']}.{element}")
