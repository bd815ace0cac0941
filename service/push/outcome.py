"""How an attempt ended: exactly one of four. `outbox/` settles the delivery by it.

Reasons are sentences for a person, with no patient data in them; what the EHR itself said
(`operation_outcome`) stays in the database and never reaches a log line.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeAlias


@dataclass(frozen=True, slots=True)
class Reason:
    """`code` is counted (metrics, lists); `sentence` says what happened and what to do next."""

    code: str
    sentence: str


@dataclass(frozen=True, slots=True)
class Delivered:
    """Every resource of this note version is in the EHR, and its id and version are kept.

    `left_out` are the keys of those that the EHR takes as no resource of their own: the document says what they say.
    """

    left_out: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class TryLater:
    """Nothing wrong with the note. `ehr_wide` says the EHR as a whole did not answer: the breaker counts it."""

    reason: Reason
    not_before: datetime | None = None
    ehr_wide: bool = False
    operation_outcome: dict[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class Refused:
    """A person has to look."""

    reason: Reason
    operation_outcome: dict[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class Unknown:
    """The answer was lost: the EHR may or may not hold it. Looked up before anything is sent again."""

    reason: Reason
    ehr_wide: bool = True
    operation_outcome: dict[str, Any] | None = None
    not_before: datetime | None = None


Outcome: TypeAlias = Delivered | TryLater | Refused | Unknown
