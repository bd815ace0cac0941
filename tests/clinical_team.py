"""The phone, the worker turned by hand, and a clinician who answers in the EHR: fixture `team`."""

import re
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import httpx
import pytest

from service.db import Sessions
from service.push.ehr import Ehr
from service.push.negotiation import Negotiation
from service.watch.team_answers import TeamAnswers
from tests.delivered import deliver_all
from tests.door import door_of
from tests.outbox import change, rows
from tests.phone import team_request
from tests.sandbox_server import SandboxServer

Json = dict[str, Any]

EVERY = timedelta(minutes=5)


@dataclass
class Team:
    """The phone, the worker turned by hand, and a clinician in the EHR."""

    phone: httpx.AsyncClient
    sessions: Sessions
    ehr: SandboxServer
    answers: TeamAnswers

    async def asked(self, **more: Any) -> Json:
        """A request, delivered."""
        note = team_request(**more)
        assert (await self.phone.post("/notes", json=note)).status_code == 201
        await self.deliver()
        return note

    async def deliver(self) -> None:
        await deliver_all(self.sessions, self.ehr)

    def task(self) -> Json:
        (task,) = self.ehr.find("Task")
        return task

    def does(self, **changes: Any) -> Json:
        """The clinician changes the Task, with `None` for what goes."""
        task = {name: value for name, value in {**self.task(), **changes}.items() if value is not None}
        answer = self.ehr.fhir("PUT", f"Task/{task['id']}", task)
        assert answer.status_code == 200, answer.text
        return self.task()

    async def read(self) -> None:
        """As when the time has come for every request."""
        await change(self.sessions, "UPDATE team_readings SET read_at = read_at - interval '1 hour'")
        await self.answers.read_if_due()

    async def shown(self, note: Json) -> Json:
        shown: Json = (await self.phone.get(f"/notes/{note['id']}")).json()
        return shown

    async def form(self, note: Json) -> Json:
        """The newest version of the note."""
        sql = "SELECT form FROM notes WHERE id = :id ORDER BY version DESC LIMIT 1"
        form: Json = (await rows(self.sessions, sql, id=note["id"]))[0][0]
        return form

    async def concerns(self, note: Json) -> list[str]:
        return [concern["code"] for concern in (await self.shown(note))["concerns"]]

    def written(self) -> list[str]:
        """What the last transaction wrote."""
        told = [one["entries"] for one in self.ehr.requests() if one["entries"]][-1]
        return [re.sub(r"[/?].*", "", entry) for entry in told]


@pytest.fixture
async def team(phone: httpx.AsyncClient, sessions: Sessions, ehr: SandboxServer) -> AsyncIterator[Team]:
    async with Ehr(ehr.url, 5) as opened:
        answers = TeamAnswers(sessions, opened, Negotiation(), lambda: door_of(phone), EVERY)
        yield Team(phone, sessions, ehr, answers)


def clinician(ehr: SandboxServer) -> Json:
    """A member of the team, as the EHR's own Tasks name them."""
    ehr.fhir("POST", "Practitioner", {"resourceType": "Practitioner", "name": [{"family": "Khan"}]})
    (person,) = ehr.find("Practitioner")
    return {"reference": f"Practitioner/{person['id']}", "display": "Dr Farah Khan"}


def output(words: str) -> list[Json]:
    return [{"type": {"text": "Answer"}, "valueString": words}]
