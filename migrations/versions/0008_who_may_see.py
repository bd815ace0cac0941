"""Whose people are whose, and row-level security: a session sees the people of its caller, and unless told, nobody.

`joinedup.sees`: everything | teams. `joinedup.teams`: ids of teams, with U+001F between them. `joinedup.practitioner`:
the specialist's id in notes. `joinedup.who`: the caller's subject. The worker and the door see everything.
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0008"
down_revision: str | None = "0007"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

# Each setting in a subquery of its own: asked once a statement, not once a row.
_EVERYTHING = "(SELECT current_setting('joinedup.sees', true)) = 'everything'"
_MY_TEAMS = "string_to_array((SELECT current_setting('joinedup.teams', true)), chr(31))"
_ME = "(SELECT nullif(current_setting('joinedup.practitioner', true), ''))"
_WHO = "(SELECT nullif(current_setting('joinedup.who', true), ''))"
# By EXISTS, and not by IN: for one row the planner then looks into an index, instead of reading all caseloads first
# (and, for a delivery, all notes).
_MY_PEOPLE = f"""(
    EXISTS (SELECT FROM caseloads AS mine WHERE mine.client_id = {{client}} AND mine.team_id = ANY ({_MY_TEAMS}))
    OR EXISTS (SELECT FROM break_glass AS opened
                WHERE opened.client_id = {{client}} AND opened.who = {_WHO} AND opened.until > now())
)"""  # noqa: S608 - constants

# What a row is about decides. A note that a specialist wrote stays theirs to see, whoever looks after the person.
_WHOSE = {
    "clients": _MY_PEOPLE.format(client="clients.id"),
    "notes": f"{_MY_PEOPLE.format(client='notes.client_id')} OR specialist_id = {_ME}",
    "resources": _MY_PEOPLE.format(client="resources.client_id"),
    "lanes": _MY_PEOPLE.format(client="lanes.client_id"),
    "deliveries": "EXISTS (SELECT FROM notes WHERE notes.id = note_id AND version = note_version)",
    "conflicting_notes": "EXISTS (SELECT FROM notes WHERE notes.id = conflicting_notes.note_id)",
    "attempts": "EXISTS (SELECT FROM deliveries WHERE deliveries.id = attempts.delivery_id)",
    "ehr_calls": "EXISTS (SELECT FROM deliveries WHERE deliveries.id = ehr_calls.delivery_id)",
    "ehr_links": "EXISTS (SELECT FROM notes WHERE notes.id = note_id AND version = note_version)",
    "team_readings": "EXISTS (SELECT FROM notes WHERE notes.id = team_readings.note_id)",
    "reconciled_notes": "EXISTS (SELECT FROM notes WHERE notes.id = reconciled_notes.note_id)",
    "caseloads": f"team_id = ANY ({_MY_TEAMS})",
    "break_glass": f"who = {_WHO} OR EXISTS (SELECT FROM caseloads WHERE caseloads.client_id = break_glass.client_id)",
}


def upgrade() -> None:
    op.create_table(
        "caseloads",
        sa.Column("client_id", sa.Uuid(), nullable=False),
        sa.Column("team_id", sa.String(), nullable=False),
        sa.Column("specialist_id", sa.String(), nullable=True),
        sa.Column("since", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("team_id <> ''", name=op.f("ck_caseloads_some_team")),
        sa.ForeignKeyConstraint(["client_id"], ["clients.id"], name=op.f("fk_caseloads_client_id")),
        sa.ForeignKeyConstraint(["specialist_id"], ["specialists.id"], name=op.f("fk_caseloads_specialist_id")),
        sa.PrimaryKeyConstraint("client_id", "team_id", name=op.f("pk_caseloads")),
    )
    op.create_index("ix_caseloads_team", "caseloads", ["team_id", "client_id"])
    op.create_index("ix_caseloads_specialist", "caseloads", ["specialist_id", "since"])
    op.create_table(
        "break_glass",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("who", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("client_id", sa.Uuid(), nullable=True),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("who <> '' AND reason <> ''", name=op.f("ck_break_glass_somebody_and_why")),
        sa.CheckConstraint("until > opened_at", name=op.f("ck_break_glass_ends_after_it_begins")),
        sa.ForeignKeyConstraint(["client_id"], ["clients.id"], name=op.f("fk_break_glass_client_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_break_glass")),
    )
    op.create_index("ix_break_glass_who", "break_glass", ["who", "opened_at"])
    op.create_index("ix_break_glass_client", "break_glass", ["client_id", "opened_at"])
    op.add_column("notes", sa.Column("cover_for", sa.String(), nullable=True))
    op.add_column("notes", sa.Column("from_outside", sa.Boolean(), server_default=sa.text("false"), nullable=False))
    for table, mine in _WHOSE.items():
        op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
        op.execute(f"CREATE POLICY of_the_caller ON {table} USING ({_EVERYTHING} OR {mine}) WITH CHECK ({_EVERYTHING})")


def downgrade() -> None:
    for table in _WHOSE:
        op.execute(f"DROP POLICY of_the_caller ON {table}")
        op.execute(f"ALTER TABLE {table} DISABLE ROW LEVEL SECURITY")
    op.drop_column("notes", "from_outside")
    op.drop_column("notes", "cover_for")
    op.drop_table("break_glass")
    op.drop_table("caseloads")
