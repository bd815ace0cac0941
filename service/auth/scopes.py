"""What a system may, in SMART's words: `system/QuestionnaireResponse.c`, `system/*.rs`. Read, compared, never widened.

Scopes that we cannot hold to exactly, those with a query, give nothing.
https://hl7.org/fhir/smart-app-launch/scopes-and-launch-context.html
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from itertools import product
from typing import Final

from service.auth.policy import POLICY, Interaction

_LETTERS: Final = "cruds"
_EVERY: Final = "*"
_MOST_SCOPES: Final = 100
_SCOPE: Final = re.compile(r"system/(\*|[A-Z][A-Za-z]{1,63})\.(c?r?u?d?s?)")
_V1: Final = re.compile(r"[a-z]+/[^.]*\.(read|write|\*)")


def _in_order(letters: Iterable[str]) -> str:
    return "".join(sorted(set(letters), key=_LETTERS.index))


def _served() -> Mapping[str, str]:
    named = [rule.scope for rule in POLICY.values() if rule.scope]
    return {name: _in_order(letter for one, letter in named if one == name) for name, _ in sorted(named)}


# What systems find under /fhir: create, read, update, delete, search, for each type.
SERVED: Final = _served()


@dataclass(frozen=True, slots=True)
class Scope:
    """One resource type, or `*`, and some of the letters `cruds` in that order."""

    resource_type: str
    letters: str

    def __str__(self) -> str:
        return f"system/{self.resource_type}.{self.letters}"

    def allows(self, resource_type: str, interaction: Interaction) -> bool:
        """Whether it names both."""
        return self.resource_type in (_EVERY, resource_type) and interaction in self.letters


def allows(scopes: Iterable[str], resource_type: str, interaction: Interaction) -> bool:
    """Whether one of these, as a token names them, lets a system do this with this type."""
    return any(scope.allows(resource_type, interaction) for scope in scopes_in(scopes))


def scopes_in(words: Iterable[str]) -> tuple[Scope, ...]:
    """Those that we understand; what else a token may bear is for others."""
    found = (_read(word) for word in words)
    return tuple(scope for scope in found if scope)


def asked_for(text: str) -> tuple[Scope, ...]:
    """What one request asks for, as far as we understand it and up to a hundred scopes."""
    return scopes_in(text.split(" ")[:_MOST_SCOPES])


def granted(asked: Iterable[Scope], registered: Iterable[Scope]) -> tuple[Scope, ...]:
    """What both allow, and nothing else, each thing said once."""
    letters: dict[str, set[str]] = {}
    for one, other in product(asked, tuple(registered)):
        if one.resource_type == other.resource_type or _EVERY in (one.resource_type, other.resource_type):
            name = other.resource_type if one.resource_type == _EVERY else one.resource_type
            letters.setdefault(name, set()).update(set(one.letters) & set(other.letters))
    for_every = letters.get(_EVERY, set())
    narrowed = {name: some if name == _EVERY else some - for_every for name, some in letters.items()}
    return tuple(Scope(name, _in_order(some)) for name, some in sorted(narrowed.items()) if some)


def in_words(scopes: Iterable[Scope]) -> str:
    """As they stand in a request, an answer and a token."""
    return " ".join(map(str, scopes))


def to_register(text: str) -> tuple[Scope, ...]:
    """What an operator gives a system. `ValueError` with a sentence where it is no scope, or nothing that we serve."""
    words = text.split()
    if not words:
        raise ValueError(f"Say what it may, as in --scope 'system/QuestionnaireResponse.c'. {_what_is_served()}")
    read = tuple(_registered(word) for word in words)
    return granted(read, read)


def _registered(word: str) -> Scope:
    if not word.isascii() or not word.isprintable():
        raise ValueError("A scope has plain letters only. Type it anew.")
    scope = _read(word)
    if scope is None:
        raise ValueError(_why_not(word))
    served = SERVED.get(scope.resource_type, "") if scope.resource_type != _EVERY else "".join(SERVED.values())
    if not served:
        raise ValueError(f"{word}: {scope.resource_type} is not served here. {_what_is_served()}")
    if beyond := set(scope.letters) - set(served):
        raise ValueError(f"{word}: nothing answers to {_in_order(beyond)!r}. {_what_is_served()}")
    return scope


def _why_not(word: str) -> str:
    if not word.startswith("system/"):
        return f"{word} is not for systems: their scopes begin with system/."
    if "?" in word:
        return f"{word}: what stands behind the ? would not be held to here. Leave it out, or do not register this."
    if _V1.fullmatch(word):
        return f"{word} is of SMART v1. In v2 .read is .rs, .write is .cud, and .* is .cruds."
    return f"{word} is no scope of SMART v2: system/Type. and then some of the letters cruds, in that order."


def _what_is_served() -> str:
    return "Served: " + ", ".join(f"system/{name}.{letters}" for name, letters in SERVED.items()) + "."


@lru_cache(maxsize=1024)
def _read(word: str) -> Scope | None:
    found = _SCOPE.fullmatch(word)
    return Scope(found[1], found[2]) if found and found[2] else None
