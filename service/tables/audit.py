"""Who did what: lines that are only ever added."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, Identity, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from service.tables.table import Table


class AuditLine(Table):
    """One act of a person: written in the transaction of the act itself. `who` as they name themselves until the
    service knows its callers; `request_id` where it came over HTTP."""

    __tablename__ = "audit"

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    at: Mapped[datetime] = mapped_column(server_default=text("clock_timestamp()"))
    who: Mapped[str]
    action: Mapped[str]
    client_id: Mapped[UUID | None]
    note_id: Mapped[UUID | None]
    delivery_id: Mapped[UUID | None]
    request_id: Mapped[str | None]

    __table_args__ = (
        CheckConstraint(
            "action IN ('content_shown', 'delivery_retried', 'delivery_cancelled', 'delivery_resolved',"
            " 'employer_copy_handed_out')",
            name="known_action",
        ),
        CheckConstraint("who <> ''", name="somebody"),
        Index("ix_audit_client", "client_id", "at"),
    )
