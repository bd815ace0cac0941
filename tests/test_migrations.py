"""The migrations build what the models describe, and take it down again."""

from collections.abc import Callable
from typing import Any

from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Connection, inspect, text

from service.db import Sessions
from service.tables import Table
from tests.conftest import MIGRATIONS


async def _on(sessions: Sessions, step: Callable[[Connection], Any]) -> Any:
    async with sessions.begin() as session:
        return await (await session.connection()).run_sync(step)


def config_of(connection: Connection) -> Config:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.attributes["connection"] = connection
    return config


def _drift(connection: Connection) -> list[Any]:
    options = {"compare_type": True, "compare_server_default": True}
    found: list[Any] = compare_metadata(MigrationContext.configure(connection, opts=options), Table.metadata)
    return found


def _as_described(connection: Connection) -> None:
    """The models' own tables, beside the migrated ones, in a schema of their own."""
    connection.execute(text("CREATE SCHEMA described"))
    Table.metadata.create_all(connection.execution_options(schema_translate_map={None: "described"}))


def _rules(connection: Connection) -> set[tuple[str, ...]]:
    """Every constraint and index in words: Alembic compares neither checks nor what an index is limited to."""
    found = connection.execute(
        text("""
            SELECT connamespace::regnamespace::text, conname, pg_get_constraintdef(pg_constraint.oid)
            FROM pg_constraint WHERE contype <> 'n' AND conrelid <> 'public.alembic_version'::regclass
                AND connamespace IN ('public'::regnamespace, 'described'::regnamespace)
            UNION ALL
            SELECT schemaname, indexname, indexdef FROM pg_indexes
            WHERE schemaname IN ('public', 'described') AND tablename <> 'alembic_version'
        """)
    )
    return {(schema, name, rule.replace(f"{schema}.", "")) for schema, name, rule in found}


def _tables(connection: Connection) -> set[str]:
    return set(inspect(connection).get_table_names())


async def test_the_migrations_build_what_the_models_describe(owners: Sessions) -> None:
    assert await _on(owners, _drift) == []


async def test_every_constraint_and_index_of_the_models_is_in_the_database(owners: Sessions) -> None:
    await _on(owners, _as_described)
    rules = await _on(owners, _rules)
    migrated, described = ({row[1:] for row in rules if row[0] == schema} for schema in ("public", "described"))
    assert migrated == described
    assert len(described) > len(Table.metadata.tables)


async def test_down_leaves_nothing_and_up_again_builds_it_all(owners: Sessions) -> None:
    await _on(owners, lambda connection: command.downgrade(config_of(connection), "base"))
    assert await _on(owners, _tables) == {"alembic_version"}
    await _on(owners, lambda connection: command.upgrade(config_of(connection), "head"))
    assert await _on(owners, _drift) == []
