"""First tables."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision: str = "0001"
down_revision: str | None = None
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.create_table(
        "breaker",
        sa.Column("id", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.Column("open_since", sa.DateTime(timezone=True), nullable=True),
        sa.Column("failures", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("probes", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("probe_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("probe_token", sa.Uuid(), nullable=True),
        sa.Column("reason_code", sa.String(), nullable=True),
        sa.Column("reason", sa.String(), nullable=True),
        sa.CheckConstraint(
            "(open_since IS NULL) = (probe_at IS NULL)", name=op.f("ck_breaker_open_means_a_probe_is_due")
        ),
        sa.CheckConstraint("(open_since IS NULL) = (reason IS NULL)", name=op.f("ck_breaker_open_has_its_reason")),
        sa.CheckConstraint("(reason IS NULL) = (reason_code IS NULL)", name=op.f("ck_breaker_whole_reason")),
        sa.CheckConstraint("id = 1", name=op.f("ck_breaker_one_row")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_breaker")),
    )
    op.create_table(
        "conflicting_notes",
        sa.Column("note_id", sa.Uuid(), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("form", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("octet_length(digest) = 32", name=op.f("ck_conflicting_notes_digest_is_sha256")),
        sa.PrimaryKeyConstraint("note_id", "digest", name=op.f("pk_conflicting_notes")),
    )
    op.create_table(
        "clients",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("nhs_number", sa.String(), nullable=False),
        sa.Column("birth_date", sa.Date(), nullable=False),
        sa.Column("name", sa.String(), nullable=True),
        sa.Column("ehr_patient_id", sa.String(), nullable=True),
        sa.Column("confirmed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("matched_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("registered_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("nhs_number ~ '^[0-9]{10}$'", name=op.f("ck_clients_nhs_number_has_ten_digits")),
        sa.CheckConstraint(
            "(confirmed_at IS NULL) = (ehr_patient_id IS NULL) AND (confirmed_at IS NULL) = (matched_at IS NULL)",
            name=op.f("ck_clients_confirmed_by_a_match"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_clients")),
        sa.UniqueConstraint("nhs_number", name=op.f("uq_clients_nhs_number")),
    )
    op.create_table(
        "specialists",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_specialists")),
    )
    op.create_table(
        "lanes",
        sa.Column("client_id", sa.Uuid(), nullable=False),
        sa.Column("last_sequence", sa.BigInteger(), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("held_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("lease_token", sa.Uuid(), nullable=True),
        sa.Column("leased_by", sa.String(), nullable=True),
        sa.CheckConstraint("(lease_token IS NULL) = (leased_by IS NULL)", name=op.f("ck_lanes_whole_lease")),
        sa.CheckConstraint("last_sequence >= 1", name=op.f("ck_lanes_sequence_from_one")),
        sa.CheckConstraint("lease_token IS NULL OR due_at IS NOT NULL", name=op.f("ck_lanes_a_lease_ends")),
        sa.ForeignKeyConstraint(["client_id"], ["clients.id"], name=op.f("fk_lanes_client_id")),
        sa.PrimaryKeyConstraint("client_id", name=op.f("pk_lanes")),
    )
    op.create_index("ix_lanes_due", "lanes", ["due_at"], unique=False, postgresql_where=sa.text("due_at IS NOT NULL"))
    op.create_table(
        "notes",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("client_id", sa.Uuid(), nullable=False),
        sa.Column("specialist_id", sa.String(), nullable=False),
        sa.Column("birth_date", sa.Date(), nullable=False),
        sa.Column("happened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("written_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("form", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("retracted", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("reason", sa.String(), nullable=True),
        sa.CheckConstraint("NOT retracted OR version > 1", name=op.f("ck_notes_only_what_exists_is_retracted")),
        sa.CheckConstraint("octet_length(digest) = 32", name=op.f("ck_notes_digest_is_sha256")),
        sa.CheckConstraint("version = 1 OR reason IS NOT NULL", name=op.f("ck_notes_a_change_has_its_reason")),
        sa.CheckConstraint("version >= 1", name=op.f("ck_notes_version_from_one")),
        sa.ForeignKeyConstraint(["client_id"], ["clients.id"], name=op.f("fk_notes_client_id")),
        sa.ForeignKeyConstraint(["specialist_id"], ["specialists.id"], name=op.f("fk_notes_specialist_id")),
        sa.PrimaryKeyConstraint("id", "version", name=op.f("pk_notes")),
    )
    op.create_index("ix_notes_client", "notes", ["client_id", "happened_at"], unique=False)
    op.create_index("ix_notes_specialist", "notes", ["specialist_id", "received_at", "id"], unique=False)
    op.create_table(
        "deliveries",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("note_id", sa.Uuid(), nullable=False),
        sa.Column("note_version", sa.Integer(), nullable=False),
        sa.Column("client_id", sa.Uuid(), nullable=False),
        sa.Column("sequence", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("reason_code", sa.String(), nullable=True),
        sa.Column("reason", sa.String(), nullable=True),
        sa.Column("next_try_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("tries", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("refers_to", postgresql.ARRAY(sa.Uuid()), server_default=sa.text("'{}'"), nullable=False),
        sa.Column("waits_behind", sa.Uuid(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "(state IN ('delivered', 'cancelled')) = (ended_at IS NOT NULL)",
            name=op.f("ck_deliveries_an_end_has_its_time"),
        ),
        sa.CheckConstraint(
            "state IN ('waiting', 'sending', 'delivered', 'needs_attention', 'cancelled')",
            name=op.f("ck_deliveries_known_state"),
        ),
        sa.CheckConstraint(
            "state NOT IN ('needs_attention', 'cancelled') OR (reason IS NOT NULL AND reason_code IS NOT NULL)",
            name=op.f("ck_deliveries_a_stop_has_its_reason"),
        ),
        sa.CheckConstraint(
            "waits_behind IS NULL OR state = 'waiting'", name=op.f("ck_deliveries_only_the_waiting_wait")
        ),
        sa.CheckConstraint("(reason IS NULL) = (reason_code IS NULL)", name=op.f("ck_deliveries_whole_reason")),
        sa.ForeignKeyConstraint(["client_id"], ["lanes.client_id"], name=op.f("fk_deliveries_client_id")),
        sa.ForeignKeyConstraint(
            ["note_id", "note_version"], ["notes.id", "notes.version"], name=op.f("fk_deliveries_note_id_note_version")
        ),
        sa.ForeignKeyConstraint(["waits_behind"], ["deliveries.id"], name=op.f("fk_deliveries_waits_behind")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_deliveries")),
        sa.UniqueConstraint("client_id", "sequence", name=op.f("uq_deliveries_client_id_sequence")),
        sa.UniqueConstraint("note_id", "note_version", name=op.f("uq_deliveries_note_id_note_version")),
    )
    op.create_index(
        "ix_deliveries_stopped",
        "deliveries",
        ["client_id", "sequence"],
        unique=False,
        postgresql_where=sa.text("state = 'needs_attention' OR waits_behind IS NOT NULL"),
    )
    op.create_index(
        "ix_deliveries_behind",
        "deliveries",
        ["waits_behind"],
        unique=False,
        postgresql_where=sa.text("waits_behind IS NOT NULL"),
    )
    op.create_index(
        "ix_deliveries_next",
        "deliveries",
        ["client_id", "sequence"],
        unique=False,
        postgresql_where=sa.text("state IN ('waiting', 'sending') AND waits_behind IS NULL"),
    )
    op.create_index(
        "ix_deliveries_open",
        "deliveries",
        ["created_at"],
        unique=False,
        postgresql_where=sa.text("state IN ('waiting', 'sending', 'needs_attention')"),
    )
    op.create_table(
        "ehr_links",
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("note_id", sa.Uuid(), nullable=False),
        sa.Column("note_version", sa.Integer(), nullable=False),
        sa.Column("ehr_type", sa.String(), nullable=False),
        sa.Column("ehr_id", sa.String(), nullable=False),
        sa.Column("ehr_version", sa.String(), nullable=True),
        sa.Column("sent", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("linked_at", sa.DateTime(timezone=True), server_default=sa.text("clock_timestamp()"), nullable=False),
        sa.ForeignKeyConstraint(
            ["note_id", "note_version"], ["notes.id", "notes.version"], name=op.f("fk_ehr_links_note_id_note_version")
        ),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_ehr_links")),
    )
    op.create_index("ix_ehr_links_note", "ehr_links", ["note_id"], unique=False)
    op.create_table(
        "resources",
        sa.Column("type", sa.String(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("note_id", sa.Uuid(), nullable=False),
        sa.Column("client_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("body", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.ForeignKeyConstraint(["client_id"], ["clients.id"], name=op.f("fk_resources_client_id")),
        sa.ForeignKeyConstraint(
            ["note_id", "version"], ["notes.id", "notes.version"], name=op.f("fk_resources_note_id_version")
        ),
        sa.PrimaryKeyConstraint("type", "id", "version", name=op.f("pk_resources")),
    )
    op.create_index("ix_resources_client", "resources", ["client_id", "type"], unique=False)
    op.create_index("ix_resources_note", "resources", ["note_id", "version", "position"], unique=True)
    op.create_table(
        "attempts",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("delivery_id", sa.Uuid(), nullable=False),
        sa.Column("worker", sa.String(), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), server_default=sa.text("clock_timestamp()"), nullable=False),
        sa.Column("outcome", sa.String(), nullable=False),
        sa.Column("reason_code", sa.String(), nullable=True),
        sa.Column("reason", sa.String(), nullable=True),
        sa.Column("answer", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.CheckConstraint(
            "(outcome = 'delivered') = (reason IS NULL)", name=op.f("ck_attempts_a_failure_has_its_reason")
        ),
        sa.CheckConstraint(
            "outcome IN ('delivered', 'try_later', 'refused', 'unknown')", name=op.f("ck_attempts_known_outcome")
        ),
        sa.ForeignKeyConstraint(["delivery_id"], ["deliveries.id"], name=op.f("fk_attempts_delivery_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_attempts")),
    )
    op.create_index("ix_attempts_delivery", "attempts", ["delivery_id", "id"], unique=False)
    op.create_table(
        "ehr_calls",
        sa.Column("delivery_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("keys", postgresql.ARRAY(sa.String()), nullable=False),
        sa.Column(
            "intended_at", sa.DateTime(timezone=True), server_default=sa.text("clock_timestamp()"), nullable=False
        ),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("number >= 0", name=op.f("ck_ehr_calls_number_from_zero")),
        sa.ForeignKeyConstraint(["delivery_id"], ["deliveries.id"], name=op.f("fk_ehr_calls_delivery_id")),
        sa.PrimaryKeyConstraint("delivery_id", "number", name=op.f("pk_ehr_calls")),
    )
    op.execute("INSERT INTO breaker DEFAULT VALUES")


def downgrade() -> None:
    for table in (
        "ehr_calls",
        "attempts",
        "resources",
        "ehr_links",
        "conflicting_notes",
        "deliveries",
        "notes",
        "lanes",
        "specialists",
        "clients",
        "breaker",
    ):
        op.drop_table(table)
