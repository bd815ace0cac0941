"""One good request of every route of the policy, about a person who is given: a route without one fails the tests."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from tests.phone import about, contact
from tests.responses import FHIR, answers
from tests.signed_in import PRACTITIONERS, OnRecord

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Asked:
    """A request: the status of its success, and what it says."""

    path: str
    success: int = 200
    json: Json | None = None
    form: Json | None = None
    headers: Json = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class About:
    """Whom it is about, by whose specialist, and the delivery of their contact."""

    person: OnRecord
    team: str
    delivery: str
    run: int

    def new_contact(self) -> Json:
        """Another one, by the specialist of this team."""
        client = about(self.person.nhs_number, self.person.contact["client"]["birth_date"])
        return contact(client=client, specialist={"id": PRACTITIONERS[self.team], "name": f"Specialist of {self.team}"})


Request: TypeAlias = Callable[[About], Asked]

_IF_FIRST = {"If-Match": '"1"'}
_REASON = {"reason": "Written about the wrong day."}


def _amended(of: About) -> Asked:
    note = {**of.person.contact, "minutes": 50}
    return Asked(f"/notes/{note['id']}", json={"note": note, **_REASON}, headers=_IF_FIRST)


def _opened(of: About) -> Asked:
    client = about(of.person.nhs_number, of.person.contact["client"]["birth_date"])
    return Asked("/break-glass", 201, {"client": client, "reason": "In A&E tonight; work is at stake."})


def _cancelled(of: About) -> Asked:
    return Asked("/deliveries/cancel", json={"delivery_id": of.delivery, "reason": "Told on the telephone."})


# None: a route of the machines, which takes no part of a person (its own tests are elsewhere).
REQUESTS: Mapping[str, Request | None] = {
    "GET /healthz": None,
    "GET /readyz": None,
    "GET /openapi.json": None,
    "GET /.well-known/jwks.json": None,
    "GET /fhir/.well-known/smart-configuration": None,
    "GET /oauth/jwks.json": None,
    "POST /oauth/token": None,
    "GET /desk/desk.css": None,
    "GET /metrics": lambda _: Asked("/metrics"),
    "POST /notes": lambda of: Asked("/notes", 201, of.new_contact()),
    "POST /notes/batch": lambda of: Asked("/notes/batch", json={"notes": [of.new_contact()]}),
    "PUT /notes/{note_id}": _amended,
    "POST /notes/{note_id}/retraction": lambda of: Asked(f"/notes/{of.person.goal['id']}/retraction", json=_REASON),
    "GET /notes/{note_id}/employer-copy": lambda of: Asked(f"/notes/{of.person.decision['id']}/employer-copy"),
    "GET /notes": lambda of: Asked(f"/notes?client={of.person.client_id}"),
    "GET /notes/{note_id}": lambda of: Asked(f"/notes/{of.person.contact['id']}"),
    "GET /clients": lambda _: Asked("/clients"),
    "GET /clients/{client_id}/clocks": lambda of: Asked(f"/clients/{of.person.client_id}/clocks"),
    "GET /concerns": lambda of: Asked(f"/concerns?client={of.person.client_id}"),
    "POST /break-glass": _opened,
    "GET /break-glass": lambda _: Asked("/break-glass"),
    "GET /counts": lambda _: Asked("/counts"),
    "GET /deliveries": lambda of: Asked(f"/deliveries?client_id={of.person.client_id}"),
    "GET /deliveries/{any_id}": lambda of: Asked(f"/deliveries/{of.delivery}"),
    "POST /deliveries/{any_id}/content": lambda of: Asked(f"/deliveries/{of.delivery}/content"),
    "POST /deliveries/retry": lambda of: Asked("/deliveries/retry", json={"delivery_id": of.delivery, "dry_run": True}),
    "POST /deliveries/cancel": _cancelled,
    "POST /deliveries/{delivery_id}/resolve": lambda of: Asked(
        f"/deliveries/{of.delivery}/resolve", 409, {"reason": "Looked.", "not_found": True}
    ),
    "GET /reconciliations": lambda _: Asked("/reconciliations"),
    "GET /reconciliations/{run_id}": lambda of: Asked(f"/reconciliations/{of.run}"),
    "GET /desk": lambda of: Asked(f"/desk?client_id={of.person.client_id}"),
    "GET /desk/deliveries/{any_id}": lambda of: Asked(f"/desk/deliveries/{of.delivery}"),
    "POST /desk/deliveries/{any_id}/content": lambda of: Asked(f"/desk/deliveries/{of.delivery}/content"),
    "GET /desk/confirm": lambda of: Asked(f"/desk/confirm?move=cancel&delivery_id={of.delivery}"),
    "POST /desk/moves": lambda of: Asked(
        "/desk/moves", form={"move": "cancel", "delivery_id": of.delivery, "reason": "Told."}
    ),
    "GET /desk/reconciliations/{run_id}": lambda of: Asked(f"/desk/reconciliations/{of.run}"),
    "GET /fhir/AuditEvent": lambda of: Asked(f"/fhir/AuditEvent?patient=Patient/{of.person.client_id}"),
    "GET /fhir/AuditEvent/{line_id}": lambda _: Asked("/fhir/AuditEvent/1"),
    "GET /clients/{client_id}/looked-at": lambda of: Asked(f"/clients/{of.person.client_id}/looked-at"),
    "GET /fhir/Questionnaire": lambda _: Asked("/fhir/Questionnaire"),
    "GET /fhir/Questionnaire/{questionnaire_id}": lambda _: Asked("/fhir/Questionnaire/contact"),
    "POST /fhir/QuestionnaireResponse": lambda of: Asked(
        "/fhir/QuestionnaireResponse", 201, answers(of.new_contact()), headers=FHIR
    ),
}
