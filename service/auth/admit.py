"""The gate that every request passes: a token becomes a caller, and the policy says whether they may.

Comes before any route; `session.py` opens the database for whom it admits.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from time import monotonic
from typing import Annotated, Any, Final, Protocol

from fastapi import Depends, Request

from service.audit import Trail
from service.auth.policy import POLICY, SEE_EVERYBODY, SYSTEM, Interaction, Rule
from service.auth.scopes import allows
from service.caller import AT_THIS_MACHINE, Caller, Role, Whence
from service.errors import NotAllowed, NotSignedIn
from service.hardening.limits import Allowances

_BEARER: Final = "bearer"
_NOT_YOURS: Final = (
    "Your sign-in does not let you do this. Ask whoever gives out access in your trust, and name the role you need: "
    "{roles}."
)


class KnowsCallers(Protocol):
    """What makes a caller of a token."""

    async def caller_of(self, token: str) -> Caller:
        """`NotSignedIn` where it is not good."""


@dataclass(frozen=True, slots=True)
class Admission:
    """How one process admits: without `issuers` everybody is at this machine. `clock`: a steady one, in seconds."""

    issuers: KnowsCallers | None
    allowances: Allowances
    clock: Callable[[], float] = monotonic


@dataclass(slots=True)
class Admitted:
    """Who calls, from where, by which rule. `trail`: what the audit will say of this request."""

    caller: Caller
    whence: Whence
    rule: Rule
    route: str
    trail: Trail = field(default_factory=Trail)

    @property
    def sees_everybody(self) -> bool:
        """The role that lets them in here looks after everybody's records."""
        return self.caller.is_at_this_machine or bool(self.roles & SEE_EVERYBODY)

    @property
    def roles(self) -> frozenset[Role]:
        """Those of the caller's that let them in here."""
        return self.caller.roles & self.rule.may


async def admit(request: Request) -> Admitted:
    """`NotSignedIn` (401), `NotAllowed` (403), `TooOften` (429); else who calls, for everything below."""
    route = f"{request.method} {request.scope['route'].path}"
    rule = POLICY[route]
    admission: Admission = request.app.state.admission
    whence = Whence(request.client.host if request.client else None, request.state.request_id)
    # Before the token is looked at, so that a refusal is written down with all that is known.
    request.state.admitted = admitted = Admitted(AT_THIS_MACHINE, whence, rule, route)
    if admission.issuers is None:
        return admitted
    admitted.caller = NOBODY
    if rule.is_open:
        return admitted
    admitted.caller = await _signed_in(request, whence.address, admission, admission.issuers)
    _check(admitted)
    return admitted


# Until a token is found good.
NOBODY: Final = Caller("nobody", "Nobody who signed in", frozenset())


async def _signed_in(request: Request, address: str | None, admission: Admission, issuers: KnowsCallers) -> Caller:
    try:
        caller = await issuers.caller_of(_token(request))
    except NotSignedIn:
        admission.allowances.refused(address, admission.clock())
        raise
    admission.allowances.call_by(caller, admission.clock())
    return caller


def _token(request: Request) -> str:
    sent = request.headers.getlist("authorization")
    scheme, _, token = sent[0].partition(" ") if len(sent) == 1 else ("", "", "")
    if scheme.lower() != _BEARER or not token:
        raise NotSignedIn("none")
    return token.strip()


def _check(admitted: Admitted) -> None:
    scope = admitted.rule.scope
    if admitted.roles == {SYSTEM} and (scope is None or not allows(admitted.caller.scopes, *scope)):
        raise NotAllowed(_out_of_scope(scope))
    if not admitted.roles:
        raise NotAllowed(_NOT_YOURS.format(roles=" or ".join(sorted(admitted.rule.may)).replace("_", " ")))


def _out_of_scope(scope: tuple[str, Interaction] | None) -> str:
    needed = f" It needs system/{scope[0]}.{scope[1]}." if scope else ""
    return f"The scopes of this token do not cover this.{needed} Ask whoever registered the system."


TheAdmitted = Annotated[Admitted, Depends(admit)]


def admitted_of(request: Request) -> Admitted | None:
    """Whom the gate has seen; None where there was no route, and so no gate."""
    found: Any = getattr(request.state, "admitted", None)
    return found if isinstance(found, Admitted) else None
