"""Systems that are registered, and the proofs that they have used."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision: str = "0010"
down_revision: str | None = "0009"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.create_table(
        "system_clients",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("jwks", JSONB(), nullable=True),
        sa.Column("jwks_url", sa.String(), nullable=True),
        sa.Column("scopes", sa.String(), nullable=False),
        sa.Column(
            "registered_at", sa.DateTime(timezone=True), server_default=sa.text("clock_timestamp()"), nullable=False
        ),
        sa.Column("registered_by", sa.String(), nullable=False),
        sa.Column("disabled_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_system_clients")),
        sa.CheckConstraint("(jwks IS NULL) <> (jwks_url IS NULL)", name=op.f("ck_system_clients_one_source_of_keys")),
        sa.CheckConstraint(
            "id <> '' AND name <> '' AND scopes <> '' AND registered_by <> ''", name=op.f("ck_system_clients_filled_in")
        ),
    )
    op.create_table(
        "used_assertions",
        sa.Column("client_id", sa.String(), nullable=False),
        sa.Column("jti", sa.String(), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("client_id", "jti", name=op.f("pk_used_assertions")),
    )
    op.create_index(op.f("ix_used_assertions_until"), "used_assertions", ["until"])


def downgrade() -> None:
    op.drop_table("used_assertions")
    op.drop_table("system_clients")
