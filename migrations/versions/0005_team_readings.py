"""What the clinical team did with a request in the EHR: when it was read, and what the EHR has of it by now."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision: str = "0005"
down_revision: str | None = "0004"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.add_column("ehr_links", sa.Column("theirs", postgresql.JSONB(), nullable=True))
    op.create_table(
        "team_readings",
        sa.Column("note_id", sa.Uuid(), nullable=False),
        sa.Column("read_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("beyond", sa.String(), nullable=True),
        sa.Column("note_version", sa.Integer(), nullable=True),
        sa.Column("found_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "(beyond IS NULL) = (note_version IS NULL) AND (beyond IS NULL) = (found_at IS NULL)",
            name=op.f("ck_team_readings_whole_finding"),
        ),
        sa.PrimaryKeyConstraint("note_id", name=op.f("pk_team_readings")),
    )
    op.create_index(
        "ix_notes_asked_of_team",
        "notes",
        ["id"],
        postgresql_where=sa.text("kind = 'team_request' AND form ->> 'state' IN ('asked', 'taken_up')"),
    )


def downgrade() -> None:
    op.drop_index("ix_notes_asked_of_team", "notes")
    op.drop_table("team_readings")
    op.drop_column("ehr_links", "theirs")
