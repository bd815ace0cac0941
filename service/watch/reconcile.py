"""One run of the reconciliation, from its first note to its last, or from where an earlier one stopped.

Each page of notes is compared (`compare_notes.py`), repaired where that was asked for (`outbox/send_again.py`), and
written down (`kept_runs.py`): memory does not grow with their number, and a run that is killed is gone on with.
"""

import asyncio
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Final
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from service.outbox.send_again import send_again
from service.watch.accepted import AcceptedNote, accepted_notes
from service.watch.compare_notes import Reconciler, compare
from service.watch.kept_runs import Run, Wanted, begin, end, keep_page, put_down
from service.watch.read_back import EhrNotReadable
from service.watch.reconciliation import Fault, Reconciliation

_EVERYTHING: Final = Wanted()


async def reconcile(with_: Reconciler, wanted: Wanted = _EVERYTHING) -> Reconciliation:
    """A new run, to its end. Raises `EhrNotReadable` where the EHR does not answer, for then nothing can be said."""
    async with with_.sessions.begin() as session:
        run = await begin(session, wanted, with_.who)
    return await go_on(with_, run)


async def go_on(with_: Reconciler, run: Run, rest: timedelta = timedelta()) -> Reconciliation:
    """The rest of this run. Where the EHR cannot be read, it is put down for so long; `RunTaken` as it says."""
    try:
        reader = await with_.reader()
        async for notes in accepted_notes(with_.sessions, run):
            faults = await compare(notes, reader, with_)
            async with with_.sessions.begin() as session:
                page = await _page(session, run, notes, faults)
                await keep_page(session, run, page, notes[-1].id)
            with_.told(run.found.accepted)
    except (EhrNotReadable, asyncio.CancelledError) as stop:
        async with with_.sessions.begin() as session:
            if isinstance(stop, EhrNotReadable):
                await put_down(session, run, stop.reason_code, rest)
            else:
                await put_down(session, run, "stopped", timedelta())
        raise
    async with with_.sessions.begin() as session:
        await end(session, run)
    return run.found


async def _page(
    session: AsyncSession, run: Run, notes: Sequence[AcceptedNote], faults: Mapping[UUID, Mapping[str, Fault]]
) -> Reconciliation:
    page = Reconciliation()
    for note in notes:
        found = faults[note.id]
        repaired = run.repair and await _repair(session, note, found)
        page.count(note.id, note.state, found, sent_again=bool(repaired))
    return page


async def _repair(session: AsyncSession, note: AcceptedNote, faults: Mapping[str, Fault]) -> list[str]:
    """What is missing of it goes again; what is doubled or different is a person's to judge."""
    missing = [key for key, fault in faults.items() if fault == "missing"]
    return await send_again(session, note.id, note.newest_version, missing, list(faults)) if missing else []
