"""A contact becomes an Encounter, a document to read, and a Procedure where the NHS counts it as access.

Somebody from an employer takes part as a RelatedPerson: R4 has no organisation in an Encounter.
"""

from service.forms.contact import SEEN, Attendance, Contact, Place
from service.mapping.code_lists import (
    ATTENDANCE,
    LOCATION_TYPE,
    LOCATION_TYPE_SYSTEM,
    MECHANISM,
    TOPIC,
    coded,
    concept,
    our_coding,
)
from service.mapping.contact_text import contact_text, contact_title
from service.mapping.document import document
from service.mapping.frame import Frame, finished, reference_to, role_id
from service.mapping.terms import (
    AMBULATORY,
    EMPLOYER,
    FIELD,
    HOME,
    INDIRECT_ENCOUNTER,
    IPS,
    LIAISING_WITH_TEAM,
    PARTICIPATION,
    PRIMARY_PERFORMER,
    REASON_CANCELLED,
    SEEN_AT,
    SPOKEN_BY,
    THIRD_PARTY_ENCOUNTER,
    VIRTUAL,
    VOCATIONAL_NOTE,
    minutes_long,
)
from service.mapping.times import period_of
from service.r4.resource import Json, Resource

_HOMES: frozenset[Place] = frozenset({"clients_home", "carers_home"})
_CLINICS: frozenset[Place] = frozenset(
    {"health_centre", "gp_practice", "outpatient_clinic", "day_centre", "resource_centre"}
)
_NOTE_TYPE = concept(VOCATIONAL_NOTE, text="Employment specialist's note of a contact")


def contact_to_resources(contact: Contact, frame: Frame) -> tuple[Resource, ...]:
    person = _employers_person(contact, frame)
    encounter = _encounter(contact, frame, person)
    made = [encounter] if person is None else [person, encounter]
    if contact.counts_as_access:
        made.append(_ips_activity(contact, frame, encounter))
    made.append(_note_to_read(contact, frame, encounter))
    return tuple(made)


def _employers_person(contact: Contact, frame: Frame) -> Resource | None:
    """https://hl7.org/fhir/R4/relatedperson.html"""
    if contact.with_whom != "employer" or not contact.took_place:
        return None
    if contact.employer is None or contact.employer.person is None:
        return None
    body = frame.opened("RelatedPerson", "employers-person", "employers-person")
    body["active"] = True
    body["patient"] = frame.patient
    body["relationship"] = [concept(EMPLOYER, text=f"Employer: {contact.employer.name}")]
    body["name"] = [{"text": contact.employer.person}]
    return finished(body)


def _encounter(contact: Contact, frame: Frame, person: Resource | None) -> Resource:
    """https://hl7.org/fhir/R4/encounter.html"""
    body = frame.opened("Encounter", "encounter", "contact")
    if contact.attendance:
        body["extension"] = _attendance(contact.attendance, frame)
    body["status"] = "finished" if contact.took_place else "cancelled"
    body["class"] = _class_of(contact)
    body["type"] = _types(contact, frame)
    body["subject"] = frame.patient
    body["participant"] = [{"type": [concept(PRIMARY_PERFORMER)], "individual": frame.specialist}]
    if person:
        body["participant"].append({"type": [concept(PARTICIPATION)], "individual": reference_to(person)})
    body["period"] = period_of(contact.happened_at, contact.minutes)
    if contact.minutes is not None:
        body["length"] = minutes_long(contact.minutes)
    body["reasonCode"] = _reasons(contact, frame)
    if contact.place:
        body["location"] = [_location(contact.place)]
    if frame.trust:
        body["serviceProvider"] = frame.trust
    return finished(body)


def _attendance(attendance: Attendance, frame: Frame) -> list[Json]:
    """R4 has no "did not attend": the NHS code says it, and HL7's own extension says why it is cancelled."""
    entry = ATTENDANCE[attendance]
    coding = our_coding(frame.names, "nhs-attendance-status", entry)
    said = {"url": frame.names.profile("attendance-status"), "valueCoding": coding}
    if attendance in SEEN:
        return [said]
    return [said, {"url": REASON_CANCELLED, "valueCodeableConcept": concept(coding, text=entry.display)}]


def _class_of(contact: Contact) -> Json:
    if contact.place is None:
        return VIRTUAL
    if contact.place in _HOMES:
        return HOME
    return AMBULATORY if contact.place in _CLINICS else FIELD


def _types(contact: Contact, frame: Frame) -> list[Json]:
    """What SNOMED has a code for, then the NHS mechanism. Without the client it is always marked indirect."""
    types = [concept(coding) for coding in _snomed_types(contact)]
    mechanism = our_coding(frame.names, "nhs-consultation-mechanism", MECHANISM[contact.mechanism])
    return [*types, concept(mechanism)]


def _snomed_types(contact: Contact) -> list[Json]:
    if not contact.took_place:
        return []
    if not contact.client_took_part:
        with_team = contact.with_whom == "clinical_team"
        return [INDIRECT_ENCOUNTER] if with_team else [INDIRECT_ENCOUNTER, THIRD_PARTY_ENCOUNTER]
    coding = SEEN_AT.get(contact.place) if contact.place else SPOKEN_BY.get(contact.mechanism)
    return [coding] if coding else []


def _reasons(contact: Contact, frame: Frame) -> list[Json]:
    reasons = [concept(IPS)]
    if contact.with_whom == "clinical_team":
        reasons.append(concept(LIAISING_WITH_TEAM))
    reasons.extend(concept(our_coding(frame.names, "ips-activity", TOPIC[topic])) for topic in contact.topics)
    return reasons


def _location(place: Place) -> Json:
    entry = LOCATION_TYPE[place]
    kind = concept(coded(LOCATION_TYPE_SYSTEM, entry))
    return {"location": {"type": "Location", "display": entry.display}, "physicalType": kind}


def _ips_activity(contact: Contact, frame: Frame, encounter: Resource) -> Resource:
    """What the NHS counts as access to IPS. https://hl7.org/fhir/R4/procedure.html"""
    body = frame.opened("Procedure", "ips-activity", "ips-activity")
    body["status"] = "completed"
    body["code"] = concept(IPS)
    body["subject"] = frame.patient
    body["encounter"] = reference_to(encounter)
    body["performedPeriod"] = period_of(contact.happened_at, contact.minutes)
    body["performer"] = [{"actor": frame.specialist}]
    return finished(body)


def _note_to_read(contact: Contact, frame: Frame, encounter: Resource) -> Resource:
    title = contact_title(contact)
    context: Json = {
        "encounter": [reference_to(encounter)],
        "period": period_of(contact.happened_at, contact.minutes),
    }
    if contact.goal_id:
        context["related"] = [{"reference": f"Goal/{role_id(contact.goal_id, 'goal')}"}]
    text = contact_text(contact, frame.note)
    return document(frame, "contact-note", _NOTE_TYPE, title, text, context)
