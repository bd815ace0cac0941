"""`joinedup caseload`: which team looks after whom. What a team's members see hangs on it."""

from typing import Annotated
from uuid import UUID

import typer
from rich.table import Table
from sqlalchemy.ext.asyncio import AsyncSession

from service.audit import Person
from service.commands.options import AsJson, By
from service.commands.running import in_session
from service.errors import CannotStart
from service.watch import in_tables
from service.watch.caseloads import OnTeam, assign, leave, list_caseloads, nobodys_of

caseload = typer.Typer(no_args_is_help=True)

_Team = Annotated[str, typer.Option(help="The team's id, as the trust's tokens give it.")]
_Client = Annotated[UUID, typer.Argument(metavar="CLIENT", help="Of a client (an id).")]


@caseload.command("list")
def list_(
    team: Annotated[str | None, typer.Option(help="Only this team's.")] = None,
    client: Annotated[UUID | None, typer.Option(help="Only the teams of this client.")] = None,
    as_json: AsJson = False,
) -> None:
    """Who is on which team's caseload. Ids only."""
    found = in_session(lambda session: list_caseloads(session, team, client))
    in_tables.show(found, _table(found), as_json=as_json)


@caseload.command("assign")
def assign_(
    client: Annotated[UUID | None, typer.Argument(metavar="[CLIENT]", help="One; else --nobodys-of.")] = None,
    team: _Team = "",
    specialist: Annotated[str | None, typer.Option(help="On whose caseload, by their id in the notes.")] = None,
    nobodys_of_: Annotated[
        str | None,
        typer.Option("--nobodys-of", help="All whom this specialist wrote about, and whom no team looks after."),
    ] = None,
    by: By = "somebody",
) -> None:
    """Put a client on a team's caseload: its members see them from then on."""
    if (client is None) == (nobodys_of_ is None) or not team:
        raise CannotStart("Say one client, or --nobodys-of a specialist; and the --team.")

    async def put(session: AsyncSession) -> list[UUID]:
        clients = [client] if client else await nobodys_of(session, nobodys_of_ or "")
        return await assign(session, clients, team, specialist or nobodys_of_, Person(by))

    moved = in_session(put, keep=True)
    if not moved:
        raise CannotStart("Nobody was moved: there is no such client. GET /clients, or a note's receipt, has the ids.")
    typer.echo(f"{len(moved)} on the caseload of {team} now.")


@caseload.command("leave")
def leave_(client: _Client, team: _Team, by: By = "somebody") -> None:
    """Take a client off a team's caseload: its members do not see them any more."""
    if not in_session(lambda session: leave(session, client, team, Person(by)), keep=True):
        raise CannotStart("They are not on this team's caseload. `joinedup caseload list --client` says on whose.")
    typer.echo(f"Off the caseload of {team} now.")


def _table(found: list[OnTeam]) -> Table:
    table = Table("team", "client", "specialist", "since", box=None)
    for one in found:
        table.add_row(one.team_id, str(one.client_id), one.specialist_id or "", f"{one.since:%d %b %Y}")
    return table
