"""Notes that arrive at the same moment share a transaction, and each is answered as if it had come alone."""

import asyncio
from collections.abc import Sequence
from typing import Any

import httpx
import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncSession

from service.db import Sessions
from service.group_commit import GroupCommit
from tests.door import confirm
from tests.outbox import rows
from tests.phone import NHS_NUMBERS, about, contact

Json = dict[str, Any]


async def _batch(phone: httpx.AsyncClient, *notes: Json) -> list[int]:
    answer = await phone.post("/notes/batch", json={"notes": notes})
    return [result["status"] for result in answer.json()["results"]]


async def test_notes_about_different_clients_share_a_transaction(phone: httpx.AsyncClient, sessions: Sessions) -> None:
    notes = [contact(client=about(number)) for number in NHS_NUMBERS]
    assert await _batch(phone, *notes) == [201] * len(notes)
    assert await rows(sessions, "SELECT count(*), count(DISTINCT xmin::text) FROM notes") == [(len(notes), 1)]
    assert await rows(sessions, "SELECT count(*) FROM lanes WHERE due_at IS NOT NULL") == [(len(notes),)]
    assert await rows(sessions, "SELECT count(DISTINCT note_id) FROM resources") == [(len(notes),)]


async def test_notes_about_one_client_keep_the_order_in_which_they_came(
    phone: httpx.AsyncClient, sessions: Sessions
) -> None:
    notes = [contact(client=about(NHS_NUMBERS[number])) for number in (0, 1, 0, 0, 1)]
    assert await _batch(phone, *notes) == [201] * 5
    kept = await rows(sessions, "SELECT note_id::text FROM deliveries ORDER BY client_id, sequence")
    of_first = [note["id"] for note in notes if note["client"]["nhs_number"] == NHS_NUMBERS[0]]
    of_second = [note["id"] for note in notes if note["client"]["nhs_number"] == NHS_NUMBERS[1]]
    assert [one for (one,) in kept] in ([*of_first, *of_second], [*of_second, *of_first])
    assert await rows(sessions, "SELECT count(*) FROM clients") == [(2,)]


async def test_the_same_again_a_conflict_and_a_refusal_stop_no_other(
    phone: httpx.AsyncClient, sessions: Sessions
) -> None:
    await phone.post("/notes", json=contact(client=about(NHS_NUMBERS[0])))
    await confirm(sessions, NHS_NUMBERS[0])
    first = contact(client=about(NHS_NUMBERS[1]))
    statuses = await _batch(
        phone,
        first,
        contact(client=about(NHS_NUMBERS[0], "1991-01-01")),
        {**first, "note": "Other words under the same id."},
        first,
        contact(client=about(NHS_NUMBERS[2])),
    )
    assert statuses == [201, 422, 409, 200, 201]
    assert await rows(sessions, "SELECT count(*) FROM notes") == [(3,)]
    assert await rows(sessions, "SELECT note_id::text FROM conflicting_notes") == [(first["id"],)]


async def test_the_date_of_birth_that_came_first_is_the_one_that_the_second_is_held_against(
    phone: httpx.AsyncClient, sessions: Sessions
) -> None:
    first, second = contact(client=about(NHS_NUMBERS[0])), contact(client=about(NHS_NUMBERS[0], "1991-01-01"))
    assert await _batch(phone, first, second) == [201, 201]
    states = await rows(sessions, "SELECT note_id::text, state, reason_code FROM deliveries ORDER BY sequence")
    assert states == [(first["id"], "waiting", None), (second["id"], "needs_attention", "birth_date_differs")]


async def test_who_comes_after_one_that_has_to_wait_waits_too(phone: httpx.AsyncClient, sessions: Sessions) -> None:
    first, second = contact(client=about(NHS_NUMBERS[0])), contact(client=about(NHS_NUMBERS[0]))
    under_its_id = {**second, "client": about(NHS_NUMBERS[1])}
    assert await _batch(phone, first, second, under_its_id) == [201, 201, 409]
    assert await rows(sessions, "SELECT count(DISTINCT client_id), count(*) FROM notes") == [(1, 2)]


async def test_a_specialist_named_twice_has_the_name_that_came_last(
    phone: httpx.AsyncClient, sessions: Sessions
) -> None:
    notes = [
        contact(client=about(number), specialist={"id": "es-9", "name": name})
        for number, name in zip(NHS_NUMBERS, ("Sam Okafor", "Sam Okafor-Lee"), strict=False)
    ]
    assert await _batch(phone, *notes) == [201, 201]
    assert await rows(sessions, "SELECT name FROM specialists WHERE id = 'es-9'") == [("Sam Okafor-Lee",)]


_CHECK = text("SELECT 10 / CAST(:number AS integer)")


async def _divide(session: AsyncSession, numbers: Sequence[int]) -> list[int]:
    return [(await session.execute(_CHECK, {"number": number})).scalar_one() for number in numbers]


async def test_what_the_database_refuses_stops_only_itself(sessions: Sessions) -> None:
    group: GroupCommit[int, int] = GroupCommit(sessions, _divide, most=8)
    done = await asyncio.gather(*(group.write(number) for number in (1, 0, 5)), return_exceptions=True)
    assert (done[0], done[2]) == (10, 2)
    assert isinstance(done[1], DBAPIError)


async def test_what_is_refused_alone_is_raised(sessions: Sessions) -> None:
    group: GroupCommit[int, int] = GroupCommit(sessions, _divide, most=8)
    with pytest.raises(DBAPIError):
        await group.write(0)
    assert await group.write(2) == 5


async def test_no_transaction_takes_more_than_its_most(sessions: Sessions) -> None:
    taken: list[int] = []

    async def count(session: AsyncSession, numbers: Sequence[int]) -> Sequence[int]:
        taken.append(len(numbers))
        return await _divide(session, numbers)

    group: GroupCommit[int, int] = GroupCommit(sessions, count, most=3)
    assert await asyncio.gather(*(group.write(1) for _ in range(7))) == [10] * 7
    assert taken == [3, 3, 1]


async def test_who_gives_up_waiting_takes_nobody_down(sessions: Sessions) -> None:
    group: GroupCommit[int, int] = GroupCommit(sessions, _divide, most=8)
    leaving, staying = asyncio.create_task(group.write(1)), asyncio.create_task(group.write(2))
    await asyncio.sleep(0)
    leaving.cancel()
    assert await staying == 5
    assert leaving.cancelled()
