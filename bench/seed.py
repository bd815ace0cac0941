"""Fills the tables by COPY, as if notes had been posted: contacts with their resources, deliveries and lanes."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass
from hashlib import sha256
from itertools import islice
from typing import Any, Literal, TypeAlias

import asyncpg

from bench.notes import Ids, contact_resources
from bench.people import BORN, hex_of, hyphened, nhs_number
from bench.postgres import as_superuser

Connection: TypeAlias = "asyncpg.Connection[asyncpg.Record]"

_LINES_A_CHUNK = 2000
_AT = "2026-11-01 09:00:00+00"
_NULL = "\\N"


def evenly(clients: int) -> Callable[[int], int]:
    """Note n is about client n modulo the number of clients."""
    return lambda note: note % clients


@dataclass(frozen=True, slots=True)
class Seed:
    """`client_of` gives the client's number of the n-th note; `whole` resources are those that can be sent.

    Where they need not be sent, a note has one resource, with an empty body.
    """

    notes: int
    clients: int
    client_of: Callable[[int], int]
    state: Literal["waiting", "delivered"] = "waiting"
    whole: bool = True
    matched: bool = True


def seed(url: str, plan: Seed) -> None:
    """Everything of the plan, with its indexes, its foreign keys checked, and the planner's statistics."""
    asyncio.run(_seed(url, plan))


def encounter_of(note: int) -> str:
    """The id of the note's first resource, by which the stub EHR tells what came when."""
    return hyphened(_ids_of(note, "").resource(0))


async def _seed(url: str, plan: Seed) -> None:
    connection: Connection = await asyncpg.connect(as_superuser(url))
    await connection.execute("INSERT INTO specialists (id, name) VALUES ('es-1', 'Sam Ofori')")
    await connection.execute("SET maintenance_work_mem = '512MB'")
    clients = [hex_of("client", client) for client in range(plan.clients)]
    put_back = await _take_down(connection)
    for table in (_clients, _notes, _resources, _lanes, _deliveries):
        columns, lines = table(plan, clients)
        await connection.copy_to_table(table.__name__[1:], source=_chunks(lines), columns=columns.split())
    for statement in put_back:
        await connection.execute(statement)
    await connection.execute("VACUUM ANALYZE")
    await connection.execute("CHECKPOINT")
    await connection.close()


_CONSTRAINTS = """
    SELECT conrelid::regclass AS of_table, conname AS name, pg_get_constraintdef(oid) AS definition
    FROM pg_constraint
    WHERE connamespace = 'public'::regnamespace AND contype IN ('p', 'u', 'f')
    ORDER BY contype = 'f'
"""
_INDEXES = """
    SELECT indexrelid::regclass AS name, pg_get_indexdef(indexrelid) AS definition
    FROM pg_index JOIN pg_class ON pg_class.oid = indexrelid
    WHERE relnamespace = 'public'::regnamespace
"""


async def _take_down(connection: Connection) -> list[str]:
    """Indexes and keys cost half as much when they are built at once; the statements that build them again."""
    constraints = await connection.fetch(_CONSTRAINTS)
    for one in reversed(constraints):
        await connection.execute(f"ALTER TABLE {one['of_table']} DROP CONSTRAINT {one['name']}")
    indexes = await connection.fetch(_INDEXES)
    for one in indexes:
        await connection.execute(f"DROP INDEX {one['name']}")
    keys = [f"ALTER TABLE {one['of_table']} ADD CONSTRAINT {one['name']} {one['definition']}" for one in constraints]
    return [*(one["definition"] for one in indexes), *keys]


async def _chunks(lines: Iterator[str]) -> AsyncIterator[bytes]:
    while taken := list(islice(lines, _LINES_A_CHUNK)):
        yield "".join(taken).encode()


_Table: TypeAlias = tuple[str, Iterator[str]]


# Each table's columns, and its lines in COPY's text format.


def _clients(plan: Seed, clients: list[str]) -> _Table:
    def lines() -> Iterator[str]:
        for client, id_ in enumerate(clients):
            number = nhs_number(client)
            # Matched in the far future: no patient is searched for while the bench runs.
            match = f"p{number}\t{_AT}\t2126-01-01 00:00:00+00" if plan.matched else "\\N\t\\N\t\\N"
            yield f"{id_}\t{number}\t{BORN}\t{match}\n"

    return "id nhs_number birth_date ehr_patient_id confirmed_at matched_at", lines()


def _notes(plan: Seed, clients: list[str]) -> _Table:
    times = f"{_AT}\t{_AT}\t{_AT}"

    def lines() -> Iterator[str]:
        for note in range(plan.notes):
            digest = sha256(note.to_bytes(8, "big")).hexdigest()
            ids = _ids_of(note, clients[plan.client_of(note)])
            yield f"{ids.note}\t1\tcontact\t{ids.client}\tes-1\t{BORN}\t{times}\t{{}}\t\\\\x{digest}\n"

    columns = "id version kind client_id specialist_id birth_date happened_at written_at received_at form digest"
    return columns, lines()


def _resources(plan: Seed, clients: list[str]) -> _Table:
    made = contact_resources() if plan.whole else contact_resources()[:1]

    def lines() -> Iterator[str]:
        for note in range(plan.notes):
            ids = _ids_of(note, clients[plan.client_of(note)])
            for position, one in enumerate(made):
                body = one.body_for(ids) if plan.whole else "{}"
                yield f"{one.type}\t{ids.resource(position)}\t1\t{ids.note}\t{ids.client}\t{position}\t{body}\n"

    return "type id version note_id client_id position body", lines()


def _lanes(plan: Seed, clients: list[str]) -> _Table:
    last = [0] * plan.clients
    for note in range(plan.notes):
        last[plan.client_of(note)] += 1
    return "client_id last_sequence due_at", (
        f"{clients[client]}\t{sequence}\t{_due_at(plan, client)}\n" for client, sequence in enumerate(last) if sequence
    )


def _due_at(plan: Seed, client: int) -> str:
    """One client after another, as lanes come to be due in life."""
    return f"2026-11-01 09:00:{client / 2000:09.6f}+00" if plan.state == "waiting" else _NULL


def _deliveries(plan: Seed, clients: list[str]) -> _Table:
    ended = _AT if plan.state == "delivered" else _NULL
    last = [0] * plan.clients

    def lines() -> Iterator[str]:
        for note in range(plan.notes):
            client = plan.client_of(note)
            last[client] += 1
            yield (
                f"{hex_of('delivery', note)}\t{hex_of('note', note)}\t1\t{clients[client]}\t{last[client]}"
                f"\t{plan.state}\t{_AT}\t{ended}\n"
            )

    return "id note_id note_version client_id sequence state created_at ended_at", lines()


def _ids_of(note: int, client: str) -> Ids:
    return Ids(hex_of("note", note), client)


def row_counts(url: str) -> Any:
    """How many notes and deliveries there are: the seed is checked before anything is measured on it."""
    return asyncio.run(_row_counts(url))


async def _row_counts(url: str) -> Any:
    connection: Connection = await asyncpg.connect(as_superuser(url))
    try:
        return await connection.fetchrow("SELECT (SELECT count(*) FROM notes), (SELECT count(*) FROM deliveries)")
    finally:
        await connection.close()
