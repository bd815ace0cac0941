"""Who did what, about whom, when and from where: lines that are only ever added, each chained to the one before."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Identity,
    Index,
    SmallInteger,
    String,
    UniqueConstraint,
    Uuid,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from service.tables.table import Table

_ACTIONS = (
    "'read', 'search', 'create', 'update', 'retract', 'deliver', 'export', 'refused', 'sign_in_refused',"
    " 'content_shown', 'delivery_retried', 'delivery_cancelled', 'delivery_resolved', 'employer_copy_handed_out',"
    " 'break_glass_opened', 'break_glass_closed', 'team_changed', 'system_registered', 'system_removed',"
    " 'token_issued', 'backed_up'"
)


class AuditLine(Table):
    """One act, written in the transaction of the act itself, by the function `write_audit` alone.

    `who` is the caller's subject as `issuer` knows them; of a line from before there were callers, the name they gave.
    `number` counts within the `chain` without a gap; `hash` is of `previous_hash` and everything else in the line.
    """

    __tablename__ = "audit"

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    at: Mapped[datetime] = mapped_column(server_default=text("clock_timestamp()"))
    who: Mapped[str]
    issuer: Mapped[str | None]
    name: Mapped[str | None]
    roles: Mapped[list[str]] = mapped_column(ARRAY(String), server_default="{}")
    practitioner_id: Mapped[str | None]
    action: Mapped[str]
    outcome: Mapped[str] = mapped_column(server_default="done")
    route: Mapped[str | None]
    reason_code: Mapped[str | None]
    reason: Mapped[str | None]
    client_ids: Mapped[list[UUID]] = mapped_column(ARRAY(Uuid), server_default="{}")
    note_id: Mapped[UUID | None]
    delivery_id: Mapped[UUID | None]
    address: Mapped[str | None]
    request_id: Mapped[str | None]
    chain: Mapped[int] = mapped_column(SmallInteger)
    number: Mapped[int] = mapped_column(BigInteger)
    previous_hash: Mapped[bytes]
    hash: Mapped[bytes]

    __table_args__ = (
        CheckConstraint(f"action IN ({_ACTIONS})", name="known_action"),
        CheckConstraint("outcome IN ('done', 'refused', 'failed')", name="known_outcome"),
        CheckConstraint("who <> ''", name="somebody"),
        CheckConstraint("reason_code ~ '^[A-Za-z0-9_.:-]{1,64}$'", name="reason_code_is_a_word"),
        CheckConstraint("number > 0", name="numbered_from_one"),
        CheckConstraint("octet_length(previous_hash) = 32 AND octet_length(hash) = 32", name="whole_hashes"),
        UniqueConstraint("chain", "number"),
        Index("ix_audit_at", "at", "id"),
        Index("ix_audit_who", "who", "at"),
        Index("ix_audit_client_ids", "client_ids", postgresql_using="gin"),
    )


class AuditChain(Table):
    """Where one chain ends. There are several, so that those who write at the same moment seldom wait."""

    __tablename__ = "audit_chains"

    chain: Mapped[int] = mapped_column(SmallInteger, primary_key=True, autoincrement=False)
    last_number: Mapped[int] = mapped_column(BigInteger)
    last_hash: Mapped[bytes]

    __table_args__ = (CheckConstraint("octet_length(last_hash) = 32", name="whole_hash"),)
