"""`joinedup reconcile`: is every accepted note in the EHR, once, as it was delivered?"""

from dataclasses import replace
from datetime import datetime
from typing import Annotated

import typer

from service.commands.options import AsJson, Since
from service.commands.running import in_sessions, read_settings
from service.db import Sessions
from service.errors import CannotStart
from service.push.from_settings import carrier_of, chosen_strategies, ehr_of
from service.push.negotiation import Negotiation
from service.settings import Settings
from service.watch import in_tables
from service.watch.compare_notes import Reconciler
from service.watch.kept_runs import Run, Wanted, take_up
from service.watch.reconcile import go_on, reconcile
from service.watch.reconciliation import Reconciliation
from service.worker import name_of_worker


def reconcile_(
    since: Since = None,
    changed: Annotated[
        bool, typer.Option("--changed", help="Only what changed since the last run, and what that found wrong.")
    ] = False,
    repair: Annotated[bool, typer.Option("--repair", help="Send again what the EHR has lost; nothing else.")] = False,
    continue_: Annotated[bool, typer.Option("--continue", help="Go on with the run that stopped last.")] = False,
    as_json: AsJson = False,
) -> None:
    """Is every accepted note in the EHR, once, as it was delivered? Reads only, unless told to repair."""
    if (since is not None) + changed + continue_ > 1 or (continue_ and repair):
        raise CannotStart("Give one of --since, --changed and --continue. A run goes on as it was begun.")
    settings = read_settings()
    if repair and settings.ehr_messages != "none":
        raise CannotStart("A message that the record has acknowledged is not sent again. Amend the note instead.")
    wanted = None if continue_ else _wanted(Wanted(repair=repair), since=since, changed=changed)
    found = in_sessions(lambda sessions: _reconcile(settings, sessions, wanted), settings)
    in_tables.show(found.as_json(), in_tables.reconciliation_table(found), as_json=as_json)
    raise typer.Exit(0 if found.all_is_well else 1)


def _wanted(wanted: Wanted, *, since: datetime | None, changed: bool) -> Wanted:
    if since is not None:
        return replace(wanted, scope="since", since=since)
    return replace(wanted, scope="changed") if changed else wanted


async def _reconcile(settings: Settings, sessions: Sessions, wanted: Wanted | None) -> Reconciliation:
    with in_tables.counting() as told:
        async with ehr_of(settings) as there:
            with_ = Reconciler(
                sessions,
                there,
                settings.ehr_in_flight,
                told,
                negotiation=Negotiation(chosen_strategies(settings)),
                reads_per_second=settings.reconcile_reads_per_second,
                who=name_of_worker(),
                carrier=carrier_of(settings),
            )
            return await reconcile(with_, wanted) if wanted else await go_on(with_, await _stopped(with_))


async def _stopped(with_: Reconciler) -> Run:
    async with with_.sessions.begin() as session:
        run = await take_up(session, with_.who, scheduled=False)
    if run is None:
        raise CannotStart(
            "There is no run to go on with. One that was killed can be gone on with five minutes after its last page."
        )
    return run
