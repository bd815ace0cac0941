"""What a session sees is the database's own rule: whoever forgets to say who calls sees nobody."""

from collections.abc import AsyncIterator

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError, ProgrammingError

from service.auth.admit import Admitted
from service.auth.policy import POLICY
from service.auth.session import see, widen
from service.caller import Caller, Whence
from service.db import Sessions, open_engine_for_callers, sessions_of
from service.tables import Table
from tests.notes import person, receive
from tests.outbox import rows

# Nothing of a person: who works here, how the EHR answers, and how far a run has come.
OF_NO_PERSON = {
    "alembic_version",
    "audit_chains",
    "breaker",
    "reconciliation_clock",
    "reconciliations",
    "specialists",
    "system_clients",
    "used_assertions",
}

_EVERY = """
    SELECT relname, relrowsecurity FROM pg_class
     WHERE relnamespace = 'public'::regnamespace AND relkind = 'r' ORDER BY relname
"""
_ON_CASELOAD = "INSERT INTO caseloads (client_id, team_id) VALUES (:client, :team)"


@pytest.fixture
async def of_callers(database_url: str) -> AsyncIterator[Sessions]:
    engine = open_engine_for_callers(database_url, 2)
    yield sessions_of(engine)
    await engine.dispose()


def admitted(*teams: str, practitioner: str | None = None) -> Admitted:
    """A specialist of these teams, who reads a note."""
    caller = Caller("subject-1", "Ann Example", frozenset({"specialist"}), "https://idp", practitioner, teams)
    return Admitted(caller, Whence(None, None), POLICY["GET /notes"], "GET /notes")


async def test_every_table_that_holds_something_of_a_person_has_its_rows_guarded(sessions: Sessions) -> None:
    guarded = dict(await rows(sessions, _EVERY))
    assert set(guarded) == {"alembic_version", *Table.metadata.tables}
    assert {name for name, is_guarded in guarded.items() if not is_guarded} == OF_NO_PERSON


async def test_a_session_that_nobody_told_who_calls_sees_nobody(sessions: Sessions, of_callers: Sessions) -> None:
    async with sessions.begin() as session:
        await receive(session, person(1))
        await session.execute(text(_ON_CASELOAD), {"client": person(1).id, "team": "north"})
    for table in ("clients", "notes", "resources", "lanes", "deliveries", "caseloads"):
        assert await rows(sessions, f"SELECT count(*) > 0 FROM {table}") == [(True,)], table
        assert await rows(of_callers, f"SELECT count(*) FROM {table}") == [(0,)], table


async def test_a_caller_sees_the_people_of_their_teams_whatever_the_query(
    sessions: Sessions, of_callers: Sessions
) -> None:
    async with sessions.begin() as session:
        for number, team in ((1, "north"), (2, "south"), (3, "east")):
            await receive(session, person(number))
            await session.execute(text(_ON_CASELOAD), {"client": person(number).id, "team": team})
    for teams, seen in ((("north",), {1}), (("north", "south"), {1, 2}), ((), set()), (("nor", "north,south"), set())):
        async with of_callers.begin() as session:
            see(session, admitted(*teams))
            for sql in (
                "SELECT id FROM clients",
                "SELECT client_id FROM notes",
                "SELECT client_id FROM deliveries JOIN notes USING (client_id) UNION SELECT client_id FROM resources",
            ):
                found = set((await session.scalars(text(sql))).all())
                assert found == {person(number).id for number in seen}, (teams, sql)


async def test_what_a_specialist_wrote_stays_theirs_to_see_and_the_person_does_not_become_theirs(
    sessions: Sessions, of_callers: Sessions
) -> None:
    async with sessions.begin() as session:
        await receive(session, person(1))
    async with of_callers.begin() as session:
        see(session, admitted("north", practitioner="es-1"))
        seen = [
            (await session.execute(text(f"SELECT count(*) FROM {table}"))).scalar_one()
            for table in ("notes", "deliveries", "clients", "resources")
        ]
    assert seen == [1, 1, 0, 0]


async def test_what_was_said_of_one_caller_ends_with_its_transaction(sessions: Sessions, of_callers: Sessions) -> None:
    async with sessions.begin() as session:
        await receive(session, person(1))
    async with of_callers.begin() as session:
        await widen(session)
        assert (await session.execute(text("SELECT count(*) FROM clients"))).scalar_one() == 1
    for _ in range(4):  # more often than there are connections
        assert await rows(of_callers, "SELECT count(*) FROM clients") == [(0,)]


@pytest.mark.parametrize(
    "statement",
    [
        "INSERT INTO caseloads (client_id, team_id) SELECT id, 'south' FROM clients",
        "UPDATE clients SET name = 'Somebody else'",
        "UPDATE notes SET retracted = false",
    ],
)
async def test_a_caller_writes_nothing_but_through_the_door(
    sessions: Sessions, of_callers: Sessions, statement: str
) -> None:
    async with sessions.begin() as session:
        await receive(session, person(1))
        await session.execute(text(_ON_CASELOAD), {"client": person(1).id, "team": "north"})
    async with of_callers() as session:
        see(session, admitted("north"))
        with pytest.raises(ProgrammingError, match="row-level security"):
            await session.execute(text(statement))


@pytest.mark.parametrize(
    "statement",
    [
        "ALTER TABLE notes DISABLE ROW LEVEL SECURITY",
        "DROP POLICY of_the_caller ON notes",
        "UPDATE audit SET who = 'nobody'",
        "DELETE FROM audit",
        "TRUNCATE audit",
        "INSERT INTO audit (who, action) VALUES ('me', 'read')",
        "UPDATE audit_chains SET last_number = 0",
        "UPDATE alembic_version SET version_num = '0001'",
        "CREATE TABLE mine ()",
        "SET ROLE joinedup",
    ],
)
async def test_the_role_that_serves_can_change_no_rule_and_no_line_of_the_audit(
    sessions: Sessions, statement: str
) -> None:
    async with sessions() as session:
        with pytest.raises(DBAPIError, match=r"permission denied|must be owner"):
            await session.execute(text(statement))
