"""Walks a resource that has the right shape, and asks at each element what a schema cannot ask.

Before it `plan.py`, which says what is asked where; it is started by `gate.py`.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from service.r4.resource import Json

# How an element was come to: from where, by which name, at which place of a list. Made into words only for a fault.
Where: TypeAlias = tuple["Where", str, int | None] | None


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that is wrong: where (a FHIRPath), FHIR's issue code, and a sentence without any value."""

    path: str
    code: str
    sentence: str


@dataclass(frozen=True, slots=True)
class BundleFacts:
    """What references may point at within a Bundle: the types of its entries by full URL."""

    types_by_url: Mapping[str, str]
    is_transaction: bool


@dataclass(slots=True)
class Visit:
    """One resource being walked. `contained`: types by id; `enter` gates a resource that stands within it."""

    resource: Json
    contained: Mapping[str, str]
    bundle: BundleFacts | None
    enter: Callable[[Json, Where], None]
    report: Callable[[Where, str, str], None]


@dataclass(frozen=True, slots=True)
class Check:
    """`find` answers with a sentence if something is wrong."""

    code: str
    find: Callable[[Any, Visit], str | None]


@dataclass(slots=True, eq=False, repr=False)
class Plan:
    """What is asked of an element and below it.

    `by_url` chooses among extensions; `is_resource` is gated by itself; `is_beside` stands beside a primitive value.
    """

    checks: tuple[Check, ...] = ()
    children: dict[str, "Plan"] = field(default_factory=dict)
    by_url: Mapping[str, "Plan"] | None = None
    is_resource: bool = False
    is_beside: bool = False


def walk(value: Any, plan: Plan, where: Where, visit: Visit) -> None:
    if plan.is_resource:
        visit.enter(value, where)
        return
    for check in plan.checks:
        if sentence := check.find(value, visit):
            visit.report(where, check.code, sentence)
    if plan.by_url is not None and (own := plan.by_url.get(value["url"])):
        plan = own
    if not plan.children:
        return
    for name, part in value.items():
        below = plan.children.get(name)
        if below is None:
            continue
        if below.is_beside and type(part) is dict and name[1:] not in value and "extension" not in part:
            visit.report((where, name, None), "structure", "Neither a value nor an extension is here.")
        _walk_part(part, below, where, name, visit)


def _walk_part(part: Any, plan: Plan, where: Where, name: str, visit: Visit) -> None:
    if type(part) is not list:
        walk(part, plan, (where, name, None), visit)
        return
    for place, item in enumerate(part):
        if item is not None:
            walk(item, plan, (where, name, place), visit)


def in_words(root: str, where: Where) -> str:
    """`Encounter.participant[0].individual`."""
    steps = []
    while where is not None:
        where, name, place = where
        steps.append(name if place is None else f"{name}[{place}]")
    return ".".join([root, *reversed(steps)])
