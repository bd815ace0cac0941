"""What the role that serves may do in the database. The owner's role alone changes tables, and is not used to serve.

`migrate.py` grants exactly this after each migration. Whose rows are seen is a second matter: row-level security, in
the migrations.
"""

from collections.abc import Iterator
from typing import Final

from service.tables.table import Table

# Read by the role that serves, and written by the owner only, or by one of the functions.
READ_ONLY: Final = frozenset({"alembic_version", "audit", "audit_chains"})
FUNCTIONS: Final = ("write_audit(jsonb)",)

_READ_AND_WRITE: Final = "SELECT, INSERT, UPDATE, DELETE"


def grants(role: str) -> Iterator[str]:
    """The statements, in order. `role` is quoted already."""
    yield f"REVOKE ALL ON ALL TABLES IN SCHEMA public FROM {role}"
    for table in sorted({"alembic_version", *Table.metadata.tables}):
        yield f"GRANT {'SELECT' if table in READ_ONLY else _READ_AND_WRITE} ON {table} TO {role}"
    for function in FUNCTIONS:
        yield f"REVOKE ALL ON FUNCTION {function} FROM PUBLIC"
        yield f"GRANT EXECUTE ON FUNCTION {function} TO {role}"
