"""A folder as a carrier: what is in it is whole, and what is acknowledged has arrived."""

import hashlib
import json
from pathlib import Path
from uuid import UUID

import orjson
import pytest

from service.push.messages.adapter import Message, Standing
from service.push.messages.drop_folder import DropFolder
from service.push.outcome import Refused, TryLater

MESSAGE = Message("n.1.0", UUID(int=7), 1, b'{"resourceType": "Bundle"}', "a note")


@pytest.fixture
def carrier(tmp_path: Path) -> DropFolder:
    return DropFolder(tmp_path)


def acknowledge(carrier: DropFolder, said: object) -> None:
    (carrier.folder / "n.1.0.ack.json").write_bytes(said if isinstance(said, bytes) else orjson.dumps(said))


async def test_a_message_is_a_document_and_a_manifest_that_names_it(carrier: DropFolder) -> None:
    assert await carrier.send(MESSAGE) == Standing("n.1.0", "under_way")
    assert sorted(file.name for file in carrier.folder.iterdir()) == ["n.1.0.json", "n.1.0.manifest.json"]
    manifest = json.loads((carrier.folder / "n.1.0.manifest.json").read_bytes())
    document = (carrier.folder / manifest["document"]).read_bytes()
    assert (document, manifest["sha256"]) == (MESSAGE.body, hashlib.sha256(document).hexdigest())
    assert (manifest["bytes"], manifest["acknowledge_as"]) == (len(document), "n.1.0.ack.json")


async def test_the_same_message_again_is_the_same_files(carrier: DropFolder) -> None:
    for _ in range(2):
        await carrier.send(MESSAGE)
    assert len(list(carrier.folder.iterdir())) == 2


async def test_it_stands_where_the_acknowledgement_says(carrier: DropFolder) -> None:
    assert await carrier.find("n.1.0") is None
    await carrier.send(MESSAGE)
    for standing in (await carrier.find("n.1.0"), await carrier.look("n.1.0")):
        assert standing == Standing("n.1.0", "under_way")
    acknowledge(carrier, {"status": "accepted", "by": "the record"})
    assert await carrier.look("n.1.0") == Standing("n.1.0", "arrived")
    acknowledge(carrier, {"status": "rejected", "reason": "No such patient."})
    assert await carrier.look("n.1.0") == Standing("n.1.0", "not_delivered", "No such patient.")
    await carrier.settled(Standing("n.1.0", "arrived"))


async def test_what_the_record_took_away_and_acknowledged_is_found(carrier: DropFolder) -> None:
    acknowledge(carrier, {"status": "accepted"})
    assert await carrier.find("n.1.0") == Standing("n.1.0", "arrived")


@pytest.mark.parametrize("said", [b"{", {"status": "maybe"}, ["accepted"]])
async def test_an_acknowledgement_that_cannot_be_read_is_a_persons(carrier: DropFolder, said: object) -> None:
    acknowledge(carrier, said)
    standing = await carrier.look("n.1.0")
    assert isinstance(standing, Refused)
    assert standing.reason.code == "acknowledgement_unreadable"


async def test_a_folder_that_is_not_there_is_told_and_tried_again(tmp_path: Path) -> None:
    gone = DropFolder(tmp_path / "gone")
    for answer in (await gone.send(MESSAGE), await gone.check()):
        assert isinstance(answer, TryLater)
        assert (answer.reason.code, answer.ehr_wide) == ("folder_unreachable", True)


async def test_a_check_leaves_nothing_behind(carrier: DropFolder) -> None:
    assert await carrier.check() is None
    assert list(carrier.folder.iterdir()) == []
