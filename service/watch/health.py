"""Is the process alive, and may it be sent notes?

`/readyz` says 503 only for what keeps us from taking a note: the database, and its migrations. An EHR that
is down, or a note that has waited too long, is an alarm for a person (`waiting.alarm`, `breaker.open`) and
no reason to turn phones away: taking notes while the EHR is down is what this service is for.
"""

import asyncio
from typing import Any, Final

import orjson
from fastapi import APIRouter, Response
from sqlalchemy import text
from sqlalchemy.exc import ProgrammingError, SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncSession

from service.db import UNREACHABLE
from service.watch.backlog import Glance, glance
from service.watch.watched import TheWatched, Watched

_LONGEST_LOOK: Final = 2.0

router = APIRouter(tags=["watch"])


@router.get("/healthz")
async def get_health() -> dict[str, str]:
    """The process is alive. Asks nothing else, so that a database that is down restarts nobody."""
    return {"status": "alive"}


@router.get("/readyz", responses={503: {"description": "Notes cannot be taken now; the sentence says why."}})
async def get_readiness(watched: TheWatched) -> Response:
    """Notes can be taken: the database answers and has this program's migrations. The EHR is told apart."""
    answer = await look(watched)
    headers = {"Cache-Control": "no-store"}
    return Response(orjson.dumps(answer), 200 if answer["ready"] else 503, headers, media_type="application/json")


async def look(watched: Watched) -> dict[str, Any]:
    """What /readyz answers; never an exception, and never longer than two seconds."""
    try:
        async with asyncio.timeout(_LONGEST_LOOK), watched.sessions() as session:
            found = await _migrated_to(session)
            if found != watched.migrated_to:
                return _wrong_migrations(found, watched.migrated_to)
            seen = await glance(session)
    except (*UNREACHABLE, SQLAlchemyError):
        return _not_ready("The database does not answer. Look whether it runs and can be reached from here.")
    return _ready(seen, watched)


async def _migrated_to(session: AsyncSession) -> str | None:
    try:
        revision: str | None = (await session.execute(text("SELECT version_num FROM alembic_version"))).scalar()
    except ProgrammingError:
        return None
    return revision


def _wrong_migrations(found: str | None, expected: str) -> dict[str, Any]:
    state = f"is at migration {found}" if found else "has no tables of ours"
    sentence = f"The database {state} and this program needs {expected}. Run `joinedup migrate`."
    return _not_ready(sentence) | {"migrations": {"found": found, "expected": expected}}


def _not_ready(sentence: str) -> dict[str, Any]:
    return {"ready": False, "sentence": sentence}


def _ready(seen: Glance, watched: Watched) -> dict[str, Any]:
    alarm = seen.oldest_seconds is not None and seen.oldest_seconds > watched.waiting_alarm.total_seconds()
    is_open = seen.breaker_open_seconds is not None
    return {
        "ready": True,
        "sentence": _sentence(alarm, is_open),
        "migrations": {"found": watched.migrated_to, "expected": watched.migrated_to},
        "waiting": {"oldest_seconds": seen.oldest_seconds, "alarm": alarm},
        "breaker": {
            "open": is_open,
            "open_seconds": seen.breaker_open_seconds,
            "reason_code": seen.breaker_reason_code,
        },
    }


def _sentence(alarm: bool, is_open: bool) -> str:
    if alarm and is_open:
        return "Notes are taken; the EHR has not answered for too long. Ask those who run it."
    if alarm:
        return "Notes are taken; one has waited too long for the EHR. Run `joinedup deliveries list`."
    if is_open:
        return "Notes are taken and wait, for the EHR does not answer. They go by themselves when it does."
    return "Notes are taken and delivered."
