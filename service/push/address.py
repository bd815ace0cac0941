"""Rewrites a resource's references from ours to the EHR's, as it is sent. What is stored is never touched.

Patient/<client id>   → Patient/<the EHR's id>
Type/<our id>         → Type/<the EHR's id> where it is linked, urn:uuid:<our id> where it goes in the same
                        bundle, else a logical reference (its note was cancelled and is not in the EHR)
a logical Practitioner → the EHR's Practitioner or PractitionerRole, where it has one
"""

from collections.abc import Mapping, Set
from dataclasses import dataclass, replace
from typing import Any

from service.push.find_specialist import Specialists, logical_practitioner
from service.push.sending import Link, PatientFound, Sending
from service.r4.resource import Json

_ELSEWHERE = ("#", "urn:", "http:", "https:")


@dataclass(frozen=True, slots=True)
class Addresses:
    """Who is where: `together` are the keys of what goes in the same bundle."""

    client: str
    patient: str
    links: Mapping[str, Link]
    specialists: Specialists
    system: str
    together: Set[str] = frozenset()

    def with_bundle(self, keys: Set[str]) -> "Addresses":
        """The same, for a bundle that holds these."""
        return replace(self, together=keys)


def addresses_of(
    sending: Sending, patient: PatientFound, links: Mapping[str, Link], specialists: Specialists
) -> Addresses:
    """`links` may grow while the delivery goes on: what was just written is addressed by its new id."""
    return Addresses(
        client=f"Patient/{sending.client.client_id}",
        patient=f"Patient/{patient.ehr_patient_id}",
        links=links,
        specialists=specialists,
        system=_our_system(sending),
    )


def addressed(body: Json, to: Addresses) -> Json:
    """The body as the EHR is to read it, without our `id`: a new dict, sharing what did not change."""
    changed = {
        name: _value(value, name, body, to) if isinstance(value, dict | list) else value for name, value in body.items()
    }
    changed.pop("id", None)
    return changed


def _our_system(sending: Sending) -> str:
    for resource in sending.resources:
        identifier = resource.body.get("identifier")
        for one in [identifier] if isinstance(identifier, dict) else identifier or ():
            return str(one["system"])
    return ""


def _value(value: Any, name: str, root: Json, to: Addresses) -> Any:
    if isinstance(value, dict):
        return _object(value, name, root, to)
    if isinstance(value, list):
        return [_value(item, name, root, to) for item in value]
    return value


def _object(value: Json, name: str, root: Json, to: Addresses) -> Json:
    reference = value.get("reference")
    if isinstance(reference, str):
        return _reference(value, reference, to)
    if identifier := logical_practitioner(value):
        return _specialist(value, identifier, name, root, to)
    changed = None
    for key, child in value.items():
        if isinstance(child, dict | list) and (new := _value(child, key, root, to)) is not child:
            changed = changed or dict(value)
            changed[key] = new
    return changed or value


def _reference(value: Json, reference: str, to: Addresses) -> Json:
    if reference.startswith(_ELSEWHERE):
        return value
    if reference == to.client:
        return {**value, "reference": to.patient}
    if link := to.links.get(reference):
        return {**value, "reference": f"{link.ehr_type}/{link.ehr_id}"}
    resource_type, _, our_id = reference.partition("/")
    if resource_type == "Patient":
        return value  # another client than the one this is about: the check of the bundle refuses it
    if reference in to.together:
        return {**value, "reference": f"urn:uuid:{our_id}"}
    logical = {name: part for name, part in value.items() if name != "reference"}
    return {**logical, "type": resource_type, "identifier": {"system": to.system, "value": our_id}}


def _specialist(value: Json, identifier: tuple[str, str], name: str, root: Json, to: Addresses) -> Json:
    literal = to.specialists.get(identifier)
    if literal is None:
        return value
    resource_type = literal.partition("/")[0]
    if resource_type == "PractitionerRole" and not _takes_a_role(name, root):
        return value
    return {"reference": literal, **value, "type": resource_type}


def _takes_a_role(element: str, root: Json) -> bool:
    """R4's Annotation takes no PractitionerRole as author, nor does ODH as performer of an Observation."""
    return element != "authorReference" and not (element == "performer" and root["resourceType"] == "Observation")
