"""The reconciliation as a habit: kept, gone on with after a stop, only what changed, repaired where asked for."""

from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from service.db import Sessions
from service.watch.accepted import accepted_notes
from service.watch.compare_notes import Reconciler
from service.watch.even_pace import EvenPace
from service.watch.habit import Habit, reconcile_if_due
from service.watch.kept_runs import Run, RunTaken, Wanted, begin, end, keep_page, take_up
from service.watch.past_runs import show_run
from service.watch.read_back import EhrNotReadable
from service.watch.reconcile import go_on, reconcile
from service.watch.reconciliation import Reconciliation
from tests.delivered import accept, deliver_all, delivered, id_of, lose
from tests.outbox import change, rows
from tests.phone import contact, work_goal
from tests.sandbox_server import SandboxServer

Json = dict[str, Any]

_CHANGED = Wanted("changed")
_REPAIR = Wanted(repair=True)
_DAILY = Habit(timedelta(days=1), timedelta(days=7))
_TAKE = """
    CREATE FUNCTION take() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
        UPDATE reconciliations SET lease_token = gen_random_uuid() WHERE id = NEW.id; RETURN NEW;
    END $$
"""
_NEVER = Habit(timedelta(), timedelta(days=7))


# --- repair -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["Encounter", "DocumentReference", "Provenance"])
async def test_what_the_ehr_has_lost_is_sent_again_and_then_all_is_well(
    sessions: Sessions, ehr: SandboxServer, reconciler: Reconciler, kind: str
) -> None:
    note, other = contact(), contact()
    await delivered(sessions, ehr, note, other)
    await lose(sessions, ehr, note, kind)
    found = await reconcile(reconciler, _REPAIR)
    assert found.notes["sent_again"] == [id_of(note)]
    assert "1 goes again now" in found.sentence()
    while (await deliver_all(sessions, ehr)) and not (found := await reconcile(reconciler, _REPAIR)).all_is_well:
        assert found.notes["sent_again"] == [id_of(note)]
    assert found.totals["in_ehr"] == 2


async def test_what_referred_to_the_lost_one_is_written_with_its_new_id(
    sessions: Sessions, ehr: SandboxServer, reconciler: Reconciler
) -> None:
    note = contact()
    await delivered(sessions, ehr, note)
    (lost,) = ehr.find("Encounter")
    await lose(sessions, ehr, note, "Encounter")
    await reconcile(reconciler, _REPAIR)
    await deliver_all(sessions, ehr)
    (document,) = ehr.find("DocumentReference")
    (again,) = (one for one in ehr.find("Encounter") if one["id"] != lost["id"])
    assert document["context"]["encounter"] == [{"reference": f"Encounter/{again['id']}"}]


async def test_a_repair_touches_nothing_that_somebody_changed(
    sessions: Sessions, ehr: SandboxServer, reconciler: Reconciler
) -> None:
    note = contact()
    await delivered(sessions, ehr, note)
    await lose(sessions, ehr, note, "DocumentReference")
    (encounter,) = ehr.find("Encounter")
    assert ehr.fhir("PUT", f"Encounter/{encounter['id']}", encounter | {"status": "cancelled"}).status_code == 200
    found = await reconcile(reconciler, _REPAIR)
    assert set(found.resources[id_of(note)]) == {"missing", "different"}
    await deliver_all(sessions, ehr)
    assert [one["status"] for one in ehr.find("Encounter")] == ["cancelled"]
    found = await reconcile(reconciler, _REPAIR)
    assert set(found.resources[id_of(note)]) == {"different"}
    assert found.notes["sent_again"] == []


async def test_without_being_asked_nothing_is_sent_again(
    sessions: Sessions, ehr: SandboxServer, reconciler: Reconciler
) -> None:
    note = contact()
    await delivered(sessions, ehr, note)
    await lose(sessions, ehr, note, "Encounter")
    await reconcile(reconciler)
    assert await deliver_all(sessions, ehr) == []


async def test_an_older_version_is_never_sent_again(
    sessions: Sessions, ehr: SandboxServer, reconciler: Reconciler
) -> None:
    note = work_goal()
    made = await accept(sessions, note)
    await deliver_all(sessions, ehr)
    await lose(sessions, ehr, note, "Goal")
    await accept(sessions, note | {"status": "paused"}, version=2, earlier=made)
    found = await reconcile(reconciler, _REPAIR)
    assert (found.notes["missing"], found.notes["sent_again"]) == ([id_of(note)], [])


# --- only what changed ------------------------------------------------------------------------------------


async def test_a_run_of_what_changed_leaves_out_what_was_compared_and_well(
    sessions: Sessions, ehr: SandboxServer, reconciler: Reconciler
) -> None:
    await delivered(sessions, ehr, contact(), contact())
    assert (await reconcile(reconciler, _CHANGED)).accepted == 2, "without a run before it, everything"
    await _long_ago(sessions)
    await _a_later_run(sessions)
    assert (await reconcile(reconciler, _CHANGED)).accepted == 0
    await delivered(sessions, ehr, contact())
    assert (await reconcile(reconciler, _CHANGED)).accepted == 1


async def test_a_run_of_what_changed_looks_again_at_what_was_wrong(
    sessions: Sessions, ehr: SandboxServer, reconciler: Reconciler
) -> None:
    note = contact()
    await delivered(sessions, ehr, note, contact())
    await lose(sessions, ehr, note, "Encounter")
    await reconcile(reconciler)
    await _long_ago(sessions)
    for _ in range(2):
        found = await reconcile(reconciler, _CHANGED)
        assert (found.accepted, found.notes["missing"]) == (1, [id_of(note)])


# --- kept, and gone on with -------------------------------------------------------------------------------


async def test_a_run_that_the_ehr_stopped_is_gone_on_with_from_where_it_was(
    sessions: Sessions, ehr: SandboxServer, reconciler: Reconciler
) -> None:
    notes = sorted((contact() for _ in range(205)), key=lambda note: str(note["id"]))
    await delivered(sessions, ehr, *notes)
    await lose(sessions, ehr, notes[0], "Encounter")

    def stop_it(_count: int) -> None:
        ehr.misbehave(only="reads", do="answer", status=401)

    with pytest.raises(EhrNotReadable, match="--continue"):
        await reconcile(replace(reconciler, told=stop_it))
    ehr.behave()
    assert await _kept(sessions) == [("full", 200, False, "ehr_credentials")]
    async with sessions.begin() as session:
        run = await take_up(session, "another", scheduled=False)
    assert run is not None
    assert run.found.notes["missing"] == [id_of(notes[0])]
    ehr.forget_requests()
    found = await go_on(reconciler, run)
    assert (found.accepted, found.totals["in_ehr"], found.notes["missing"]) == (205, 204, [id_of(notes[0])])
    assert list(found.resources[id_of(notes[0])]) == ["missing"]
    assert await _kept(sessions) == [("full", 205, True, None)]


async def test_what_waits_is_kept_with_a_run_as_well(sessions: Sessions, reconciler: Reconciler) -> None:
    note = contact()
    await accept(sessions, note)
    found = await reconcile(reconciler)
    async with sessions() as session:
        kept = await show_run(session, 1)
    assert kept is not None
    assert kept.found == found
    assert (kept.found.notes["waiting"], kept.found.resources) == ([id_of(note)], {})


async def test_a_run_in_other_hands_is_not_written_to(sessions: Sessions) -> None:
    async with sessions.begin() as session:
        run = await begin(session, Wanted(), "one that was thought dead")
    await change(sessions, "UPDATE reconciliations SET leased_until = now()")
    async with sessions.begin() as session:
        taken = await take_up(session, "another", scheduled=False)
    assert taken is not None
    with pytest.raises(RunTaken):
        async with sessions.begin() as session:
            await keep_page(session, run, Reconciliation(), UUID(int=1))
    with pytest.raises(RunTaken):
        async with sessions.begin() as session:
            await end(session, run)
    async with sessions.begin() as session:
        assert await take_up(session, "a third", scheduled=False) is None, "its lease holds"
        await end(session, taken)
        assert await take_up(session, "a third", scheduled=False) is None


async def test_of_runs_long_ago_the_totals_are_kept_and_not_the_notes(
    sessions: Sessions, ehr: SandboxServer, reconciler: Reconciler
) -> None:
    await accept(sessions, contact())
    for _ in range(22):
        await reconcile(reconciler)
    counts = "SELECT (SELECT count(*) FROM reconciliations), (SELECT count(*) FROM reconciled_notes)"
    assert await rows(sessions, counts) == [(22, 20)]


async def test_a_run_begun_later_does_not_go_back(sessions: Sessions) -> None:
    notes = sorted([contact(), contact()], key=lambda note: str(note["id"]))
    for note in notes:
        await accept(sessions, note)
    run = Run(1, UUID(int=1), "full", None, None, False, id_of(notes[0]), await _now(sessions))
    pages = [page async for page in accepted_notes(sessions, run)]
    assert [note.id for page in pages for note in page] == [id_of(notes[1])]


# --- by itself --------------------------------------------------------------------------------------------


async def test_nothing_is_begun_before_it_is_due_nor_where_it_is_switched_off(
    sessions: Sessions, reconciler: Reconciler
) -> None:
    await reconcile_if_due(reconciler, _DAILY)
    await change(sessions, "UPDATE reconciliation_clock SET began_at = now() - interval '2 days'")
    await reconcile_if_due(reconciler, _NEVER)
    assert await _kept(sessions) == []


async def test_each_day_what_changed_and_each_week_everything(
    sessions: Sessions, ehr: SandboxServer, reconciler: Reconciler
) -> None:
    await delivered(sessions, ehr, contact())
    ago = "UPDATE reconciliation_clock SET began_at = now() - interval '25 hours', full_began_at = now() - interval "
    await change(sessions, f"{ago} '8 days'")
    await reconcile_if_due(reconciler, _DAILY)
    await reconcile_if_due(reconciler, _DAILY)
    assert await _kept(sessions) == [("full", 1, True, None)]
    await change(sessions, f"{ago} '25 hours'")
    await reconcile_if_due(reconciler, _DAILY)
    assert [scope for scope, *_ in await _kept(sessions)] == ["full", "changed"]


async def test_a_run_by_itself_that_stopped_rests_and_is_gone_on_with(
    sessions: Sessions, ehr: SandboxServer, reconciler: Reconciler
) -> None:
    await delivered(sessions, ehr, contact())
    await change(sessions, "UPDATE reconciliation_clock SET began_at = now() - interval '25 hours'")
    ehr.misbehave(only="reads", do="answer", status=401)
    await reconcile_if_due(reconciler, _DAILY)
    ehr.behave()
    await reconcile_if_due(reconciler, _DAILY)
    assert await _kept(sessions) == [("full", 0, False, "ehr_credentials")], "it rests"
    async with sessions.begin() as session:
        assert await take_up(session, "a person", scheduled=False) is None, "it is no person's to go on with"
    await change(sessions, "UPDATE reconciliations SET leased_until = now()")
    await reconcile_if_due(reconciler, _DAILY)
    assert await _kept(sessions) == [("full", 1, True, None)]


async def test_a_worker_whose_run_was_taken_over_lets_it_go(
    sessions: Sessions, owners: Sessions, ehr: SandboxServer, reconciler: Reconciler
) -> None:
    await delivered(sessions, ehr, contact())
    await change(sessions, "UPDATE reconciliation_clock SET began_at = now() - interval '25 hours'")
    await change(owners, _TAKE)
    await change(owners, "CREATE TRIGGER take AFTER INSERT ON reconciliations FOR EACH ROW EXECUTE FUNCTION take()")
    await reconcile_if_due(reconciler, _DAILY)
    assert await _kept(sessions) == [("full", 0, False, None)]


async def test_reads_come_no_sooner_than_their_pace_allows() -> None:
    pauses: list[float] = []

    async def pause(seconds: float) -> None:
        pauses.append(seconds)

    pace = EvenPace(4.0, clock=lambda: 100.0, pause=pause)
    for _ in range(3):
        await pace.wait()
    assert pauses == [0.25, 0.5]


async def _kept(sessions: Sessions) -> list[tuple[Any, ...]]:
    sql = """
        SELECT scope, CAST(totals ->> 'accepted' AS integer), ended_at IS NOT NULL, stopped_because
        FROM reconciliations ORDER BY id
    """
    return await rows(sessions, sql)


async def _long_ago(sessions: Sessions) -> None:
    """All of it happened before the last run began, and more than the overlap before."""
    await change(sessions, "UPDATE notes SET received_at = now() - interval '1 hour'")
    await change(sessions, "UPDATE deliveries SET ended_at = now() - interval '1 hour'")


async def _a_later_run(sessions: Sessions) -> None:
    await change(sessions, "UPDATE reconciliations SET began_at = now() - interval '10 minutes'")


async def _now(sessions: Sessions) -> Any:
    return (await rows(sessions, "SELECT now()"))[0][0]
