"""What a caller can do wrong: one class an error, with its HTTP status, FHIR issue code and sentence.

Rendered as `application/problem+json` (RFC 9457) at the door, as an OperationOutcome under `/fhir`. No patient data
in any of them: ids and field names only.
"""

#   CallerError
#   ├── NotReadable            400  the body is not JSON
#   ├── NotServed              404, 405  there is nothing at this URL, or not by this method
#   ├── NotSignedIn            401  no token, or none that is good
#   ├── NotAllowed             403  the token's roles or scopes do not let its bearer do this
#   ├── NotFromHere            403  the desk is for people on this machine
#   ├── NotToBeTold            403  no disclosure decision allows an employer copy
#   ├── NoSuchNote             404
#   ├── NoSuchClient           404
#   ├── NoSuchDelivery         404
#   ├── NoSuchRun              404  (reconciliations)
#   ├── NoSuchQuestionnaire    404  (FHIR)
#   ├── NoSuchAuditEvent       404  (FHIR)
#   ├── SameIdOtherContent     409
#   ├── AlreadyRetracted       409
#   ├── TooSlow                408  the body did not come in time
#   ├── StaleVersion           412
#   ├── TooLarge               413
#   ├── HeadTooLarge           414, 431  the URL, or the headers
#   ├── NotJson                415  the header says it is something else
#   ├── NotOurName             421  the Host is not one that we answer by
#   ├── NotValid               422  every fault with its field and a sentence
#   ├── NeedsIfMatch           428
#   ├── TooOften               429  more calls than this caller may make
#   ├── DeliveryCannotMove     409  (deliveries)
#   └── NotTakenNow            503  the database did not answer, or it took too long

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

_WAIT: Final = 60


@dataclass(frozen=True, slots=True)
class FieldFault:
    """One fault: `field` as a JSON path (`steps.0.by_when`), `sentence` says what to do."""

    field: str
    sentence: str


class CannotStart(Exception):
    """What we stand on is wrong, a database, a folder, a platform: the sentence says what to do about it."""


class CallerError(Exception):
    """The caller is wrong, and is told what to do next."""

    status: int = 400
    issue_code: str = "invalid"
    title: str = "The request cannot be taken."

    def __init__(self, sentence: str, **details: Any) -> None:
        super().__init__(sentence)
        self.sentence = sentence
        self.details = details


class NotReadable(CallerError):
    status = 400
    issue_code = "structure"
    title = "The body cannot be read."


class NotServed(CallerError):
    issue_code = "not-found"
    title = "This is not served here."

    def __init__(self, status: int) -> None:
        super().__init__("Look in /openapi.json for what is served, by which method.")
        self.status = status


class NotSignedIn(CallerError):
    """Says nothing of why: who tries tokens learns nothing from it. The log and the audit do."""

    status = 401
    issue_code = "login"
    title = "Sign in first."

    def __init__(self, why: str) -> None:
        super().__init__("Send a valid token: Authorization: Bearer …. Sign in again if yours has run out.")
        self.why = why  # a word for the audit, such as expired; never sent


class NotAllowed(CallerError):
    status = 403
    issue_code = "forbidden"
    title = "You may not do this."


class NotFromHere(CallerError):
    status = 403
    issue_code = "forbidden"
    title = "This is for people on this machine."


class NotToBeTold(CallerError):
    status = 403
    issue_code = "suppressed"
    title = "There is no copy of this for an employer."


class NoSuchNote(CallerError):
    status = 404
    issue_code = "not-found"
    title = "There is no such note."


class NoSuchClient(CallerError):
    status = 404
    issue_code = "not-found"
    title = "There is no such client."


class NoSuchDelivery(CallerError):
    status = 404
    issue_code = "not-found"
    title = "There is no such delivery."


class NoSuchRun(CallerError):
    status = 404
    issue_code = "not-found"
    title = "There is no such reconciliation."


class NoSuchQuestionnaire(CallerError):
    status = 404
    issue_code = "not-found"
    title = "There is no such questionnaire."


class NoSuchAuditEvent(CallerError):
    status = 404
    issue_code = "not-found"
    title = "There is no such audit event."


class SameIdOtherContent(CallerError):
    status = 409
    issue_code = "conflict"
    title = "This id already belongs to a note with other content."


class AlreadyRetracted(CallerError):
    status = 409
    issue_code = "conflict"
    title = "This note has been retracted."


class DeliveryCannotMove(CallerError):
    status = 409
    issue_code = "business-rule"
    title = "This delivery cannot be moved."


class TooSlow(CallerError):
    status = 408
    issue_code = "timeout"
    title = "The request did not come in time."


class StaleVersion(CallerError):
    status = 412
    issue_code = "conflict"
    title = "The note has changed since you read it."


class TooLarge(CallerError):
    status = 413
    issue_code = "too-long"
    title = "The body is too large."


class HeadTooLarge(CallerError):
    issue_code = "too-long"
    title = "The request's head is too large."

    def __init__(self, status: int, sentence: str) -> None:
        super().__init__(sentence)
        self.status = status


class NotJson(CallerError):
    status = 415
    issue_code = "structure"
    title = "The body is not JSON."


class NotOurName(CallerError):
    status = 421
    issue_code = "not-supported"
    title = "We do not answer by this name."


class NotValid(CallerError):
    status = 422
    issue_code = "invalid"
    title = "The note is not valid."

    def __init__(self, sentence: str, faults: Sequence[FieldFault]) -> None:
        super().__init__(sentence)
        self.faults = tuple(faults)


class NeedsIfMatch(CallerError):
    status = 428
    issue_code = "required"
    title = "If-Match is needed."


class TooOften(CallerError):
    """`retry_after`: seconds."""

    status = 429
    issue_code = "throttled"
    title = "Too many calls."

    def __init__(self, sentence: str, retry_after: int) -> None:
        super().__init__(sentence)
        self.retry_after = retry_after


class NotTakenNow(CallerError):
    status = 503
    issue_code = "transient"
    title = "The note was not taken."


def seconds_to_wait(error: CallerError) -> int | None:
    """What `Retry-After` says with this error, if it has anything to say."""
    match error:
        case TooOften():
            return error.retry_after
        case NotTakenNow():
            return _WAIT
        case _:
            return None
