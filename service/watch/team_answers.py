"""Reads the open requests to the clinical team in the EHR, at an even pace, and hands in what the team did with them.

The worker calls it now and then. Of several workers each takes other requests; a request is due again after `every`,
so that what a dead worker had in hand is read again. Where the record has no Tasks of ours, nothing is read.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Final

import structlog
from sqlalchemy import text

from service.db import Sessions
from service.intake.door import Door
from service.intake.team_answer import Overtaken, TaskSeen, take_in
from service.outbox.taken_in import KnownLink
from service.push.ehr import Ehr
from service.push.negotiation import Negotiation
from service.push.outcome import TryLater
from service.push.sending import Link
from service.push.written import version_of
from service.r4.resource import Json, Resource
from service.watch.even_pace import EvenPace
from service.watch.read_back import EhrNotReadable, Reader, read_back

log = structlog.get_logger()

_PAGE: Final = 100
_MOST_FAILURES: Final = 3
_TASK: Final = "Task"

# Open, or stopped since somebody changed it there; not while the EHR as a whole does not answer. Of two workers that
# find the same due, the second one's row is not due any more when its lock is free.
_DUE = text("""
    WITH asked AS (
        SELECT id, version FROM notes WHERE kind = 'team_request' AND form ->> 'state' IN ('asked', 'taken_up')
        UNION
        SELECT note_id, note_version FROM deliveries
        WHERE state = 'needs_attention' AND reason_code = 'changed_in_ehr'
    ),
    due AS (
        SELECT DISTINCT asked.id, read_at
        FROM asked JOIN notes USING (id, version)
            JOIN ehr_links ON ehr_links.note_id = asked.id AND ehr_links.ehr_type = 'Task'
            LEFT JOIN team_readings ON team_readings.note_id = asked.id
        WHERE notes.kind = 'team_request' AND NOT notes.retracted AND ehr_links.sent <> '{}'
            AND NOT EXISTS (SELECT FROM notes AS later WHERE later.id = asked.id AND later.version = asked.version + 1)
            AND (read_at IS NULL OR read_at <= clock_timestamp() - CAST(:every AS interval))
            AND (SELECT open_since IS NULL FROM breaker)
        ORDER BY read_at NULLS FIRST, asked.id
        LIMIT :page
    ),
    ours AS (
        INSERT INTO team_readings AS reading (note_id, read_at) SELECT id, clock_timestamp() FROM due ORDER BY id
        ON CONFLICT (note_id) DO UPDATE SET read_at = excluded.read_at
            WHERE reading.read_at <= excluded.read_at - CAST(:every AS interval)
        RETURNING note_id
    )
    SELECT ehr_links.note_id, key, ehr_type, ehr_id, ehr_version, note_version, sent, theirs, linked_at,
        clients.id AS client_id, clients.ehr_patient_id
    FROM ours JOIN ehr_links ON ehr_links.note_id = ours.note_id AND ehr_links.ehr_type = 'Task'
        JOIN notes ON notes.id = ours.note_id AND notes.version = 1
        JOIN clients ON clients.id = notes.client_id
    ORDER BY ehr_links.note_id
""")


def _now() -> datetime:
    return datetime.now(UTC)


@dataclass(slots=True)
class TeamAnswers:
    """How often each request is read, `every` zero for never, and how many reads a second the EHR gets at the most.

    `door` is made when the first answer has come: to make a gate takes a while.
    """

    sessions: Sessions
    ehr: Ehr
    negotiation: Negotiation
    door: Callable[[], Door]
    every: timedelta
    reads_per_second: float | None = None
    now: Callable[[], datetime] = _now
    pause: Callable[[float], Awaitable[None]] = asyncio.sleep
    _not_before: datetime | None = field(default=None, init=False)

    async def read_if_due(self) -> None:
        """What is due now. Where the EHR cannot be read, it is left for another time; not before it wants that."""
        if not self.every or (self._not_before and self.now() < self._not_before):
            return
        self._not_before = None
        try:
            reader = await self._reader()
            while reader and (page := await self._due()):
                await self._read(page, reader)
        except EhrNotReadable as silence:
            self._not_before = silence.not_before
            log.warning("answers of the team could not be read", reason_code=silence.reason_code)

    async def _reader(self) -> Reader | None:
        """None where Tasks go in no resource of their own: there is none of ours to be answered."""
        offer = await self.negotiation.capability(self.ehr, self.now())
        if isinstance(offer, TryLater):
            raise EhrNotReadable(offer.reason.code, offer.not_before)
        task = offer.of(_TASK)
        if task.strategy not in {"A transaction", "B one by one"}:
            return None
        searchable = frozenset({_TASK} if task.search_by_identifier else ())
        pace = EvenPace(self.reads_per_second)
        return Reader(self.ehr, searchable, asyncio.Semaphore(1), self.now, self.pause, pace)

    async def _due(self) -> list[TaskSeen]:
        async with self.sessions.begin() as session:
            rows = (await session.execute(_DUE, {"every": self.every, "page": _PAGE})).all()
        return [
            TaskSeen(
                note_id=row.note_id,
                client_id=row.client_id,
                patient=f"Patient/{row.ehr_patient_id}",
                known=KnownLink(Link(*row[1:8]), row.linked_at),
                body={},
            )
            for row in rows
        ]

    async def _read(self, page: Sequence[TaskSeen], reader: Reader) -> None:
        """Many in one search; what that does not show as we know it is read by itself, for a search may show what was.

        Where one cannot be read, the others are; not where one after the other cannot.
        """
        failures = 0
        unchanged = await _seen_unchanged([one.known.link for one in page], reader)
        for one in page:
            link = one.known.link
            if link.key in unchanged:
                continue
            try:
                body = await reader.read(link.ehr_type, link.ehr_id)
            except EhrNotReadable as silence:
                failures += 1
                if silence.ehr_wide or failures == _MOST_FAILURES:
                    raise
                log.warning(
                    "an answer of the team could not be read", note_id=one.note_id, reason_code=silence.reason_code
                )
                continue
            if body is not None and not _is_known(body, link):
                await self._hand_in(replace(one, body=body))

    async def _hand_in(self, one: TaskSeen) -> None:
        """Where it cannot be taken in at this moment, it is read again when it is due."""
        door = await asyncio.to_thread(self.door)
        try:
            async with self.sessions.begin() as session:
                came = await take_in(session, door, one, self.now())
        except Overtaken:
            came = "later"
        door.meters.team_answer_read(came)
        log.info("answer of the team read", note_id=one.note_id, outcome=came)


async def _seen_unchanged(links: Sequence[Link], reader: Reader) -> set[str]:
    """Of these, the keys of those that a search shows as we know them; none where the EHR cannot be searched."""
    ours = [Resource(_TASK, link.key.partition("/")[2], dict(link.sent)) for link in links]
    try:
        found = await read_back(ours, reader)
    except EhrNotReadable as silence:
        if silence.ehr_wide:
            raise
        return set()
    return {link.key for link in links for body in found.get(link.key, ()) if _is_the_known_one(body, link)}


def _is_the_known_one(body: Json, link: Link) -> bool:
    return body["id"] == link.ehr_id and _is_known(body, link)


def _is_known(body: Json, link: Link) -> bool:
    """The version that we know of; where the EHR counts none, what we took in last."""
    version = version_of(None, body)
    return body == link.theirs if version is None else version == link.ehr_version
