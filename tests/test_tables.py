"""The tables as the migrations build them."""

from sqlalchemy import text

from service.db import Sessions


async def test_the_migrations_leave_one_closed_breaker(sessions: Sessions) -> None:
    async with sessions() as session:
        rows = (await session.execute(text("SELECT id, open_since FROM breaker"))).all()
    assert [tuple(row) for row in rows] == [(1, None)]
