"""The systems that an operator has registered: added, changed, disabled, enabled, found, and their proofs used up.

Of a system only public things are kept. Whoever changes one writes it to the audit in the same transaction.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import null, select, text, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from service.auth.assertion import CLIENT_ID, Proof
from service.auth.scopes import Scope, in_words
from service.errors import CannotStart
from service.tables import SystemClient, UsedAssertion

_LONGEST_NAME: Final = 120

_FORGET = text("""
    DELETE FROM used_assertions WHERE ctid IN (
        SELECT ctid FROM used_assertions WHERE until < :now LIMIT 100 FOR UPDATE SKIP LOCKED
    )
""")


@dataclass(frozen=True, slots=True)
class Registration:
    """What an operator says of a system: one of `jwks` and `jwks_url`."""

    client_id: str
    name: str
    scopes: Sequence[Scope]
    jwks: dict[str, Any] | None = None
    jwks_url: str | None = None


async def register(session: AsyncSession, registration: Registration, by: str, *, replace: bool = False) -> str:
    """A new system; with `replace`, new keys and scopes of one that is there. What it may, as kept.

    `CannotStart` where it cannot be.
    """
    _check(registration)
    there = await find(session, registration.client_id)
    if there and not replace:
        raise CannotStart(f"There is a client {there.id} already. To give it these keys and scopes: --replace.")
    if replace and not there:
        raise _no_such()
    scopes = in_words(registration.scopes)
    said = {
        "name": registration.name,
        "jwks": registration.jwks or null(),  # None would be the null of JSON
        "jwks_url": registration.jwks_url,
        "scopes": scopes,
        "registered_by": by,
    }
    if there:
        await session.execute(update(SystemClient).where(SystemClient.id == there.id).values(said))
    else:
        await session.execute(insert(SystemClient).values(id=registration.client_id, **said))
    return scopes


def _check(registration: Registration) -> None:
    if not CLIENT_ID.fullmatch(registration.client_id):
        raise CannotStart("An id has letters, digits, dots, dashes and underscores, 64 at most: rio-production.")
    if not registration.name.strip() or len(registration.name) > _LONGEST_NAME or not registration.name.isprintable():
        raise CannotStart(f"Give the system a name that people know it by, of {_LONGEST_NAME} characters at most.")


async def disable(session: AsyncSession, client_id: str, now: datetime) -> bool:
    """It gets no more tokens, and those that it has are refused within seconds. False where it was so already."""
    return await _set_disabled(session, client_id, now)


async def enable(session: AsyncSession, client_id: str) -> bool:
    """It gets tokens again. False where it did so already."""
    return await _set_disabled(session, client_id, None)


async def _set_disabled(session: AsyncSession, client_id: str, at: datetime | None) -> bool:
    there = await find(session, client_id)
    if there is None:
        raise _no_such()
    if (there.disabled_at is None) == (at is None):
        return False
    await session.execute(update(SystemClient).where(SystemClient.id == client_id).values(disabled_at=at))
    return True


def _no_such() -> CannotStart:
    return CannotStart("There is no client of this id. To see those that there are, run: joinedup clients list")


async def find(session: AsyncSession, client_id: str) -> SystemClient | None:
    """The system of this id, disabled or not."""
    return await session.get(SystemClient, client_id)


async def all_clients(session: AsyncSession) -> Sequence[SystemClient]:
    """By id."""
    return (await session.scalars(select(SystemClient).order_by(SystemClient.id))).all()


async def is_enabled(session: AsyncSession, client_id: str) -> bool:
    """Whether tokens of this system are good."""
    asked = select(SystemClient.id).where(SystemClient.id == client_id, SystemClient.disabled_at.is_(None))
    return await session.scalar(asked) is not None


async def use_up(session: AsyncSession, proof: Proof, now: datetime) -> bool:
    """Whether this proof is seen for the first time, by any process. Those that are too old anyway are forgotten."""
    await session.execute(_FORGET, {"now": now})
    written = (
        insert(UsedAssertion)
        .values(client_id=proof.client_id, jti=proof.jti, until=proof.until)
        .on_conflict_do_nothing()
        .returning(UsedAssertion.jti)
    )
    return await session.scalar(written) is not None
