"""What came back from one call to the EHR: an answer, or the way it failed. Made by `ehr.py` alone.

`NeverSent` is certain: the EHR has nothing of it. `AnswerLost` is not: it may have been carried out.
"""

from dataclasses import dataclass
from typing import Literal, TypeAlias

from service.r4.resource import Json

NeverSentBy: TypeAlias = Literal[
    "refused", "no_such_host", "tls", "timeout", "no_token_url", "token_refused", "token_unreachable"
]
AnswerLostBy: TypeAlias = Literal["timeout", "reset", "truncated", "too_large", "not_http"]
Unreadable: TypeAlias = Literal["empty", "not_json", "wrong_content_type"]


@dataclass(frozen=True, slots=True)
class Answer:
    """`body` is the JSON object that was answered; None where `unreadable` says why there is none."""

    status: int
    body: Json | None = None
    unreadable: Unreadable | None = None
    etag: str | None = None
    location: str | None = None
    retry_after: str | None = None


@dataclass(frozen=True, slots=True)
class NeverSent:
    """No connection, or nothing to be let in with: not one byte of the request reached the EHR."""

    why: NeverSentBy


@dataclass(frozen=True, slots=True)
class AnswerLost:
    """The request was sent, wholly or in part, and its answer was not received."""

    why: AnswerLostBy


Reply: TypeAlias = Answer | NeverSent | AnswerLost
