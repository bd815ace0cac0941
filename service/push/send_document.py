"""Files the document of one note version where the EHR takes no more than documents, or cannot change one.

Each version is a document of its own that replaces the one before: nothing is edited in place. What keeps it from
being filed twice is our own ledger; where the EHR can be searched, it is looked for as well.
https://hl7.org/fhir/R4/documentreference.html
"""

import asyncio

from service.push.address import addressed
from service.push.attempt import Attempt
from service.push.filing import find_filing
from service.push.look_before import look_before
from service.push.meaning import Failure
from service.push.pdf import is_plan, pdf_of
from service.push.send_one import write_one
from service.push.sending import Link
from service.push.transaction import checked
from service.push.version_identifier import version_identifier
from service.r4.resource import Json, Resource


async def send_document(resource: Resource, attempt: Attempt) -> Failure | None:
    """None once the EHR has it, and we know where."""
    earlier = attempt.links.get(resource.key)
    if failure := await look_before([resource], attempt):
        return failure
    found = attempt.links.get(resource.key)
    if found and found.sent == resource.body:
        await _adopt(resource, found, attempt)
        return None
    document = _to_file(resource, earlier, attempt)
    filed_against = frozenset[str]()
    if attempt.plan.file_against != "nothing" and "encounter" not in document["context"]:
        filing = await find_filing(document, attempt)
        if not isinstance(filing, str):
            return filing
        document["context"]["encounter"] = [{"reference": filing}]
        filed_against = frozenset({filing})
    if attempt.plan.plan_as_pdf and is_plan(document):
        document["content"].append(await asyncio.to_thread(pdf_of, document))
    return await write_one(resource, checked(document, attempt.to, filed_against), None, attempt)


async def _adopt(resource: Resource, found: Link, attempt: Attempt) -> None:
    """It was there, and our ledger did not know: it does from now on."""
    call = await attempt.ledger.intend((resource.key,))
    await attempt.close(call, {resource.key: found})


def _to_file(resource: Resource, earlier: Link | None, attempt: Attempt) -> Json:
    document = addressed(resource.body, attempt.to)
    document["masterIdentifier"] = version_identifier(attempt.sending)
    # Each is final in itself. What was withdrawn says so in its text, and is current in place of the one before.
    document["status"] = "current"
    document["docStatus"] = "final"
    if earlier:
        target = {"reference": f"{earlier.ehr_type}/{earlier.ehr_id}"}
        document["relatesTo"] = [{"code": "replaces", "target": target}]
    document["context"] = _what_the_ehr_has(document["context"])
    document["context"]["period"] = _with_times(document["context"]["period"], document["date"])
    return document


def _with_times(period: Json, written: str) -> Json:
    """Some take no document without a beginning and an end, both to the minute."""
    start = period["start"] if "T" in period["start"] else written
    end = str(period.get("end") or start)
    return {"start": start, "end": end if "T" in end else start}


def _what_the_ehr_has(context: Json) -> Json:
    """A document may not name an encounter, a goal or a plan that was never sent."""
    there = {name: [one for one in context.get(name, ()) if "reference" in one] for name in ("encounter", "related")}
    rest = {name: value for name, value in context.items() if name not in there}
    return {**rest, **{name: references for name, references in there.items() if references}}
