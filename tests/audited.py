"""Lines of the audit, for the tests of it."""

from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any, cast, get_args
from uuid import UUID

from service.audit import ACTIONS, Act, Action, Outcome, write_acts
from service.audit_lines import Line
from service.caller import Caller, Whence
from service.db import Sessions
from service.r4.resource import Json
from service.record_api.audit_event import audit_event_of
from tests.samples_on_disk import NAMES

RUTH = Caller("sub-1", "Ruth Example", frozenset({"specialist", "clinician"}), "https://issuer.example", "es-1")
WHENCE = Whence("10.0.0.7", "request-1")


async def write(sessions: Sessions, *acts: Act, caller: Caller = RUTH, whence: Whence = WHENCE) -> None:
    """In one transaction."""
    async with sessions.begin() as session:
        await write_acts(session, caller, whence, acts)


def a_line(action: Action, **more: Any) -> Line:
    """As the database has it, with everything in it that can be."""
    said: dict[str, Any] = {
        "id": 7,
        "at": datetime(2026, 11, 30, 9, 30, tzinfo=UTC),
        "who": RUTH.subject,
        "issuer": RUTH.issuer,
        "name": RUTH.name,
        "roles": sorted(RUTH.roles),
        "practitioner_id": RUTH.practitioner_id,
        "action": action,
        "outcome": "done",
        "route": "GET /notes/{note_id}",
        "reason_code": "expired",
        "client_ids": [UUID(int=1), UUID(int=2)],
        "note_id": UUID(int=3),
        "delivery_id": UUID(int=4),
        "address": "10.0.0.7",
        "request_id": "request-1",
        "chain": 0,
        "number": 1,
        "hash": bytes(32),
    }
    return cast(Line, SimpleNamespace(**said | more))


def audit_events() -> dict[str, Json]:
    """By name: of each action, of each outcome, and with the least that a line can say."""
    nothing = dict.fromkeys(
        ("issuer", "practitioner_id", "route", "reason_code", "note_id", "delivery_id", "address", "request_id")
    )
    least: dict[str, Any] = {**nothing, "roles": [], "client_ids": []}
    lines = {f"audit_{action}": a_line(action) for action in ACTIONS}
    lines |= {f"audit_{outcome}": a_line("read", outcome=outcome) for outcome in get_args(Outcome)}
    lines |= {"audit_least": a_line("read", **least), "audit_a_machine": a_line("read", address="a-machine")}
    return {name: audit_event_of(line, NAMES) for name, line in lines.items()}
