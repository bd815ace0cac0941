"""Writes down who did what, about whom, from where, in the transaction of the act: without the line, there is no act.

Lines are added by the database's function `write_audit` alone, which numbers and chains them; `audit_chain.py` checks.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Literal, TypeAlias, get_args
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from service.caller import NOWHERE, Caller, Whence
from service.rows import rows_as_json

Action: TypeAlias = Literal[
    "read",
    "search",
    "create",
    "update",
    "retract",
    "deliver",
    "export",
    "refused",
    "sign_in_refused",
    "content_shown",
    "delivery_retried",
    "delivery_cancelled",
    "delivery_resolved",
    "employer_copy_handed_out",
    "break_glass_opened",
    "break_glass_closed",
    "team_changed",
    "system_registered",
    "system_removed",
    "token_issued",
    "backed_up",
]
ACTIONS: Final[tuple[Action, ...]] = get_args(Action)
Outcome: TypeAlias = Literal["done", "refused", "failed"]

# Who was refused without having said who they are.
_NOBODY: Final = "nobody"
_LONGEST: Final = 255

_WRITE: Final = text("SELECT write_audit(CAST(:lines AS jsonb))")

# Whose delivery it is stands in the database; `said` holds all the rest of each line.
_WRITE_ABOUT: Final = text("""
    SELECT write_audit(jsonb_agg((CAST(:said AS jsonb) -> 0) || jsonb_build_object(
        'client_ids', ARRAY[client_id], 'note_id', note_id, 'delivery_id', id) ORDER BY client_id, sequence))
    FROM deliveries WHERE id = ANY (CAST(:deliveries AS uuid[]))
""")


@dataclass(frozen=True, slots=True)
class Act:
    """What was done, or refused. `clients`: whose records.

    `route`: method and template, such as `GET /notes/{note_id}`. `reason_code`: a word, such as `expired`. `reason`: a
    person's own words, which stay in the database.
    """

    action: Action
    outcome: Outcome = "done"
    clients: tuple[UUID, ...] = ()
    note_id: UUID | None = None
    delivery_id: UUID | None = None
    route: str | None = None
    reason_code: str | None = None
    reason: str | None = None

    def as_row(self) -> dict[str, Any]:
        """The columns that `write_audit` takes of an act."""
        return {
            "action": self.action,
            "outcome": self.outcome,
            "client_ids": self.clients,
            "note_id": self.note_id,
            "delivery_id": self.delivery_id,
            "route": self.route,
            "reason_code": self.reason_code,
            "reason": self.reason,
        }


@dataclass(slots=True)
class Trail:
    """What one request has seen and done, gathered on its way and written as its last statement."""

    _clients: dict[UUID, None] = field(default_factory=dict)
    _notes: dict[UUID, None] = field(default_factory=dict)
    _deliveries: dict[UUID, None] = field(default_factory=dict)
    _acts: list[Act] = field(default_factory=list)

    def saw(self, clients: Iterable[UUID], *, note_id: UUID | None = None, delivery_id: UUID | None = None) -> None:
        """Something of these clients' is in the answer; of one note or delivery, if so."""
        self._clients.update(dict.fromkeys(clients))
        if note_id is not None:
            self._notes[note_id] = None
        if delivery_id is not None:
            self._deliveries[delivery_id] = None

    def did(self, act: Act) -> None:
        """More than its route says: another act, or one of many."""
        self._acts.append(act)

    def done(self) -> tuple[Act, ...]:
        """What was done one by one, and nothing else."""
        return tuple(self._acts)

    def acts(self, action: Action, route: str | None = None, reason_code: str | None = None) -> tuple[Act, ...]:
        """What was done one by one, and in one act, named as the route is, what was seen beside it, if anything was.

        Of several notes or deliveries none is named: the clients are.
        """
        if self._acts and not self._clients:
            return tuple(self._acts)
        seen = Act(
            action,
            clients=tuple(self._clients),
            note_id=_only(self._notes),
            delivery_id=_only(self._deliveries),
            route=route,
            reason_code=reason_code,
        )
        return (*self._acts, seen)


@dataclass(frozen=True, slots=True)
class Line:
    """One act, and who did it from where: for a transaction that several callers share."""

    caller: Caller
    whence: Whence
    act: Act

    def as_row(self) -> dict[str, Any]:
        """All the columns that `write_audit` takes."""
        return _who(self.caller, self.whence) | self.act.as_row()


@dataclass(frozen=True, slots=True)
class Person:
    """Who acts: at this machine as they name themselves, or as the caller of a request."""

    name: str
    caller: Caller | None = None
    whence: Whence = NOWHERE

    def as_caller(self) -> tuple[Caller, Whence]:
        """The same, as the audit names whoever does something."""
        return self.caller or Caller(self.name, self.name, frozenset({"operator"})), self.whence


async def write_lines(session: AsyncSession, lines: Sequence[Line]) -> None:
    """As `write_acts`, of several callers."""
    if lines:
        await session.execute(_WRITE, {"lines": rows_as_json([line.as_row() for line in lines])})


async def write_acts(session: AsyncSession, caller: Caller, whence: Whence, acts: Sequence[Act]) -> None:
    """One line for each act, in one statement: the LAST of the transaction.

    The end of a chain stays locked from here to the commit, so whatever is done after it makes others wait.
    """
    await write_lines(session, [Line(caller, whence, act) for act in acts])


async def write_acts_of(session: AsyncSession, person: Person, acts: Sequence[Act]) -> None:
    """`write_acts`, of whoever is at this machine or calls."""
    await write_acts(session, *person.as_caller(), acts)


async def write_down(session: AsyncSession, person: Person, action: Action, deliveries: Iterable[UUID]) -> None:
    """One line for each of these deliveries; last in its transaction, as `write_acts`."""
    said = _who(*person.as_caller()) | {"action": action}
    binds = {"said": rows_as_json([said]), "deliveries": list(deliveries)}
    await session.execute(_WRITE_ABOUT, binds)


def _who(caller: Caller, whence: Whence) -> dict[str, Any]:
    return {
        "who": _short(caller.subject) or _NOBODY,
        "issuer": _short(caller.issuer) or None,
        "name": _short(caller.name),
        "roles": sorted(caller.roles),
        "practitioner_id": _short(caller.practitioner_id),
        "address": _short(whence.address),
        "request_id": _short(whence.request_id),
    }


def _short(said: str | None) -> str | None:
    """What callers say of themselves, however long, is written down; an index has no room for more."""
    return said and said[:_LONGEST].encode(errors="replace").decode()


def _only(ids: Iterable[UUID]) -> UUID | None:
    found = list(ids)
    return found[0] if len(found) == 1 else None
