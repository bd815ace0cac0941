"""Sends a few resources in one transaction: intent before, result after.

Before it: `push.py` chose them. After it: the EHR's ids and versions are kept, or the attempt ends.
"""

from collections.abc import Sequence

from service.push import sentences
from service.push.after_call import not_taken, read_back, see_the_change
from service.push.attempt import Attempt
from service.push.clear_up import what_arrived
from service.push.look_before import is_guarded, look_before
from service.push.meaning import Failure, answer_to_transaction, failed_entry, unknown
from service.push.outcome import Unknown
from service.push.sending import Call, Link
from service.push.transaction import transaction
from service.push.written import Written, entries_written
from service.r4.resource import Json, Resource


async def send_bundle(resources: Sequence[Resource], attempt: Attempt) -> Failure | None:
    """None once the EHR has taken them all, and we know where."""
    if failure := await look_before([one for one in resources if _is_unguarded(one, attempt)], attempt):
        return failure
    bundle = transaction(resources, attempt.to, attempt.ehr.base_url)
    call = await attempt.ledger.intend(tuple(resource.key for resource in resources))
    async with attempt.ehr.place():
        await attempt.ledger.about_to_send()
        reply = await attempt.ehr.transaction(bundle)
    answer = answer_to_transaction(reply, attempt.now())
    if isinstance(answer, dict):
        return await _keep(answer, call, resources, attempt)
    if isinstance(answer, Unknown):
        return answer
    return await not_taken(reply, answer, call, attempt, "transaction")


def _is_unguarded(resource: Resource, attempt: Attempt) -> bool:
    """No version guards it; or an earlier version of the note may have been written, and its answer lost."""
    link = attempt.links.get(resource.key)
    if link is not None:
        return not is_guarded(link, attempt)
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
        return await read_back(call, attempt)
    for resource in resources:
        known = attempt.links.get(resource.key)
        if known and known.ehr_version and known.ehr_version == told[resource.key].ehr_version:
            seen = await see_the_change(resource, known, attempt)
            if not isinstance(seen, Link):
                return seen
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
