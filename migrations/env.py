"""Alembic's entry: migrates the database whose connection it is handed, or the one the settings name."""

from alembic import context
from sqlalchemy import Connection

from service.tables import Table


def migrate(connection: Connection) -> None:
    """Run the migrations in one transaction on a connection that is already open."""
    context.configure(
        connection=connection,
        target_metadata=Table.metadata,
        compare_type=True,
        compare_server_default=True,
        transaction_per_migration=True,
    )
    with context.begin_transaction():
        context.run_migrations()


migrate(context.config.attributes["connection"])
