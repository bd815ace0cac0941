"""Runs of the reconciliation as they are kept: begun, gone on with after a stop, written down page by page, ended.

A run is held by a lease, so that what a killed process leaves behind is taken up by the next.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final, Literal, TypeAlias
from uuid import UUID, uuid4

import orjson
from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncSession

from service.rows import rows_as_json
from service.watch.reconciliation import FAULTS, LISTED, Reconciliation

Scope: TypeAlias = Literal["full", "changed", "since"]

_LEASE: Final = timedelta(minutes=5)
# A note may have been received a little before its transaction was seen.
_OVERLAP: Final = timedelta(minutes=5)
_RUNS_WITH_NOTES: Final = 20


class RunTaken(Exception):
    """Another process goes on with this run: its lease had ended."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """`changed`: since the last run, and what that one found wrong. `since`: received then or later."""

    scope: Scope = "full"
    since: datetime | None = None
    repair: bool = False
    scheduled: bool = False


@dataclass(frozen=True, slots=True)
class Run:
    """One run in our hands, and what it has found so far. Notes up to `after` have been compared."""

    id: int
    token: UUID
    scope: Scope
    since: datetime | None
    rechecks: int | None
    repair: bool
    after: UUID
    began_at: datetime
    found: Reconciliation = field(default_factory=Reconciliation)


_COLUMNS = "id, lease_token AS token, scope, since, rechecks, repair, after, began_at"

# Without a run before it, there is nothing to be changed since: all is compared.
_BEGIN = text(f"""
    WITH last AS (
        SELECT id, began_at FROM reconciliations
        WHERE CAST(:scope AS text) = 'changed' AND scope <> 'since' AND ended_at IS NOT NULL
        ORDER BY id DESC LIMIT 1
    ),
    wanted AS (
        SELECT CASE WHEN CAST(:scope AS text) = 'changed' AND last.id IS NULL THEN 'full' ELSE :scope END AS scope,
            coalesce(CAST(:since AS timestamptz), last.began_at - CAST(:overlap AS interval)) AS since, last.id
        FROM (VALUES (1)) AS one LEFT JOIN last ON true
    )
    INSERT INTO reconciliations
        (scope, since, rechecks, repair, scheduled, totals, lease_token, leased_by, leased_until)
    SELECT scope, since, id, :repair, :scheduled, '{{"accepted": 0}}', :token, :who,
        clock_timestamp() + CAST(:lease AS interval)
    FROM wanted
    RETURNING {_COLUMNS}
""")  # noqa: S608 - constants of ours

_TAKE_UP = text(f"""
    UPDATE reconciliations SET
        lease_token = :token, leased_by = :who, leased_until = clock_timestamp() + CAST(:lease AS interval),
        stopped_because = NULL
    WHERE id = (
        SELECT id FROM reconciliations
        WHERE ended_at IS NULL AND scheduled = :scheduled AND leased_until <= clock_timestamp()
        ORDER BY id DESC LIMIT 1 FOR UPDATE SKIP LOCKED
    )
    RETURNING {_COLUMNS}, totals
""")  # noqa: S608 - constants of ours

NOTES = text("SELECT found, note_id, keys FROM reconciled_notes WHERE reconciliation_id = :id ORDER BY note_id")

_KEEP_PAGE = text("""
    WITH mine AS (
        UPDATE reconciliations SET
            after = :after, totals = CAST(:totals AS jsonb), leased_until = clock_timestamp() + CAST(:lease AS interval)
        WHERE id = :id AND lease_token = :token
        RETURNING id
    ),
    kept AS (
        INSERT INTO reconciled_notes (reconciliation_id, found, note_id, keys)
        SELECT mine.id, found, note_id, keys
        FROM mine, jsonb_to_recordset(CAST(:rows AS jsonb)) AS page (found text, note_id uuid, keys text[])
    )
    SELECT id FROM mine
""")

_PUT_DOWN = text("""
    UPDATE reconciliations SET
        stopped_because = :reason_code, leased_until = clock_timestamp() + CAST(:rest AS interval)
    WHERE id = :id AND lease_token = :token
""")

_END = text("""
    WITH mine AS (
        UPDATE reconciliations SET ended_at = clock_timestamp(), lease_token = NULL
        WHERE id = :id AND lease_token = :token
        RETURNING id
    ),
    forgotten AS (
        DELETE FROM reconciled_notes WHERE reconciliation_id <= (
            SELECT id FROM reconciliations WHERE ended_at IS NOT NULL ORDER BY id DESC OFFSET :runs_before LIMIT 1)
    )
    SELECT id FROM mine
""")


async def begin(session: AsyncSession, wanted: Wanted, who: str) -> Run:
    """A new run, ours."""
    binds = {
        "scope": wanted.scope,
        "since": wanted.since,
        "repair": wanted.repair,
        "scheduled": wanted.scheduled,
        "overlap": _OVERLAP,
        **_lease(who),
    }
    return Run(**(await session.execute(_BEGIN, binds)).one()._mapping)


async def take_up(session: AsyncSession, who: str, *, scheduled: bool) -> Run | None:
    """The newest run that stopped before its end, with what it had found; None where there is none."""
    row = (await session.execute(_TAKE_UP, {"scheduled": scheduled, **_lease(who)})).one_or_none()
    if row is None:
        return None
    columns = {name: value for name, value in row._mapping.items() if name != "totals"}
    return Run(**columns, found=kept_reconciliation(row.totals, (await session.execute(NOTES, {"id": row.id})).all()))


async def keep_page(session: AsyncSession, run: Run, page: Reconciliation, after: UUID) -> None:
    """The notes up to `after` have been compared, and `page` was found of them: added to the run."""
    run.found.add(page)
    binds = {
        "id": run.id,
        "token": run.token,
        "after": after,
        "totals": orjson.dumps({"accepted": run.found.accepted, **run.found.totals}).decode(),
        "rows": rows_as_json(_rows(page)),
        "lease": _LEASE,
    }
    await _held(session, _KEEP_PAGE, binds)


async def put_down(session: AsyncSession, run: Run, reason_code: str, rest: timedelta) -> None:
    """It could not go on; after a rest, somebody may take it up where it stopped."""
    binds = {"id": run.id, "token": run.token, "reason_code": reason_code, "rest": rest}
    await session.execute(_PUT_DOWN, binds)


async def end(session: AsyncSession, run: Run) -> None:
    """Every note has been compared. Of runs long ago, the totals are kept and not the notes."""
    await _held(session, _END, {"id": run.id, "token": run.token, "runs_before": _RUNS_WITH_NOTES - 1})


def kept_reconciliation(totals: dict[str, int], notes: Sequence[Row[Any]]) -> Reconciliation:
    """As it was when it was written down; `notes` have `found`, `note_id` and `keys`."""
    kept = Reconciliation(accepted=totals["accepted"])
    kept.totals |= {name: count for name, count in totals.items() if name != "accepted"}
    for note in notes:
        kept.notes[note.found].append(note.note_id)
        if note.found in FAULTS:
            kept.resources.setdefault(note.note_id, {})[note.found] = list(note.keys)
    return kept


def _rows(page: Reconciliation) -> list[dict[str, Any]]:
    return [
        {"found": name, "note_id": note_id, "keys": _keys(page, name, note_id)}
        for name in LISTED
        for note_id in page.notes[name]
    ]


def _keys(page: Reconciliation, name: str, note_id: UUID) -> list[str]:
    return next((keys for fault, keys in page.resources.get(note_id, {}).items() if fault == name), [])


def _lease(who: str) -> dict[str, Any]:
    return {"token": uuid4(), "who": who, "lease": _LEASE}


async def _held(session: AsyncSession, statement: Any, binds: dict[str, Any]) -> None:
    if (await session.execute(statement, binds)).one_or_none() is None:
        raise RunTaken
