"""What follows from a call that did not simply succeed: read back where it is, or look whether it was taken.

Called by each way of sending, with the intent still open. After it: the call is closed and its result kept; or it
stays open, because nothing can be seen yet or a person has to look.
"""

from service.push import sentences
from service.push.answer import Answer, Reply
from service.push.attempt import Attempt
from service.push.clear_up import still_unknown, what_arrived
from service.push.look_up import Changed, Ours, look_at_change
from service.push.meaning import Failure, contradicts, unknown
from service.push.operation_outcome import advice_of
from service.push.outcome import Reason, Refused, TryLater
from service.push.sending import Call, Link
from service.r4.resource import Resource

_LOOK_AFTER = frozenset({404, 409, 410, 412})
# Some say 400 where others say 412, and 405 for an id that they deleted.
_LOOK_AFTER_AN_UPDATE = _LOOK_AFTER | {400, 405}
_PERHAPS_THE_PATIENT = frozenset({400, 404, 409, 410, 412, 422})

TAKES_LESS = Reason(
    "ehr_takes_less",
    "The EHR refused in this way what it says it takes. It is sent in another way, by itself.",
)


NOTHING_CHANGED = Reason(
    "ehr_changed_nothing",
    "The EHR said that it took our change, and still shows what it had before. Enter in the EHR what is missing there, "
    "and report it to the EHR's supplier; then: joinedup deliveries resolve --theirs-stands.",
)


async def read_back(call: Call, attempt: Attempt) -> Failure | None:
    """The EHR has written it, but does not say where: what it cannot show yet stays unknown."""
    found = await what_arrived(attempt, call)
    if not isinstance(found, dict):
        return found
    if len(found) < len(call.keys):
        return unknown(sentences.NOT_ALL_TOLD)
    await attempt.close(call, found)
    return None


async def see_the_change(resource: Resource, link: Link, attempt: Attempt) -> Link | Failure:
    """Some say that they took a change and keep the version they had: what they show now tells."""
    shown = await look_at_change(resource, link, attempt.look())
    match shown:
        case Ours(fresh):
            return fresh
        case Changed(theirs, ours):
            return Refused(NOTHING_CHANGED, {"resource": resource.key, "in_the_ehr": theirs, "ours": ours})
        case TryLater():
            return still_unknown(shown)
        case _:
            return shown


async def not_taken(
    reply: Reply, answer: TryLater | Refused, call: Call, attempt: Attempt, interaction: str
) -> Failure | None:
    """None where a look shows that it was taken nevertheless."""
    client = attempt.sending.client
    status = reply.status if isinstance(reply, Answer) else None
    if client.ehr_patient_id and status in _PERHAPS_THE_PATIENT:
        await attempt.ledger.forget_patient(client.client_id)
    if isinstance(reply, Answer) and _may_be_there(reply, call, attempt):
        found = await what_arrived(attempt, call)
        if not isinstance(found, dict):
            return found
        await attempt.close(call, found)
        if found:
            return None
    else:
        await attempt.ledger.not_taken(call)
    return _another_way(reply, call, attempt, interaction) or answer


def _may_be_there(answer: Answer, call: Call, attempt: Attempt) -> bool:
    """A conflict means stale only if a fresh look shows another version than ours; else it is what was said."""
    updates = any(key in attempt.links for key in call.keys)
    return answer.status in (_LOOK_AFTER_AN_UPDATE if updates else _LOOK_AFTER) or advice_of(answer.body) == "conflict"


def _another_way(reply: Reply, call: Call, attempt: Attempt, interaction: str) -> TryLater | None:
    if not contradicts(reply):
        return None
    types = [key.partition("/")[0] for key in call.keys]
    learnt = attempt.plan.negotiation.contradict(types, interaction, attempt.now())
    return TryLater(TAKES_LESS, attempt.now()) if learnt else None
