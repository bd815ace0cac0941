"""Reads the audit: the lines that are asked for, a page or a stream of them. `audit.py` writes them."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, TypeAlias
from uuid import UUID

from sqlalchemy import ColumnElement, Row, or_, select, tuple_
from sqlalchemy.ext.asyncio import AsyncSession

from service.tables import AuditLine

Line: TypeAlias = Row[Any]

# The columns, and no object kept for each: a stream holds a page of them at a time.
_COLUMNS: Final = tuple(AuditLine.__table__.columns)
_AT_A_TIME: Final = 1000


@dataclass(frozen=True, slots=True)
class Asked:
    """Which lines. `since` is in, `until` is out. `who`: a caller's subject, or the id that notes name them by.

    `before`: the time and id of the last line of the page before, for they come newest first.
    """

    client_id: UUID | None = None
    who: str | None = None
    actions: Sequence[str] | None = None
    since: datetime | None = None
    until: datetime | None = None
    before: tuple[datetime, int] | None = None

    def conditions(self) -> list[ColumnElement[bool]]:
        """What has to hold of each."""
        found: list[ColumnElement[bool]] = []
        if self.client_id is not None:
            found.append(AuditLine.client_ids.contains([self.client_id]))
        if self.who is not None:
            found.append(or_(AuditLine.who == self.who, AuditLine.practitioner_id == self.who))
        if self.actions is not None:
            found.append(AuditLine.action.in_(self.actions))
        if self.since is not None:
            found.append(AuditLine.at >= self.since)
        if self.until is not None:
            found.append(AuditLine.at < self.until)
        if self.before is not None:
            found.append(tuple_(AuditLine.at, AuditLine.id) < self.before)
        return found


async def find_lines(session: AsyncSession, asked: Asked, most: int) -> Sequence[Line]:
    """The newest first."""
    newest = select(*_COLUMNS).where(*asked.conditions()).order_by(AuditLine.at.desc(), AuditLine.id.desc())
    return (await session.execute(newest.limit(most))).all()


async def find_line(session: AsyncSession, line_id: int) -> Line | None:
    """One, by its id."""
    return (await session.execute(select(*_COLUMNS).where(AuditLine.id == line_id))).one_or_none()


async def stream_lines(session: AsyncSession, asked: Asked) -> AsyncIterator[Line]:
    """The oldest first, however many they are."""
    oldest = select(*_COLUMNS).where(*asked.conditions()).order_by(AuditLine.at, AuditLine.id)
    async for line in await session.stream(oldest, execution_options={"yield_per": _AT_A_TIME}):
        yield line


async def stream_chains(session: AsyncSession) -> AsyncIterator[Line]:
    """All of them, chain by chain, each in its order."""
    chained = select(*_COLUMNS).order_by(AuditLine.chain, AuditLine.number)
    async for line in await session.stream(chained, execution_options={"yield_per": _AT_A_TIME}):
        yield line
