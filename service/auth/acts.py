"""What the audit is told of registered systems and their tokens: the last thing in the transaction of each act."""

from typing import Final, Literal, TypeAlias

from sqlalchemy.ext.asyncio import AsyncSession

from service.audit import Act, Action, Person, write_acts, write_acts_of
from service.caller import Caller, Whence
from service.tables import SystemClient

Change: TypeAlias = Literal["registered", "replaced", "enabled", "disabled"]

_ROUTE: Final = "POST /oauth/token"


async def write_token_issued(session: AsyncSession, client: SystemClient, scope: str, whence: Whence) -> None:
    """This system was given a token for these scopes."""
    system = Caller(client.id, client.name, frozenset({"system"}))
    await write_acts(session, system, whence, [Act("token_issued", route=_ROUTE, reason=scope)])


async def write_token_refused(session: AsyncSession, client_id: str, why: str, whence: Whence) -> None:
    """Whoever says to be this system was given none; who they are nobody knows, so they have no role."""
    act = Act("sign_in_refused", "refused", route=_ROUTE, reason_code=why)
    await write_acts(session, Caller(client_id, client_id, frozenset()), whence, [act])


async def write_change(session: AsyncSession, client_id: str, scopes: str, change: Change, by: str) -> None:
    """An operator changed what this system may."""
    action: Action = "system_removed" if change == "disabled" else "system_registered"
    act = Act(action, reason_code=change, reason=f"{client_id} {scopes}".strip())
    await write_acts_of(session, Person(by), [act])
