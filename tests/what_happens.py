"""Each call to the EHR × each way in which it can go wrong × each strategy: what comes of it, really tried.

`test_what_happens.py` holds `docs/what-happens.md` against it; `make what-happens` writes that page anew.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from service.db import Sessions
from service.outbox.deliver import deliver_next
from service.push.ehr import Ehr
from service.push.outcome import Outcome
from service.push.plan import PushPlan
from service.push.push import push
from service.push.sending import Ledger, Sending
from service.push.transaction import identifier_of
from service.r4.resource import Resource
from service.watch.filed_documents import current_of
from tests.delivered import accept
from tests.ehr_answers.manners import DOCUMENTS, SINGLE, TRANSACTIONS, Manners
from tests.notes import person
from tests.outbox import change, outbox_of, rows
from tests.phone import contact
from tests.sandbox_server import SandboxServer

Json = dict[str, Any]

_TIMEOUT = 1.5  # a busy machine may take long for what was not told to take long
BORN = "1990-02-03"


@dataclass(frozen=True, slots=True)
class Interaction:
    """One call, as the sandbox's rules know it; of the note's first or second `version`."""

    name: str
    rule: Json
    version: int = 1


@dataclass(frozen=True, slots=True)
class Fault:
    """One way to go wrong: before the EHR has done it, while it answers, or after."""

    name: str
    rule: Json


@dataclass(frozen=True, slots=True)
class Strategy:
    """How this EHR is delivered to, and the calls that come of it."""

    name: str
    manners: Manners
    interactions: Sequence[Interaction]


@dataclass(frozen=True, slots=True)
class Happened:
    """One row of the page, in its words."""

    outcome: str
    held: str
    next_attempt: str
    held_then: str

    def cells(self) -> list[str]:
        """After the call and the fault."""
        return [self.outcome, self.held, self.next_attempt, self.held_then]


_FIRST = (
    Interaction("read the CapabilityStatement", {"path": "^/metadata"}),
    Interaction("search the patient", {"path": "^/Patient/_search"}),
    Interaction("search the specialist", {"path": "^/Practitioner"}),
)
_TRANSACTION: Json = {"methods": ["POST"], "path": "^/?$"}

STRATEGIES = (
    Strategy("Before anything is sent, under every strategy", TRANSACTIONS[0], _FIRST),
    Strategy(
        "A transaction",
        TRANSACTIONS[0],
        (
            Interaction("transaction", _TRANSACTION),
            Interaction("transaction of an amendment", _TRANSACTION, version=2),
        ),
    ),
    Strategy(
        "B one by one",
        SINGLE[1],
        (
            Interaction("search before creating", {"methods": ["GET"], "path": r"^/Encounter\?"}),
            Interaction("create", {"methods": ["POST"], "path": "^/Encounter$"}),
            Interaction("create, the second of the note", {"methods": ["POST"], "path": "^/DocumentReference$"}),
            Interaction("update with If-Match", {"methods": ["PUT"], "path": "^/Encounter/"}, version=2),
        ),
    ),
    Strategy(
        "C document only",
        DOCUMENTS[0],
        (
            Interaction("search before creating", {"methods": ["GET"], "path": r"^/DocumentReference\?"}),
            Interaction("create", {"methods": ["POST"], "path": "^/DocumentReference$"}),
            Interaction("create what replaces it", {"methods": ["POST"], "path": "^/DocumentReference$"}, version=2),
        ),
    ),
)

FAULTS = (
    Fault("before: connection reset", {"do": "reset"}),
    Fault("before: no answer in time", {"do": "hold"}),
    Fault("before: 503", {"do": "answer", "status": 503, "body": "html"}),
    Fault("before: 429, come back in a minute", {"do": "answer", "status": 429, "retry_after": 60}),
    Fault("before: 409", {"do": "answer", "status": 409, "issue_code": "conflict"}),
    Fault("before: 401", {"do": "answer", "status": 401, "issue_code": "login"}),
    Fault("before: 422", {"do": "answer", "status": 422, "issue_code": "business-rule"}),
    Fault("during: done, the answer is cut off", {"do": "cut", "when": "after"}),
    Fault("after: done, connection reset", {"do": "reset", "when": "after"}),
    Fault("after: done, no answer in time", {"do": "hold", "when": "after"}),
    Fault("after: done, 504 from a gateway", {"do": "answer", "status": 504, "body": "html", "when": "after"}),
)


@dataclass(slots=True)
class Tryout:
    """One EHR and one database, in which every case has a client of its own."""

    sessions: Sessions
    sandbox: SandboxServer
    strategy: Strategy
    _clients: int = field(default=0)

    async def rows(self) -> dict[tuple[str, str], Happened]:
        """Every call with every fault."""
        self.strategy.manners.taught(self.sandbox)
        return {(call.name, fault.name): await self._try(call, fault) for call, fault in self._cases()}

    def _cases(self) -> Iterator[tuple[Interaction, Fault]]:
        return ((call, fault) for call in self.strategy.interactions for fault in FAULTS)

    async def _try(self, call: Interaction, fault: Fault) -> Happened:
        self._clients += 1
        client = {"nhs_number": person(self._clients).nhs_number, "birth_date": BORN}
        self.sandbox.add_patient(client["nhs_number"], BORN)
        note = contact(client=client)
        made = await accept(self.sessions, note)
        if call.version == 2:
            await self._attempt()
            made = await accept(self.sessions, note | {"minutes": 30}, version=2, earlier=made)
        rule = self.sandbox.misbehave(**call.rule, **fault.rule, times=1)
        await self._attempt()
        self.sandbox.behave(rule)
        self.sandbox.release()
        outcome, held = await outcome_of(self.sessions, UUID(note["id"])), self._held(made, call.version)
        self.sandbox.forget_requests()
        await due_again(self.sessions)
        await self._attempt()
        return Happened(outcome, held, self._requests(), self._held(made, call.version))

    async def _attempt(self) -> None:
        """With a memory of its own, so that every call is made."""
        plan = PushPlan()
        async with Ehr(self.sandbox.url, _TIMEOUT) as ehr:

            async def send(sending: Sending, ledger: Ledger, now: datetime) -> Outcome:
                return await push(sending, ehr, ledger, plan, now)

            await deliver_next(outbox_of(self.sessions), send)

    def _held(self, made: Sequence[Resource], version: int) -> str:
        """What the EHR has of it. Nothing twice."""
        there: list[Json] = []
        identified = [one for one in made if one.type != "Provenance"]
        for resource in identified:
            system, value = identifier_of(resource.body) or ("", "")
            found = current_of(self.sandbox.find(resource.type, identifier=f"{system}|{value}"))
            assert len(found) <= 1, resource.key
            there += found
        if not there:
            return "nothing"
        if version > 1:
            return "the amendment" if any(map(_is_amended, there)) else "the first version"
        names = [one["resourceType"] for one in there]
        whole = [one.type for one in identified if one.type == "DocumentReference" or names != ["DocumentReference"]]
        return "all of it" if names == whole else ", ".join(names)

    def _requests(self) -> str:
        """By what they were about, in the order in which it was first asked for."""
        told: dict[str, list[str]] = {}
        for request in self.sandbox.requests():
            about = re.sub(r"(\?|/[^_?]).*", "", request["path"].strip("/")) or "transaction"
            methods = told.setdefault(about, [])
            if request["method"] not in methods:
                methods.append(request["method"])
        asked = [f"{'+'.join(methods)} {about}" for about, methods in told.items() if not _is_asked_every_time(about)]
        return ", ".join(asked) or "nothing"


def _is_amended(there: Json) -> bool:
    filed: str = there.get("masterIdentifier", {}).get("value", "")
    return filed.endswith("/2") if filed else bool(there["meta"]["versionId"] == "2")


def _is_asked_every_time(name: str) -> bool:
    return any(part in name for part in ("metadata", "Patient", "Practitioner"))


async def due_again(sessions: Sessions) -> None:
    """The pause is over, and the patient's match is trusted no more."""
    await change(sessions, "UPDATE lanes SET due_at = now() WHERE due_at IS NOT NULL")
    await change(sessions, "UPDATE clients SET matched_at = to_timestamp(0) WHERE matched_at IS NOT NULL")
    await change(
        sessions,
        "UPDATE breaker SET open_since = NULL, failures = 0, probes = 0, probe_at = NULL, probe_token = NULL,"
        " reason_code = NULL, reason = NULL",
    )


async def outcome_of(sessions: Sessions, note_id: UUID) -> str:
    """How the last attempt at this note ended, in the page's words."""
    sql = """
        SELECT attempts.outcome, attempts.reason_code, deliveries.state FROM attempts
        JOIN deliveries ON deliveries.id = attempts.delivery_id
        WHERE note_id = :note_id ORDER BY attempts.id DESC LIMIT 1
    """
    ((outcome, reason_code, state),) = await rows(sessions, sql, note_id=note_id)
    told: str = outcome.replace("_", " ")
    told += f": `{reason_code}`" if reason_code else ""
    return told + (", needs a person" if state == "needs_attention" else "")
