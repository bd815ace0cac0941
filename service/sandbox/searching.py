"""Search: a query string becomes conditions on the store, and its matches.

https://hl7.org/fhir/R4/search.html: tokens, references (with `:identifier`), dates known in part, strings
(with `:exact`), repeated parameters for AND, commas for OR. Unknown parameters are left out of the self
link, or refused with `Prefer: handling=strict`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import parse_qsl, urlencode

from service.sandbox.offer import Offer
from service.sandbox.refusals import Json, Refused
from service.sandbox.resource_types import RESOURCE_TYPES, How
from service.sandbox.store import Store

PAGE = 50
_LARGEST_PAGE = 500
_ABOUT_THE_ANSWER = frozenset({"_count", "_page", "_format", "_pretty"})

Pairs = Sequence[tuple[str, str]]
Condition = tuple[str, tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class Query:
    """What was asked, as far as this server understands it."""

    used: Pairs
    conditions: tuple[Condition, ...]
    unknown: tuple[str, ...]
    count: int
    skip: int


def pairs_of(query: str) -> Pairs:
    """A query string, or the body of a POST `_search`."""
    return parse_qsl(query, keep_blank_values=True)


def understood(resource_type: str, pairs: Pairs, home: str, offer: Offer) -> Query:
    """`home` is this server's base URL: absolute references to it are made local."""
    used: list[tuple[str, str]] = []
    conditions: list[Condition] = []
    unknown: list[str] = []
    for name, value in pairs:
        known = name not in _ABOUT_THE_ANSWER and offer.searches(resource_type, name)
        condition = _condition(resource_type, name, value, home) if known else None
        if condition is not None:
            used.append((name, value))
            conditions.append(condition)
        elif name not in _ABOUT_THE_ANSWER:
            unknown.append(name)
    about = dict(pairs)
    count = min(_number(about, "_count", PAGE), _LARGEST_PAGE)
    return Query(used, tuple(conditions), tuple(unknown), count, _number(about, "_page", 0))


def find_one(store: Store, resource_type: str, query: str, home: str) -> str | None:
    """The one match of a conditional interaction or reference, or None. More than one is refused with 412."""
    if resource_type not in RESOURCE_TYPES:
        raise Refused(404, "not-supported", f"This server keeps no {resource_type}.")
    asked = understood(resource_type, pairs_of(query), home, Offer())
    if asked.unknown or not asked.conditions:
        raise Refused(412, "not-supported", "The condition is not one that this server can look up.")
    ids = store.ids_where(resource_type, asked.conditions)
    if len(ids) > 1:
        raise Refused(412, "multiple-matches", f"{len(ids)} {resource_type} match the condition: no one is meant.")
    return ids[0] if ids else None


def searchset(store: Store, offer: Offer, resource_type: str, pairs: Pairs, home: str, strict: bool = False) -> Json:
    """The Bundle of one page of matches, with the links to itself and to the next."""
    query = understood(resource_type, pairs, home, offer)
    if strict and query.unknown:
        raise Refused(400, "not-supported", f"Unknown search parameters: {', '.join(query.unknown)}.")
    ids = store.ids_where(resource_type, query.conditions)
    address = f"{home}/{resource_type}"
    bundle: Json = {"resourceType": "Bundle", "type": "searchset", "total": len(ids)}
    bundle["link"] = [{"relation": "self", "url": _link(address, query, query.skip)}]
    after = query.skip + query.count
    if query.count > 0 and after < len(ids):
        bundle["link"].append({"relation": "next", "url": _link(address, query, after)})
    page = [_match_entry(store, resource_type, resource_id, address) for resource_id in ids[query.skip : after]]
    return {**bundle, "entry": page} if page else bundle


def _match_entry(store: Store, resource_type: str, resource_id: str, address: str) -> Json:
    latest = store.latest(resource_type, resource_id)
    resource = latest.body if latest else None
    return {"fullUrl": f"{address}/{resource_id}", "resource": resource, "search": {"mode": "match"}}


def _link(address: str, query: Query, skip: int) -> str:
    page = [("_page", str(skip))] if skip else []
    return f"{address}?{urlencode([*query.used, ('_count', str(query.count)), *page])}"


def _number(about: dict[str, str], name: str, otherwise: int) -> int:
    text = about.get(name, "")
    if not text:
        return otherwise
    if not text.isdecimal():
        raise Refused(400, "value", f"{name} is a whole number.")
    return int(text)


def _condition(resource_type: str, parameter: str, value: str, home: str) -> Condition | None:
    name, _, modifier = parameter.partition(":")
    alternatives = [each for each in value.split(",") if each]
    if name == "_id" and not modifier:
        return _any_of([("id = ?", (each,)) for each in alternatives])
    search = RESOURCE_TYPES[resource_type].searches.get(name)
    if search is None or not _takes(search.how, modifier):
        return None
    if modifier == "identifier":
        name, how = f"{name}:identifier", "token"
    else:
        how = search.how
    matches = [_match(how, each, name, modifier, home) for each in alternatives]
    return _any_of([_term_match(resource_type, name, condition) for condition in matches])


def _takes(how: How, modifier: str) -> bool:
    return modifier == "" or (how, modifier) in {("string", "exact"), ("reference", "identifier")}


def _any_of(conditions: Sequence[Condition]) -> Condition:
    if not conditions:
        return "0", ()
    return " OR ".join(sql for sql, _ in conditions), tuple(value for _, values in conditions for value in values)


def _term_match(resource_type: str, name: str, condition: Condition) -> Condition:
    sql, values = condition
    terms = f"SELECT id FROM terms WHERE type = ? AND name = ? AND {sql}"  # noqa: S608  (ours; values are bound)
    return f"id IN ({terms})", (resource_type, name, *values)


def _match(how: str, value: str, name: str, modifier: str, home: str) -> Condition:
    if how == "token":
        return _token(value)
    if how == "reference":
        return _reference(value.removeprefix(f"{home}/"), name)
    if how == "date":
        plain = value.removeprefix("eq")
        if not plain[:4].isdecimal():
            raise Refused(400, "not-supported", f"{name} is compared for equality only.")
        return "(value = ? OR substr(value, 1, length(?) + 1) = ? || '-')", (plain, plain, plain)
    if modifier == "exact":
        return "value = ?", (value.casefold(),)
    return "substr(value, 1, length(?)) = ?", (value.casefold(), value.casefold())


def _token(value: str) -> Condition:
    system, bar, word = value.rpartition("|")
    if not bar:
        return "value = ?", (word,)
    if not word:
        return "system = ?", (system,)
    return "value = ? AND system = ?", (word, system)


def _reference(value: str, name: str) -> Condition:
    if "/" in value:
        return "value = ?", (value,)
    if name == "patient":
        return "value = ?", (f"Patient/{value}",)
    return "substr(value, instr(value, '/') + 1) = ?", (value,)
