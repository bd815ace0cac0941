"""What `outbox/` hands to `push/` for one attempt, and the ledger it writes down each call in."""

from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass
from datetime import date
from typing import Any, Protocol
from uuid import UUID

from service.r4.resource import Resource


@dataclass(frozen=True, slots=True)
class Link:
    """Where one of our resources is in the EHR.

    `sent` is our own body, with local references, that the EHR took last: the one of `note_version`. `theirs` is the
    EHR's, where somebody changed it there and the note says so by now: what we write next is written over that.
    """

    key: str
    ehr_type: str
    ehr_id: str
    ehr_version: str | None
    note_version: int
    sent: Mapping[str, Any]
    theirs: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class Call:
    """One write to the EHR: which of our resources it carries, numbered from 0 within the delivery."""

    number: int
    keys: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ClientToFind:
    """What the EHR's patient must match; `ehr_patient_id` only while a recent match is still trusted."""

    client_id: UUID
    nhs_number: str
    birth_date: date
    ehr_patient_id: str | None


@dataclass(frozen=True, slots=True)
class PatientFound:
    """The EHR's patient that matched on NHS number and date of birth, and the name the EHR gives."""

    ehr_patient_id: str
    name: str | None


@dataclass(frozen=True, slots=True)
class Sending:
    """One note version on its way. `open_call` is an intent without a result: look it up first.

    An intent stays open as well where a person has to look, so that a retry looks again before it sends.
    `links` has those of this note's resources and of the notes it refers to. `doubtful` are the keys that an
    earlier version of the note may have written: its answer was lost, and it was never found out. `maybe_there`: our
    database was restored since the note was written, so it may have been delivered without our knowing.
    """

    delivery_id: UUID
    note_id: UUID
    note_version: int
    client: ClientToFind
    resources: Sequence[Resource]
    links: Mapping[str, Link]
    open_call: Call | None
    doubtful: Set[str] = frozenset()
    maybe_there: bool = False


class Ledger(Protocol):
    """Written in short transactions of its own, each guarded by the lease (raises `LeaseLost`)."""

    async def patient_found(self, client_id: UUID, patient: PatientFound) -> None:
        """Keep the match: the client is confirmed, named by the EHR."""

    async def forget_patient(self, client_id: UUID) -> None:
        """The EHR did not take a write on a match we remembered: the next attempt searches again."""

    async def intend(self, keys: tuple[str, ...]) -> Call:
        """Before the call: renew the lease, keep what we are about to send, and number it."""

    async def about_to_send(self) -> None:
        """Between intent and call: renew the lease again, unless that was only just done."""

    async def record(self, call: Call, links: Sequence[Link]) -> None:
        """After the call: close the intent and keep the EHR's ids and versions."""

    async def not_taken(self, call: Call) -> None:
        """After the call: close the intent; the EHR is known to hold nothing of it."""


class LeaseLost(Exception):
    """Another worker has taken this delivery over: stop without writing anything more."""
