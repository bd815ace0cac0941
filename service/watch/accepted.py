"""Every accepted note, a page at a time: where its newest version stands, and what the EHR should hold of it."""

from collections import defaultdict
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncSession

from service.db import Sessions
from service.outbox.load import load_links
from service.push.sending import Link
from service.r4.resource import Resource
from service.watch.kept_runs import Run
from service.watch.reconciliation import FAULTS

_PAGE = 200

# By the primary key, so that a million notes are walked once and none is held.
_NOTES = text("""
    WITH page AS (
        SELECT DISTINCT ON (id) id, version, client_id FROM notes
         WHERE id > :after AND (
               CAST(:since AS timestamptz) IS NULL
               OR received_at >= CAST(:since AS timestamptz)
               OR :changed AND EXISTS (SELECT FROM deliveries WHERE deliveries.note_id = notes.id
                                          AND deliveries.ended_at >= CAST(:since AS timestamptz))
               OR EXISTS (SELECT FROM reconciled_notes WHERE reconciliation_id = :rechecks
                             AND found = ANY (CAST(:faults AS text[])) AND reconciled_notes.note_id = notes.id))
         ORDER BY id, version DESC LIMIT :page
    )
    SELECT page.id, page.version AS newest_version, newest.state, delivered.version AS delivered_version,
           page.client_id, clients.ehr_patient_id, delivered.refers_to
      FROM page
      JOIN clients ON clients.id = page.client_id
      LEFT JOIN deliveries AS newest ON newest.note_id = page.id AND newest.note_version = page.version
      LEFT JOIN LATERAL (
           SELECT note_version AS version, refers_to FROM deliveries
            WHERE note_id = page.id AND state = 'delivered' ORDER BY note_version DESC LIMIT 1
      ) AS delivered ON true
     ORDER BY page.id
""")

# What was left out was never sent: the document says it.
# A version makes every resource of its note anew (what no longer holds comes back as entered in error), only its
# Provenance is its own; one that changed nothing was not sent, and its Provenance neither.
_RESOURCES = text("""
    SELECT resources.note_id, resources.type, resources.id, resources.body
      FROM unnest(CAST(:note_ids AS uuid[]), CAST(:versions AS integer[])) AS wanted (note_id, version)
      JOIN resources ON resources.note_id = wanted.note_id
           AND (resources.version = wanted.version AND resources.type <> 'Provenance'
                OR resources.version <= wanted.version AND resources.type = 'Provenance'
                   AND EXISTS (SELECT FROM ehr_links WHERE ehr_links.note_id = resources.note_id
                                  AND (ehr_links.note_version = resources.version
                                       OR ehr_links.key = 'Provenance/' || resources.id)))
      JOIN deliveries ON deliveries.note_id = wanted.note_id AND deliveries.note_version = wanted.version
           AND resources.type || '/' || resources.id <> ALL (deliveries.left_out)
     ORDER BY resources.note_id, resources.version, resources.position
""")


@dataclass(frozen=True, slots=True)
class AcceptedNote:
    """`state` is that of the newest version's delivery; `delivered_version` the newest that the EHR took."""

    id: UUID
    newest_version: int
    state: str | None
    delivered_version: int | None
    client_id: UUID
    ehr_patient_id: str | None
    refers_to: tuple[UUID, ...]

    @property
    def settled(self) -> bool:
        """The EHR should hold exactly what the newest version says."""
        return self.delivered_version == self.newest_version


@dataclass(frozen=True, slots=True)
class ExpectedNote:
    """What the EHR should hold of a delivered note, and where; `links` has those of the notes it refers to, too."""

    note: AcceptedNote
    resources: tuple[Resource, ...]
    links: dict[str, Link]


async def accepted_notes(sessions: Sessions, run: Run) -> AsyncIterator[Sequence[AcceptedNote]]:
    """Pages of the notes that the run is about and has not compared yet, in the order of the ids."""
    after = run.after
    binds = {
        "since": run.since,
        "changed": run.scope == "changed",
        "rechecks": run.rechecks,
        "faults": list(FAULTS),
        "page": _PAGE,
    }
    while True:
        async with sessions() as session:
            rows = (await session.execute(_NOTES, {"after": after, **binds})).all()
        if not rows:
            return
        yield [_note(row) for row in rows]
        after = rows[-1].id


def _note(row: Row[Any]) -> AcceptedNote:
    return AcceptedNote(
        id=row.id,
        newest_version=row.newest_version,
        state=row.state,
        delivered_version=row.delivered_version,
        client_id=row.client_id,
        ehr_patient_id=row.ehr_patient_id,
        refers_to=tuple(row.refers_to or ()),
    )


async def expected(sessions: Sessions, notes: Sequence[AcceptedNote]) -> list[ExpectedNote]:
    """Those of the notes that the EHR took, with their resources."""
    delivered = [note for note in notes if note.delivered_version is not None]
    async with sessions() as session:
        resources = await _resources(session, delivered)
        wanted = {note_id for note in delivered for note_id in (note.id, *note.refers_to)}
        links = await load_links(session, wanted)
    return [
        ExpectedNote(
            note,
            tuple(resources[note.id]),
            {link.key: link for note_id in (note.id, *note.refers_to) for link in links.get(note_id, ())},
        )
        for note in delivered
    ]


async def _resources(session: AsyncSession, notes: Sequence[AcceptedNote]) -> dict[UUID, list[Resource]]:
    binds = {"note_ids": [note.id for note in notes], "versions": [note.delivered_version for note in notes]}
    found: dict[UUID, list[Resource]] = defaultdict(list)
    for row in await session.execute(_RESOURCES, binds):
        found[row.note_id].append(Resource(row.type, str(row.id), row.body))
    return found
