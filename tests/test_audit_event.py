"""One line of the audit as an AuditEvent of R4: what it says, and that our gate takes it."""

from datetime import UTC
from typing import Any
from uuid import UUID

from service.audit import ACTIONS, Act
from service.audit_lines import find_line
from service.caller import Caller, Whence
from service.db import Sessions
from service.record_api.audit_event import MEANINGS, audit_event_of
from service.watch.looked_at import WHAT
from tests.audited import RUTH, WHENCE, write
from tests.notes import person
from tests.outbox import rows
from tests.published import our_gate
from tests.samples_on_disk import NAMES

CLIENT = person(1).id

_ENTITY_TYPE = "http://terminology.hl7.org/CodeSystem/audit-entity-type"
_ROLE = "http://terminology.hl7.org/CodeSystem/object-role"


_AGENT = {
    "role": [{"text": "clinician"}, {"text": "specialist"}],
    "who": {
        "identifier": {"system": NAMES.identifiers("specialist"), "value": "es-1"},
        "display": "Ruth Example",
    },
    "altId": "sub-1",
    "name": "Ruth Example",
    "requestor": True,
    "network": {"address": "10.0.0.7", "type": "2"},
}
_SOURCE = {
    "observer": {"display": "Joined Up"},
    "type": [
        {
            "system": "http://terminology.hl7.org/CodeSystem/security-source-type",
            "code": "4",
            "display": "Application Server",
        }
    ],
}


def _entities(client: UUID, note: UUID, delivery: UUID, digest: str) -> list[dict[str, Any]]:
    return [
        {
            "what": {"reference": f"Patient/{client}"},
            "type": {"system": _ENTITY_TYPE, "code": "1", "display": "Person"},
            "role": {"system": _ROLE, "code": "1", "display": "Patient"},
        },
        {
            "what": {"identifier": {"system": NAMES.identifiers("note"), "value": str(note)}},
            "type": {"system": _ENTITY_TYPE, "code": "2", "display": "System Object"},
            "role": {"system": _ROLE, "code": "4", "display": "Domain Resource"},
        },
        {
            "type": {"system": _ENTITY_TYPE, "code": "2", "display": "System Object"},
            "role": {"system": _ROLE, "code": "20", "display": "Job"},
            "description": "POST /content",
            "detail": [
                {"type": "request_id", "valueString": "request-1"},
                {"type": "delivery_id", "valueString": str(delivery)},
                {"type": "chain", "valueString": f"0 1 {digest}"},
            ],
        },
    ]


def _expected(recorded: str, client: UUID, note: UUID, delivery: UUID, digest: str) -> dict[str, Any]:
    return {
        "resourceType": "AuditEvent",
        "id": "1",
        "meta": {
            "versionId": "1",
            "lastUpdated": recorded,
            "profile": ["https://fhir.hl7.org.uk/StructureDefinition/UKCore-AuditEvent"],
        },
        "type": {
            "system": "http://dicom.nema.org/resources/ontology/DCM",
            "code": "110110",
            "display": "Patient Record",
        },
        "action": "R",
        "recorded": recorded,
        "outcome": "4",
        "outcomeDesc": "Refused (content_shown): expired",
        "agent": [_AGENT],
        "source": _SOURCE,
        "entity": _entities(client, note, delivery, digest),
    }


async def event(sessions: Sessions, line_id: int = 1) -> dict[str, Any]:
    async with sessions() as session:
        line = await find_line(session, line_id)
    assert line is not None
    return audit_event_of(line, NAMES)


async def test_an_audit_event_says_all_that_the_line_says_but_somebodys_own_words(sessions: Sessions) -> None:
    client, note, delivery = (UUID(int=number) for number in (1, 2, 3))
    act = Act("content_shown", "refused", (client,), note, delivery, "POST /content", "expired", "Her own words.")
    await write(sessions, act)
    (at, digest), *_ = await rows(sessions, "SELECT at, encode(hash, 'hex') FROM audit")
    made = await event(sessions)
    recorded = at.astimezone(UTC).isoformat(timespec="milliseconds")
    assert made == _expected(recorded, client, note, delivery, digest)


async def test_every_action_has_its_meaning_in_r4_and_its_plain_words() -> None:
    assert set(MEANINGS) == set(WHAT) == set(ACTIONS)


async def test_whatever_is_done_becomes_what_our_gate_takes(sessions: Sessions) -> None:
    nobody = Caller("", "", frozenset())
    for caller, whence in ((RUTH, WHENCE), (nobody, Whence("a-machine", None)), (nobody, Whence(None, None))):
        await write(sessions, *(Act(action, clients=(CLIENT,)) for action in ACTIONS), caller=caller, whence=whence)
    made = [await event(sessions, line_id + 1) for line_id in range(3 * len(ACTIONS))]
    assert [our_gate().faults(one) for one in made] == [()] * len(made)
    assert made[-1]["agent"] == [
        {"who": {"identifier": {"value": "nobody"}, "display": "nobody"}, "altId": "nobody", "name": "nobody"}
        | {"requestor": True}
    ]
    assert made[len(ACTIONS)]["agent"][0]["network"] == {"address": "a-machine", "type": "1"}
