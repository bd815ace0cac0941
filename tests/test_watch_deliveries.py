"""What waits, why, and what one delivery went through: for those who run the service."""

from typing import Any
from uuid import UUID, uuid4

import pytest
from rich.console import Console
from sqlalchemy import text

from service.db import Sessions
from service.outbox.chosen import Chosen, State
from service.watch.deliveries import Listed, Shown, list_deliveries, show_deliveries
from service.watch.in_tables import console, deliveries_table, delivery_pages
from tests.delivered import deliver_all, delivered, id_of
from tests.notes import person, receive
from tests.phone import contact
from tests.sandbox_server import SandboxServer


async def listed(sessions: Sessions, *arguments: Any, **more: Any) -> list[Listed]:
    async with sessions() as session:
        return await list_deliveries(session, *arguments, **more)


async def shown(sessions: Sessions, any_id: UUID, *, with_content: bool = False) -> list[Shown]:
    async with sessions() as session:
        return await show_deliveries(session, any_id, with_content=with_content)


async def receive_at(sessions: Sessions, day: int, client: int = 1, **more: Any) -> UUID:
    """A delivery made on this day of November; its id."""
    async with sessions.begin() as session:
        delivery = await receive(session, person(client), **more)
        await session.execute(text(f"UPDATE deliveries SET created_at = '2026-11-{day:02}' WHERE id = '{delivery}'"))
    return delivery


async def test_what_is_open_is_listed_oldest_first_with_a_sentence(sessions: Sessions) -> None:
    second = await receive_at(sessions, 2, stopped="no_patient")
    first = await receive_at(sessions, 1)
    done = await receive_at(sessions, 3)
    await _do(sessions, f"UPDATE deliveries SET state = 'delivered', ended_at = now() WHERE id = '{done}'")
    rows = await listed(sessions, Chosen())
    assert [(row.id, row.state, row.reason_code) for row in rows] == [
        (first, "waiting", None),
        (second, "needs_attention", "no_patient"),
    ]
    assert rows[1].sentence == "Not in the record: a person has to look. A person has to look at it."


@pytest.mark.parametrize(
    ("chosen", "days"),
    [
        (Chosen(tuple(State)), [1, 2, 3]),
        (Chosen(["needs_attention"]), [2]),
        (Chosen(tuple(State), reason_code="no_patient"), [2]),
        (Chosen(tuple(State), client_id=person(2).id), [3]),
        (Chosen(tuple(State), note_id=UUID(int=3)), [3]),
    ],
)
async def test_a_list_can_be_narrowed(sessions: Sessions, chosen: Chosen, days: list[int]) -> None:
    await receive_at(sessions, 1)
    await receive_at(sessions, 2, stopped="no_patient")
    await receive_at(sessions, 3, client=2, note_id=UUID(int=3))
    assert [row.created_at.day for row in await listed(sessions, chosen)] == days


async def test_a_list_can_be_narrowed_to_a_time(sessions: Sessions) -> None:
    for day in (1, 2, 3):
        await receive_at(sessions, day)
    since, until = [row.created_at for row in await listed(sessions, Chosen())][1:]
    assert [row.created_at.day for row in await listed(sessions, Chosen(since=since, until=until))] == [2]


async def test_a_list_is_read_page_by_page(sessions: Sessions) -> None:
    made = [await receive_at(sessions, 1) for _ in range(5)]
    seen: list[UUID] = []
    while page := await listed(sessions, Chosen(), after=seen[-1] if seen else None, most=2):
        seen += [row.id for row in page]
    assert sorted(seen) == sorted(made)


async def test_one_delivery_is_shown_with_its_attempts_its_calls_and_where_the_ehr_has_it(
    sessions: Sessions, ehr: SandboxServer
) -> None:
    note = contact()
    ehr.misbehave(only="writes", do="answer", status=429, times=1)
    await delivered(sessions, ehr, note)
    await _do(sessions, "UPDATE lanes SET due_at = now()")
    await _do(sessions, "UPDATE breaker SET open_since = NULL, probe_at = NULL, reason_code = NULL, reason = NULL")
    await deliver_all(sessions, ehr)
    (found,) = await shown(sessions, id_of(note))
    assert found.delivery.state == "delivered"
    assert [attempt["outcome"] for attempt in found.attempts] == ["try_later", "delivered"]
    assert [call["number"] for call in found.calls] == [0, 1]
    assert {link["key"].split("/")[0] for link in found.links} >= {"Encounter", "DocumentReference", "Provenance"}
    (by_delivery,) = await shown(sessions, found.delivery.id)
    assert by_delivery == found


async def test_a_note_is_shown_with_each_of_its_versions(sessions: Sessions) -> None:
    note = uuid4()
    await receive_at(sessions, 1, note_id=note)
    await receive_at(sessions, 2, note_id=note, version=2)
    assert [one.delivery.note_version for one in await shown(sessions, note)] == [1, 2]


async def test_nothing_is_shown_for_an_id_that_is_not_known(sessions: Sessions) -> None:
    assert await shown(sessions, uuid4()) == []


async def test_what_the_ehr_said_is_shown_only_where_it_is_asked_for(sessions: Sessions) -> None:
    delivery = await receive_at(sessions, 1)
    await _do(
        sessions,
        "INSERT INTO attempts (delivery_id, worker, outcome, reason_code, reason, answer)"
        f" VALUES ('{delivery}', 'w', 'refused', 'ehr_rule', 'A rule.', '{{\"text\": \"Okonkwo\"}}')",
    )
    (without,) = await shown(sessions, delivery)
    assert without.attempts[0]["answer"] is None
    assert "Okonkwo" not in _printed(delivery_pages([without]))
    (with_it,) = await shown(sessions, delivery, with_content=True)
    assert "Okonkwo" in _printed(delivery_pages([with_it]))


async def test_a_page_shows_every_part_of_a_delivery(sessions: Sessions, ehr: SandboxServer) -> None:
    note = contact()
    await delivered(sessions, ehr, note)
    (found,) = await shown(sessions, id_of(note))
    page = _printed(delivery_pages([found]))
    for part in (str(found.delivery.id), "delivered", "attempts", "call 0 to the EHR", "answered", "in the EHR"):
        assert part in page
    assert "Encounter/" in page


async def test_a_delivery_that_was_never_tried_says_so(sessions: Sessions) -> None:
    (found,) = await shown(sessions, await receive_at(sessions, 1))
    page = _printed(delivery_pages([found]))
    assert "attempts: none" in page
    assert "Received and safe; on its way to the record." in page


async def test_a_list_shows_whole_ids_and_brackets_as_they_are(sessions: Sessions) -> None:
    delivery = await receive_at(sessions, 1, stopped="no_patient")
    await _do(sessions, "UPDATE deliveries SET reason = 'See [bold]section[/bold] 1.'")
    table = _printed(deliveries_table(await listed(sessions, Chosen()), most=50))
    assert str(delivery) in table
    assert "[bold]section[/bold]" in " ".join(table.split())


def test_a_table_in_a_file_is_wide_enough_for_its_ids() -> None:
    assert console().width == 160


def _printed(what: Any, width: int = 80) -> str:
    paper = Console(width=width, force_terminal=False)
    with paper.capture() as captured:
        paper.print(what)
    return captured.get()


async def _do(sessions: Sessions, sql: str) -> None:
    async with sessions.begin() as session:
        await session.execute(text(sql))
