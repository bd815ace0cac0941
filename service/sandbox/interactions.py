"""One interaction each: read, create, update, delete and their conditional forms (R4 http.html).

Each runs inside a store transaction that its caller (`routes.py`, `bundles.py`) opened, and raises `Refused`.
"""

import re
from dataclasses import dataclass

from service.sandbox.offer import Offer, Style
from service.sandbox.references import made_local, must_exist
from service.sandbox.refusals import Json, Refused
from service.sandbox.searching import find_one
from service.sandbox.store import Store, Version
from service.sandbox.structure import check_filing, check_structure

_ETAG = re.compile(r'(?:W/)?"([^"]*)"')


@dataclass(frozen=True, slots=True)
class Desk:
    """What every interaction needs: the store, what this server offers and in which style, and its own base URL."""

    store: Store
    offer: Offer
    style: Style
    home: str


@dataclass(frozen=True, slots=True)
class Done:
    """`status` 200, 201 or 204, and the version that is now there."""

    status: int
    version: Version


@dataclass(frozen=True, slots=True)
class Target:
    """Which resource a write is about: decided before anything is written. `new` says it is not there yet."""

    type: str
    id: str
    new: bool

    @property
    def key(self) -> str:
        """`Type/id`."""
        return f"{self.type}/{self.id}"


def read(desk: Desk, resource_type: str, resource_id: str) -> Version:
    """The newest version; 404 where there never was one, 410 where it was deleted."""
    version = desk.store.latest(resource_type, resource_id)
    if version is None:
        raise Refused(404, "not-found", f"There is no {resource_type} with this id here.")
    if version.body is None:
        raise Refused(410, "deleted", f"This {resource_type} was deleted.")
    return version


def read_version(desk: Desk, resource_type: str, resource_id: str, number: str) -> Version:
    """One version; 410 where that version is the deletion."""
    versions = desk.store.history(resource_type, resource_id)
    version = next((one for one in versions if one.name == number), None)
    if version is None:
        raise Refused(404, "not-found", f"There is no such version of this {resource_type}.")
    if version.body is None:
        raise Refused(410, "deleted", f"This {resource_type} was deleted with that version.")
    return version


def history(desk: Desk, resource_type: str, resource_id: str) -> list[Version]:
    """Every version, newest first."""
    versions = desk.store.history(resource_type, resource_id)
    if not versions:
        raise Refused(404, "not-found", f"There is no {resource_type} with this id here.")
    return versions


def create(desk: Desk, resource_type: str, body: Json, if_none_exist: str | None) -> Done:
    """201; with a condition that one resource meets 200 and nothing is done."""
    check_structure(body, resource_type)
    target = target_of_create(desk, resource_type, if_none_exist)
    if not target.new:
        return Done(200, read(desk, target.type, target.id))
    return write(desk, target, body)


def update(desk: Desk, resource_type: str, resource_id: str, body: Json, if_match: str | None) -> Done:
    """200, or 201 where this server lets the client choose ids."""
    check_structure(body, resource_type)
    if body.get("id") != resource_id:
        raise Refused(400, "invalid", "The id in the body must be the id in the URL.", f"{resource_type}.id")
    return write(desk, target_of_update(desk, resource_type, resource_id, if_match), body)


def conditional_update(desk: Desk, resource_type: str, query: str, body: Json, if_match: str | None) -> Done:
    """No match: 201. One: 200. More: 412. A body id that is not the match's: 400."""
    check_structure(body, resource_type)
    return write(desk, target_of_conditional_update(desk, resource_type, query, body, if_match), body)


def delete(desk: Desk, resource_type: str, resource_id: str, if_match: str | None) -> Done:
    """204, again too. What something else refers to is kept: 409."""
    latest = read_even_deleted(desk, resource_type, resource_id)
    if latest.body is None:
        return Done(204, latest)
    _must_match(desk, latest, if_match)
    if any(key != latest.key for key in desk.store.referring_to(latest.key)):
        raise Refused(409, "conflict", f"Other resources refer to this {resource_type}.")
    return Done(204, desk.store.keep(resource_type, resource_id, None))


def read_even_deleted(desk: Desk, resource_type: str, resource_id: str) -> Version:
    """The newest version, the deletion too; 404 where there never was one."""
    latest = desk.store.latest(resource_type, resource_id)
    if latest is None:
        raise Refused(404, "not-found", f"There is no {resource_type} with this id here.")
    return latest


def target_of_create(desk: Desk, resource_type: str, if_none_exist: str | None) -> Target:
    """A new id, or the one that meets the condition."""
    match = _match(desk, resource_type, if_none_exist) if if_none_exist is not None else None
    return Target(resource_type, match or desk.store.new_id(), new=match is None)


def target_of_update(desk: Desk, resource_type: str, resource_id: str, if_match: str | None) -> Target:
    """405 where it is not there and clients may not choose ids; 412 where it is no longer the version meant."""
    latest = desk.store.latest(resource_type, resource_id)
    if latest is None and not desk.offer.update_create:
        raise Refused(405, "not-supported", f"There is no {resource_type} with this id, and ids are given here.")
    _must_match(desk, latest, if_match)
    return Target(resource_type, resource_id, new=latest is None or latest.body is None)


def target_of_conditional_update(
    desk: Desk, resource_type: str, query: str, body: Json, if_match: str | None
) -> Target:
    """The match, or a new id (the body's, where clients may choose ids)."""
    match = _match(desk, resource_type, query)
    chosen = body.get("id")
    if match is None and chosen is not None:
        return target_of_update(desk, resource_type, chosen, if_match)
    if match is not None and chosen not in (None, match):
        raise Refused(400, "invalid", "The id in the body is not that of the match.", f"{resource_type}.id")
    _must_match(desk, desk.store.latest(resource_type, match) if match else None, if_match)
    return Target(resource_type, match or desk.store.new_id(), new=match is None)


def _match(desk: Desk, resource_type: str, query: str) -> str | None:
    if not desk.offer.conditional:
        raise Refused(412, "not-supported", "This server offers no conditional interactions.")
    return find_one(desk.store, resource_type, query, desk.home)


def _must_match(desk: Desk, latest: Version | None, if_match: str | None) -> None:
    if if_match is None or not desk.offer.guarded:
        return
    etag = _ETAG.fullmatch(if_match.strip())
    if etag is None:
        raise Refused(400, "value", 'If-Match is an ETag: W/"1".')
    if latest is None or etag[1] != latest.name:
        raise Refused(desk.style.stale, "conflict", "If-Match names a version that is not the newest.")


def write(desk: Desk, target: Target, body: Json) -> Done:
    """Keep one resource whose references must already be here."""
    done = put_down(desk, target, made_local(body, desk.home))
    check_references(desk, done)
    return done


def put_down(desk: Desk, target: Target, body: Json) -> Done:
    """Keep it; its references are checked afterwards, in a transaction once everything is there."""
    latest = desk.store.latest(target.type, target.id)
    if latest and not target.new:
        desk.offer.must_take_changes(target.type)
        if target.type in desk.style.deaf:
            return Done(200, latest)
    version = desk.store.keep(target.type, target.id, body)
    return Done(201 if target.new else 200, version)


def check_references(desk: Desk, done: Done) -> None:
    """422 where it names no patient, or something that is not here."""
    body = done.version.body or {}
    check_filing(body)
    must_exist(body, lambda resource_type, resource_id: _exists(desk.store, resource_type, resource_id))


def _exists(store: Store, resource_type: str, resource_id: str) -> bool:
    latest = store.latest(resource_type, resource_id)
    return latest is not None and latest.body is not None
