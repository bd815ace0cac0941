"""Notes mapped, stored and really delivered to the sandbox, for the tests of what comes after delivery."""

from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime
from uuid import UUID

import orjson
import pytest
from sqlalchemy import text

from service.db import Sessions
from service.forms.note import FORM, NoteVersion
from service.mapping.names import Names
from service.mapping.to_resources import retract, to_resources
from service.outbox.deliver import deliver_next
from service.push.ehr import Ehr
from service.push.outcome import Outcome
from service.push.plan import PushPlan
from service.push.push import push
from service.push.sending import Ledger, Sending
from service.r4.resource import Json, Resource
from service.watch.compare_notes import Reconciler
from tests.notes import Person, receive
from tests.outbox import outbox_of
from tests.phone import NHS_NUMBERS
from tests.sandbox_server import SandboxServer
from tests.strategies import client_id_of

NAMES = Names(fhir_base="https://ips.example.nhs.uk", ods_code="EXAMPLE")
RECEIVED = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)


@pytest.fixture
def ehr(sandbox: SandboxServer) -> SandboxServer:
    """The sandbox, with three clients of `tests/phone.py` as its patients."""
    for number in NHS_NUMBERS[:3]:
        sandbox.add_patient(number, "1990-02-03")
    return sandbox


@pytest.fixture
async def reconciler(sessions: Sessions, ehr: SandboxServer) -> AsyncIterator[Reconciler]:
    async with Ehr(ehr.url, 5) as opened:
        yield Reconciler(sessions, opened, in_flight=4)


async def delivered(sessions: Sessions, ehr: SandboxServer, *notes: Json) -> list[tuple[Resource, ...]]:
    """Accept the notes and deliver them; the resources of each, but for its Provenance."""
    made = [await accept(sessions, note) for note in notes]
    await deliver_all(sessions, ehr)
    return made


async def accept(
    sessions: Sessions,
    note: Json,
    version: int = 1,
    earlier: Sequence[Resource] = (),
    stopped: str | None = None,
    retracted: bool = False,
) -> tuple[Resource, ...]:
    """Store one version of a note with its resources and its delivery; the resources."""
    form = FORM.validate_json(orjson.dumps(note))
    reason = "put right" if version > 1 else None
    stored = NoteVersion(form, version, client_id_of(form), RECEIVED, reason)
    made = (retract if retracted else to_resources)(stored, NAMES, earlier)
    async with sessions.begin() as session:
        await receive(
            session,
            Person(stored.client_id, form.client.nhs_number),
            form.id,
            version,
            refers_to=form.refers_to(),
            stopped=stopped,
            birth_date=form.client.birth_date,
            bodies=[resource.body for resource in made],
            kind=form.kind,
        )
    return tuple(resource for resource in made if resource.type != "Provenance")


async def deliver_all(sessions: Sessions, sandbox: SandboxServer) -> list[Outcome]:
    """Deliver whatever is due, as a worker would; how each attempt ended."""
    outcomes: list[Outcome] = []
    plan = PushPlan()
    async with Ehr(sandbox.url, 5) as ehr:

        async def send(sending: Sending, ledger: Ledger, now: datetime) -> Outcome:
            return await push(sending, ehr, ledger, plan, now)

        while ended := await deliver_next(outbox_of(sessions), send, most=8):
            outcomes += ended
    return outcomes


async def lose(sessions: Sessions, ehr: SandboxServer, note: Json, resource_type: str) -> str:
    """Somebody takes a note's resource out of the EHR, or our identifier off it; our key of it."""
    sql = f"SELECT key, ehr_id FROM ehr_links WHERE note_id = '{note['id']}' AND ehr_type = '{resource_type}'"
    async with sessions() as session:
        key, ehr_id = (await session.execute(text(sql))).one()
    if resource_type == "Provenance":
        answer = ehr.fhir("DELETE", f"Provenance/{ehr_id}")
    else:
        stored = ehr.fhir("GET", f"{resource_type}/{ehr_id}").json()
        answer = ehr.fhir("PUT", f"{resource_type}/{ehr_id}", {**stored, "identifier": [{"value": "theirs"}]})
    assert answer.status_code in (200, 204), answer.text
    return str(key)


def id_of(note: Json) -> UUID:
    """As it is stored."""
    return UUID(note["id"])
