"""What was in the audit before it had chains is kept, and chained."""

from alembic import command
from sqlalchemy import Connection

from service.db import Sessions
from tests.outbox import rows
from tests.test_audit_chain import verified
from tests.test_migrations import config_of

CLIENT = "00000000-0000-0000-0000-000000000001"


async def _moved(owners: Sessions, *steps: str) -> None:
    def move(connection: Connection) -> None:
        for step in steps:
            if step.startswith("INSERT"):
                connection.exec_driver_sql(step)
            elif step == "0009":
                command.upgrade(config_of(connection), step)
            else:
                command.downgrade(config_of(connection), step)

    async with owners.begin() as session:
        await (await session.connection()).run_sync(move)


async def test_lines_from_before_are_chained_in_their_order_and_name_the_same(
    owners: Sessions,
) -> None:
    before = f"""
        INSERT INTO audit (who, action, client_id, request_id) VALUES
            ('ruth', 'content_shown', '{CLIENT}', 'r-1'), ('o''neill "x"', 'delivery_retried', NULL, NULL)
    """.strip()
    await _moved(owners, "0008", before, "0009")
    told = "SELECT number, who, roles, action, outcome, client_ids::text[], request_id FROM audit ORDER BY id"
    assert await rows(owners, told) == [
        (1, "ruth", ["operator"], "content_shown", "done", [CLIENT], "r-1"),
        (2, 'o\'neill "x"', ["operator"], "delivery_retried", "done", [], None),
    ]
    found = await verified(owners)
    assert (found.lines, found.faults) == (2, ())
    await _moved(owners, "0008")
    assert await rows(owners, "SELECT who, client_id::text FROM audit ORDER BY id") == [
        ("ruth", CLIENT),
        ('o\'neill "x"', None),
    ]
