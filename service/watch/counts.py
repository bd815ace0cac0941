"""How many, for a service manager: of their own teams' people, without a word of what was written.

Fewer than five are not told apart: a small number may be a person somebody knows.
"""

from datetime import UTC, datetime, timedelta
from typing import Final

from fastapi import APIRouter, Response
from sqlalchemy import text

from service.auth.session import Session
from service.intake.answers import json_response

router = APIRouter(tags=["watch"])

_FEWEST: Final = 5
_DAYS: Final = 28

_PEOPLE = text("SELECT team_id, count(*) AS many FROM caseloads GROUP BY team_id ORDER BY team_id")
_NOTES = text("""
    SELECT kind, count(*) AS many FROM notes
     WHERE version = 1 AND received_at > CAST(:since AS timestamptz)
     GROUP BY kind ORDER BY kind
""")
_DELIVERIES = text("SELECT state, count(*) AS many FROM deliveries GROUP BY state ORDER BY state")


@router.get("/counts", response_class=Response)
async def get_counts(session: Session) -> Response:
    """People on each team's caseload, notes of the last 28 days by kind, deliveries by state; null for fewer than
    five."""
    since = datetime.now(UTC) - timedelta(days=_DAYS)
    people = {row.team_id: _told(row.many) for row in await session.execute(_PEOPLE)}
    notes = {row.kind: _told(row.many) for row in await session.execute(_NOTES, {"since": since})}
    deliveries = {row.state: _told(row.many) for row in await session.execute(_DELIVERIES)}
    return json_response({"people": people, "notes": notes, "notes_since": since, "deliveries": deliveries})


def _told(many: int) -> int | None:
    return many if many >= _FEWEST else None
