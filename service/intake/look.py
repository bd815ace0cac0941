"""What we know already when notes arrive: their clients, their specialists and, if they came before, themselves."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import groupby
from operator import attrgetter
from typing import Any
from uuid import UUID

from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncSession

from service.auth.policy import SPECIALIST
from service.auth.session import SEPARATOR
from service.caller import Caller
from service.forms.note import FORM, Form
from service.intake.receipt import Receipt
from service.r4.resource import Resource


@dataclass(frozen=True, slots=True)
class KnownClient:
    """A registered client: unconfirmed until the EHR's patient matched."""

    id: UUID
    birth_date: date
    confirmed: bool


@dataclass(frozen=True, slots=True)
class StoredVersion:
    """A version of this note that is stored. `seen_by_writer`: whoever brings it now may see that one."""

    id: UUID
    version: int
    kind: str
    client_id: UUID
    birth_date: date
    digest: bytes
    retracted: bool
    received_at: datetime
    seen_by_writer: bool

    def receipt(self) -> Receipt:
        """The receipt it was answered with when it came."""
        return Receipt(self.id, self.version, self.kind, self.client_id, self.received_at, self.retracted)


@dataclass(frozen=True, slots=True)
class Known:
    """`versions` are in order, from 1; none where the note is new. `outside`: the client is none of the writer's."""

    client: KnownClient | None
    specialist_name: str | None
    versions: tuple[StoredVersion, ...]
    outside: bool = False

    @property
    def client_confirmed(self) -> bool:
        """The EHR's patient has matched on NHS number and date of birth."""
        return self.client is not None and self.client.confirmed


# One look for all three, and for many notes: most are new, and then each returns one row.
_LOOK = text("""
    SELECT arriving.place, clients.id AS known_client_id, clients.birth_date AS known_birth_date,
           clients.confirmed_at IS NOT NULL AS confirmed, specialists.name AS specialist_name,
           notes.version, notes.kind, notes.client_id, notes.birth_date, notes.digest, notes.retracted,
           notes.received_at,
           arriving.teams IS NOT NULL AND clients.id IS NOT NULL
               AND NOT EXISTS (SELECT FROM caseloads
                                WHERE caseloads.client_id = clients.id
                                  AND team_id = ANY (string_to_array(arriving.teams, chr(31)))) AS outside,
           arriving.teams IS NULL OR notes.specialist_id = arriving.specialist_id
               OR EXISTS (SELECT FROM caseloads
                           WHERE caseloads.client_id = notes.client_id
                             AND team_id = ANY (string_to_array(arriving.teams, chr(31)))) AS seen
      FROM unnest(CAST(:note_ids AS uuid[]), CAST(:nhs_numbers AS text[]), CAST(:specialist_ids AS text[]),
                  CAST(:teams AS text[]))
           WITH ORDINALITY AS arriving (note_id, nhs_number, specialist_id, teams, place)
      LEFT JOIN clients ON clients.nhs_number = arriving.nhs_number
      LEFT JOIN specialists ON specialists.id = arriving.specialist_id
      LEFT JOIN notes ON notes.id = arriving.note_id
     ORDER BY arriving.place, notes.version
""")

_EVER_QUEUED = text("""
    SELECT EXISTS (SELECT FROM deliveries
                    WHERE note_id = :note_id
                      AND (state IN ('waiting', 'sending', 'delivered')
                           OR EXISTS (SELECT FROM ehr_calls WHERE ehr_calls.delivery_id = deliveries.id)))
""")

_EARLIER = text("""
    SELECT type, id, body
      FROM (SELECT DISTINCT ON (type, id) type, id, version, position, body
              FROM resources WHERE note_id = :note_id AND type <> 'Provenance'
             ORDER BY type, id, version DESC) AS latest
     ORDER BY version DESC, position
""")

# As text: a form is parsed from JSON, strictly, as it was when it came.
_NEWEST_FORM = text("SELECT CAST(form AS text) FROM notes WHERE id = :note_id ORDER BY version DESC LIMIT 1")


async def look(session: AsyncSession, form: Form, writer: Caller) -> Known:
    """What we know of one note."""
    (known,) = await look_at_all(session, [form], [writer])
    return known


async def look_at_all(session: AsyncSession, forms: Sequence[Form], writers: Sequence[Caller]) -> list[Known]:
    """One query, one round trip; what we know of each, in order. `writers`: who brings them."""
    found = await session.execute(
        _LOOK,
        {
            "note_ids": [form.id for form in forms],
            "nhs_numbers": [form.client.nhs_number for form in forms],
            "specialist_ids": [form.specialist.id for form in forms],
            "teams": [teams_of(writer) for writer in writers],
        },
    )
    by_place = groupby(found, key=attrgetter("place"))
    return [_known(form, list(rows)) for form, (_, rows) in zip(forms, by_place, strict=True)]


def teams_of(writer: Caller) -> str | None:
    """A writer's teams as the database reads them; None for one who has no people of their own, such as an EHR."""
    return SEPARATOR.join(writer.teams) if SPECIALIST in writer.roles and not writer.is_at_this_machine else None


def _known(form: Form, rows: Sequence[Row[Any]]) -> Known:
    first = rows[0]
    client = None
    if first.known_client_id is not None:
        client = KnownClient(first.known_client_id, first.known_birth_date, first.confirmed)
    versions = tuple(
        StoredVersion(
            form.id,
            row.version,
            row.kind,
            row.client_id,
            row.birth_date,
            row.digest,
            row.retracted,
            row.received_at,
            row.seen,
        )
        for row in rows
        if row.version is not None
    )
    return Known(client, first.specialist_name, versions, first.outside)


async def ever_queued(session: AsyncSession, note_id: UUID) -> bool:
    """Whether some of this note may be in the EHR, or come there."""
    return bool(await session.scalar(_EVER_QUEUED, {"note_id": note_id}))


async def stored_form(session: AsyncSession, note_id: UUID) -> Form | None:
    """The newest version of a note as it was sent; None where there is no such note."""
    stored = (await session.execute(_NEWEST_FORM, {"note_id": note_id})).scalar_one_or_none()
    return None if stored is None else FORM.validate_json(stored)


async def earlier_resources(session: AsyncSession, note_id: UUID) -> tuple[Resource, ...]:
    """The latest form of every resource that any version of this note made; a Provenance stays as it is."""
    rows = await session.execute(_EARLIER, {"note_id": note_id})
    return tuple(Resource(row.type, str(row.id), row.body) for row in rows)
