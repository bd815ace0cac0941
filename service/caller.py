"""Who calls: a person or a system that showed a token, or whoever is at this machine where no issuer is set.

Made by `auth/`, carried by the request, and read by whatever has to know whose people may be seen.
"""

from dataclasses import dataclass
from typing import Final, Literal, TypeAlias, get_args

Role: TypeAlias = Literal["specialist", "clinician", "service_manager", "operator", "privacy_officer", "system"]
ROLES: Final[tuple[Role, ...]] = get_args(Role)


@dataclass(frozen=True, slots=True)
class Caller:
    """One caller, as an issuer vouches for them.

    `subject`: the issuer's own id of them, as the audit names them. `practitioner_id`: the id that notes name a
    specialist by. `teams`: ids of teams, the one they work in most first. `scopes`: SMART v2, of a system.
    """

    subject: str
    name: str
    roles: frozenset[Role]
    issuer: str = ""
    practitioner_id: str | None = None
    teams: tuple[str, ...] = ()
    scopes: frozenset[str] = frozenset()

    @property
    def key(self) -> str:
        """Theirs alone: two issuers may give the same subject."""
        return f"{self.issuer}#{self.subject}"

    @property
    def is_at_this_machine(self) -> bool:
        """Nobody vouches for them: the service has no issuer, and listens on loopback only."""
        return self is AT_THIS_MACHINE


# Without an issuer: may do everything, as whoever can log in to this machine may anyway.
AT_THIS_MACHINE: Final = Caller("at-this-machine", "Somebody at this machine", frozenset(ROLES))


@dataclass(frozen=True, slots=True)
class Whence:
    """Where a call came from: the address as far as it is known, and the request's id."""

    address: str | None
    request_id: str | None


# Of what no call brought, such as the worker's own doing.
NOWHERE: Final = Whence(None, None)
