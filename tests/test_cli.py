"""The commands that look and move: each does what it says, and ends in a sentence and an exit status."""

import json
from uuid import uuid4

import pytest

from service.db import Sessions
from service.push.capability import OUR_TYPES
from tests.commands import Run
from tests.delivered import accept, delivered, id_of
from tests.notes import person
from tests.outbox import received, rows
from tests.phone import contact
from tests.sandbox_server import SandboxServer

pytestmark = pytest.mark.usefixtures("bare")
COMMANDS = ["serve", "worker", "migrate", "sandbox", "demo", "deliveries", "reconcile", "remap", "ehr"]


async def test_help_names_every_command(run: Run) -> None:
    said = await run("--help")
    assert said.status == 0
    assert [name for name in COMMANDS if name not in said.out] == []


@pytest.mark.parametrize("command", ["", "deliveries", "ehr"])
async def test_a_command_that_needs_another_word_shows_its_help(run: Run, command: str) -> None:
    said = await run(*command.split())
    assert "--help" in said.out + said.err


# --- deliveries ---------------------------------------------------------------------------------------


async def test_the_list_shows_what_is_open_with_its_sentence(run: Run, sessions: Sessions) -> None:
    delivery = await received(sessions, stopped="no_patient")
    said = await run("deliveries", "list")
    assert said.status == 0
    assert str(delivery) in said.out
    assert "no_patient" in said.out


async def test_a_list_of_nothing_says_so(run: Run) -> None:
    assert (await run("deliveries", "list")).out == "There are none.\n"


async def test_the_list_for_machines_is_json_and_can_be_narrowed(run: Run, sessions: Sessions) -> None:
    await received(sessions)
    delivery = await received(sessions, stopped="no_patient")
    narrowed = ["--state", "needs_attention", "--reason-code", "no_patient", "--client", str(person(1).id)]
    times = ["--since", "2020-01-01", "--until", "2999-12-31T23:59:59+01:00"]
    (only,) = (await run("deliveries", "list", "--json", *narrowed, *times)).json()
    assert only["id"] == str(delivery)
    assert (await run("deliveries", "list", "--json", "--until", "2020-01-01")).json() == []


async def test_the_list_says_how_to_see_the_next_page(run: Run, sessions: Sessions) -> None:
    first, second = [await received(sessions) for _ in range(2)]
    said = await run("deliveries", "list", "--most", "1")
    assert f"--after {first}" in said.out
    assert str(second) in (await run("deliveries", "list", "--after", str(first))).out


@pytest.mark.parametrize("time", ["yesterday", "2026-13-01"])
async def test_a_time_that_cannot_be_read_is_told_how_to_write_it(run: Run, time: str) -> None:
    said = await run("deliveries", "list", "--since", time)
    assert said.status == 2
    assert "2026-11-22T09:30" in said.err


async def test_one_delivery_is_shown_by_its_id_or_by_its_notes(run: Run, sessions: Sessions) -> None:
    note = uuid4()
    delivery = await received(sessions, note_id=note)
    for any_id in (delivery, note):
        (shown,) = (await run("deliveries", "show", str(any_id), "--json")).json()
        assert shown["delivery"]["id"] == str(delivery)
    assert str(note) in (await run("deliveries", "show", str(note))).out


async def test_an_id_that_is_not_known_is_told_as_such(run: Run) -> None:
    said = await run("deliveries", "show", str(uuid4()))
    assert (said.status, said.out) == (2, "")
    assert said.err == "There is no delivery and no note with this id. `joinedup deliveries list` has them.\n"


# --- reconcile ----------------------------------------------------------------------------------------


async def test_reconcile_ends_with_0_where_all_is_well(
    run: Run, sessions: Sessions, ehr: SandboxServer, bare: pytest.MonkeyPatch
) -> None:
    bare.setenv("JOINEDUP_EHR_URL", ehr.url)
    await delivered(sessions, ehr, contact())
    await accept(sessions, contact())
    said = await run("reconcile", "--json")
    assert said.status == 0
    assert said.json()["totals"] | {"accepted": 2, "in_ehr": 1, "waiting": 1} == said.json()["totals"]
    assert (await run("reconcile", "--since", "2999-01-01", "--json")).json()["totals"]["accepted"] == 0


async def test_reconcile_ends_with_1_where_something_is_missing_and_names_the_note(
    run: Run, sessions: Sessions, ehr: SandboxServer, bare: pytest.MonkeyPatch
) -> None:
    bare.setenv("JOINEDUP_EHR_URL", ehr.url)
    note = contact()
    await delivered(sessions, ehr, note)
    (provenance,) = ehr.find("Provenance")
    ehr.fhir("DELETE", f"Provenance/{provenance['id']}")
    said = await run("reconcile")
    assert said.status == 1
    assert str(id_of(note)) in said.out
    assert "1 missing" in said.out
    assert (await run("reconcile", "--json")).json()["missing"] == [str(id_of(note))]


async def test_reconcile_ends_with_2_where_the_ehr_cannot_be_read(
    run: Run, sessions: Sessions, ehr: SandboxServer, bare: pytest.MonkeyPatch
) -> None:
    bare.setenv("JOINEDUP_EHR_URL", ehr.url)
    await delivered(sessions, ehr, contact())
    ehr.misbehave(only="reads", do="answer", status=403, issue_code="forbidden")
    said = await run("reconcile", "--json")
    assert (said.status, said.out) == (2, "")
    assert "so nothing can be said about what it holds" in said.err


# --- remap, ehr check ---------------------------------------------------------------------------------


@pytest.mark.usefixtures("mended")
async def test_notes_that_mapping_stopped_are_mapped_and_go(run: Run, sessions: Sessions) -> None:
    said = await run("remap", "--dry-run")
    assert (said.status, "3 of 3 can be mapped now, and go. Nothing was done" in said.out) == (0, True)
    assert await _states(sessions) == ["needs_attention"] * 3
    assert (await run("remap")).status == 0
    assert await _states(sessions) == ["waiting"] * 3


async def test_what_the_ehr_allows_is_a_table(run: Run, ehr: SandboxServer, bare: pytest.MonkeyPatch) -> None:
    bare.setenv("JOINEDUP_EHR_URL", ehr.url)
    said = await run("ehr", "check")
    assert said.status == 0
    assert "takes transactions" in said.out
    assert "A transaction" in said.out
    assert {row["strategy"] for row in (await run("ehr", "check", "--json")).json()["rows"]} == {"A transaction"}


async def test_an_ehr_that_will_not_take_our_notes_is_told(
    run: Run, ehr: SandboxServer, bare: pytest.MonkeyPatch
) -> None:
    bare.setenv("JOINEDUP_EHR_URL", ehr.url)
    ehr.offer(read_only=["DocumentReference", "Goal"])
    said = await run("ehr", "check")
    assert said.status == 1
    assert "Goal cannot be sent in any way" in " ".join(said.out.split())
    assert "Encounter: It takes transactions with conditional updates." in " ".join(said.out.split())


async def test_a_strategy_that_the_settings_choose_is_shown_as_chosen(
    run: Run, ehr: SandboxServer, bare: pytest.MonkeyPatch
) -> None:
    bare.setenv("JOINEDUP_EHR_URL", ehr.url)
    bare.setenv("JOINEDUP_EHR_STRATEGIES", "Goal=C, *=B")
    said = await run("ehr", "check", "--json")
    strategies = {row["resource_type"]: row["strategy"] for row in json.loads(said.out)["rows"]}
    assert (said.status, strategies.pop("Goal")) == (0, "C document only")
    assert set(strategies.values()) == {"B one by one"}


async def test_a_strategy_for_a_type_that_is_never_sent_is_refused(run: Run, bare: pytest.MonkeyPatch) -> None:
    bare.setenv("JOINEDUP_EHR_STRATEGIES", "Gaol=C")
    said = await run("ehr", "check")
    assert (said.status, said.out) == (2, "")
    assert f"Ours: {', '.join(OUR_TYPES)}." in said.err


async def test_an_ehr_that_does_not_answer_is_told(run: Run, ehr: SandboxServer, bare: pytest.MonkeyPatch) -> None:
    bare.setenv("JOINEDUP_EHR_URL", ehr.url)
    ehr.misbehave(path="metadata", do="answer", status=503)
    said = await run("ehr", "check")
    assert (said.status, said.out) == (2, "")
    assert "Check JOINEDUP_EHR_URL" in said.err


async def _states(sessions: Sessions) -> list[str]:
    return [state for (state,) in await rows(sessions, "SELECT state FROM deliveries ORDER BY sequence")]
