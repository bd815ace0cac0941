"""Rewrites a resource's references from ours to the EHR's, as it is sent. What is stored is never touched.

Patient/<client id>    → Patient/<the EHR's id>
Type/<our id>          → Type/<the EHR's id> where it is linked, urn:uuid:<our id> where it goes in the same
                         bundle, else a logical reference (its note was cancelled and is not in the EHR)
a logical Practitioner → the EHR's Practitioner or PractitionerRole, where it has one
"""

from collections.abc import Mapping, Set
from dataclasses import dataclass, replace
from typing import Any

import orjson

from service.push.find_specialist import Specialists, specialist_of
from service.push.references import references_in
from service.push.sending import Link, PatientFound, Sending
from service.r4.resource import Json

_ELSEWHERE = ("#", "urn:", "http:", "https:")


@dataclass(frozen=True, slots=True)
class Addresses:
    """Who is where: `together` are the keys of what goes in the same bundle, `system` that of our identifiers."""

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
        system=our_system(sending),
    )


def addressed(body: Mapping[str, object], to: Addresses) -> Json:
    """A copy of the body as the EHR is to read it, without our `id`."""
    copied: Json = orjson.loads(orjson.dumps(body))
    copied.pop("id", None)
    for element, reference in references_in(copied):
        if "reference" in reference:
            _point_to_theirs(reference, to)
        else:
            _name_theirs(reference, element, copied, to)
    return copied


def with_our_links(theirs: Json, to: Addresses) -> Json:
    """What the EHR holds, as if it had been sent now: a copy, to be compared with what is addressed now.

    A note may go before the one that it names; what it names by our identifier is meanwhile at a place that we know.
    """
    at = {key.partition("/")[2]: f"{link.ehr_type}/{link.ehr_id}" for key, link in to.links.items()}
    return {name: _pointing(value, to.system, at) for name, value in theirs.items()}


def _pointing(value: Any, system: str, at: Mapping[str, str]) -> Any:
    if isinstance(value, list):
        return [_pointing(one, system, at) for one in value]
    if not isinstance(value, dict):
        return value
    named = value.get("identifier")
    if isinstance(named, dict) and named.get("system") == system and "reference" not in value:
        literal = at.get(str(named.get("value")))
        return {**value, "reference": literal} if literal else value
    return {name: _pointing(one, system, at) for name, one in value.items()}


def our_system(sending: Sending) -> str:
    """The system of the identifiers that our resources bear."""
    for resource in sending.resources:
        identifier = resource.body.get("identifier")
        for one in [identifier] if isinstance(identifier, dict) else identifier or ():
            return str(one["system"])
    return ""


def _point_to_theirs(reference: Json, to: Addresses) -> None:
    literal = reference["reference"]
    if literal.startswith(_ELSEWHERE):
        return
    if literal == to.client:
        reference["reference"] = to.patient
        return
    resource_type, _, our_id = literal.partition("/")
    if link := to.links.get(literal):
        reference["reference"] = f"{link.ehr_type}/{link.ehr_id}"
    elif literal in to.together:
        reference["reference"] = f"urn:uuid:{our_id}"
    elif resource_type != "Patient":  # the check of the bundle refuses any other patient
        del reference["reference"]
        reference.update(type=resource_type, identifier={"system": to.system, "value": our_id})


def _name_theirs(reference: Json, element: str, root: Json, to: Addresses) -> None:
    literal = to.specialists.get(specialist_of(reference))
    if literal is None:
        return
    resource_type = literal.partition("/")[0]
    if resource_type == "Practitioner" or _takes_a_role(element, root):
        reference.update(reference=literal, type=resource_type)


def _takes_a_role(element: str, root: Json) -> bool:
    """R4's Annotation takes no PractitionerRole as author, nor does ODH as performer of an Observation."""
    return element != "authorReference" and not (element == "performer" and root["resourceType"] == "Observation")
