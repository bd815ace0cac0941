"""What the EHR has of our resources, one by one: ours, an earlier one, changed, doubled, gone, misfiled or none.

Asked when an answer was lost, when the EHR says 409 or 412, and before a create that nothing else guards. Found means
this version of the note: the content is compared. Nothing is written here.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TypeAlias

from service.push import searchset
from service.push.address import Addresses, addressed, with_our_links
from service.push.answer import Answer, Reply
from service.push.capability import Capability
from service.push.compare import is_about, is_held_by
from service.push.ehr import Ehr
from service.push.meaning import answer_to_read
from service.push.outcome import Reason, Refused, TryLater
from service.push.over_theirs import body_to_write
from service.push.sending import Link, Sending
from service.push.transaction import identifier_of
from service.push.version_identifier import version_identifier
from service.push.written import version_of
from service.r4.resource import Json, Resource

_FIRST_VERSION = "1"

SEARCH_IGNORED = Reason(
    "ehr_search_ignored",
    "The EHR does not search as it was asked, so what it has cannot be looked up. Look there by hand, then say what "
    "you found: joinedup deliveries resolve. `joinedup ehr check` says what the EHR offers.",
)


@dataclass(frozen=True, slots=True)
class Ours:
    """The EHR has this resource as this version of the note made it."""

    link: Link


@dataclass(frozen=True, slots=True)
class Earlier:
    """The EHR has what we knew, nothing newer: it may be sent."""

    link: Link


@dataclass(frozen=True, slots=True)
class Missing:
    """The EHR has nothing of it."""


@dataclass(frozen=True, slots=True)
class Changed:
    """Somebody else has changed it since we wrote it: what they have, and what we would have written."""

    theirs: Json
    ours: Json


@dataclass(frozen=True, slots=True)
class Doubled:
    """The EHR has it more than once."""


@dataclass(frozen=True, slots=True)
class Gone:
    """It was in the EHR, and somebody has deleted it there."""


@dataclass(frozen=True, slots=True)
class Misfiled:
    """What bears our identifier is in another patient's record."""


@dataclass(frozen=True, slots=True)
class Unseen:
    """The EHR cannot be searched for it: it may be there or not."""


Finding: TypeAlias = Ours | Earlier | Missing | Changed | Doubled | Gone | Misfiled | Unseen


@dataclass(frozen=True, slots=True)
class Look:
    """One look at the EHR: with whom to speak, what can be looked for, how our resources read there, and which."""

    ehr: Ehr
    offer: Capability
    to: Addresses
    sending: Sending
    now: datetime

    def link(self, resource: Resource, ehr_id: str, ehr_version: str | None) -> Link:
        """Where the EHR has this resource, in this version of the note."""
        return Link(resource.key, resource.type, ehr_id, ehr_version, self.sending.note_version, resource.body)


async def look_up(resources: Iterable[Resource], look: Look) -> dict[str, Finding] | TryLater | Refused:
    """By key. What is found on the way is known to the rest, whose references point to it."""
    links = dict(look.to.links)
    look = replace(look, to=replace(look.to, links=links))
    findings: dict[str, Finding] = {}
    for resource in resources:
        finding = await _look_at(resource, look)
        if isinstance(finding, TryLater | Refused):
            return finding
        findings[resource.key] = finding
        if isinstance(finding, Ours | Earlier):
            links[resource.key] = finding.link
    return findings


async def look_at_change(resource: Resource, link: Link, look: Look) -> Ours | Changed | TryLater | Refused:
    """Whether the EHR shows this version's content, whatever version of its own it calls that."""
    reply = await look.ehr.read(link.ehr_type, link.ehr_id)
    theirs = answer_to_read(reply, link.ehr_type, look.now)
    if not isinstance(theirs, dict):
        return theirs
    ours = body_to_write(resource, link, look.to)
    if not is_held_by(theirs, ours):
        return Changed(theirs, ours)
    fresh = look.link(resource, link.ehr_id, _version(reply, theirs))
    return Ours(replace(fresh, theirs=theirs if link.theirs else None))


async def _look_at(resource: Resource, look: Look) -> Finding | TryLater | Refused:
    row = look.offer.of(resource.type)
    link = look.to.links.get(resource.key)
    if link and (row.strategy != "C document only" or link.note_version == look.sending.note_version):
        return await _read(resource, link, look)
    if not row.can_be_looked_up:
        return Unseen()
    if identifier := identifier_of(resource.body):
        return await _search(resource, identifier, look)
    return await _search_provenance(resource, look)


async def _read(resource: Resource, link: Link, look: Look) -> Finding | TryLater | Refused:
    reply = await look.ehr.read(link.ehr_type, link.ehr_id)
    if says_gone(reply):
        return Gone()
    theirs = answer_to_read(reply, link.ehr_type, look.now)
    if not isinstance(theirs, dict):
        return theirs
    version = _version(reply, theirs)
    if version is not None and version == link.ehr_version:
        return Earlier(link)
    return _compared(resource, theirs, replace(link, ehr_version=version), link, look)


def _compared(resource: Resource, theirs: Json, fresh: Link, known: Link, look: Look) -> Finding:
    """Ours where theirs is the new content, and not the old one with what we have since taken out of it."""
    new = body_to_write(resource, known, look.to)
    old = dict(known.theirs) if known.theirs else addressed(known.sent, look.to)
    there = with_our_links(theirs, look.to)
    has_old = is_held_by(there, old)
    if is_held_by(there, new) and (not has_old or is_held_by(new, old)):
        kept = theirs if known.theirs else None
        return Ours(replace(fresh, note_version=look.sending.note_version, sent=resource.body, theirs=kept))
    return Earlier(fresh) if has_old and not (known.ehr_version and fresh.ehr_version) else Changed(theirs, new)


async def _search(resource: Resource, identifier: tuple[str, str], look: Look) -> Finding | TryLater | Refused:
    system, value = identifier
    reply = await look.ehr.search(resource.type, {"identifier": f"{system}|{value}"})
    bundle = answer_to_read(reply, "Bundle", look.now)
    if not isinstance(bundle, dict):
        return bundle
    answered = searchset.matches(bundle, resource.type)
    found = [one for one in answered if searchset.carries(one, system, value)]
    if not found:
        return Refused(SEARCH_IGNORED) if answered or searchset.has_more(bundle) else Missing()
    if not all(is_about(one, look.to.patient) for one in found):
        return Misfiled()
    if look.offer.of(resource.type).strategy == "C document only":
        return _filed_version(resource, found, look)
    return _first_seen(resource, found[0], look) if len(found) == 1 else Doubled()


def _filed_version(resource: Resource, found: Sequence[Json], look: Look) -> Finding:
    """Each version of a note is a document of its own, told from the others by its master identifier."""
    mine = version_identifier(look.sending)
    filed = [one for one in found if _master_value(one) == mine["value"]]
    if not filed:
        return Missing()
    return Ours(look.link(resource, filed[0]["id"], version_of(None, filed[0]))) if len(filed) == 1 else Doubled()


def _master_value(document: Json) -> object:
    master = document.get("masterIdentifier")
    return master.get("value") if isinstance(master, dict) else None


def _first_seen(resource: Resource, theirs: Json, look: Look) -> Finding:
    """We know of no earlier one: what is still in its first version is ours, whatever it says."""
    version = version_of(None, theirs)
    link = look.link(resource, theirs["id"], version)
    ours = addressed(resource.body, look.to)
    if is_held_by(theirs, ours):
        return Ours(link)
    return Earlier(replace(link, sent={})) if version == _FIRST_VERSION else Changed(theirs, ours)


async def _search_provenance(resource: Resource, look: Look) -> Finding | TryLater | Refused:
    """Without an identifier in R4: found by one of its targets, and by the note's version in its entity."""
    target = next((link for one in resource.body["target"] if (link := look.to.links.get(one["reference"]))), None)
    if target is None:
        return Missing()
    parameters = {"target": f"{target.ehr_type}/{target.ehr_id}", "_count": "100"}
    bundle = answer_to_read(await look.ehr.search(resource.type, parameters), "Bundle", look.now)
    if not isinstance(bundle, dict):
        return bundle
    ours = _sources(resource.body)
    found = [one for one in searchset.matches(bundle, resource.type) if _sources(one) & ours]
    if len(found) > 1:
        return Doubled()
    if not found:
        return Refused(SEARCH_IGNORED) if searchset.has_more(bundle) else Missing()
    return Ours(look.link(resource, found[0]["id"], version_of(None, found[0])))


def _sources(provenance: Json) -> set[tuple[str, str]]:
    """The (system, value) of what it was made from."""
    entities = provenance.get("entity")
    whats = [entity.get("what") for entity in entities if isinstance(entity, dict)] if entities else []
    found = [
        what["identifier"] for what in whats if isinstance(what, dict) and isinstance(what.get("identifier"), dict)
    ]
    return {(str(one.get("system")), str(one.get("value"))) for one in found}


def says_gone(reply: Reply) -> bool:
    """404 or 410 from a FHIR server: a page in HTML comes from something in front of it."""
    return isinstance(reply, Answer) and reply.status in {404, 410} and reply.unreadable in {None, "empty"}


def _version(reply: Reply, theirs: Json) -> str | None:
    return version_of(reply.etag if isinstance(reply, Answer) else None, theirs)
