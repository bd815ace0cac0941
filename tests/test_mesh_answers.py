"""Every answer that MESH can give, and the one outcome of each; without what `make tools` fetches."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any
from uuid import UUID

import pytest

from service.push.messages import mesh
from service.push.messages.adapter import Message, Standing
from service.push.messages.mesh import Mesh
from tests.mesh_stub import MeshStub, Says, mesh_stub

MESSAGE = Message("5a8f.1.0", UUID(int=7), 1, b"{}", "a note")
SENT = Standing("M1", "under_way")
REPORT = {"Mex-MessageType": "REPORT", "Mex-LinkedMsgID": "M1", "Mex-StatusDescription": "Not collected."}
DATA = {"Mex-MessageType": "DATA"}


@pytest.fixture
def stub() -> Iterator[MeshStub]:
    with mesh_stub() as stub:
        yield stub


@pytest.mark.parametrize(
    ("says", "expected"),
    [
        (Says(202, {"message_id": "M1"}), SENT),
        (Says(401), mesh.REFUSES_US),
        (Says(403, {"detail": "Mailbox id does not match token"}), mesh.REFUSES_US),
        (Says(400), mesh.REFUSES_THE_ADDRESS),
        (Says(404), mesh.REFUSES_THE_ADDRESS),
        (Says(417, {"errorDescription": "Unregistered recipient"}), mesh.REFUSES_THE_ADDRESS),
        (Says(413), mesh.REFUSES_THE_MESSAGE),
        (Says(422, {"detail": "Unsupported content encoding"}), mesh.REFUSES_THE_MESSAGE),
        (Says(429), mesh.LATER),
        (Says(500, b"<soap/>"), mesh.LOST),
        (Says(503), mesh.LOST),
        (Says(202, b"<html>"), mesh.LOST),
        (Says(202, {"another": "answer"}), mesh.LOST),
        (Says(0), mesh.LOST),
        (Says(202, after=6), mesh.LOST),
    ],
)
async def test_each_answer_to_a_message_has_one_outcome(stub: MeshStub, says: Says, expected: Any) -> None:
    stub.answers["OURS/outbox"] = says
    assert await Mesh(stub.mailbox).send(MESSAGE) == expected
    assert len(stub.asked) == 1, "the library sends nothing again by itself"


async def test_where_nothing_listens_nothing_was_sent() -> None:
    with mesh_stub() as stub:
        mailbox = stub.mailbox
    assert await Mesh(mailbox).send(MESSAGE) == mesh.UNREACHABLE


async def test_where_no_trusted_connection_comes_about_nothing_was_sent(stub: MeshStub) -> None:
    no_tls = replace(stub.mailbox, url=stub.mailbox.url.replace("http:", "https:"))
    assert await Mesh(no_tls).send(MESSAGE) == mesh.UNREACHABLE


@pytest.mark.parametrize(
    ("says", "expected"),
    [
        (Says(404), None),
        (Says(200, {"messageId": "M1", "status": "Accepted"}), SENT),
        (Says(200, {"messageId": "M1", "status": "Acknowledged"}), replace(SENT, state="arrived")),
        (
            Says(200, {"messageId": "M1", "status": "Error", "statusDescription": "No."}),
            Standing("M1", "not_delivered", "No."),
        ),
        (Says(300), mesh.DOUBLED),
        (Says(403), mesh.REFUSES_US),
        (Says(500), mesh.UNREACHABLE),
        (Says(0), mesh.UNREACHABLE),
    ],
)
async def test_each_answer_about_our_own_name_has_one_outcome(stub: MeshStub, says: Says, expected: Any) -> None:
    stub.answers["GET /messageexchange/OURS/outbox/tracking/5a8f.1.0"] = says
    assert await Mesh(stub.mailbox).find("5a8f.1.0") == expected


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        ({"status": "acknowledged"}, replace(SENT, state="arrived")),
        ({"status": "undeliverable", "status_description": "No."}, Standing("M1", "not_delivered", "No.")),
        ({"status": "error"}, Standing("M1", "not_delivered", "")),
        ({"status": "accepted"}, SENT),
        ({"status": "a new one"}, SENT),
        ({}, SENT),
    ],
)
async def test_each_status_has_one_standing(stub: MeshStub, told: dict[str, str], expected: Standing) -> None:
    stub.answers["tracking?messageID=M1"] = Says(200, told)
    stub.answers["inbox?workflow_filter=IPS_NOTE"] = Says(200, {"messages": [], "links": {}})
    assert await Mesh(stub.mailbox).look("M1") == expected


async def test_a_report_is_read_among_other_mail_and_acknowledged_when_it_is_stored(stub: MeshStub) -> None:
    stub.answers = {
        "tracking?messageID=M1": Says(200, {"status": "accepted"}),
        "inbox?workflow_filter=IPS_NOTE": Says(200, {"messages": ["D", "R0", "R1"], "links": {}}),
        "inbox/D": Says(200, b"", DATA),
        "inbox/R0": Says(200, b"", {**REPORT, "Mex-LinkedMsgID": "M0"}),
        "inbox/R1": Says(200, b"", REPORT),
        "R1/status/acknowledged": Says(200),
    }
    carrier = Mesh(stub.mailbox)
    back = await carrier.look("M1")
    assert back == Standing("M1", "not_delivered", "Not collected.")
    assert not [asked for asked in stub.asked if "acknowledged" in asked]
    await carrier.settled(back)
    assert [asked for asked in stub.asked if "acknowledged" in asked] == [
        "PUT /messageexchange/OURS/inbox/R1/status/acknowledged"
    ]
    await carrier.settled(back)
    assert len([asked for asked in stub.asked if "acknowledged" in asked]) == 1


async def test_a_check_is_a_handshake(stub: MeshStub) -> None:
    assert await Mesh(stub.mailbox).check() == mesh.REFUSES_THE_ADDRESS
    stub.answers["POST /messageexchange/OURS"] = Says(200)
    assert await Mesh(stub.mailbox).check() is None
