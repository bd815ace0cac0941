"""Carriers of messages for the tests: one that answers what it is told to, and one that keeps every message on disk."""

import json
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from uuid import uuid5

from service.forms.note import Form
from service.push.meaning import Failure
from service.push.messages.adapter import Message, Standing
from service.push.sending import ClientToFind, Sending
from service.r4.resource import Resource
from tests.samples_on_disk import sample
from tests.strategies import client_id_of

Answer = Standing | Failure | None


def sending_of(
    name: str = "contact/seen_face_to_face", version: int = 1, resources: Sequence[Resource] = ()
) -> Sending:
    """One of the agreed samples on its way."""
    return sending_of_form(sample(name).form, version, resources or sample(name).mapped())


def sending_of_form(form: Form, version: int, resources: Sequence[Resource]) -> Sending:
    client = ClientToFind(client_id_of(form), form.client.nhs_number, form.client.birth_date, None)
    return Sending(uuid5(form.id, str(version)), form.id, version, client, tuple(resources), {}, None)


@dataclass
class ScriptedCarrier:
    """Answers in order, and remembers what it was asked."""

    answers: deque[Answer]
    sent: list[Message] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)
    works: deque[Failure | None] = field(default_factory=deque)
    name: str = "scripted"

    async def send(self, message: Message) -> Standing | Failure:
        self.sent.append(message)
        self.asked.append(f"send {message.local_id.partition('.')[2]}")
        answer = self.answers.popleft()
        assert answer is not None
        return answer

    async def find(self, local_id: str) -> Answer:
        self.asked.append(f"find {local_id.partition('.')[2]}")
        return self.answers.popleft()

    async def look(self, message_id: str) -> Standing | Failure:
        self.asked.append(f"look {message_id}")
        answer = self.answers.popleft()
        assert answer is not None
        return answer

    async def settled(self, standing: Standing) -> None:
        self.asked.append(f"settled {standing.message_id}")

    async def check(self) -> Failure | None:
        return self.works.popleft()


@dataclass
class CarrierOnDisk:
    """Takes whatever it is given, as often as it is given it, and has arrived at once."""

    book: Path
    name: str = "on_disk"

    async def send(self, message: Message) -> Standing | Failure:
        with self.book.open("a") as book:
            book.write(json.dumps({"local_id": message.local_id, "note_id": str(message.note_id)}) + "\n")
        return Standing(message.local_id, "arrived")

    async def find(self, local_id: str) -> Answer:
        return Standing(local_id, "arrived") if local_id in self.taken() else None

    async def look(self, message_id: str) -> Standing | Failure:
        return Standing(message_id, "arrived")

    async def settled(self, standing: Standing) -> None:
        """Keeps no reports."""

    async def check(self) -> Failure | None:
        return None

    def taken(self) -> list[str]:
        lines = self.book.read_text().splitlines() if self.book.exists() else []
        return [json.loads(line)["local_id"] for line in lines]
