"""Writes down who was refused what: in a transaction of its own, for the request's own has been undone."""

from typing import Final
from uuid import UUID

from fastapi import Request
from sqlalchemy import text

from service.audit import Act, write_acts
from service.auth.admit import admitted_of
from service.db import Sessions
from service.errors import CallerError, NotSignedIn

# What somebody should be able to look at later: who may not, who may not see it, and who tries too often.
_TO_BE_KEPT: Final = frozenset({401, 403, 404})

_WHOSE = text("""
    SELECT id FROM clients WHERE id = CAST(:client AS uuid)
     UNION SELECT client_id FROM notes WHERE id = CAST(:note AS uuid)
""")


async def keep_refusal(request: Request, error: CallerError) -> None:
    """One line, if a route was asked for and this is a refusal at all; whose record, once it is known who asks."""
    admitted = admitted_of(request)
    if admitted is None or error.status not in _TO_BE_KEPT or admitted.rule.is_open:
        return
    sign_in = isinstance(error, NotSignedIn)
    # Of what nobody has asked for, a person is not told.
    client, note = (None, None) if sign_in else (_id_in(request, "client_id"), _id_in(request, "note_id"))
    sessions: Sessions = request.app.state.sessions
    async with sessions.begin() as session:
        whose = (await session.scalars(_WHOSE, {"client": client, "note": note})).all() if client or note else ()
        act = Act(
            "sign_in_refused" if sign_in else "refused",
            "refused",
            clients=tuple(whose),
            note_id=note,
            route=admitted.route,
            reason_code=error.why if isinstance(error, NotSignedIn) else error.issue_code,
        )
        await write_acts(session, admitted.caller, admitted.whence, [act])


def _id_in(request: Request, name: str) -> UUID | None:
    """Of the path; who is refused at the gate may have written anything there."""
    try:
        return UUID(request.path_params.get(name, ""))
    except ValueError:
        return None
