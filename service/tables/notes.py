"""What came in: clients, specialists, the versions of notes, and the resources made from them."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    CheckConstraint,
    Date,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from service.tables.table import Table

_ASKED_OF_TEAM = "kind = 'team_request' AND form ->> 'state' IN ('asked', 'taken_up')"


class Client(Table):
    """A person. Registered by the first note about them; confirmed when the EHR's patient matched on both."""

    __tablename__ = "clients"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    nhs_number: Mapped[str] = mapped_column(unique=True)
    birth_date: Mapped[date] = mapped_column(Date)
    name: Mapped[str | None]
    ehr_patient_id: Mapped[str | None]
    confirmed_at: Mapped[datetime | None]
    matched_at: Mapped[datetime | None]
    registered_at: Mapped[datetime] = mapped_column(server_default=text("now()"))

    __table_args__ = (
        CheckConstraint("nhs_number ~ '^[0-9]{10}$'", name="nhs_number_has_ten_digits"),
        CheckConstraint(
            "(confirmed_at IS NULL) = (ehr_patient_id IS NULL) AND (confirmed_at IS NULL) = (matched_at IS NULL)",
            name="confirmed_by_a_match",
        ),
    )


class Specialist(Table):
    """An employment specialist, as the trust knows them."""

    __tablename__ = "specialists"

    id: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str]


class Note(Table):
    """One version of a note, as the phone sent it; with `written_by`, as the clinical team made it in the record.

    `cover_for`: the specialist whose caseload the person is on, where a colleague wrote. `from_outside`: written by
    somebody whose teams do not look after the person.
    """

    __tablename__ = "notes"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    version: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str]
    client_id: Mapped[UUID] = mapped_column(ForeignKey("clients.id"))
    specialist_id: Mapped[str] = mapped_column(ForeignKey("specialists.id"))
    birth_date: Mapped[date] = mapped_column(Date)
    happened_at: Mapped[datetime]
    written_at: Mapped[datetime]
    received_at: Mapped[datetime]
    form: Mapped[dict[str, Any]]
    digest: Mapped[bytes]
    retracted: Mapped[bool] = mapped_column(server_default=text("false"))
    reason: Mapped[str | None]
    written_by: Mapped[str | None]
    cover_for: Mapped[str | None]
    from_outside: Mapped[bool] = mapped_column(server_default=text("false"))

    __table_args__ = (
        CheckConstraint("version >= 1", name="version_from_one"),
        CheckConstraint("version = 1 OR reason IS NOT NULL", name="a_change_has_its_reason"),
        CheckConstraint("NOT retracted OR version > 1", name="only_what_exists_is_retracted"),
        CheckConstraint(
            "written_by IS NULL OR (kind = 'team_request' AND version > 1 AND NOT retracted)",
            name="the_team_amends_a_request",
        ),
        CheckConstraint("octet_length(digest) = 32", name="digest_is_sha256"),
        Index("ix_notes_client", "client_id", "happened_at"),
        Index("ix_notes_specialist", "specialist_id", "received_at", "id"),
        Index("ix_notes_asked_of_team", "id", postgresql_where=text(_ASKED_OF_TEAM)),
    )


class ConflictingNote(Table):
    """Other content that came under an id already taken: refused, and kept where both can be seen."""

    __tablename__ = "conflicting_notes"

    note_id: Mapped[UUID] = mapped_column(primary_key=True)
    digest: Mapped[bytes] = mapped_column(primary_key=True)
    form: Mapped[dict[str, Any]]
    received_at: Mapped[datetime]

    __table_args__ = (CheckConstraint("octet_length(digest) = 32", name="digest_is_sha256"),)


class StoredResource(Table):
    """One FHIR resource made from a note version: what the record API serves and `push` sends."""

    __tablename__ = "resources"

    type: Mapped[str] = mapped_column(primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True)
    version: Mapped[int] = mapped_column(primary_key=True)
    note_id: Mapped[UUID]
    client_id: Mapped[UUID] = mapped_column(ForeignKey("clients.id"))
    position: Mapped[int]
    body: Mapped[dict[str, Any]]

    __table_args__ = (
        ForeignKeyConstraint(["note_id", "version"], ["notes.id", "notes.version"]),
        Index("ix_resources_note", "note_id", "version", "position", unique=True),
        Index("ix_resources_client", "client_id", "type"),
    )
