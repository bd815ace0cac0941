"""What reconciling the EHR found: each run, the notes behind its totals, and when one was last begun by itself."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Identity, Index, String, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from service.tables.table import Table


class KeptReconciliation(Table):
    """One run. `after` is the last note compared; a run whose lease ended is gone on with from there.

    `since`: only what changed since then, and what run `rechecks` found wrong. `stopped_because`: the EHR could not be
    read, by its reason code.
    """

    __tablename__ = "reconciliations"

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    scope: Mapped[str]
    since: Mapped[datetime | None]
    rechecks: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("reconciliations.id"))
    repair: Mapped[bool]
    scheduled: Mapped[bool]
    began_at: Mapped[datetime] = mapped_column(server_default=text("clock_timestamp()"))
    ended_at: Mapped[datetime | None]
    stopped_because: Mapped[str | None]
    after: Mapped[UUID] = mapped_column(server_default=text("'00000000-0000-0000-0000-000000000000'"))
    totals: Mapped[dict[str, Any]]
    lease_token: Mapped[UUID | None]
    leased_by: Mapped[str]
    leased_until: Mapped[datetime]

    __table_args__ = (
        CheckConstraint("scope IN ('full', 'changed', 'since')", name="known_scope"),
        CheckConstraint("(scope = 'full') = (since IS NULL)", name="full_knows_no_since"),
        CheckConstraint(
            "ended_at IS NULL OR (lease_token IS NULL AND stopped_because IS NULL)", name="an_end_is_whole"
        ),
        Index("ix_reconciliations_open", "id", postgresql_where=text("ended_at IS NULL")),
    )


class ReconciledNote(Table):
    """A note that a run found something about; `keys` are the resources behind it (`Type/id`)."""

    __tablename__ = "reconciled_notes"

    reconciliation_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("reconciliations.id"), primary_key=True)
    found: Mapped[str] = mapped_column(primary_key=True)
    note_id: Mapped[UUID] = mapped_column(primary_key=True)
    keys: Mapped[list[str]] = mapped_column(ARRAY(String), server_default=text("'{}'"))


class ReconciliationClock(Table):
    """One row: when a worker last began a run by itself, and a full one. At first, when the database was made."""

    __tablename__ = "reconciliation_clock"

    id: Mapped[int] = mapped_column(primary_key=True, server_default=text("1"))
    began_at: Mapped[datetime] = mapped_column(server_default=text("now()"))
    full_began_at: Mapped[datetime] = mapped_column(server_default=text("now()"))

    __table_args__ = (CheckConstraint("id = 1", name="one_row"),)
