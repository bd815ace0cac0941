"""`joinedup ehr`: what the trust's EHR offers, as it states it and as it is found by trying."""

from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Annotated
from uuid import uuid4

import typer
from rich.console import Group, RenderableType

from service.commands.options import AsJson
from service.commands.running import read_settings, run
from service.errors import CannotStart
from service.mapping.names import names_of
from service.push.address import Addresses
from service.push.capability import Capability
from service.push.find_patient import find_patient
from service.push.from_settings import chosen_strategies, ehr_of, messages_of
from service.push.messages.adapter import Messages
from service.push.sending import ClientToFind, PatientFound
from service.settings import Settings, shipped_folder
from service.watch import in_tables
from service.watch.ehr_check import check_ehr
from service.watch.probe import Probed, probe_ehr
from service.watch.probe_notes import PatientToProbe, probe_resources
from service.watch.probe_table import probe_table

ehr = typer.Typer(no_args_is_help=True)


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise typer.BadParameter("Write it as 1970-01-31.") from None


@dataclass(frozen=True, slots=True)
class Checked:
    """What the EHR states, and what a probe found, if there was one."""

    capability: Capability
    probe: Probed | None


@ehr.command()
def check(
    probe: Annotated[bool, typer.Option("--probe", help="Try it, in a test patient's record, and clean up.")] = False,
    nhs_number: Annotated[str | None, typer.Option(help="Of the test patient.")] = None,
    birth_date: Annotated[date | None, typer.Option(parser=_day, metavar="DAY", help="Of the test patient.")] = None,
    as_json: AsJson = False,
) -> None:
    """What the EHR allows for each resource type, which strategy follows, and why."""
    settings = read_settings()
    if messages := messages_of(settings):
        _check_carrier(messages, probe=probe)
        return
    patient = _patient_to_probe(nhs_number, birth_date) if probe else None
    found = run(_check(settings, patient))
    in_tables.show(found.capability if found.probe is None else found, _tables(found), as_json=as_json)
    left = found.probe.left_behind if found.probe else ()
    raise typer.Exit(1 if found.capability.faults or left else 0)


def _check_carrier(messages: Messages, *, probe: bool) -> None:
    if probe:
        raise CannotStart("Notes go as messages: there is nothing to probe. Send a test patient's note instead.")
    failure = run(messages.adapter.check())
    if failure:
        raise CannotStart(failure.reason.sentence)
    typer.echo(f"Notes go as messages, by {messages.adapter.name}, and it takes them now.")


def _patient_to_probe(nhs_number: str | None, birth_date: date | None) -> PatientToProbe:
    if nhs_number is None or birth_date is None:
        raise CannotStart("A probe writes into a record: name a test patient by --nhs-number and --birth-date.")
    return PatientToProbe(nhs_number, birth_date, uuid4())


async def _check(settings: Settings, patient: PatientToProbe | None) -> Checked:
    async with ehr_of(settings) as there:
        now = datetime.now(UTC)
        capability = await check_ehr(there, chosen_strategies(settings), now)
        if patient is None:
            return Checked(capability, None)
        client = ClientToFind(patient.client_id, patient.nhs_number, patient.birth_date, None)
        match = await find_patient(client, there, now)
        if not isinstance(match, PatientFound):
            raise CannotStart(match.reason.sentence)
        names = names_of(settings)
        to = Addresses(
            client=f"Patient/{patient.client_id}",
            patient=f"Patient/{match.ehr_patient_id}",
            links={},
            specialists={},
            system=names.identifiers("resource"),
        )
        return Checked(
            capability, await probe_ehr(there, to, probe_resources(shipped_folder("samples"), names, patient))
        )


def _tables(found: Checked) -> RenderableType:
    table = in_tables.capability_table(found.capability)
    return Group(table, probe_table(found.probe)) if found.probe else table
