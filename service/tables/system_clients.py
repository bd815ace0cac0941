"""The systems that may ask us for tokens, and the proofs that they have used: each is good once."""

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from service.tables.table import Table


class SystemClient(Table):
    """One system, registered by an operator. Its keys are public: the set itself, or where the set is read."""

    __tablename__ = "system_clients"

    id: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str]
    jwks: Mapped[dict[str, Any] | None]
    jwks_url: Mapped[str | None]
    scopes: Mapped[str]
    registered_at: Mapped[datetime] = mapped_column(server_default=text("clock_timestamp()"))
    registered_by: Mapped[str]
    disabled_at: Mapped[datetime | None]

    __table_args__ = (
        CheckConstraint("(jwks IS NULL) <> (jwks_url IS NULL)", name="one_source_of_keys"),
        CheckConstraint("id <> '' AND name <> '' AND scopes <> '' AND registered_by <> ''", name="filled_in"),
    )


class UsedAssertion(Table):
    """A proof that has been used: kept until it would be too old to be used anyway."""

    __tablename__ = "used_assertions"

    client_id: Mapped[str] = mapped_column(primary_key=True)
    jti: Mapped[str] = mapped_column(primary_key=True)
    until: Mapped[datetime]

    __table_args__ = (Index("ix_used_assertions_until", "until"),)
