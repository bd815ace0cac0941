"""Sends a few resources in one transaction: intent before, result after.

Before it: `push.py` chose them. After it: the EHR's ids and versions are kept, or the attempt ends.
"""

from collections.abc import Sequence

from service.push import sentences
from service.push.answer import Answer, Reply
from service.push.attempt import Attempt
from service.push.clear_up import problem_in, what_arrived
from service.push.look_up import Earlier, Look, Ours, look_up
from service.push.meaning import Failure, answer_to_write, failed_entry, unknown
from service.push.operation_outcome import advice_of
from service.push.outcome import Refused, TryLater, Unknown
from service.push.sending import Call, Link
from service.push.transaction import transaction
from service.push.written import Written, entries_written
from service.r4.resource import Json, Resource

_LOOK_AFTER = frozenset({404, 409, 410, 412})
_PERHAPS_THE_PATIENT = frozenset({400, 404, 409, 410, 412, 422})


async def send_bundle(resources: Sequence[Resource], attempt: Attempt) -> Failure | None:
    """None once the EHR has taken them all, and we know where."""
    if failure := await _look_before(resources, attempt):
        return failure
    bundle = transaction(resources, attempt.to, attempt.ehr.base_url)
    call = await attempt.ledger.intend(tuple(resource.key for resource in resources))
    async with attempt.ehr.place():
        await attempt.ledger.about_to_send()
        reply = await attempt.ehr.transaction(bundle)
    answer = answer_to_write(reply, attempt.now())
    if isinstance(answer, dict):
        return await _keep(answer, call, resources, attempt)
    if isinstance(answer, Unknown):
        return answer
    return await _not_taken(reply, answer, call, attempt)


async def _look_before(resources: Sequence[Resource], attempt: Attempt) -> Failure | None:
    """Where a write would not be guarded by a version, a fresh look says whether it would overwrite anything."""
    unguarded = [resource for resource in resources if _is_unguarded(resource, attempt)]
    if not unguarded:
        return None
    look = Look(attempt.ehr, attempt.to, attempt.sending.note_version, attempt.now())
    findings = await look_up(unguarded, look)
    if not isinstance(findings, dict):
        return findings
    if reason := problem_in(findings.values()):
        return Refused(reason)
    fresh = {key: finding.link for key, finding in findings.items() if isinstance(finding, Ours | Earlier)}
    attempt.links.update(fresh)
    return None


def _is_unguarded(resource: Resource, attempt: Attempt) -> bool:
    """The EHR gave no version; or an earlier version of the note may have been written, and its answer lost."""
    link = attempt.links.get(resource.key)
    if link is not None:
        return link.ehr_version is None
    return attempt.sending.note_version > 1 and resource.type != "Provenance"


async def _keep(answer: Json, call: Call, resources: Sequence[Resource], attempt: Attempt) -> Failure | None:
    written = entries_written(answer, tuple(resource.type for resource in resources))
    if written is None:
        return unknown(sentences.NOT_ALL_TOLD)
    for one in written:
        if one.failed:
            return await _keep_the_rest(failed_entry(one.status, one.outcome, attempt.now()), call, attempt)
    links = [_link(resource, one, attempt) for resource, one in zip(resources, written, strict=True)]
    told = {link.key: link for link in links if link}
    if len(told) < len(resources):
        return await _read_back(call, attempt)
    await attempt.close(call, told)
    return None


def _link(resource: Resource, written: Written, attempt: Attempt) -> Link | None:
    known = attempt.links.get(resource.key)
    ehr_id = written.ehr_id or (known.ehr_id if known else None)
    if ehr_id is None or not written.status:
        return None
    return attempt.link(resource, ehr_id, written.version)


async def _keep_the_rest(failure: Failure, call: Call, attempt: Attempt) -> Failure | None:
    """A transaction is whole or nothing, but this EHR says that one entry failed: what of the rest is there?"""
    if isinstance(failure, Unknown):
        return failure
    found = await what_arrived(attempt, call)
    if not isinstance(found, dict):
        return found
    await attempt.close(call, found)
    return None if len(found) == len(call.keys) else failure


async def _read_back(call: Call, attempt: Attempt) -> Failure | None:
    """The EHR has written it, but does not say where: what it cannot show yet stays unknown."""
    found = await what_arrived(attempt, call)
    if not isinstance(found, dict):
        return found
    if len(found) < len(call.keys):
        return unknown(sentences.NOT_ALL_TOLD)
    await attempt.close(call, found)
    return None


async def _not_taken(reply: Reply, answer: TryLater | Refused, call: Call, attempt: Attempt) -> Failure | None:
    client = attempt.sending.client
    status = reply.status if isinstance(reply, Answer) else None
    if client.ehr_patient_id and status in _PERHAPS_THE_PATIENT:
        await attempt.ledger.forget_patient(client.client_id)
    if isinstance(reply, Answer) and (status in _LOOK_AFTER or advice_of(reply.body) == "conflict"):
        return await _look_again(answer, call, attempt)
    await attempt.ledger.not_taken(call)
    return answer


async def _look_again(otherwise: TryLater | Refused, call: Call, attempt: Attempt) -> Failure | None:
    """A conflict means stale only if a fresh look shows another version than ours; else it is what was said."""
    found = await what_arrived(attempt, call)
    if not isinstance(found, dict):
        return found
    await attempt.close(call, found)
    return None if found else otherwise
