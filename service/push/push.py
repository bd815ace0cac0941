"""One attempt at the trust's EHR, from the patient check to the last written resource.

Before it: `outbox/` has claimed the delivery, and nothing of the database is held. After it: `outbox/`
settles the delivery by the outcome. Read this first: the other files of this folder are its parts.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from itertools import takewhile

from service.push.address import addresses_of
from service.push.attempt import Attempt
from service.push.capability import Capability
from service.push.clear_up import clear_up
from service.push.ehr import Ehr
from service.push.find_patient import find_patient
from service.push.meaning import Failure
from service.push.outcome import Delivered, Outcome, Reason, Refused, TryLater
from service.push.plan import PushPlan
from service.push.send_bundle import send_bundle
from service.push.send_document import send_document
from service.push.send_message import send_message
from service.push.send_one import send_one
from service.push.sending import Ledger, Link, PatientFound, Sending
from service.push.transaction import identifier_of
from service.r4.resource import Resource

_NO_WAY = Reason(
    "ehr_takes_neither",
    "The EHR takes neither this nor a document that says it. `joinedup ehr check` shows what it takes; have that put "
    "right, then retry the delivery.",
)


async def push(sending: Sending, ehr: Ehr, ledger: Ledger, plan: PushPlan, now: datetime) -> Outcome:
    """Bring every resource of this note version into the EHR; go on from wherever an earlier attempt stopped.

    Raises `LeaseLost` as soon as another worker has taken the delivery over.
    """
    if plan.messages:
        return await send_message(sending, plan.messages, ledger, now)
    ehr = ehr.about(sending.note_id)
    offer = await plan.negotiation.capability(ehr, now)
    if isinstance(offer, TryLater):
        return offer
    going = [one for one in _each_once(sending) if _goes(one, offer)]
    if sending.open_call is None and not left_to_send(going, sending, sending.links):
        return _delivered(going, sending)
    patient = await _patient(sending, ehr, ledger, now)
    if not isinstance(patient, PatientFound):
        return patient
    specialists = await plan.directory.find(sending.resources, ehr, now)
    if isinstance(specialists, TryLater):
        return specialists

    links = dict(sending.links)
    addresses = addresses_of(sending, patient, links, specialists)
    attempt = Attempt(sending, ehr, ledger, plan, offer, addresses, links, now)
    call = sending.open_call
    if call is None and sending.maybe_there and not _wrote_something(sending, links):
        call = await ledger.intend(tuple(one.key for one in going))
    if call and (failure := await clear_up(attempt, call)):
        return failure
    while left := left_to_send(going, sending, links):
        if failure := await _send(left, attempt):
            return failure
    return _delivered(going, sending)


def left_to_send(going: Sequence[Resource], sending: Sending, links: Mapping[str, Link]) -> list[Resource]:
    """What the EHR does not have yet, in dependency order; Provenance last, and only beside something written."""
    left = [one for one in going if not _is_there(one, links.get(one.key))]
    others = [resource for resource in left if resource.type != "Provenance"]
    if others or _wrote_something(sending, links):
        return others + [resource for resource in left if resource.type == "Provenance"]
    return []


async def _patient(sending: Sending, ehr: Ehr, ledger: Ledger, now: datetime) -> PatientFound | TryLater | Refused:
    """The match that is still trusted, else a new one, written down before anything is sent."""
    client = sending.client
    if client.ehr_patient_id:
        return PatientFound(client.ehr_patient_id, None)
    patient = await find_patient(client, ehr, now)
    if isinstance(patient, PatientFound):
        await ledger.patient_found(client.client_id, patient)
    return patient


async def _send(left: list[Resource], attempt: Attempt) -> Failure | None:
    """The next of them, in the way that the EHR takes it."""
    first, offer = left[0], attempt.offer
    strategy = offer.of(first.type).strategy
    if strategy == "A transaction":
        together = takewhile(lambda one: offer.of(one.type).strategy == strategy, left[: attempt.plan.bundle_entries])
        return await send_bundle(list(together), attempt)
    if strategy == "B one by one":
        return await send_one(first, attempt)
    return await send_document(first, attempt)


def _delivered(going: Sequence[Resource], sending: Sending) -> Outcome:
    """What goes into no resource of its own must stand in the document: nothing that a clinician needs is left out."""
    if len(going) == len(sending.resources):
        return Delivered()
    keys = {one.key for one in going}
    left_out = [one for one in sending.resources if one.key not in keys]
    has_document = any(one.type == "DocumentReference" for one in going)
    if all(one.type == "Provenance" for one in left_out) or has_document:
        return Delivered(tuple(one.key for one in left_out))
    return Refused(_NO_WAY)


def _goes(resource: Resource, offer: Capability) -> bool:
    """Whether it is sent as a resource: of what goes as a document only, the document is."""
    strategy = offer.of(resource.type).strategy
    return strategy != "none" and (strategy != "C document only" or resource.type == "DocumentReference")


def _each_once(sending: Sending) -> list[Resource]:
    """Some servers quietly drop one of two entries that match the same resource."""
    by_identifier = {(one.type, identifier_of(one.body) or one.id): one for one in sending.resources}
    return list(by_identifier.values())


def _is_there(resource: Resource, link: Link | None) -> bool:
    """What the EHR took with this very content is not sent again: somebody may have changed it since."""
    return link is not None and (resource.type == "Provenance" or link.sent == resource.body)


def _wrote_something(sending: Sending, links: Mapping[str, Link]) -> bool:
    """Whether an earlier attempt at this version has written anything."""
    written = (links.get(resource.key) for resource in sending.resources)
    return any(link.note_version == sending.note_version for link in written if link)
