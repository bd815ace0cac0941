"""Who may do what: one table, a line a route. A route that is not in it is served to nobody, and fails a test.

Which people's records a caller then sees is the database's matter (`session.py`): those of their teams, unless their
role here is one that looks after everybody's.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

from service.audit import Action
from service.caller import Role

# SMART v2: create, read, update, delete, search.
Interaction: TypeAlias = Literal["c", "r", "u", "d", "s"]

SPECIALIST: Final[Role] = "specialist"
CLINICIAN: Final[Role] = "clinician"
SERVICE_MANAGER: Final[Role] = "service_manager"
OPERATOR: Final[Role] = "operator"
PRIVACY_OFFICER: Final[Role] = "privacy_officer"
SYSTEM: Final[Role] = "system"

# Whose work is about everybody: deliveries, the audit, an EHR within its scopes. Others see their teams' people.
SEE_EVERYBODY: Final = frozenset({OPERATOR, PRIVACY_OFFICER, SYSTEM})


@dataclass(frozen=True, slots=True)
class Rule:
    """`may`: one of these roles is needed. `action`: the audit's word for it; none for what is about no person.

    `scope`: the resource type and interaction (SMART v2) that a system's token has to name.
    """

    may: frozenset[Role]
    action: Action | None = None
    scope: tuple[str, Interaction] | None = None
    is_open: bool = False


def _open() -> Rule:
    """No token needed: nothing of a person is there."""
    return Rule(frozenset(), is_open=True)


def _to(*may: Role, action: Action | None = None, scope: tuple[str, Interaction] | None = None) -> Rule:
    return Rule(frozenset(may), action, scope)


POLICY: Final[Mapping[str, Rule]] = {
    # What says how we are, and how to talk to us.
    "GET /healthz": _open(),
    "GET /readyz": _open(),
    "GET /openapi.json": _open(),
    "GET /.well-known/jwks.json": _open(),
    "GET /fhir/.well-known/smart-configuration": _open(),
    "GET /oauth/jwks.json": _open(),
    "POST /oauth/token": _open(),  # whoever asks proves who they are there
    "GET /metrics": _to(OPERATOR),
    # A specialist writes notes, for their own caseload and in cover for a colleague's.
    "POST /notes": _to(SPECIALIST, action="create"),
    "POST /notes/batch": _to(SPECIALIST, action="create"),
    "PUT /notes/{note_id}": _to(SPECIALIST, action="update"),
    "POST /notes/{note_id}/retraction": _to(SPECIALIST, action="retract"),
    "GET /notes/{note_id}/employer-copy": _to(SPECIALIST, action="employer_copy_handed_out"),
    # Specialists and clinicians read their teams' people.
    "GET /notes": _to(SPECIALIST, CLINICIAN, action="search"),
    "GET /notes/{note_id}": _to(SPECIALIST, CLINICIAN, action="read"),
    "GET /clients": _to(SPECIALIST, CLINICIAN, action="search"),
    "GET /clients/{client_id}/clocks": _to(SPECIALIST, CLINICIAN, action="read"),
    "GET /concerns": _to(SPECIALIST, CLINICIAN, action="search"),
    # A clinician may open the record of somebody outside their teams, with a reason that others read.
    "POST /break-glass": _to(CLINICIAN, action="break_glass_opened"),
    "GET /break-glass": _to(SERVICE_MANAGER, PRIVACY_OFFICER, action="search"),
    # A service manager gets counts, and no clinical text.
    "GET /counts": _to(SERVICE_MANAGER, action="search"),
    # An operator moves deliveries; patient data only where they ask for it. Each move leaves a line of its own.
    "GET /deliveries": _to(OPERATOR, action="search"),
    "GET /deliveries/{any_id}": _to(OPERATOR, action="read"),
    "POST /deliveries/{any_id}/content": _to(OPERATOR),
    "POST /deliveries/retry": _to(OPERATOR),
    "POST /deliveries/cancel": _to(OPERATOR),
    "POST /deliveries/{delivery_id}/resolve": _to(OPERATOR),
    "GET /reconciliations": _to(OPERATOR, action="search"),
    "GET /reconciliations/{run_id}": _to(OPERATOR, action="read"),
    "GET /desk": _to(OPERATOR, action="search"),
    "GET /desk/deliveries/{any_id}": _to(OPERATOR, action="read"),
    "POST /desk/deliveries/{any_id}/content": _to(OPERATOR),
    "GET /desk/confirm": _to(OPERATOR, action="search"),
    "POST /desk/moves": _to(OPERATOR),
    "GET /desk/reconciliations/{run_id}": _to(OPERATOR, action="read"),
    "GET /desk/desk.css": _open(),
    # A privacy officer reads the audit, and tells a person who looked at their record.
    "GET /fhir/AuditEvent": _to(PRIVACY_OFFICER, action="search"),
    "GET /fhir/AuditEvent/{line_id}": _to(PRIVACY_OFFICER, action="read"),
    "GET /clients/{client_id}/looked-at": _to(PRIVACY_OFFICER, action="export"),
    # An EHR system does what its scopes say, type by type; the forms themselves are no secret among those signed in.
    "GET /fhir/Questionnaire": _to(SPECIALIST, CLINICIAN, SYSTEM, scope=("Questionnaire", "s")),
    "GET /fhir/Questionnaire/{questionnaire_id}": _to(SPECIALIST, CLINICIAN, SYSTEM, scope=("Questionnaire", "r")),
    "POST /fhir/QuestionnaireResponse": _to(SPECIALIST, SYSTEM, action="create", scope=("QuestionnaireResponse", "c")),
}
