"""What earlier reconciliations found, as those who run the service look at it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncSession

from service.watch.kept_runs import NOTES, kept_reconciliation
from service.watch.reconciliation import Reconciliation


@dataclass(frozen=True, slots=True)
class PastRun:
    """One run, ended or not; `stopped_because`: the EHR could not be read, by its reason code."""

    id: int
    scope: str
    since: datetime | None
    repair: bool
    scheduled: bool
    began_at: datetime
    ended_at: datetime | None
    stopped_because: str | None
    found: Reconciliation

    @property
    def sentence(self) -> str:
        """How far it came, and what to do."""
        if self.ended_at:
            return self.found.sentence()
        if self.stopped_because:
            return f"It stopped ({self.stopped_because}) after {self.found.accepted} notes, and is gone on with."
        return f"It is under way: {self.found.accepted} notes have been compared."

    def as_json(self) -> dict[str, Any]:
        """Without the notes behind its totals."""
        return {
            "id": self.id,
            "scope": self.scope,
            "since": self.since,
            "repair": self.repair,
            "scheduled": self.scheduled,
            "began_at": self.began_at,
            "ended_at": self.ended_at,
            "stopped_because": self.stopped_because,
            "sentence": self.sentence,
            "totals": {"accepted": self.found.accepted, **self.found.totals},
        }


_COLUMNS = "id, scope, since, repair, scheduled, began_at, ended_at, stopped_because, totals"
_LIST = text(f"SELECT {_COLUMNS} FROM reconciliations ORDER BY id DESC LIMIT :most")  # noqa: S608 - constants of ours
_FIND = text(f"SELECT {_COLUMNS} FROM reconciliations WHERE id = :id")  # noqa: S608 - constants of ours


async def list_runs(session: AsyncSession, most: int) -> list[PastRun]:
    """The newest first, with their totals."""
    return [_run(row) for row in await session.execute(_LIST, {"most": most})]


async def show_run(session: AsyncSession, run_id: int) -> PastRun | None:
    """One run with the notes behind its totals, as long as they are kept."""
    row = (await session.execute(_FIND, {"id": run_id})).one_or_none()
    return _run(row, (await session.execute(NOTES, {"id": run_id})).all()) if row else None


def _run(row: Row[Any], notes: Any = ()) -> PastRun:
    columns = {name: value for name, value in row._mapping.items() if name != "totals"}
    return PastRun(**columns, found=kept_reconciliation(row.totals, notes))
