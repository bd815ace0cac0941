"""Writes down who was refused what: in a transaction of its own, for the request's own has been undone."""

from typing import Final

from fastapi import Request

from service.audit import Act, write_acts
from service.auth.admit import admitted_of
from service.db import Sessions
from service.errors import CallerError, NotSignedIn

# What somebody should be able to look at later: who may not, who may not see it, and who tries too often.
_TO_BE_KEPT: Final = frozenset({401, 403, 404})


async def keep_refusal(request: Request, error: CallerError) -> None:
    """One line, if a route was asked for and this is a refusal at all."""
    admitted = admitted_of(request)
    if admitted is None or error.status not in _TO_BE_KEPT or admitted.rule.is_open:
        return
    sign_in = isinstance(error, NotSignedIn)
    act = Act(
        "sign_in_refused" if sign_in else "refused",
        "refused",
        route=admitted.route,
        reason_code=error.why if isinstance(error, NotSignedIn) else error.issue_code,
    )
    sessions: Sessions = request.app.state.sessions
    async with sessions.begin() as session:
        await write_acts(session, admitted.caller, admitted.whence, [act])
