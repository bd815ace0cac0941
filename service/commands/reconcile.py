"""`joinedup reconcile`: is every accepted note in the EHR, once, as it was delivered?"""

from datetime import datetime

import typer

from service.commands.options import AsJson, Since
from service.commands.running import in_sessions, read_settings
from service.db import Sessions
from service.push.from_settings import chosen_strategies, ehr_of
from service.push.negotiation import Negotiation
from service.settings import Settings
from service.watch import in_tables
from service.watch.reconcile import Reconciler, reconcile
from service.watch.reconciliation import Reconciliation


def reconcile_(since: Since = None, as_json: AsJson = False) -> None:
    """Is every accepted note in the EHR, once, as it was delivered? Reads only."""
    settings = read_settings()
    found = in_sessions(lambda sessions: _reconcile(settings, sessions, since), settings)
    in_tables.show(found.as_json(), in_tables.reconciliation_table(found), as_json=as_json)
    raise typer.Exit(0 if found.all_is_well else 1)


async def _reconcile(settings: Settings, sessions: Sessions, since: datetime | None) -> Reconciliation:
    negotiation = Negotiation(chosen_strategies(settings))
    with in_tables.counting() as told:
        async with ehr_of(settings) as there:
            return await reconcile(
                Reconciler(sessions, there, settings.ehr_in_flight, told, negotiation=negotiation), since
            )
