"""When the fault is ours or the database is silent: no note is lost, and the phone is told."""

import asyncio
import os
from dataclasses import replace
from typing import Any, cast
from uuid import UUID, uuid4

import asyncpg
import httpx
import pytest
from sqlalchemy import make_url, text

from service.db import Sessions
from service.errors import NoSuchNote
from service.intake.answers import json_response
from service.intake.map_again import map_again
from service.intake.routes import arrivals_at
from service.r4.gate import Gate
from tests.conftest import SERVER
from tests.door import amend, door_of, phone_at
from tests.log_lines import Lines
from tests.outbox import rows
from tests.phone import NHS_NUMBERS, about, contact

Json = dict[str, Any]


class FaultyMapping:
    """A gate that finds what our own mapping made invalid, until it is mended."""

    def check(self, resources: Any) -> None:
        raise ValueError("a fault of ours, about somebody's note")


async def test_a_fault_of_ours_in_mapping_loses_no_note_and_it_is_mapped_once_that_is_mended(
    database_url: str, sessions: Sessions
) -> None:
    note = contact()
    async with phone_at(database_url) as phone:
        mended = door_of(phone)
        faulty = replace(mended, gate=cast(Gate, FaultyMapping()))
        assert isinstance(phone._transport, httpx.ASGITransport)
        app: Any = phone._transport.app
        app.state.arrivals = arrivals_at(faulty, sessions)
        assert (await phone.post("/notes", json=note)).status_code == 201
        shown = (await phone.get(f"/notes/{note['id']}")).json()["delivery"]
        assert (shown["state"], shown["reason_code"]) == ("needs_attention", "mapping_failed")
        async with sessions.begin() as session:
            assert not await map_again(session, faulty, UUID(note["id"]), 1)
            assert await map_again(session, mended, UUID(note["id"]), 1, dry_run=True)
        assert await rows(sessions, "SELECT count(*) FROM resources") == [(0,)]
        async with sessions.begin() as session:
            assert await map_again(session, mended, UUID(note["id"]), 1)
        assert await rows(sessions, "SELECT count(*) > 2 FROM resources") == [(True,)]


async def test_a_fault_of_ours_is_told_with_the_ids_of_the_request_it_belongs_to(
    database_url: str, sessions: Sessions, lines: Lines
) -> None:
    notes = {"r-1": contact(), "r-2": contact(client=about(NHS_NUMBERS[1]))}
    async with phone_at(database_url) as phone:
        assert isinstance(phone._transport, httpx.ASGITransport)
        app: Any = phone._transport.app
        app.state.arrivals = arrivals_at(replace(door_of(phone), gate=cast(Gate, FaultyMapping())), sessions)
        lines.all()
        posts = (phone.post("/notes", json=note, headers={"X-Request-ID": id_}) for id_, note in notes.items())
        assert [answer.status_code for answer in await asyncio.gather(*posts)] == [201, 201]
    told = {line["request_id"]: line["note_id"] for line in lines.all() if line["event"] == "mapping_failed"}
    assert told == {id_: note["id"] for id_, note in notes.items()}


async def test_only_a_stored_version_can_be_mapped_again(phone: httpx.AsyncClient, sessions: Sessions) -> None:
    async with sessions.begin() as session:
        with pytest.raises(NoSuchNote):
            await map_again(session, door_of(phone), uuid4(), 1)


@pytest.mark.parametrize("down", ["before it is asked", "while it is asked"])
async def test_a_silent_database_is_told_and_the_note_can_be_sent_again(database_url: str, down: str) -> None:
    note = contact()
    async with phone_at(database_url) as phone:
        if down == "while it is asked":
            await phone.post("/notes", json=contact(id=str(uuid4())))
        await shut(database_url)
        try:
            answer = await phone.post("/notes", json=note)
        finally:
            await reopen(database_url)
        assert (answer.status_code, answer.headers["Retry-After"]) == (503, "60")
        assert "send it again" in answer.json()["detail"]
        assert (await phone.post("/notes", json=note)).status_code == 201


async def shut(database_url: str) -> None:
    """Nobody gets in, and whoever was in is thrown out."""
    await administer(database_url, "ALTER DATABASE {name} ALLOW_CONNECTIONS false")
    await administer(database_url, "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'")


async def reopen(database_url: str) -> None:
    await administer(database_url, "ALTER DATABASE {name} ALLOW_CONNECTIONS true")


async def administer(database_url: str, statement: str) -> None:
    name = make_url(database_url).database
    admin = await asyncpg.connect(os.environ[SERVER])
    try:
        await admin.execute(statement.format(name=name))
    finally:
        await admin.close()


async def others_are_faster(owners: Sessions, times: int) -> None:
    """As if somebody else had stored this very version a moment before us, so many times."""
    async with owners.begin() as session:
        for statement in (
            "CREATE SEQUENCE lost_races",
            "GRANT ALL ON SEQUENCE lost_races TO PUBLIC",
            f"CREATE FUNCTION lose() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
            f"IF nextval('lost_races') <= {times} THEN RETURN NULL; END IF; RETURN NEW; END $$",
            "CREATE TRIGGER lose BEFORE INSERT ON notes FOR EACH ROW EXECUTE FUNCTION lose()",
        ):
            await session.execute(text(statement))


@pytest.mark.parametrize(("races_lost", "status"), [(1, 201), (100, 503)])
async def test_a_note_that_loses_its_race_is_looked_up_again_and_not_for_ever(
    phone: httpx.AsyncClient, owners: Sessions, races_lost: int, status: int
) -> None:
    await others_are_faster(owners, races_lost)
    assert (await phone.post("/notes", json=contact())).status_code == status


@pytest.mark.parametrize(("races_lost", "status"), [(1, 200), (100, 503)])
async def test_a_change_that_loses_its_race_is_looked_up_again_and_not_for_ever(
    phone: httpx.AsyncClient, owners: Sessions, races_lost: int, status: int
) -> None:
    first, second = contact(), contact(id=str(uuid4()))
    for note in (first, second):
        await phone.post("/notes", json=note)
    await others_are_faster(owners, races_lost)
    assert (await amend(phone, first, minutes=50)).status_code == status
    async with owners.begin() as session:
        await session.execute(text("ALTER SEQUENCE lost_races RESTART"))
    retraction = await phone.post(f"/notes/{second['id']}/retraction", json={"reason": "Wrong."})
    assert retraction.status_code == status


def test_only_what_is_plain_goes_into_an_answer() -> None:
    with pytest.raises(TypeError):
        json_response({"a": object()})


async def test_a_statement_that_the_database_refuses_is_a_fault_of_ours(
    phone: httpx.AsyncClient, owners: Sessions
) -> None:
    async with owners.begin() as session:
        await session.execute(text("ALTER TABLE notes RENAME TO notes_elsewhere"))
    answer = await phone.post("/notes", json=contact())
    assert (answer.status_code, answer.json()["type"]) == (500, "urn:joinedup:problem:our-fault")
    async with owners.begin() as session:
        await session.execute(text("ALTER TABLE notes_elsewhere RENAME TO notes"))
