"""Each call to MESH × each way in which it can go wrong: what comes of it, really tried. See `what_happens.py`."""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime

from service.db import Sessions
from service.outbox.deliver import deliver_next
from service.push.ehr import Ehr
from service.push.messages.adapter import Messages
from service.push.messages.mesh import Mesh
from service.push.outcome import Outcome
from service.push.plan import PushPlan
from service.push.push import push
from service.push.sending import Ledger, Sending
from tests.delivered import accept, id_of
from tests.mesh_memory import MeshMemory
from tests.notes import person
from tests.outbox import change, outbox_of
from tests.phone import contact
from tests.what_happens import BORN, FAULTS, Fault, Happened, due_again, outcome_of

NAME = "D messages, by MESH"
TIMEOUT = 1.5

_LOST = {"do": "reset", "when": "after"}
# The call, and what has to have happened for it to be made.
CALLS = ("hand it over", "ask for it by our own name", "track it", "read our inbox for reports")


@dataclass(slots=True)
class MessageTryout:
    """One MESH and one database, in which every case has a client of its own."""

    sessions: Sessions
    mesh: MeshMemory
    _clients: int = 0

    async def rows(self) -> dict[tuple[str, str], Happened]:
        """Every call with every fault."""
        return {(call, fault.name): await self._try(call, fault) for call in CALLS for fault in FAULTS}

    async def _try(self, call: str, fault: Fault) -> Happened:
        self._clients += 1
        note = contact(client={"nhs_number": person(self._clients).nhs_number, "birth_date": BORN})
        await accept(self.sessions, note)
        if call != CALLS[0]:
            if call == CALLS[1]:
                self.mesh.misbehave(CALLS[0], _LOST)
            await self._attempt()
        self.mesh.misbehave(call, fault.rule)
        await self._attempt()
        self.mesh.released.set()
        outcome, held = await outcome_of(self.sessions, id_of(note)), self._held(note["id"])
        self.mesh.asked.clear()
        await self._attempt()
        asked = ", ".join(dict.fromkeys(self.mesh.asked)) or "nothing"
        held_then = self._held(note["id"])
        await change(self.sessions, "UPDATE lanes SET due_at = NULL")  # the next case alone is due
        return Happened(outcome, held, asked, held_then)

    async def _attempt(self) -> None:
        await due_again(self.sessions)
        plan = PushPlan(messages=Messages(Mesh(self.mesh.mailbox)))
        async with Ehr("http://127.0.0.1:9/fhir", 1) as nobody:

            async def send(sending: Sending, ledger: Ledger, now: datetime) -> Outcome:
                return await push(sending, nobody, ledger, plan, now)

            await deliver_next(outbox_of(self.sessions), send)

    def _held(self, note_id: str) -> str:
        held = Counter(name for name in self.mesh.messages.values() if name.startswith(note_id))
        assert all(count == 1 for count in held.values()), held
        return "the message" if held else "nothing"
