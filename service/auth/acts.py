"""What the audit is told of registered systems and their tokens, each in the transaction of the act itself."""

from dataclasses import dataclass
from typing import Any, Final, Literal

from sqlalchemy.ext.asyncio import AsyncSession

from service.caller import Caller, Whence
from service.tables import SystemClient


@dataclass(frozen=True, slots=True)
class Act:
    """Stands in until the audit takes acts."""

    action: str
    outcome: str = "done"
    route: str | None = None
    reason_code: str | None = None
    reason: str | None = None


async def write_acts(session: AsyncSession, caller: Caller, whence: Whence, acts: Any) -> None:
    """Stands in until the audit takes acts."""


_ROUTE: Final = "POST /oauth/token"
_AT_THIS_MACHINE: Final = Whence(None, None)


async def write_token_issued(session: AsyncSession, client: SystemClient, scope: str, whence: Whence) -> None:
    """This system was given a token for these scopes."""
    act = Act("token_issued", route=_ROUTE, reason=scope)
    await write_acts(session, _system(client.id, client.name), whence, [act])


async def write_token_refused(session: AsyncSession, client_id: str, why: str, whence: Whence) -> None:
    """Whoever says to be this system was given none."""
    act = Act("sign_in_refused", "refused", route=_ROUTE, reason_code=why)
    await write_acts(session, _system(client_id, client_id), whence, [act])


def _system(client_id: str, name: str) -> Caller:
    return Caller(client_id, name, frozenset({"system"}))


Change = Literal["registered", "replaced", "enabled", "disabled"]


async def write_change(session: AsyncSession, client_id: str, scopes: str, change: Change, by: str) -> None:
    """An operator changed what this system may."""
    action: Literal["system_registered", "system_removed"] = (
        "system_removed" if change == "disabled" else "system_registered"
    )
    act = Act(action, reason_code=change, reason=f"{client_id}: {scopes}")
    await write_acts(session, Caller(by, by, frozenset({"operator"})), _AT_THIS_MACHINE, [act])
