"""`joinedup caseload`: who is on which team's caseload, moved by a person, and written down."""

from uuid import uuid4

from service.db import Sessions
from tests.commands import Run
from tests.notes import person
from tests.outbox import received, rows

_LINES = "SELECT who, action, CAST(client_ids[1] AS text) FROM audit ORDER BY id"


async def test_a_client_joins_a_team_and_leaves_it(run: Run, sessions: Sessions) -> None:
    await received(sessions, 1)
    client = str(person(1).id)
    joined = await run("caseload", "assign", client, "--team", "north", "--specialist", "es-1", "--by", "ruth")
    assert (joined.status, joined.out) == (0, "1 on the caseload of north now.\n")
    (one,) = (await run("caseload", "list", "--json")).json()
    assert (one["client_id"], one["team_id"], one["specialist_id"]) == (client, "north", "es-1")
    assert (await run("caseload", "leave", client, "--team", "north", "--by", "ruth")).status == 0
    assert (await run("caseload", "list", "--client", client, "--json")).json() == []
    assert await rows(sessions, _LINES) == [("ruth", "team_changed", client)] * 2


async def test_it_is_shown_by_team_without_a_name(run: Run, sessions: Sessions) -> None:
    for number, team in ((1, "north"), (2, "south")):
        await received(sessions, number)
        await run("caseload", "assign", str(person(number).id), "--team", team)
    shown = (await run("caseload", "list", "--team", "south")).out
    assert (str(person(2).id) in shown, str(person(1).id) in shown, person(2).nhs_number in shown) == (
        True,
        False,
        False,
    )


async def test_whoever_nobody_looks_after_joins_by_the_specialist_who_wrote_about_them(
    run: Run, sessions: Sessions
) -> None:
    for number in (1, 2):
        await received(sessions, number)
    await run("caseload", "assign", str(person(1).id), "--team", "south")
    said = await run("caseload", "assign", "--nobodys-of", "es-1", "--team", "north")
    assert said.out == "1 on the caseload of north now.\n"
    found = await rows(sessions, "SELECT client_id, team_id, specialist_id FROM caseloads ORDER BY team_id")
    assert found == [(person(2).id, "north", "es-1"), (person(1).id, "south", None)]


async def test_a_client_is_handed_over_to_another_specialist(run: Run, sessions: Sessions) -> None:
    await received(sessions, 1)
    for specialist in ("es-1", None):
        more = ("--specialist", specialist) if specialist else ()
        await run("caseload", "assign", str(person(1).id), "--team", "north", *more)
        assert await rows(sessions, "SELECT specialist_id FROM caseloads") == [(specialist,)]


async def test_what_cannot_be_done_is_told_in_a_sentence(run: Run, sessions: Sessions) -> None:
    await received(sessions, 1)
    client = str(person(1).id)
    for arguments, sentence in (
        (("assign", client), "Say one client"),
        (("assign", "--team", "north"), "Say one client"),
        (("assign", client, "--nobodys-of", "es-1", "--team", "north"), "Say one client"),
        (("assign", str(uuid4()), "--team", "north"), "there is no such client"),
        (("leave", client, "--team", "north"), "They are not on this team's caseload"),
    ):
        said = await run("caseload", *arguments)
        assert (said.status, sentence in said.err) == (2, True), said.err
    assert await rows(sessions, _LINES) == []
