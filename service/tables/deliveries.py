"""What goes out: lanes, deliveries, attempts, calls, links, and whether the EHR answers."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ForeignKey,
    ForeignKeyConstraint,
    Identity,
    Index,
    String,
    UniqueConstraint,
    Uuid,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from service.tables.table import Table

_STOPPED = "state = 'needs_attention' OR waits_behind IS NOT NULL"
_OPEN = "state IN ('waiting', 'sending', 'needs_attention')"


class Lane(Table):
    """One row a client: when its next delivery is due, and who holds the lease. Claiming reads this alone.

    `due_at` is null while nothing can be sent. A claimed lane is due again when its lease ends, so a dead
    worker's lane comes back by itself. `held_until`: before then the EHR asked us not to come back for it.
    """

    __tablename__ = "lanes"

    client_id: Mapped[UUID] = mapped_column(ForeignKey("clients.id"), primary_key=True)
    last_sequence: Mapped[int] = mapped_column(BigInteger)
    due_at: Mapped[datetime | None]
    held_until: Mapped[datetime | None]
    lease_token: Mapped[UUID | None]
    leased_by: Mapped[str | None]

    __table_args__ = (
        CheckConstraint("last_sequence >= 1", name="sequence_from_one"),
        CheckConstraint("(lease_token IS NULL) = (leased_by IS NULL)", name="whole_lease"),
        CheckConstraint("lease_token IS NULL OR due_at IS NOT NULL", name="a_lease_ends"),
        Index("ix_lanes_due", "due_at", postgresql_where=text("due_at IS NOT NULL")),
    )


class Delivery(Table):
    """A note version on its way to the EHR. Every move is one guarded UPDATE.

    `left_out`: the resources (`Type/id`) that the EHR takes as none of their own, so that only the document says them.
    """

    __tablename__ = "deliveries"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    note_id: Mapped[UUID]
    note_version: Mapped[int]
    client_id: Mapped[UUID] = mapped_column(ForeignKey("lanes.client_id"))
    sequence: Mapped[int] = mapped_column(BigInteger)
    state: Mapped[str]
    reason_code: Mapped[str | None]
    reason: Mapped[str | None]
    next_try_at: Mapped[datetime | None]
    tries: Mapped[int] = mapped_column(server_default=text("0"))
    refers_to: Mapped[list[UUID]] = mapped_column(ARRAY(Uuid), server_default=text("'{}'"))
    waits_behind: Mapped[UUID | None] = mapped_column(ForeignKey("deliveries.id"))
    left_out: Mapped[list[str]] = mapped_column(ARRAY(String), server_default=text("'{}'"))
    created_at: Mapped[datetime] = mapped_column(server_default=text("now()"))
    ended_at: Mapped[datetime | None]

    __table_args__ = (
        ForeignKeyConstraint(["note_id", "note_version"], ["notes.id", "notes.version"]),
        UniqueConstraint("note_id", "note_version"),
        UniqueConstraint("client_id", "sequence"),
        CheckConstraint(
            "state IN ('waiting', 'sending', 'delivered', 'needs_attention', 'cancelled')", name="known_state"
        ),
        CheckConstraint("(state IN ('delivered', 'cancelled')) = (ended_at IS NOT NULL)", name="an_end_has_its_time"),
        CheckConstraint(
            "state NOT IN ('needs_attention', 'cancelled') OR (reason IS NOT NULL AND reason_code IS NOT NULL)",
            name="a_stop_has_its_reason",
        ),
        CheckConstraint("(reason IS NULL) = (reason_code IS NULL)", name="whole_reason"),
        CheckConstraint("waits_behind IS NULL OR state = 'waiting'", name="only_the_waiting_wait"),
        Index(
            "ix_deliveries_next",
            "client_id",
            "sequence",
            postgresql_where=text("state IN ('waiting', 'sending') AND waits_behind IS NULL"),
        ),
        Index("ix_deliveries_stopped", "client_id", "sequence", postgresql_where=text(_STOPPED)),
        Index("ix_deliveries_open", "created_at", postgresql_where=text(_OPEN)),
        Index("ix_deliveries_behind", "waits_behind", postgresql_where=text("waits_behind IS NOT NULL")),
    )


class Attempt(Table):
    """One try, and how it ended. `answer` is what the EHR said: it may hold patient data and stays here."""

    __tablename__ = "attempts"

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    delivery_id: Mapped[UUID] = mapped_column(ForeignKey("deliveries.id"))
    worker: Mapped[str]
    ended_at: Mapped[datetime] = mapped_column(server_default=text("clock_timestamp()"))
    outcome: Mapped[str]
    reason_code: Mapped[str | None]
    reason: Mapped[str | None]
    answer: Mapped[dict[str, Any] | None]

    __table_args__ = (
        CheckConstraint("outcome IN ('delivered', 'try_later', 'refused', 'unknown')", name="known_outcome"),
        CheckConstraint("(outcome = 'delivered') = (reason IS NULL)", name="a_failure_has_its_reason"),
        Index("ix_attempts_delivery", "delivery_id", "id"),
    )


class EhrCall(Table):
    """One write to the EHR: the intent before, the result after. An open one is looked up, never repeated."""

    __tablename__ = "ehr_calls"

    delivery_id: Mapped[UUID] = mapped_column(ForeignKey("deliveries.id"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True)
    keys: Mapped[list[str]] = mapped_column(ARRAY(String))
    intended_at: Mapped[datetime] = mapped_column(server_default=text("clock_timestamp()"))
    answered_at: Mapped[datetime | None]

    __table_args__ = (CheckConstraint("number >= 0", name="number_from_zero"),)


class EhrLink(Table):
    """Our resource → the EHR's id and version, and the body that the EHR took.

    `theirs`: the EHR's own, where somebody changed it there and the note says so by now.
    """

    __tablename__ = "ehr_links"

    key: Mapped[str] = mapped_column(primary_key=True)
    note_id: Mapped[UUID]
    note_version: Mapped[int]
    ehr_type: Mapped[str]
    ehr_id: Mapped[str]
    ehr_version: Mapped[str | None]
    sent: Mapped[dict[str, Any]]
    theirs: Mapped[dict[str, Any] | None]
    linked_at: Mapped[datetime] = mapped_column(server_default=text("clock_timestamp()"))

    __table_args__ = (
        ForeignKeyConstraint(["note_id", "note_version"], ["notes.id", "notes.version"]),
        Index("ix_ehr_links_note", "note_id"),
    )


class Breaker(Table):
    """One row: whether the EHR as a whole answers. Shared by all workers.

    While it is open one delivery at a time probes, by the lease whose token is kept here.
    """

    __tablename__ = "breaker"

    id: Mapped[int] = mapped_column(primary_key=True, server_default=text("1"))
    open_since: Mapped[datetime | None]
    failures: Mapped[int] = mapped_column(server_default=text("0"))
    probes: Mapped[int] = mapped_column(server_default=text("0"))
    probe_at: Mapped[datetime | None]
    probe_token: Mapped[UUID | None]
    reason_code: Mapped[str | None]
    reason: Mapped[str | None]

    __table_args__ = (
        CheckConstraint("id = 1", name="one_row"),
        CheckConstraint("(open_since IS NULL) = (probe_at IS NULL)", name="open_means_a_probe_is_due"),
        CheckConstraint("(open_since IS NULL) = (reason IS NULL)", name="open_has_its_reason"),
        CheckConstraint("(reason IS NULL) = (reason_code IS NULL)", name="whole_reason"),
    )
