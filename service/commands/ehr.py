"""`joinedup ehr`: what the trust's EHR offers."""

from datetime import UTC, datetime

import typer

from service.commands.options import AsJson
from service.commands.running import read_settings, run
from service.push.capability import Capability
from service.settings import Settings
from service.watch import in_tables
from service.watch.ehr_check import check_ehr
from service.worker import chosen_strategies, ehr_of

ehr = typer.Typer(no_args_is_help=True)


@ehr.command()
def check(as_json: AsJson = False) -> None:
    """What the EHR allows for each resource type, and which strategy follows."""
    settings = read_settings()
    found = run(_check(settings))
    in_tables.show(found, in_tables.capability_table(found), as_json=as_json)
    raise typer.Exit(1 if found.faults else 0)


async def _check(settings: Settings) -> Capability:
    async with ehr_of(settings) as there:
        return await check_ehr(there, chosen_strategies(settings), datetime.now(UTC))
