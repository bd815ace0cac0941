"""Whose people are whose: the caseload of each team, and who opened the record of somebody outside their teams."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Identity, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from service.tables.table import Table


class OnCaseload(Table):
    """A person whom a team looks after: its members see them. `specialist_id` is whose caseload they are on."""

    __tablename__ = "caseloads"

    client_id: Mapped[UUID] = mapped_column(ForeignKey("clients.id"), primary_key=True)
    team_id: Mapped[str] = mapped_column(primary_key=True)
    specialist_id: Mapped[str | None] = mapped_column(ForeignKey("specialists.id"))
    since: Mapped[datetime] = mapped_column(server_default=text("now()"))

    __table_args__ = (
        CheckConstraint("team_id <> ''", name="some_team"),
        Index("ix_caseloads_team", "team_id", "client_id"),
        Index("ix_caseloads_specialist", "specialist_id", "since"),
    )


class BreakGlass(Table):
    """A clinician opened, or tried to open, a person's record outside their teams. Without `client_id` nobody was
    found by what they typed; that counts as an attempt."""

    __tablename__ = "break_glass"

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    who: Mapped[str]
    name: Mapped[str]
    client_id: Mapped[UUID | None] = mapped_column(ForeignKey("clients.id"))
    reason: Mapped[str]
    opened_at: Mapped[datetime] = mapped_column(server_default=text("now()"))
    until: Mapped[datetime]

    __table_args__ = (
        CheckConstraint("who <> '' AND reason <> ''", name="somebody_and_why"),
        CheckConstraint("until > opened_at", name="ends_after_it_begins"),
        Index("ix_break_glass_who", "who", "opened_at"),
        Index("ix_break_glass_client", "client_id", "opened_at"),
    )
