"""Who, what, whose record, when, from where: every line numbered and chained, and added by one function only."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import ARRAY

revision: str = "0009"
down_revision: str | None = "0008"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

_BEFORE = "'content_shown', 'delivery_retried', 'delivery_cancelled', 'delivery_resolved', 'employer_copy_handed_out'"
_ACTIONS = (
    "'read', 'search', 'create', 'update', 'retract', 'deliver', 'export', 'refused', 'sign_in_refused',"
    " 'content_shown', 'delivery_retried', 'delivery_cancelled', 'delivery_resolved', 'employer_copy_handed_out',"
    " 'break_glass_opened', 'break_glass_closed', 'team_changed', 'system_registered', 'system_removed',"
    " 'token_issued', 'backed_up'"
)
_CHECKS = {
    "known_action": f"action IN ({_ACTIONS})",
    "known_outcome": "outcome IN ('done', 'refused', 'failed')",
    "reason_code_is_a_word": "reason_code ~ '^[A-Za-z0-9_.:-]{1,64}$'",
    "numbered_from_one": "number > 0",
    "whole_hashes": "octet_length(previous_hash) = 32 AND octet_length(hash) = 32",
}
_CHAINED = ("chain", "number", "previous_hash", "hash")

_FIRST_HEADS = """
    INSERT INTO audit_chains SELECT chain, 0, decode(repeat('00', 32), 'hex') FROM generate_series(0, 15) AS chain
"""

# What is hashed of a line; service/audit_chain.py builds the same text from its own reading of the columns.
_TEXT = """
    CREATE FUNCTION audit_text(line audit) RETURNS text LANGUAGE sql STABLE AS $$
        SELECT jsonb_build_array(
            line.chain, line.number, line.id, to_char(line.at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'),
            line.who, line.issuer, line.name, line.roles, line.practitioner_id, line.action, line.outcome, line.route,
            line.reason_code, line.reason, line.client_ids, line.note_id, line.delivery_id, line.address,
            line.request_id)::text
    $$
"""

# By this alone the application's role adds lines. A chain's head stays locked until the transaction ends, so of the
# chains it takes one that nobody holds. A second call in a transaction goes on with the chain of the first: one that
# holds a chain never waits for another.
_WRITE = """
    CREATE FUNCTION write_audit(lines jsonb) RETURNS integer
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
    DECLARE
        head audit_chains%ROWTYPE;
        made audit[];
        texts bytea[];
        hashes bytea[];
        many integer;
        held text := current_setting('joinedup.audit_chain', true);
    BEGIN
        IF lines IS NULL OR jsonb_array_length(lines) = 0 THEN
            RETURN 0;
        END IF;
        IF held <> '' THEN
            SELECT * INTO head FROM audit_chains WHERE chain = held::smallint FOR UPDATE;
        ELSE
            SELECT * INTO head FROM audit_chains LIMIT 1 FOR UPDATE SKIP LOCKED;
            IF NOT FOUND THEN
                SELECT * INTO STRICT head FROM audit_chains ORDER BY random() LIMIT 1 FOR UPDATE;
            END IF;
            PERFORM set_config('joinedup.audit_chain', head.chain::text, true);
        END IF;
        -- All lines at once, for one by one each costs twice as much; OFFSET 0 keeps time and id the same in both.
        SELECT array_agg(line ORDER BY place), array_agg(convert_to(audit_text(line), 'UTF8') ORDER BY place), count(*)
          INTO made, texts, many
          FROM (SELECT said.ordinality AS place,
                       ROW(nextval('audit_id_seq'), clock_timestamp(), said.who, said.action, said.note_id,
                           said.delivery_id, said.request_id, said.issuer, said.name, coalesce(said.roles, '{}'),
                           said.practitioner_id, coalesce(said.outcome, 'done'), said.route, said.reason_code,
                           said.reason, coalesce(said.client_ids, '{}'), said.address, head.chain,
                           head.last_number + said.ordinality, NULL, NULL)::audit AS line
                  FROM jsonb_populate_recordset(NULL::audit, lines) WITH ORDINALITY AS said
                OFFSET 0) AS numbered;
        hashes := ARRAY[head.last_hash];
        FOR place IN 1..many LOOP
            hashes[place + 1] := sha256(hashes[place] || texts[place]);
        END LOOP;
        INSERT INTO audit (id, at, who, action, note_id, delivery_id, request_id, issuer, name, roles, practitioner_id,
                           outcome, route, reason_code, reason, client_ids, address, chain, number, previous_hash, hash)
        OVERRIDING SYSTEM VALUE
        SELECT id, at, who, action, note_id, delivery_id, request_id, issuer, name, roles, practitioner_id, outcome,
               route, reason_code, reason, client_ids, address, chain, number, before, after
          FROM unnest(made, hashes[1:many], hashes[2:]) AS line (
               id, at, who, action, note_id, delivery_id, request_id, issuer, name, roles, practitioner_id, outcome,
               route, reason_code, reason, client_ids, address, chain, number, previous_hash, hash, before, after);
        UPDATE audit_chains SET last_number = head.last_number + many, last_hash = hashes[many + 1]
         WHERE chain = head.chain;
        RETURN many;
    END
    $$
"""

# What was written before there were chains is chained as it stands: from now on nobody changes it unseen.
_CHAIN_WHAT_IS_THERE = """
    DO $$
    DECLARE
        line audit%ROWTYPE;
        last_number bigint := 0;
        last_hash bytea := decode(repeat('00', 32), 'hex');
    BEGIN
        FOR line IN SELECT * FROM audit ORDER BY id LOOP
            line.chain := 0;
            line.number := last_number + 1;
            line.previous_hash := last_hash;
            line.hash := sha256(last_hash || convert_to(audit_text(line), 'UTF8'));
            UPDATE audit SET chain = line.chain, number = line.number, previous_hash = last_hash, hash = line.hash
            WHERE id = line.id;
            last_number := line.number;
            last_hash := line.hash;
        END LOOP;
        UPDATE audit_chains SET last_number = line.number, last_hash = line.hash WHERE line.number IS NOT NULL
            AND chain = 0;
    END
    $$
"""


def upgrade() -> None:
    op.create_table(
        "audit_chains",
        sa.Column("chain", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("last_number", sa.BigInteger(), nullable=False),
        sa.Column("last_hash", sa.LargeBinary(), nullable=False),
        sa.CheckConstraint("octet_length(last_hash) = 32", name=op.f("ck_audit_chains_whole_hash")),
        sa.PrimaryKeyConstraint("chain", name=op.f("pk_audit_chains")),
    )
    op.execute(_FIRST_HEADS)
    for column in _columns():
        op.add_column("audit", column)
    op.drop_constraint(op.f("ck_audit_known_action"), "audit", type_="check")
    op.drop_index("ix_audit_client", "audit")
    # Whoever moved a delivery or was handed a copy said their own name, on this machine.
    op.execute("UPDATE audit SET client_ids = array_remove(ARRAY[client_id], NULL), roles = '{operator}'")
    op.drop_column("audit", "client_id")
    op.execute(_TEXT)
    op.execute(_CHAIN_WHAT_IS_THERE)
    for name in _CHAINED:
        op.alter_column("audit", name, nullable=False)
    for name, rule in _CHECKS.items():
        op.create_check_constraint(op.f(f"ck_audit_{name}"), "audit", rule)
    op.create_unique_constraint(op.f("uq_audit_chain_number"), "audit", ["chain", "number"])
    op.create_index("ix_audit_at", "audit", ["at", "id"])
    op.create_index("ix_audit_who", "audit", ["who", "at"])
    op.create_index("ix_audit_client_ids", "audit", ["client_ids"], postgresql_using="gin")
    op.execute(_WRITE)
    op.execute("REVOKE ALL ON FUNCTION write_audit(jsonb) FROM PUBLIC")
    # Read by those whose work is about everybody; the function adds as the owner, whom this does not bind.
    op.execute("ALTER TABLE audit ENABLE ROW LEVEL SECURITY")
    op.execute(
        "CREATE POLICY of_the_caller ON audit"
        " USING ((SELECT current_setting('joinedup.sees', true)) = 'everything') WITH CHECK (false)"
    )


def downgrade() -> None:
    op.execute("DROP POLICY of_the_caller ON audit")
    op.execute("ALTER TABLE audit DISABLE ROW LEVEL SECURITY")
    op.execute("DROP FUNCTION write_audit(jsonb)")
    op.execute("DROP FUNCTION audit_text(audit)")
    op.execute(f"DELETE FROM audit WHERE action NOT IN ({_BEFORE})")  # noqa: S608 - a constant of ours
    op.add_column("audit", sa.Column("client_id", sa.Uuid(), nullable=True))
    op.execute("UPDATE audit SET client_id = client_ids[1]")
    op.drop_constraint(op.f("ck_audit_known_action"), "audit", type_="check")
    for name in ("ix_audit_at", "ix_audit_who", "ix_audit_client_ids"):
        op.drop_index(name, "audit")
    for column in _columns():
        op.drop_column("audit", column.name)
    op.create_check_constraint(op.f("ck_audit_known_action"), "audit", f"action IN ({_BEFORE})")
    op.create_index("ix_audit_client", "audit", ["client_id", "at"])
    op.drop_table("audit_chains")


def _columns() -> list[sa.Column[object]]:
    return [
        sa.Column("issuer", sa.String()),
        sa.Column("name", sa.String()),
        sa.Column("roles", ARRAY(sa.String()), nullable=False, server_default="{}"),
        sa.Column("practitioner_id", sa.String()),
        sa.Column("outcome", sa.String(), nullable=False, server_default="done"),
        sa.Column("route", sa.String()),
        sa.Column("reason_code", sa.String()),
        sa.Column("reason", sa.String()),
        sa.Column("client_ids", ARRAY(sa.Uuid()), nullable=False, server_default="{}"),
        sa.Column("address", sa.String()),
        sa.Column("chain", sa.SmallInteger()),
        sa.Column("number", sa.BigInteger()),
        sa.Column("previous_hash", sa.LargeBinary()),
        sa.Column("hash", sa.LargeBinary()),
    ]
