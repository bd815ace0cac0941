"""The fictional staff of the sandbox's trust: one of each role, and two teams. `issuer.py` signs tokens for them."""

from dataclasses import dataclass
from typing import Any, Final

Json = dict[str, Any]

NORTH, SOUTH = "team-north", "team-south"


@dataclass(frozen=True, slots=True)
class Member:
    """A token is asked for by `id`; that of a specialist is the one that notes name them by. A system has scopes."""

    id: str
    name: str
    role: str
    teams: tuple[str, ...] = ()
    scope: str | None = None

    def claims(self) -> Json:
        """What a token says of them, besides who made it, for whom and until when."""
        if self.scope:
            return {"sub": self.id, "name": self.name, "scope": self.scope}
        practitioner = {"practitioner": self.id} if self.role == "specialist" else {}
        return {"sub": self.id, "name": self.name, "roles": [self.role], "teams": list(self.teams), **practitioner}


STAFF: Final = (
    Member("es-014", "Ruth Adeyemi", "specialist", (NORTH,)),
    Member("es-027", "Callum Reyes", "specialist", (SOUTH,)),
    Member("clinician-north", "Dr Ines Moreau", "clinician", (NORTH,)),
    Member("clinician-south", "Dr Paul Okafor", "clinician", (SOUTH,)),
    Member("manager", "Hannah Lindqvist", "service_manager", (NORTH, SOUTH)),
    Member("operator", "Jo Marsh", "operator"),
    Member("privacy", "Amir Haddad", "privacy_officer"),
    Member("ehr", "The EHR", "system", scope="system/Questionnaire.rs system/QuestionnaireResponse.c"),
)
