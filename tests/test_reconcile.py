"""Every accepted note is compared with what the EHR holds: missing, doubled, different, or as it should be."""

from datetime import UTC, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from rich.console import Console
from sqlalchemy import text

from service.db import Sessions
from service.watch.compare_notes import Reconciler
from service.watch.in_tables import reconciliation_table
from service.watch.kept_runs import Wanted
from service.watch.reconcile import reconcile
from service.watch.reconciliation import Reconciliation
from tests.delivered import accept, deliver_all, delivered, id_of, lose
from tests.notes import person, receive
from tests.phone import NHS_NUMBERS, about, contact, vocational_profile, work_goal
from tests.sandbox_server import SandboxServer

Json = dict[str, Any]


async def test_notes_that_are_in_the_ehr_as_they_were_delivered_are_well(
    sessions: Sessions, ehr: SandboxServer, reconciler: Reconciler
) -> None:
    goal = work_goal()
    about_it = contact(goal_id=goal["id"])
    await delivered(sessions, ehr, goal, about_it, vocational_profile(client=about(NHS_NUMBERS[1])))
    found = await reconcile(reconciler)
    assert found.as_json() == {
        "all_is_well": True,
        "totals": {
            "accepted": 3,
            "in_ehr": 3,
            "waiting": 0,
            "needs_attention": 0,
            "cancelled": 0,
            "missing": 0,
            "doubled": 0,
            "different": 0,
            "sent_again": 0,
        },
        "waiting": [],
        "needs_attention": [],
        "cancelled": [],
        "missing": [],
        "doubled": [],
        "different": [],
        "sent_again": [],
        "resources": [],
        "lists_end_after": 10_000,
    }
    assert found.sentence() == "All is well: the EHR holds each of 3 notes once, as it was delivered."


async def test_nothing_accepted_is_nothing_lost(reconciler: Reconciler) -> None:
    found = await reconcile(reconciler)
    assert (found.accepted, found.all_is_well) == (0, True)


@pytest.mark.parametrize("kind", ["Encounter", "DocumentReference", "Provenance"])
async def test_a_resource_that_the_ehr_no_longer_has_is_missing(
    sessions: Sessions, ehr: SandboxServer, reconciler: Reconciler, kind: str
) -> None:
    note, other = contact(), contact()
    await delivered(sessions, ehr, note, other)
    key = await lose(sessions, ehr, note, kind)
    found = await reconcile(reconciler)
    assert found.notes["missing"] == [id_of(note)]
    assert found.resources == {id_of(note): {"missing": [key]}}
    assert (found.totals["in_ehr"], found.totals["missing"], found.all_is_well) == (1, 1, False)
    assert "1 missing" in found.sentence()


async def test_a_note_of_which_the_ehr_lost_everything_is_missing(
    sessions: Sessions, ehr: SandboxServer, reconciler: Reconciler
) -> None:
    note = contact()
    await delivered(sessions, ehr, note)
    for kind in ("Provenance", "Procedure", "DocumentReference", "Encounter"):
        await lose(sessions, ehr, note, kind)
    await _do(sessions, "DELETE FROM ehr_links WHERE key LIKE 'Enc%' OR key LIKE 'Doc%' OR key LIKE 'Proc%'")
    found = await reconcile(reconciler)
    assert len(found.resources[id_of(note)]["missing"]) == 4


async def test_a_resource_that_is_in_the_ehr_twice_is_doubled(
    sessions: Sessions, ehr: SandboxServer, reconciler: Reconciler
) -> None:
    note = contact()
    await delivered(sessions, ehr, note)
    (encounter,) = ehr.find("Encounter")
    ehr.create({name: value for name, value in encounter.items() if name not in ("id", "meta")})
    found = await reconcile(reconciler)
    assert found.notes["doubled"] == [id_of(note)]
    assert (found.totals["doubled"], found.totals["in_ehr"]) == (1, 0)


async def test_a_provenance_that_is_in_the_ehr_twice_is_doubled(
    sessions: Sessions, ehr: SandboxServer, reconciler: Reconciler
) -> None:
    note = contact()
    await delivered(sessions, ehr, note)
    (provenance,) = ehr.find("Provenance")
    ehr.create({name: value for name, value in provenance.items() if name not in ("id", "meta")})
    assert (await reconcile(reconciler)).notes["doubled"] == [id_of(note)]


async def test_a_resource_that_was_changed_in_the_ehr_is_different(
    sessions: Sessions, ehr: SandboxServer, reconciler: Reconciler
) -> None:
    note = contact()
    await delivered(sessions, ehr, note)
    _change_encounter(ehr)
    found = await reconcile(reconciler)
    assert found.notes["different"] == [id_of(note)]
    assert "1 different" in found.sentence()


async def test_a_later_version_is_compared_with_what_it_says(
    sessions: Sessions, ehr: SandboxServer, reconciler: Reconciler
) -> None:
    note = contact()
    (first,) = await delivered(sessions, ehr, note)
    await accept(sessions, note | {"note": "Something else was said."}, version=2, earlier=first)
    await deliver_all(sessions, ehr)
    found = await reconcile(reconciler)
    assert (found.accepted, found.totals["in_ehr"]) == (1, 1)
    assert len(ehr.find("Provenance")) == 2


async def test_a_version_that_changes_nothing_needs_no_trace_in_the_ehr(
    sessions: Sessions, ehr: SandboxServer, reconciler: Reconciler
) -> None:
    note = contact()
    (first,) = await delivered(sessions, ehr, note)
    await accept(sessions, note, version=2, earlier=first)
    await deliver_all(sessions, ehr)
    assert (await reconcile(reconciler)).all_is_well


async def test_a_retracted_note_is_in_the_ehr_as_entered_in_error(
    sessions: Sessions, ehr: SandboxServer, reconciler: Reconciler
) -> None:
    note = contact()
    (first,) = await delivered(sessions, ehr, note)
    await accept(sessions, note, version=2, earlier=first, retracted=True)
    await deliver_all(sessions, ehr)
    assert (await reconcile(reconciler)).totals["in_ehr"] == 1
    _change_encounter(ehr, status="finished")
    assert (await reconcile(reconciler)).notes["different"] == [id_of(note)]


async def test_what_waits_needs_a_person_or_was_cancelled_is_listed_apart_and_not_lost(
    sessions: Sessions, ehr: SandboxServer, reconciler: Reconciler
) -> None:
    waiting, stopped, cancelled = (contact(client=about(number)) for number in NHS_NUMBERS[:3])
    await accept(sessions, waiting)
    await accept(sessions, stopped, stopped="no_patient")
    await accept(sessions, cancelled)
    await _do(
        sessions,
        "UPDATE deliveries SET state = 'cancelled', ended_at = now(), reason_code = 'by_person', reason = 'Said so.'"
        f" WHERE note_id = '{cancelled['id']}'",
    )
    found = await reconcile(reconciler)
    assert found.notes["waiting"] == [id_of(waiting)]
    assert found.notes["needs_attention"] == [id_of(stopped)]
    assert found.notes["cancelled"] == [id_of(cancelled)]
    assert found.all_is_well
    assert "Some notes need a person" in found.sentence()


async def test_a_note_that_only_waits_is_nothing_to_act_on(
    sessions: Sessions, ehr: SandboxServer, reconciler: Reconciler
) -> None:
    await accept(sessions, contact())
    assert "What waits goes by itself" in (await reconcile(reconciler)).sentence()


async def test_while_a_later_version_waits_the_earlier_one_must_be_there_whatever_it_says(
    sessions: Sessions, ehr: SandboxServer, reconciler: Reconciler
) -> None:
    note = contact()
    (first,) = await delivered(sessions, ehr, note)
    await accept(sessions, note | {"note": "Something else was said."}, version=2, earlier=first)
    _change_encounter(ehr)
    found = await reconcile(reconciler)
    assert (found.totals["waiting"], found.all_is_well) == (1, True)
    await lose(sessions, ehr, note, "DocumentReference")
    found = await reconcile(reconciler)
    assert (found.totals["waiting"], found.notes["missing"]) == (1, [id_of(note)])


async def test_a_note_without_any_delivery_is_missing(sessions: Sessions, reconciler: Reconciler) -> None:
    note_id = uuid4()
    async with sessions.begin() as session:
        await receive(session, person(1), note_id)
    await _do(sessions, "DELETE FROM deliveries")
    found = await reconcile(reconciler)
    assert found.resources == {note_id: {"missing": ["delivery"]}}


async def test_a_delivered_note_of_which_we_have_no_resources_is_missing(
    sessions: Sessions, ehr: SandboxServer, reconciler: Reconciler
) -> None:
    note = contact()
    await delivered(sessions, ehr, note)
    await _do(sessions, "DELETE FROM resources")
    assert (await reconcile(reconciler)).resources == {id_of(note): {"missing": ["resources"]}}


async def test_a_link_that_was_lost_does_not_make_the_note_different(
    sessions: Sessions, ehr: SandboxServer, reconciler: Reconciler
) -> None:
    await delivered(sessions, ehr, contact())
    await _do(sessions, "DELETE FROM ehr_links WHERE key LIKE 'Encounter/%'")
    assert (await reconcile(reconciler)).all_is_well


async def test_since_leaves_out_what_was_received_before(
    sessions: Sessions, ehr: SandboxServer, reconciler: Reconciler
) -> None:
    await delivered(sessions, ehr, contact())
    received = (await _scalar(sessions, "SELECT received_at FROM notes")).astimezone(UTC)
    assert (await reconcile(reconciler, Wanted("since", received))).accepted == 1
    assert (await reconcile(reconciler, Wanted("since", received + timedelta(seconds=1)))).accepted == 0


async def test_more_notes_than_a_page_and_than_a_search_are_all_compared(
    sessions: Sessions, ehr: SandboxServer, reconciler: Reconciler
) -> None:
    notes = [contact() for _ in range(230)]
    told: list[int] = []
    await delivered(sessions, ehr, *notes)
    missing = await lose(sessions, ehr, notes[17], "Encounter")
    found = await reconcile(Reconciler(sessions, reconciler.ehr, in_flight=4, told=told.append))
    assert (found.accepted, found.totals["in_ehr"]) == (230, 229)
    assert found.resources == {id_of(notes[17]): {"missing": [missing]}}
    assert told == [200, 230]


def test_lists_end_where_nobody_would_read_on_and_totals_do_not() -> None:
    found = Reconciliation()
    for number in range(10_005):
        found.count(UUID(int=number), "waiting", {})
        found.count(UUID(int=number), "delivered", {"Encounter/1": "missing"})
    assert (found.totals["waiting"], len(found.notes["waiting"])) == (10_005, 10_000)
    assert (found.totals["missing"], len(found.resources)) == (10_005, 10_000)


def test_a_person_is_shown_the_first_faults_and_told_of_the_others() -> None:
    found = Reconciliation()
    for number in range(25):
        found.count(UUID(int=number), "delivered", {f"Encounter/{number}": "missing", "Goal/1": "different"})
    paper = Console(width=80)
    with paper.capture() as captured:
        paper.print(reconciliation_table(found))
    said = captured.get()
    assert f"note {UUID(int=19)}\n  missing Encounter/19\n  different Goal/1\n" in said
    assert str(UUID(int=20)) not in said
    assert "and 5 notes more: --json has them." in said


def _change_encounter(ehr: SandboxServer, status: str = "cancelled") -> None:
    (encounter,) = ehr.find("Encounter")
    answer = ehr.fhir("PUT", f"Encounter/{encounter['id']}", encounter | {"status": status})
    assert answer.status_code == 200, answer.text


async def _do(sessions: Sessions, sql: str) -> None:
    async with sessions.begin() as session:
        await session.execute(text(sql))


async def _scalar(sessions: Sessions, sql: str) -> Any:
    async with sessions() as session:
        return (await session.execute(text(sql))).scalar_one()
