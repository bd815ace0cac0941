"""A broken example for every rule of our profiles, made from the agreed samples: each breaks just that rule.

A rule that no sample comes near has none; then the tests name it, and a sample that shows the element is wanted.
"""

import copy
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cache
from typing import Any, get_args

from service.forms.job import Per
from service.mapping.to_resources import to_resources
from service.push.messages.document import document_of
from service.push.sending import Sending
from service.r4.resource import Json
from service.r4.tree import open_up
from tests.broken.one_fault import LEFT_OUT, without_profile
from tests.broken.places import Path, at, entries_at, holds, in_words, places_of
from tests.broken.rules import Rule, rules
from tests.broken.values import AGAINST, ELSEWHERE, NOTHING_KNOWN, a_value, another_code, codes_listed, known_types
from tests.carriers import sending_of
from tests.changed_samples_on_disk import changed_samples
from tests.mapped import changed, version_of
from tests.published import definitions, our_gate
from tests.samples_on_disk import NAMES, all_samples, sample

_UNKNOWN = {"system": ELSEWHERE, "code": "x"}


@dataclass(frozen=True)
class Broken:
    """`at` is the element in the resource (`Goal.start[x]`); `variant` counts the ways to break one rule."""

    rule: Rule
    variant: int
    body: Json
    at: str

    @property
    def name(self) -> str:
        return f"{self.rule.name} {self.variant}" if self.variant else self.rule.name

    @property
    def file_name(self) -> str:
        return re.sub(r"\W+", "_", f"by_rule_{self.name}")

    @property
    def r4_takes_it(self) -> bool:
        return our_gate().faults(without_profile(self.body)) == ()

    @property
    def for_hl7(self) -> Json:
        """To see what type a reference points at, HL7's validator needs to have it at hand."""
        if self.rule.sort != "target":
            return self.body
        pointed_at = re.findall(r'"reference": "(\w+)/another"', json.dumps(self.body))
        with_ids = [self.body, *({"resourceType": name, "id": "another"} for name in pointed_at)]
        entries = [
            {"fullUrl": f"https://ehr.nhs.uk/{one['resourceType']}/{one['id']}", "resource": one} for one in with_ids
        ]
        return {"resourceType": "Bundle", "type": "collection", "entry": entries}

    @property
    def also_hl7(self) -> bool:
        """It does not look at the type that a reference without an address says."""
        return self.rule.sort != "target" or self.variant == 0


@cache
def every_broken() -> tuple[Broken, ...]:
    return tuple(broken for rule in rules() for broken in broken_by(rule))


def broken_by(rule: Rule) -> list[Broken]:
    """Usually one, for some several ways; where it can be, such that R4 alone takes it."""
    best: dict[int, Broken] = {}
    for valid, start in _instances(rule.profile["url"]):
        told_at = ".".join([in_words(valid["resourceType"], start), *rule.told_at.split(".")[1:]])
        for variant, part in _mutated(rule, at(valid, start)):
            if variant not in best or not best[variant].r4_takes_it:
                best[variant] = Broken(rule, variant, _with(valid, start, part), told_at)
        if best and all(one.r4_takes_it for one in best.values()):
            break
    return [best[variant] for variant in sorted(best)]


@cache
def valid_resources() -> tuple[Json, ...]:
    """What the samples and the changed samples become, jobs also with their pay, and the covers of their messages."""
    as_agreed = [(one.name, 1, one.mapped()) for one in all_samples()]
    as_changed = [(one.turns["sample"], 1 + len(one.turns["turns"]), one.mapped()) for one in changed_samples()]
    bodies = [one.body for _, _, resources in (*as_agreed, *as_changed) for one in resources]
    return (*bodies, *_with_pay(), *(_cover(sending_of(*one)) for one in (*as_agreed, *as_changed)))


def _with_pay() -> list[Json]:
    """What a job pays, where the trust has that in its record."""
    started, names = sample("job/started").form, replace(NAMES, with_pay=True)
    paid = [changed(started, pay={"pence": 1321, "per": per}) for per in get_args(Per)]
    return [one.body for form in paid for one in to_resources(version_of(form), names)]


def _cover(sending: Sending) -> Json:
    """The Composition as it is by itself, outside of the Bundle that gives its references a sense."""
    document = document_of(sending)
    text = json.dumps(document["entry"][0]["resource"])
    for entry in document["entry"]:
        text = text.replace(entry["fullUrl"], f"{entry['resource']['resourceType']}/x")
    cover: Json = {"id": "cover", **json.loads(text)}
    return cover


@cache
def _instances(profile: str) -> tuple[tuple[Json, Path], ...]:
    """Valid resources, each with where the profile begins in it: at its root, or at an extension."""
    claiming = [(body, ()) for body in valid_resources() if profile in body["meta"]["profile"]]
    extended = [(body, path) for body in valid_resources() for path in _extensions(body, profile)]
    return (*claiming, *extended)


def _extensions(value: Any, url: str, path: Path = ()) -> Iterator[Path]:
    parts = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for step, part in parts:
        if isinstance(part, dict) and part.get("url") == url:
            yield (*path, step)
        yield from _extensions(part, url, (*path, step))


def _mutated(rule: Rule, valid: Json) -> Iterator[tuple[int, Json]]:
    """The valid part changed against the rule, in every place of it, in each way."""
    match rule.sort:
        case "constraint" if rule.key not in AGAINST:
            return
        case "constraint":
            yield 0, _put(valid, {(name,): value for name, value in AGAINST[rule.key].items()})
        case "max" if rule.element["max"] == "0":
            yield from ((0, body) for body in _with_what_may_not_be(rule, valid))
        case "min" | "max":
            yield from ((0, body) for path in _places(rule, valid) for body in _counted(rule, valid, path))
        case "closed":
            yield from ((0, _with_one_of_no_slice(rule, valid, path)) for path in _places(rule, valid))
        case _:
            for path in _places(rule, valid):
                for entry in entries_at(valid, path):
                    yield from enumerate(_put(valid, values) for values in _instead(rule, valid, entry))


def _places(rule: Rule, valid: Json) -> list[Path]:
    return places_of(valid, rule.element["id"], rule.tells)


def _with_what_may_not_be(rule: Rule, valid: Json) -> Iterator[Json]:
    above, _, name = rule.element["id"].rpartition(".")
    for path in places_of(valid, above, rule.tells):
        yield from (_put(valid, {(*entry, name): a_value(rule.base)}) for entry in entries_at(valid, path))


def _with_one_of_no_slice(rule: Rule, valid: Json, path: Path) -> Json:
    (discriminator,) = (one["path"] for one in rule.element["slicing"]["discriminator"])
    other = a_value(open_up(definitions(), rule.base)[discriminator])
    entries = at(valid, path)
    return _put(valid, {path: [*entries, {**entries[0], discriminator: other}]})


def _counted(rule: Rule, valid: Json, path: Path) -> Iterator[Json]:
    """One too few, or one too many; of a slice, among others."""
    others: list[Any] = []
    entries = at(valid, path)
    if isinstance(path[-1], int):
        path, tell = path[:-1], rule.tells[rule.element["id"]]
        others = [one for one in at(valid, path) if not holds(one, tell)]
        entries = [one for one in at(valid, path) if holds(one, tell)]
    if rule.sort == "min":
        entries = entries if isinstance(entries, list) else [entries]
        yield _put(valid, {path: [*others, *entries[: rule.element["min"] - 1]] or LEFT_OUT})
    elif isinstance(entries, list):
        yield _put(valid, {path: [*others, *entries[:1] * (int(rule.element["max"]) + 1)]})


def _instead(rule: Rule, valid: Json, path: Path) -> Iterator[dict[Path, Any]]:
    """What to put where, so that another value stands in the place of the one that is there."""
    value = at(valid, path)
    match rule.sort:
        case "pattern":
            yield from ({path: other} for other in _others(rule, value))
        case "binding":
            yield {path: _with_unknown_code(rule, value)}
        case "type":
            kept = {one["code"] for one in rule.element["type"]}
            for name, other in known_types(rule.base, kept)[:1]:
                yield {path: LEFT_OUT, (*path[:-1], name): other}
        case "target":
            yield from ({path: other} for other in _to_another(rule, value))


def _others(rule: Rule, value: Any) -> Iterator[Any]:
    wanted = rule.value
    if isinstance(wanted, str):
        is_code = rule.base.only_type.name == "code"
        yield another_code(rule.base, {wanted}) if is_code else ELSEWHERE
        return
    for coding in wanted["coding"]:
        left = [one for one in value["coding"] if not holds(one, coding)]
        yield {**value, "coding": left or [_UNKNOWN]}


def _with_unknown_code(rule: Rule, value: Any) -> Any:
    if isinstance(value, str):
        return another_code(rule.base, codes_listed(rule.element["binding"]["valueSet"]))
    if "coding" in value:
        return {**value, "coding": [_UNKNOWN]}
    return {"system": value["system"], "code": "x"}


def _to_another(rule: Rule, value: Json) -> Iterator[Json]:
    """With an address; and where it has none but says its type, by that."""
    allowed = next(one.targets for one in rule.base.types if one.name == "Reference")
    other = next(name for name in (*allowed, "Group") if name not in rule.targets)
    yield {"reference": f"{other}/another"}
    if "reference" not in value:
        yield {**value, "type": other}


def _with(valid: Json, start: Path, part: Json) -> Json:
    return _put(valid, {start: part}) if start else part


def _put(valid: Json, values: dict[Path, Any]) -> Json:
    """A copy with the values put there; LEFT_OUT takes away what is there."""
    body = copy.deepcopy(valid)
    for path, value in values.items():
        *above, last = path
        place = at(body, tuple(above))
        if value is not LEFT_OUT:
            place[last] = value
        else:
            place.pop(last, None)
            place.update({} if place else NOTHING_KNOWN)
    return body
