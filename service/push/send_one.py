"""Sends one resource by itself: found before it is created, and changed only in the version that we know.

Before it: `push.py` found that the EHR takes it in no transaction. After it: the EHR's id and version are kept, or
the attempt ends; what was sent before stays sent.
https://hl7.org/fhir/R4/http.html#create, https://hl7.org/fhir/R4/http.html#update
"""

from service.push.after_call import not_taken, read_back, see_the_change
from service.push.answer import Answer, Reply
from service.push.attempt import Attempt
from service.push.ehr import Ehr
from service.push.look_before import is_guarded, look_before
from service.push.meaning import Failure, answer_to_resource
from service.push.outcome import Unknown
from service.push.over_theirs import body_to_write
from service.push.sending import Call, Link
from service.push.transaction import checked
from service.push.written import resource_written
from service.r4.resource import Resource


async def send_one(resource: Resource, attempt: Attempt) -> Failure | None:
    """None once the EHR has taken it, and we know where."""
    link = attempt.links.get(resource.key)
    if (link is None or not is_guarded(link, attempt)) and (failure := await look_before([resource], attempt)):
        return failure
    link = attempt.links.get(resource.key)
    body = body_to_write(resource, link, attempt.to)
    content = checked({**body, "id": link.ehr_id} if link else body, attempt.to)
    return await write_one(resource, content, link, attempt)


async def write_one(resource: Resource, content: bytes, link: Link | None, attempt: Attempt) -> Failure | None:
    """Create it, or update it where there is a link: intent before, result after."""
    call = await attempt.ledger.intend((resource.key,))
    async with attempt.ehr.place():
        await attempt.ledger.about_to_send()
        reply = await _write(attempt.ehr, resource.type, content, link)
    answer = answer_to_resource(reply, attempt.now())
    if isinstance(answer, Answer):
        return await _keep(answer, call, resource, link, attempt)
    if isinstance(answer, Unknown):
        return answer
    return await not_taken(reply, answer, call, attempt, "update" if link else "create")


async def _write(ehr: Ehr, resource_type: str, content: bytes, link: Link | None) -> Reply:
    if link is None:
        return await ehr.create(resource_type, content)
    return await ehr.update(link.ehr_type, link.ehr_id, content, link.ehr_version)


async def _keep(answer: Answer, call: Call, resource: Resource, link: Link | None, attempt: Attempt) -> Failure | None:
    written = resource_written(answer, resource.type)
    ehr_id = written.ehr_id or (link.ehr_id if link else None)
    if ehr_id is None:
        return await read_back(call, attempt)
    kept: Link | Failure = attempt.link(resource, ehr_id, written.version)
    if link and written.version in {None, link.ehr_version}:
        kept = await see_the_change(resource, link, attempt)
    if not isinstance(kept, Link):
        return kept
    await attempt.close(call, {resource.key: kept})
    return None
