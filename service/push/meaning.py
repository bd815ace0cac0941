"""What a reply of the EHR means for the attempt: every kind of answer has one named outcome.

Between `ehr.py`, which brings the reply, and whoever asked. The sentences are in `sentences.py`.
"""

from dataclasses import replace
from datetime import datetime
from typing import TypeAlias, assert_never

from service.push import sentences
from service.push.answer import Answer, AnswerLost, NeverSent, Reply
from service.push.operation_outcome import Advice, advice_of, is_operation_outcome, issue_codes
from service.push.outcome import Reason, Refused, TryLater, Unknown
from service.push.retry_after import when_to_come_back
from service.push.sentences import Meaning
from service.r4.resource import Json

Failure: TypeAlias = TryLater | Refused | Unknown

_BY_ADVICE: dict[Advice, Meaning] = {
    "later": sentences.SAYS_LATER,
    "throttled": sentences.THROTTLED,
    "conflict": sentences.CONFLICT,
    "credentials": sentences.CREDENTIALS,
}
_WRITTEN = frozenset({200, 201, 204})
_BY_ITSELF = "It is tried again by itself."
_LOOKED_UP = "It is looked up there before anything is sent again."


def answer_to_transaction(reply: Reply, now: datetime) -> Json | Failure:
    """The Bundle that answers a transaction, or how the attempt ends."""
    if isinstance(reply, Answer) and reply.body is not None and _is_success(reply):
        return reply.body if reply.body.get("resourceType") == "Bundle" else unknown(sentences.NOT_A_BUNDLE)
    return _failure(_meaning_of(reply), reply, now)


def answer_to_resource(reply: Reply, now: datetime) -> Answer | Failure:
    """The answer to a create or an update that succeeded, be it empty, or how the attempt ends."""
    if isinstance(reply, Answer) and reply.status in _WRITTEN and reply.unreadable in {None, "empty"}:
        return reply
    return _failure(_meaning_of(reply), reply, now)


def contradicts(reply: Reply) -> bool:
    """Whether the EHR says that it offers no such interaction, whatever its CapabilityStatement states."""
    if not isinstance(reply, Answer):
        return False
    return reply.status in {405, 501} or (reply.status < 500 and "not-supported" in issue_codes(reply.body))


def answer_to_read(reply: Reply, resource_type: str, now: datetime) -> Json | TryLater | Refused:
    """The resource that was asked for, or how the attempt ends: nothing was written, so nothing is unknown."""
    if isinstance(reply, Answer) and reply.body is not None and _is_success(reply):
        if reply.body.get("resourceType") == resource_type:
            return reply.body
        return _later(sentences.NOT_WHAT_WAS_ASKED, reply, now)
    meaning = _meaning_of(reply)
    if meaning.ending == "refused":
        return Refused(Reason(meaning.code, meaning.what), _body(reply))
    return _later(meaning, reply, now)


def failed_entry(status: int, outcome: Json | None, now: datetime) -> Failure:
    """How one entry ended that the EHR did not take, though it said that the whole had succeeded."""
    answer = Answer(status=status, body=outcome)
    return _failure(_of_status(answer), answer, now)


def unknown(meaning: Meaning) -> Unknown:
    """The EHR succeeded, but did not tell enough about it."""
    return Unknown(Reason(meaning.code, f"{meaning.what} {_LOOKED_UP}"), ehr_wide=meaning.ehr_wide)


def _failure(meaning: Meaning, reply: Reply, now: datetime) -> Failure:
    match meaning.ending:
        case "later":
            return _later(meaning, reply, now)
        case "refused":
            return Refused(Reason(meaning.code, meaning.what), _body(reply))
        case "unknown":
            return replace(unknown(meaning), not_before=_asked_for(reply, now), operation_outcome=_body(reply))
        case _:
            assert_never(meaning.ending)


def _later(meaning: Meaning, reply: Reply, now: datetime) -> TryLater:
    reason = Reason(meaning.code, f"{meaning.what} {_BY_ITSELF}")
    return TryLater(reason, _asked_for(reply, now), meaning.ehr_wide, _body(reply))


def _body(reply: Reply) -> Json | None:
    return reply.body if isinstance(reply, Answer) else None


def _asked_for(reply: Reply, now: datetime) -> datetime | None:
    return when_to_come_back(reply.retry_after, now) if isinstance(reply, Answer) else None


def _is_success(answer: Answer) -> bool:
    return 200 <= answer.status < 300


def _meaning_of(reply: Reply) -> Meaning:
    match reply:
        case NeverSent():
            return sentences.NEVER_SENT[reply.why]
        case AnswerLost():
            return sentences.ANSWER_LOST[reply.why]
        case Answer():
            return _of_answer(reply)
        case _:
            assert_never(reply)


def _of_answer(answer: Answer) -> Meaning:
    if _is_success(answer):
        return sentences.UNREADABLE[answer.unreadable or "empty"]
    if 300 <= answer.status < 400:
        return sentences.SEE_OTHER if answer.status == 303 else sentences.REDIRECT
    if answer.status == 404 and not is_operation_outcome(answer.body):
        return sentences.NO_FHIR_HERE
    if answer.status == 503 and not (is_operation_outcome(answer.body) or answer.retry_after):
        return sentences.GATEWAY_UNAVAILABLE
    return _of_status(answer)


def _of_status(answer: Answer) -> Meaning:
    """The status first; where it is only about this request, the codes of the OperationOutcome are firmer."""
    by_status = sentences.BY_STATUS.get(answer.status)
    if by_status is sentences.CONFLICT:
        return sentences.RULE if advice_of(answer.body) == "refused" else sentences.CONFLICT
    if 400 <= answer.status < 500 and (by_status is None or by_status.ending == "refused"):
        return _of_codes(answer.body) or by_status or sentences.OTHER_REFUSAL
    return by_status or sentences.EHR_ERROR


def _of_codes(body: Json | None) -> Meaning | None:
    advice = advice_of(body)
    return _BY_ADVICE.get(advice) if advice else None
