"""Who of the clinical team wrote a version of a note, in the record; NULL where the note's specialist did."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0007"
down_revision: str | None = "0006"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.add_column("notes", sa.Column("written_by", sa.String(), nullable=True))
    op.create_check_constraint(
        op.f("ck_notes_the_team_amends_a_request"),
        "notes",
        "written_by IS NULL OR (kind = 'team_request' AND version > 1 AND NOT retracted)",
    )


def downgrade() -> None:
    op.drop_column("notes", "written_by")
