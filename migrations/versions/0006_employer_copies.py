"""Who asked for the copy of a note that an employer may have."""

from collections.abc import Sequence

from alembic import op

revision: str = "0006"
down_revision: str | None = "0005"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

_BEFORE = "'content_shown', 'delivery_retried', 'delivery_cancelled', 'delivery_resolved'"


def upgrade() -> None:
    _allow(f"{_BEFORE}, 'employer_copy_handed_out'")


def downgrade() -> None:
    op.execute("DELETE FROM audit WHERE action = 'employer_copy_handed_out'")
    _allow(_BEFORE)


def _allow(actions: str) -> None:
    op.drop_constraint(op.f("ck_audit_known_action"), "audit", type_="check")
    op.create_check_constraint(op.f("ck_audit_known_action"), "audit", f"action IN ({actions})")
