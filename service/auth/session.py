"""The session of a request: it sees the people of its caller and nobody else, and leaves its line in the audit.

The database itself keeps to that (row-level security, migration 0008): no query can go round it.
"""

from collections.abc import AsyncIterator
from typing import Annotated, Final

from fastapi import Depends, Request
from sqlalchemy import Connection, event, text
from sqlalchemy.ext.asyncio import AsyncSession

from service.audit import write_acts
from service.auth.admit import Admitted, TheAdmitted
from service.auth.policy import CLINICIAN, SPECIALIST
from service.db import Sessions

_SEE: Final = text("""
    SELECT set_config('joinedup.sees', :sees, true), set_config('joinedup.teams', :teams, true),
           set_config('joinedup.practitioner', :practitioner, true), set_config('joinedup.who', :who, true)
""")
_WIDEN: Final = text("SELECT set_config('joinedup.sees', 'everything', true)")
# Between the ids of teams: the policies split there.
SEPARATOR: Final = "\x1f"


async def open_session(request: Request, admitted: TheAdmitted) -> AsyncIterator[AsyncSession]:
    """Committed before the answer leaves (`scope="function"`), undone on any error; the audit's line with it."""
    sessions: Sessions = request.app.state.sessions_of_callers
    async with sessions.begin() as session:
        see(session, admitted)
        yield session
        action = admitted.rule.action
        acts = admitted.trail.acts(action, admitted.route) if action else admitted.trail.done()
        await write_acts(session, admitted.caller, admitted.whence, acts)


def see(session: AsyncSession, admitted: Admitted) -> None:
    """From its first statement to the end of its transaction, the session sees whom the caller may see.

    Said with that statement and not before: until then it holds no connection, however slowly a body comes.
    """
    caller, roles = admitted.caller, admitted.roles
    whom = {
        "sees": "everything" if admitted.sees_everybody else "teams",
        "teams": SEPARATOR.join(caller.teams),
        # Their own notes are a specialist's to see, and who broke the glass did so as a clinician: in no other role.
        "practitioner": (caller.practitioner_id or "") if SPECIALIST in roles else "",
        "who": caller.key if CLINICIAN in roles else "",
    }

    def tell(_session: object, _transaction: object, connection: Connection) -> None:
        connection.execute(_SEE, whom)

    event.listen(session.sync_session, "after_begin", tell, once=True)


async def widen(session: AsyncSession) -> None:
    """From here on it sees everybody: for the one door, which has to know whether a person is known at all.

    Only once it is decided what the caller may do, and never before something is read for them.
    """
    await session.execute(_WIDEN)


Session = Annotated[AsyncSession, Depends(open_session, scope="function")]
