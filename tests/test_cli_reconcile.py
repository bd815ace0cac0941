"""`joinedup reconcile` as a person types it: what changed, a repair, and going on after a stop."""

import asyncio
from datetime import UTC, datetime

import pytest

from service.db import Sessions
from service.watch.compare_notes import Reconciler
from service.watch.reconcile import reconcile
from tests.commands import Run
from tests.delivered import deliver_all, delivered, lose
from tests.outbox import rows
from tests.phone import contact
from tests.sandbox_server import SandboxServer


@pytest.fixture
def there(bare: pytest.MonkeyPatch, ehr: SandboxServer) -> SandboxServer:
    """The EHR that the command reads."""
    bare.setenv("JOINEDUP_EHR_URL", ehr.url)
    return ehr


async def test_a_repair_says_what_goes_again(run: Run, sessions: Sessions, there: SandboxServer) -> None:
    notes = [contact(), contact()]
    await delivered(sessions, there, *notes)
    for note in notes:
        await lose(sessions, there, note, "DocumentReference")
    said = await run("reconcile", "--repair")
    assert said.status == 1
    assert "2 go again now: run this once more in a minute." in said.out
    await deliver_all(sessions, there)
    assert (await run("reconcile", "--repair")).status == 0


async def test_what_changed_and_what_came_since(run: Run, sessions: Sessions, there: SandboxServer) -> None:
    await delivered(sessions, there, contact())
    assert (await run("reconcile", "--changed", "--json")).json()["totals"]["accepted"] == 1
    today = datetime.now(UTC).date().isoformat()
    assert (await run("reconcile", "--since", today, "--json")).status == 0
    assert await rows(sessions, "SELECT scope FROM reconciliations ORDER BY id") == [("full",), ("since",)]


async def test_a_run_that_stopped_is_gone_on_with(run: Run, sessions: Sessions, there: SandboxServer) -> None:
    await delivered(sessions, there, contact())
    there.misbehave(only="reads", do="answer", status=403, issue_code="forbidden")
    said = await run("reconcile")
    assert (said.status, "--continue" in said.err) == (2, True)
    there.behave()
    assert (await run("reconcile", "--continue", "--json")).json()["totals"]["in_ehr"] == 1
    said = await run("reconcile", "--continue")
    assert said.status == 2
    assert "There is no run to go on with" in said.err


@pytest.mark.parametrize("both", [["--since", "2026-01-01", "--changed"], ["--continue", "--repair"]])
async def test_what_does_not_go_together_is_told(run: Run, both: list[str]) -> None:
    said = await run("reconcile", *both)
    assert (said.status, "A run goes on as it was begun." in said.err) == (2, True)


async def test_a_run_that_a_person_stops_can_be_gone_on_with_at_once(
    run: Run, sessions: Sessions, there: SandboxServer, reconciler: Reconciler
) -> None:
    await delivered(sessions, there, contact())
    there.misbehave(only="reads", do="hold")
    running = asyncio.create_task(reconcile(reconciler))
    await asyncio.to_thread(there.wait_until_held)
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    there.behave()
    there.release()
    assert await rows(sessions, "SELECT stopped_because FROM reconciliations") == [("stopped",)]
    assert (await run("reconcile", "--continue", "--json")).json()["totals"]["in_ehr"] == 1
