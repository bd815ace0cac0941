"""The limit of accepting: the same endpoint on the same database, storing just a note and an outbox row.

    python -m bench.limit_app PORT DATABASE_URL

Parsed as we parse it, stored by one statement, durable; no mapping, no gate, no resources, no lane, no log.
"""

import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from uuid import uuid4

import asyncpg
import uvicorn
from fastapi import FastAPI, Request, Response

from service.forms.note import FORM

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


def make_app(database_url: str) -> FastAPI:
    @asynccontextmanager
    async def pool(app: FastAPI) -> AsyncIterator[None]:
        async with asyncpg.create_pool(database_url, min_size=16, max_size=16) as opened:
            await opened.execute(_TABLES)
            app.state.pool = opened
            yield

    app = FastAPI(lifespan=pool)
    app.add_api_route("/notes", _post_note, methods=["POST"], response_model=None)
    app.add_api_route("/healthz", _well, methods=["GET"], response_model=None)
    return app


async def _post_note(request: Request) -> Response:
    form = FORM.validate_json(await request.body(), strict=True)
    received_at = datetime.now(UTC)
    await request.app.state.pool.execute(_STORE, form.id, form.kind, received_at, form.model_dump_json(), uuid4())
    return Response(f'{{"id":"{form.id}"}}', 201, media_type="application/json")


async def _well() -> Response:
    return Response()


if __name__ == "__main__":
    uvicorn.run(make_app(sys.argv[2]), port=int(sys.argv[1]), log_level="warning", access_log=False)
