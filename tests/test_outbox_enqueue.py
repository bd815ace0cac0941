"""A note version takes its place in its client's lane."""

import asyncio
from typing import Any
from uuid import UUID, uuid4

import asyncpg
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from service.db import Sessions
from service.outbox.queue import CHANNEL
from tests.notes import person, receive


async def _rows(sessions: Sessions, sql: str, **binds: Any) -> list[tuple[Any, ...]]:
    async with sessions() as session:
        return [tuple(row) for row in await session.execute(text(sql), binds)]


async def _states(sessions: Sessions) -> list[tuple[Any, ...]]:
    return await _rows(sessions, "SELECT sequence, state, reason_code FROM deliveries ORDER BY client_id, sequence")


async def _behind(sessions: Sessions, delivery: UUID) -> UUID | None:
    found: UUID | None = (await _rows(sessions, "SELECT waits_behind FROM deliveries WHERE id = :id", id=delivery))[0][
        0
    ]
    return found


async def test_notes_of_one_client_are_numbered_in_the_order_they_come(sessions: Sessions) -> None:
    for _ in range(3):
        async with sessions.begin() as session:
            await receive(session, person(1))
    async with sessions.begin() as session:
        await receive(session, person(2))
    found = await _rows(sessions, "SELECT sequence, state FROM deliveries ORDER BY sequence, client_id")
    assert found == [(1, "waiting"), (1, "waiting"), (2, "waiting"), (3, "waiting")]


async def test_notes_that_come_at_the_same_moment_each_have_their_own_number(sessions: Sessions) -> None:
    async def one() -> None:
        async with sessions.begin() as session:
            await receive(session, person(1))

    await asyncio.gather(*(one() for _ in range(8)))
    assert [row[0] for row in await _states(sessions)] == [1, 2, 3, 4, 5, 6, 7, 8]


async def test_a_note_that_is_there_already_is_not_enqueued_again(sessions: Sessions) -> None:
    note = uuid4()
    for _ in range(2):
        async with sessions.begin() as session:
            await receive(session, person(1), note)
    assert await _states(sessions) == [(1, "waiting", None)]
    assert await _rows(sessions, "SELECT last_sequence FROM lanes") == [(1,)]


async def test_a_new_note_makes_an_idle_lane_due_now(sessions: Sessions) -> None:
    async with sessions.begin() as session:
        await receive(session, person(1))
    assert await _rows(sessions, "SELECT due_at <= clock_timestamp() FROM lanes") == [(True,)]


async def test_a_new_note_does_not_hurry_a_lane_that_waits(sessions: Sessions) -> None:
    async with sessions.begin() as session:
        await receive(session, person(1))
        await session.execute(text("UPDATE lanes SET due_at = '2100-01-01'"))
    async with sessions.begin() as session:
        await receive(session, person(1))
    assert await _rows(sessions, "SELECT due_at = '2100-01-01' FROM lanes") == [(True,)]


async def test_a_note_that_needs_attention_from_the_start_keeps_its_place_and_wakes_nobody(sessions: Sessions) -> None:
    async with sessions.begin() as session:
        await receive(session, person(1), stopped="mapping_failed")
    assert await _states(sessions) == [(1, "needs_attention", "mapping_failed")]
    assert await _rows(sessions, "SELECT due_at FROM lanes") == [(None,)]


async def test_a_later_version_replaces_the_one_that_needs_attention(sessions: Sessions) -> None:
    note = uuid4()
    async with sessions.begin() as session:
        await receive(session, person(1), note, stopped="birth_date_differs")
    async with sessions.begin() as session:
        await receive(session, person(1), note, version=2)
    assert await _states(sessions) == [(1, "cancelled", "replaced"), (2, "waiting", None)]


async def test_a_later_version_leaves_the_one_that_only_waits_to_go_first(sessions: Sessions) -> None:
    note = uuid4()
    for version in (1, 2):
        async with sessions.begin() as session:
            await receive(session, person(1), note, version=version)
    assert await _states(sessions) == [(1, "waiting", None), (2, "waiting", None)]


async def test_what_refers_to_a_replaced_note_waits_for_the_version_that_replaces_it(sessions: Sessions) -> None:
    goal, contact = uuid4(), uuid4()
    async with sessions.begin() as session:
        stopped = await receive(session, person(1), goal, stopped="refused")
        second = await receive(session, person(1), goal, version=2)
        behind = await receive(session, person(1), contact, refers_to=[goal])
        await _stop(session, stopped, behind, second)
    async with sessions.begin() as session:
        third = await receive(session, person(1), goal, version=3)
    assert await _behind(sessions, second) is None
    assert await _behind(sessions, behind) == third


async def _stop(session: AsyncSession, stopped: UUID, *behind: UUID) -> None:
    await session.execute(
        text("UPDATE deliveries SET state = 'needs_attention', ended_at = NULL WHERE id = :stopped"),
        {"stopped": stopped},
    )
    for delivery in behind:
        await session.execute(
            text("UPDATE deliveries SET waits_behind = :stopped WHERE id = :id"), {"stopped": stopped, "id": delivery}
        )


async def test_only_a_lane_that_was_idle_rings_the_bell(sessions: Sessions, database_url: str) -> None:
    heard: list[object] = []
    listener = await asyncpg.connect(database_url)
    await listener.add_listener(CHANNEL, lambda *call: heard.append(call))
    for client in (person(1), person(1), person(2)):
        async with sessions.begin() as session:
            await receive(session, client)
    async with sessions.begin() as session:
        await receive(session, person(3), stopped="mapping_failed")
    await listener.execute("SELECT 1")  # what was sent before has arrived before this answer
    await listener.close()
    assert len(heard) == 2
