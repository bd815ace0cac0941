"""Notes sent by NHS MESH: against NHS England's own stand-in for it, over TLS with certificates at both ends.

`make tools` fetches it. The record at the other end is NHS England's client, with the other mailbox.
"""

import ssl
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
import orjson
import pytest
import trustme
from mesh_client import MeshClient

from service.db import Sessions
from service.outbox.deliver import deliver_next
from service.push.certificate import ClientCertificate
from service.push.ehr import Ehr
from service.push.meaning import Failure
from service.push.messages import mesh
from service.push.messages.adapter import Message, Messages, Standing
from service.push.messages.mesh import Mailbox, Mesh
from service.push.outcome import Delivered, Outcome, Refused, TryLater
from service.push.plan import PushPlan
from service.push.push import push
from service.push.sending import Ledger, Sending
from tests.delivered import accept
from tests.outbox import change, outbox_of, rows
from tests.phone import contact
from tests.published import our_gate
from tests.sandbox_server import free_port

Json = dict[str, Any]

PYTHON = Path(__file__).parent.parent / ".tools" / "mesh" / "bin" / "python"
pytestmark = pytest.mark.skipif(not PYTHON.exists(), reason="NHS England's MESH sandbox is not in .tools: make tools")

MESSAGE = Message("5a8f.1.0", UUID(int=7), 1, b'{"resourceType": "Bundle"}', "a note")


@dataclass(frozen=True, slots=True)
class Sandbox:
    """MESH, the files that prove who is who, and both mailboxes of the exchange."""

    ours: Mailbox
    _admin: httpx.Client

    def record(self) -> MeshClient:
        """As the record's own software is connected."""
        certificate = self.ours.certificate
        assert certificate
        files = (str(certificate.chain), str(certificate.key))
        ca = str(self.ours.ca)
        return MeshClient(self.ours.url, "X26ABC2", "password", b"TestKey", cert=files, verify=ca, max_retries=0)

    def take_in(self) -> list[Json]:
        """The record reads its inbox, and acknowledges what it has taken in."""
        taken = []
        with self.record() as record:
            for message in record.iterate_all_messages():
                with message:
                    taken.append(orjson.loads(message.read()))
        return taken

    def happens(self, message_id: str, **event: str) -> None:
        """Something happens to a message inside MESH."""
        path = f"/messageexchange/admin/message/{message_id}/event"
        self._admin.post(path, json=event).raise_for_status()

    def reports(self, message_id: str) -> None:
        """A non-delivery report comes into our inbox."""
        report = {
            "mailbox_id": self.ours.mailbox,
            "code": "14",
            "description": "Message not collected by recipient after 5 days",
            "workflow_id": self.ours.workflow,
            "linked_message_id": message_id,
        }
        self._admin.post("/messageexchange/admin/report", json=report).raise_for_status()

    def in_our_inbox(self) -> int:
        """Messages and reports that nobody has acknowledged."""
        certificate = self.ours.certificate
        assert certificate
        files = (str(certificate.chain), str(certificate.key))
        ours = self.ours
        with MeshClient(ours.url, ours.mailbox, ours.password, b"TestKey", cert=files, verify=str(ours.ca)) as client:
            return len(client.list_messages())


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Of an authority, a server and a client."""
    folder = tmp_path_factory.mktemp("mesh")
    authority = trustme.CA()
    authority.cert_pem.write_to_path(folder / "ca.pem")
    for name in ("server", "client"):
        issued = authority.issue_cert("127.0.0.1")
        issued.private_key_pem.write_to_path(folder / f"{name}.key")
        for link in issued.cert_chain_pems:
            link.write_to_path(folder / f"{name}.pem", append=True)
    return folder


@pytest.fixture(scope="module")
def running(files: Path) -> Iterator[Sandbox]:
    port = free_port()
    tls = ["--ssl-keyfile", files / "server.key", "--ssl-certfile", files / "server.pem"]
    both = ["--ssl-ca-certs", files / "ca.pem", "--ssl-cert-reqs", "2"]
    command = [PYTHON, "-m", "uvicorn", "mesh_sandbox.api:app", "--port", str(port), *tls, *both]
    settings = {"SHARED_KEY": "TestKey", "STORE_MODE": "memory", "AUTH_MODE": "full"}
    quiet = subprocess.DEVNULL
    with subprocess.Popen(list(map(str, command)), env=settings, stdout=quiet, stderr=quiet) as process:
        try:
            url = f"https://127.0.0.1:{port}"
            certificate = ClientCertificate(files / "client.pem", files / "client.key")
            ours = Mailbox(
                url, "X26ABC1", "password", "TestKey", "X26ABC2", "IPS_NOTE", 20, files / "ca.pem", certificate
            )
            context = ssl.create_default_context(cafile=files / "ca.pem")
            context.load_cert_chain(certificate.chain, certificate.key)
            with httpx.Client(base_url=url, verify=context, trust_env=False) as admin:
                _wait(admin, process)
                yield Sandbox(ours, admin)
        finally:
            process.terminate()


@pytest.fixture
def sandbox_of_mesh(running: Sandbox) -> Sandbox:
    """Both inboxes empty."""
    running._admin.delete("/messageexchange/admin/reset").raise_for_status()
    return running


def _wait(admin: httpx.Client, process: subprocess.Popen[bytes]) -> None:
    end = time.monotonic() + 60
    while time.monotonic() < end:
        assert process.poll() is None, "MESH's stand-in ended by itself"
        try:
            if admin.get("/health").is_success:
                return
        except httpx.TransportError:
            time.sleep(0.1)
    raise AssertionError("MESH's stand-in does not answer")


# --- the adapter ------------------------------------------------------------------------------------------


async def test_a_message_goes_out_is_acknowledged_and_has_arrived(sandbox_of_mesh: Sandbox) -> None:
    carrier = Mesh(sandbox_of_mesh.ours)
    assert await carrier.check() is None
    sent = await carrier.send(MESSAGE)
    assert isinstance(sent, Standing)
    assert sent.state == "under_way"
    assert await carrier.look(sent.message_id) == sent
    assert sandbox_of_mesh.take_in() == [{"resourceType": "Bundle"}]
    assert await carrier.look(sent.message_id) == replace(sent, state="arrived")


async def test_the_recipient_is_told_what_it_is_and_nothing_of_a_patient(sandbox_of_mesh: Sandbox) -> None:
    await Mesh(sandbox_of_mesh.ours).send(MESSAGE)
    with sandbox_of_mesh.record() as record:
        (message,) = record.iterate_all_messages()
        told = dict(message.mex_headers())
        message.close()
    assert (told["workflowid"], told["localid"], told["filename"]) == ("IPS_NOTE", "5a8f.1.0", "5a8f.1.0.json")
    assert told["subject"] == "a note"


async def test_a_message_is_found_by_our_own_name_for_it(sandbox_of_mesh: Sandbox) -> None:
    carrier = Mesh(sandbox_of_mesh.ours)
    assert await carrier.find(MESSAGE.local_id) is None
    sent = await carrier.send(MESSAGE)
    assert await carrier.find(MESSAGE.local_id) == sent
    sandbox_of_mesh.take_in()
    assert isinstance(sent, Standing)
    assert await carrier.find(MESSAGE.local_id) == replace(sent, state="arrived")


async def test_two_messages_of_one_name_are_a_persons(sandbox_of_mesh: Sandbox) -> None:
    carrier = Mesh(sandbox_of_mesh.ours)
    for _ in range(2):
        await carrier.send(MESSAGE)
    assert await carrier.find(MESSAGE.local_id) == mesh.DOUBLED


async def test_what_mesh_cannot_deliver_comes_back_with_its_reason(sandbox_of_mesh: Sandbox) -> None:
    carrier = Mesh(sandbox_of_mesh.ours)
    sent = await carrier.send(MESSAGE)
    assert isinstance(sent, Standing)
    sandbox_of_mesh.happens(sent.message_id, status="undeliverable", code="14", event="SEND", description="No.")
    back = await carrier.look(sent.message_id)
    assert isinstance(back, Standing)
    assert back.state == "not_delivered"


async def test_a_report_in_our_inbox_says_so_and_is_let_go_once_that_is_stored(sandbox_of_mesh: Sandbox) -> None:
    carrier = Mesh(sandbox_of_mesh.ours)
    sent = await carrier.send(MESSAGE)
    assert isinstance(sent, Standing)
    sandbox_of_mesh.reports("another")
    sandbox_of_mesh.reports(sent.message_id)
    back = await carrier.look(sent.message_id)
    assert back == Standing(sent.message_id, "not_delivered", "Message not collected by recipient after 5 days")
    assert sandbox_of_mesh.in_our_inbox() == 2
    await carrier.settled(back)
    assert sandbox_of_mesh.in_our_inbox() == 1
    await carrier.settled(back)


@pytest.mark.parametrize(
    ("wrong", "expected"),
    [
        ({"password": "another"}, mesh.REFUSES_US),
        ({"shared_key": "another"}, mesh.REFUSES_US),
        ({"to": "X26NOBODY"}, mesh.REFUSES_THE_ADDRESS),
        ({"url": "https://127.0.0.1:9"}, mesh.UNREACHABLE),
        ({"certificate": None}, mesh.UNREACHABLE),
        ({"ca": None}, mesh.UNREACHABLE),
    ],
)
async def test_what_is_wrong_with_our_settings_is_told(
    sandbox_of_mesh: Sandbox, wrong: dict[str, Any], expected: Failure
) -> None:
    assert await Mesh(replace(sandbox_of_mesh.ours, **wrong)).send(MESSAGE) == expected


# --- a note's whole way -----------------------------------------------------------------------------------


class OurSide:
    """The outbox on a real database, with MESH as its carrier."""

    def __init__(self, sessions: Sessions, sandbox: Sandbox) -> None:
        self.sessions = sessions
        self._plan = PushPlan(messages=Messages(Mesh(sandbox.ours), timedelta(seconds=1)))

    async def attempt(self) -> Outcome:
        await change(self.sessions, "UPDATE lanes SET due_at = now() WHERE due_at IS NOT NULL")
        async with Ehr("http://127.0.0.1:9/fhir", 1) as nobody:

            async def send(sending: Sending, ledger: Ledger, now: Any) -> Outcome:
                return await push(sending, nobody, ledger, self._plan, now)

            (outcome,) = await deliver_next(outbox_of(self.sessions), send)
        return outcome


async def test_a_clients_notes_come_into_the_record_one_after_the_other(
    sessions: Sessions, sandbox_of_mesh: Sandbox
) -> None:
    service = OurSide(sessions, sandbox_of_mesh)
    first, second = contact(minutes=20), contact(minutes=30)
    for note in (first, second):
        await accept(sessions, note)
    assert isinstance(await service.attempt(), TryLater)
    (document,) = sandbox_of_mesh.take_in()
    assert our_gate().faults(document) == ()
    assert document["identifier"]["value"] == f"{first['id']}/1"
    assert await service.attempt() == Delivered()
    await service.attempt()
    (document,) = sandbox_of_mesh.take_in()
    assert document["identifier"]["value"] == f"{second['id']}/1"
    assert await service.attempt() == Delivered()
    assert await rows(sessions, "SELECT DISTINCT state FROM deliveries") == [("delivered",)]


async def test_what_comes_back_needs_a_person_and_goes_anew_when_they_say_so(
    sessions: Sessions, sandbox_of_mesh: Sandbox
) -> None:
    service = OurSide(sessions, sandbox_of_mesh)
    await accept(sessions, contact())
    await service.attempt()
    ((message_id,),) = await rows(sessions, "SELECT DISTINCT ehr_id FROM ehr_links")
    sandbox_of_mesh.reports(message_id)
    assert isinstance(await service.attempt(), Refused)
    assert sandbox_of_mesh.in_our_inbox() == 0
    await change(sessions, "UPDATE deliveries SET state = 'waiting', reason_code = NULL, reason = NULL")
    await change(sessions, "UPDATE lanes SET due_at = now()")
    assert isinstance(await service.attempt(), TryLater)
    assert len(sandbox_of_mesh.take_in()) == 2
    assert await service.attempt() == Delivered()
