"""What reconciling found is kept, and a run that stopped is gone on with."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision: str = "0003"
down_revision: str | None = "0002"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.create_table(
        "reconciliations",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("scope", sa.String(), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=True),
        sa.Column("rechecks", sa.BigInteger(), nullable=True),
        sa.Column("repair", sa.Boolean(), nullable=False),
        sa.Column("scheduled", sa.Boolean(), nullable=False),
        sa.Column("began_at", sa.DateTime(timezone=True), server_default=sa.text("clock_timestamp()"), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("stopped_because", sa.String(), nullable=True),
        sa.Column("after", sa.Uuid(), server_default=sa.text("'00000000-0000-0000-0000-000000000000'"), nullable=False),
        sa.Column("totals", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("lease_token", sa.Uuid(), nullable=True),
        sa.Column("leased_by", sa.String(), nullable=False),
        sa.Column("leased_until", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("scope IN ('full', 'changed', 'since')", name=op.f("ck_reconciliations_known_scope")),
        sa.CheckConstraint("(scope = 'full') = (since IS NULL)", name=op.f("ck_reconciliations_full_knows_no_since")),
        sa.CheckConstraint(
            "ended_at IS NULL OR (lease_token IS NULL AND stopped_because IS NULL)",
            name=op.f("ck_reconciliations_an_end_is_whole"),
        ),
        sa.ForeignKeyConstraint(["rechecks"], ["reconciliations.id"], name=op.f("fk_reconciliations_rechecks")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reconciliations")),
    )
    op.create_index("ix_reconciliations_open", "reconciliations", ["id"], postgresql_where=sa.text("ended_at IS NULL"))
    op.create_table(
        "reconciled_notes",
        sa.Column("reconciliation_id", sa.BigInteger(), nullable=False),
        sa.Column("found", sa.String(), nullable=False),
        sa.Column("note_id", sa.Uuid(), nullable=False),
        sa.Column("keys", postgresql.ARRAY(sa.String()), server_default=sa.text("'{}'"), nullable=False),
        sa.ForeignKeyConstraint(
            ["reconciliation_id"],
            ["reconciliations.id"],
            name=op.f("fk_reconciled_notes_reconciliation_id"),
        ),
        sa.PrimaryKeyConstraint("reconciliation_id", "found", "note_id", name=op.f("pk_reconciled_notes")),
    )
    op.create_table(
        "reconciliation_clock",
        sa.Column("id", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.Column("began_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("full_began_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("id = 1", name=op.f("ck_reconciliation_clock_one_row")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reconciliation_clock")),
    )
    op.execute("INSERT INTO reconciliation_clock DEFAULT VALUES")


def downgrade() -> None:
    for table in ("reconciliation_clock", "reconciled_notes", "reconciliations"):
        op.drop_table(table)
