"""Batch and transaction (R4 http.html#transaction). A transaction is one SQLite transaction: all or nothing.

Order: DELETE, then POST and PUT, then conditional references, then GET; answers in the order of the entries.
Two entries about one resource fail the transaction. `interactions.py` does each, `entries.py` read them.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

from service.sandbox import interactions
from service.sandbox.entries import Entry, entries_of, told_at
from service.sandbox.interactions import Desk, Done, Target
from service.sandbox.references import conditions_met, has_conditions, made_local, resolved_in_bundle
from service.sandbox.refusals import Json, Refused
from service.sandbox.searching import find_one, pairs_of, searchset
from service.sandbox.structure import check_structure


@dataclass(frozen=True, slots=True)
class Found:
    """What a GET entry is answered with."""

    body: Json
    etag: str | None = None


Answer: TypeAlias = Done | Found | Refused


def transaction(desk: Desk, bundle: Json) -> list[Answer]:
    """Every entry done, or `Refused` and nothing done."""
    entries = entries_of(bundle, desk.home)
    answers: dict[str, Answer] = {}
    with desk.store.transaction():
        for entry in _with_method(entries, "DELETE"):
            with told_at(entry.place):
                answers[entry.place] = _delete(desk, entry)
        answers.update(_write_all(desk, _with_method(entries, "POST", "PUT")))
        for entry in _with_method(entries, "GET"):
            with told_at(entry.place):
                answers[entry.place] = _get(desk, entry)
    return [answers[entry.place] for entry in entries]


def batch(desk: Desk, bundle: Json) -> list[Answer]:
    """Each entry for itself; one that is refused stops no other."""
    answers: list[Answer] = []
    for entry in entries_of(bundle, desk.home):
        try:
            with desk.store.transaction(), told_at(entry.place):
                answers.append(_alone(desk, entry))
        except Refused as refused:
            answers.append(refused)
    return answers


def _with_method(entries: Sequence[Entry], *methods: str) -> list[Entry]:
    return [entry for entry in entries if entry.method in methods]


def _delete(desk: Desk, entry: Entry) -> Done:
    desk.offer.must_take_writes(entry.type)
    return interactions.delete(desk, entry.type, entry.id or "", entry.if_match)


@dataclass(frozen=True, slots=True)
class _Write:
    """A POST or PUT entry, and the resource it is about."""

    entry: Entry
    target: Target

    @property
    def place(self) -> str:
        return self.entry.place

    @property
    def condition(self) -> str | None:
        return self.entry.query or self.entry.if_none_exist

    @property
    def is_there_already(self) -> bool:
        """A conditional create whose condition is met: nothing is done."""
        return self.entry.method == "POST" and not self.target.new


def _write_all(desk: Desk, entries: Sequence[Entry]) -> dict[str, Done]:
    writes = [_Write(entry, _target(desk, entry)) for entry in entries]
    _no_two_are_about_one(writes)
    names = {write.entry.full_url: write.target.key for write in writes if write.entry.full_url}
    done: dict[str, Done] = {}
    for write in writes:
        done[write.place] = _put_down(desk, write, resolved_in_bundle(write.entry.body, names))
    # Only now: a condition may be met by what this very transaction has written.
    for write in writes:
        with told_at(write.place):
            done[write.place] = _with_conditions_met(desk, done[write.place])
    for write in writes:
        with told_at(write.place):
            interactions.check_references(desk, done[write.place])
    return done


def _target(desk: Desk, entry: Entry) -> Target:
    with told_at(entry.place):
        desk.offer.must_take_writes(entry.type)
        check_structure(entry.body, entry.type)
        if entry.method == "POST":
            return interactions.target_of_create(desk, entry.type, entry.if_none_exist)
        if entry.id is None:
            query = entry.query or ""
            return interactions.target_of_conditional_update(desk, entry.type, query, entry.body, entry.if_match)
        if entry.body.get("id", entry.id) != entry.id:
            raise Refused(400, "invalid", "The id in the body must be the id in the url.")
        return interactions.target_of_update(desk, entry.type, entry.id, entry.if_match)


def _no_two_are_about_one(writes: Sequence[_Write]) -> None:
    targets = Counter(write.target.key for write in writes)
    conditions: Counter[tuple[str, str | None]] = Counter(
        (write.target.type, write.condition) for write in writes if write.condition
    )
    for write in writes:
        if targets[write.target.key] > 1 or conditions[write.target.type, write.condition] > 1:
            raise Refused(400, "duplicate", "Two entries of this transaction are about one resource.", write.place)


def _put_down(desk: Desk, write: _Write, body: Json) -> Done:
    if write.is_there_already:
        return Done(200, interactions.read(desk, write.target.type, write.target.id))
    return interactions.put_down(desk, write.target, made_local(body, desk.home))


def _with_conditions_met(desk: Desk, done: Done) -> Done:
    body = done.version.body
    if body is None or not has_conditions(body):
        return done
    met = conditions_met(body, lambda resource_type, query: _one(desk, resource_type, query))
    return Done(done.status, desk.store.amend(done.version, met))


def _one(desk: Desk, resource_type: str, query: str) -> str:
    match = find_one(desk.store, resource_type, query, desk.home)
    if match is None:
        raise Refused(412, "not-found", f"No {resource_type} meets the condition of a reference.")
    return match


def _get(desk: Desk, entry: Entry) -> Found:
    if entry.id is None:
        return Found(searchset(desk.store, desk.offer, entry.type, pairs_of(entry.query or ""), desk.home))
    if entry.version is None:
        version = interactions.read(desk, entry.type, entry.id)
    else:
        version = interactions.read_version(desk, entry.type, entry.id, entry.version)
    return Found(version.body or {}, version.etag)


def _alone(desk: Desk, entry: Entry) -> Answer:
    if entry.method == "GET":
        return _get(desk, entry)
    if entry.method == "DELETE":
        return _delete(desk, entry)
    done = _put_down(desk, _Write(entry, _target(desk, entry)), entry.body)
    interactions.check_references(desk, done)
    return done
