"""What the sandbox knows of each resource type it keeps: what must be there, and what it is searched by.

Small on purpose: it answers 400 and 422 honestly for these rules, and its CapabilityStatement says what it
does not check. Read by `structure.py` (rules), `searching.py` and `store.py` (searches), `capability.py`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

How = Literal["token", "reference", "date", "string"]


@dataclass(frozen=True, slots=True)
class Search:
    """One search parameter: how its values are compared, and the paths they stand at."""

    how: How
    paths: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Rules:
    """What one type must have. `patient` is the element that must name the patient: this record files by patient."""

    required: tuple[str, ...] = ()
    patient: str | None = None
    statuses: tuple[str, frozenset[str]] | None = None
    searches: Mapping[str, Search] = field(default_factory=dict)


def _statuses(words: str, element: str = "status") -> tuple[str, frozenset[str]]:
    return element, frozenset(words.split())


def _of_patient(element: str, **more: Search) -> Mapping[str, Search]:
    by_patient = Search("reference", (element,))
    also = {} if element == "patient" else {"subject": by_patient}
    return {"identifier": _IDENTIFIER, "patient": by_patient, **also, **more}


_IDENTIFIER = Search("token", ("identifier",))
_STATUS = Search("token", ("status",))
_ENCOUNTER = Search("reference", ("encounter",))
_NAMES = {
    "identifier": _IDENTIFIER,
    "family": Search("string", ("name.family",)),
    "given": Search("string", ("name.given",)),
    "name": Search("string", ("name.family", "name.given", "name.text")),
}
_EVENT = "preparation in-progress not-done on-hold stopped completed entered-in-error unknown"
_REQUEST = "draft active on-hold revoked completed entered-in-error unknown"

RESOURCE_TYPES: Mapping[str, Rules] = {
    "Patient": Rules(
        searches={
            **_NAMES,
            "birthdate": Search("date", ("birthDate",)),
            "gender": Search("token", ("gender",)),
        }
    ),
    "Practitioner": Rules(searches=_NAMES),
    "PractitionerRole": Rules(
        searches={"identifier": _IDENTIFIER, "practitioner": Search("reference", ("practitioner",))}
    ),
    "Organization": Rules(searches={"identifier": _IDENTIFIER, "name": Search("string", ("name",))}),
    "Location": Rules(searches={"identifier": _IDENTIFIER, "name": Search("string", ("name",))}),
    "HealthcareService": Rules(searches={"identifier": _IDENTIFIER, "name": Search("string", ("name",))}),
    "RelatedPerson": Rules(
        required=("patient",), patient="patient", searches={**_NAMES, "patient": Search("reference", ("patient",))}
    ),
    "EpisodeOfCare": Rules(
        required=("status", "patient"),
        patient="patient",
        statuses=_statuses("planned waitlist active onhold finished cancelled entered-in-error"),
        searches=_of_patient("patient", status=_STATUS),
    ),
    "Encounter": Rules(
        required=("status", "class"),
        patient="subject",
        statuses=_statuses("planned arrived triaged in-progress onleave finished cancelled entered-in-error unknown"),
        searches=_of_patient("subject", status=_STATUS),
    ),
    "DocumentReference": Rules(
        required=("status", "content"),
        patient="subject",
        statuses=_statuses("current superseded entered-in-error"),
        searches=_of_patient("subject", status=_STATUS, encounter=Search("reference", ("context.encounter",))),
    ),
    "Procedure": Rules(
        required=("status", "subject"),
        patient="subject",
        statuses=_statuses(_EVENT),
        searches=_of_patient("subject", status=_STATUS, encounter=_ENCOUNTER, code=Search("token", ("code.coding",))),
    ),
    "Observation": Rules(
        required=("status", "code"),
        patient="subject",
        statuses=_statuses("registered preliminary final amended corrected cancelled entered-in-error unknown"),
        searches=_of_patient("subject", status=_STATUS, encounter=_ENCOUNTER, code=Search("token", ("code.coding",))),
    ),
    "Condition": Rules(required=("subject",), patient="subject", searches=_of_patient("subject")),
    "QuestionnaireResponse": Rules(
        required=("status",),
        patient="subject",
        statuses=_statuses("in-progress completed amended entered-in-error stopped"),
        searches=_of_patient("subject", status=_STATUS, encounter=_ENCOUNTER),
    ),
    "Goal": Rules(
        required=("lifecycleStatus", "description", "subject"),
        patient="subject",
        statuses=_statuses(
            "proposed planned accepted active on-hold completed cancelled entered-in-error rejected",
            "lifecycleStatus",
        ),
        searches=_of_patient("subject", **{"lifecycle-status": Search("token", ("lifecycleStatus",))}),
    ),
    "Task": Rules(
        required=("status", "intent"),
        patient="for",
        statuses=_statuses(
            "draft requested received accepted rejected ready cancelled in-progress on-hold failed completed "
            "entered-in-error"
        ),
        searches=_of_patient("for", status=_STATUS, focus=Search("reference", ("focus",))),
    ),
    "CarePlan": Rules(
        required=("status", "intent", "subject"),
        patient="subject",
        statuses=_statuses(_REQUEST),
        searches=_of_patient("subject", status=_STATUS, goal=Search("reference", ("goal",))),
    ),
    "CareTeam": Rules(
        patient="subject",
        statuses=_statuses("proposed active suspended inactive entered-in-error"),
        searches=_of_patient("subject", status=_STATUS),
    ),
    "ServiceRequest": Rules(
        required=("status", "intent", "subject"),
        patient="subject",
        statuses=_statuses(_REQUEST),
        searches=_of_patient("subject", status=_STATUS),
    ),
    "Consent": Rules(
        required=("status", "scope", "category"),
        patient="patient",
        statuses=_statuses("draft proposed active rejected inactive entered-in-error"),
        searches=_of_patient("patient", status=_STATUS),
    ),
    "CommunicationRequest": Rules(
        required=("status",),
        patient="subject",
        statuses=_statuses(_REQUEST),
        searches=_of_patient("subject", status=_STATUS),
    ),
    "Communication": Rules(
        required=("status",),
        patient="subject",
        statuses=_statuses(_EVENT),
        searches=_of_patient("subject", status=_STATUS),
    ),
    "Appointment": Rules(
        required=("status", "participant"),
        statuses=_statuses(
            "proposed pending booked arrived fulfilled cancelled noshow entered-in-error checked-in waitlist"
        ),
        searches={"identifier": _IDENTIFIER, "status": _STATUS},
    ),
    "Provenance": Rules(
        required=("target", "recorded", "agent"),
        searches={
            "target": Search("reference", ("target",)),
            "entity": Search("reference", ("entity.what",)),
            "agent": Search("reference", ("agent.who",)),
        },
    ),
}
