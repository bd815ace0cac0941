"""The limit of accepting: the same endpoint on the same database, storing just a note and an outbox row.

    python -m bench.limit_app PORT DATABASE_URL [bare]

Parsed as we parse it, stored by one statement in autocommit, durable; no mapping, no gate, no resources, no lane, no
log. By SQLAlchemy Core on asyncpg, as the product does it; `bare`: by asyncpg alone, which is stricter.
"""

import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any, TypeAlias
from uuid import uuid4

import asyncpg
import uvicorn
from fastapi import FastAPI, Request, Response
from sqlalchemy import text

from service.db import open_engine
from service.forms.note import FORM

Store: TypeAlias = Callable[..., Awaitable[Any]]

_CONNECTIONS = 16

_TABLES = """
    CREATE TABLE IF NOT EXISTS bare_notes (id uuid PRIMARY KEY, kind text, received_at timestamptz, form jsonb);
    CREATE TABLE IF NOT EXISTS bare_outbox (id uuid PRIMARY KEY, note_id uuid REFERENCES bare_notes, state text);
"""
_STORE = """
    WITH note AS (
        INSERT INTO bare_notes (id, kind, received_at, form) VALUES ($1, $2, $3, $4)
        ON CONFLICT DO NOTHING RETURNING id
    )
    INSERT INTO bare_outbox (id, note_id, state) SELECT $5, id, 'waiting' FROM note
"""


# The same statement, with SQLAlchemy's binds.
_STORE_BY_SQLALCHEMY = text(
    _STORE.replace("$1", ":id").replace("$2", ":kind").replace("$3", ":at").replace("$4", "CAST(:form AS jsonb)")
    .replace("$5", ":outbox_id")
)  # fmt: skip


@asynccontextmanager
async def _bare(database_url: str) -> AsyncIterator[Store]:
    async with asyncpg.create_pool(database_url, min_size=_CONNECTIONS, max_size=_CONNECTIONS) as pool:
        await pool.execute(_TABLES)

        async def store(**note: Any) -> None:
            await pool.execute(_STORE, *note.values())

        yield store


@asynccontextmanager
async def _by_sqlalchemy(database_url: str) -> AsyncIterator[Store]:
    async with _bare(database_url):
        pass  # it makes the tables
    engine = open_engine(database_url, _CONNECTIONS).execution_options(isolation_level="AUTOCOMMIT")

    async def store(**note: Any) -> None:
        async with engine.connect() as connection:
            await connection.execute(_STORE_BY_SQLALCHEMY, note)

    yield store
    await engine.dispose()


def make_app(database_url: str, *, bare: bool) -> FastAPI:
    @asynccontextmanager
    async def stored(app: FastAPI) -> AsyncIterator[None]:
        async with (_bare if bare else _by_sqlalchemy)(database_url) as app.state.store:
            yield

    app = FastAPI(lifespan=stored)
    app.add_api_route("/notes", _post_note, methods=["POST"], response_model=None)
    app.add_api_route("/healthz", _well, methods=["GET"], response_model=None)
    return app


async def _post_note(request: Request) -> Response:
    form = FORM.validate_json(await request.body())
    store: Store = request.app.state.store
    written = form.model_dump_json()
    await store(id=form.id, kind=form.kind, at=datetime.now(UTC), form=written, outbox_id=uuid4())
    return Response(f'{{"id":"{form.id}"}}', 201, media_type="application/json")


async def _well() -> Response:
    return Response()


if __name__ == "__main__":
    uvicorn.run(
        make_app(sys.argv[2], bare=sys.argv[3:] == ["bare"]),
        port=int(sys.argv[1]),
        log_level="warning",
        access_log=False,
    )
