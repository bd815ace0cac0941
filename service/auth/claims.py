"""Claims whose signature is good, or that an issuer has just told: are they for us, now, and who is it?

`checked` says whether they count, `caller_of` what they say, in the trust's own words as the settings map them.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

from joserfc.errors import ClaimError, ExpiredTokenError
from joserfc.jwt import JWTClaimsRegistry

from service.caller import Caller, Role
from service.errors import NotSignedIn
from service.settings.access import IssuerSettings

_LONGEST_WORD: Final = 255
_MOST_WORDS: Final = 200
_WHY: Final = {"iss": "issuer", "aud": "audience", "nbf": "not_yet", "iat": "not_yet"}
_TIMES: Final = ("exp", "nbf", "iat")
# Signs of a token that is not for an API: of who signed in (ID), or that something happened (logout, events).
_ONLY_IN_OTHERS: Final = frozenset({"at_hash", "c_hash", "s_hash", "events"})
_KEYCLOAKS_OTHERS: Final = frozenset({"ID", "Refresh", "Offline", "Logout"})
_COGNITOS_OTHER: Final = "id"


def checked(
    claims: Mapping[str, Any], issuer: IssuerSettings, audience: str, now: float, *, told_by_issuer: bool = False
) -> None:
    """`NotSignedIn` unless these are an access token's claims, for this audience, good now.

    `told_by_issuer`: by introspection, where the issuer and the end may go unsaid, for it has just said "active".
    """
    if _ONLY_IN_OTHERS & claims.keys() or _is_of_another_kind(claims):
        raise NotSignedIn("kind")
    if any(isinstance(claims.get(name, 0), bool | str | list | dict) for name in _TIMES):
        raise NotSignedIn("claims")
    rules = JWTClaimsRegistry(
        now=int(now),
        leeway=issuer.leeway,
        iss={"essential": not told_by_issuer, "value": issuer.issuer},
        aud={"essential": True, "value": audience},
        exp={"essential": not told_by_issuer},
        sub={"essential": True},
    )
    try:
        rules.validate(dict(claims))
    except ExpiredTokenError:
        raise NotSignedIn("expired") from None
    except ClaimError as fault:
        raise NotSignedIn(_WHY.get(str(fault.claim), "claims")) from None


def caller_of(claims: Mapping[str, Any], issuer: IssuerSettings) -> Caller:
    """Who it is, in our words. That they have no role of ours is no fault here: then they may do nothing."""
    subject = _one(claims, issuer.subject_claim)
    if subject is None:
        raise NotSignedIn("claims")
    person: frozenset[Role] = frozenset(
        issuer.roles[word] for word in _words(claims, issuer.roles_claim) if word in issuer.roles
    )
    scopes = _system_scopes(claims, issuer)
    if person and scopes:
        # A person with a system's rights, or a system with a person's: whichever it is, the issuer errs.
        raise NotSignedIn("claims")
    return Caller(
        subject=subject,
        name=_name(claims, issuer) or subject,
        roles=frozenset({"system"}) if scopes else person,
        issuer=issuer.issuer,
        practitioner_id=_one(claims, issuer.practitioner_claim) if issuer.practitioner_claim else None,
        teams=_teams(claims, issuer),
        scopes=scopes,
    )


def _is_of_another_kind(claims: Mapping[str, Any]) -> bool:
    kind = claims.get("typ")
    return (isinstance(kind, str) and kind in _KEYCLOAKS_OTHERS) or claims.get("token_use") == _COGNITOS_OTHER


def _teams(claims: Mapping[str, Any], issuer: IssuerSettings) -> tuple[str, ...]:
    """In the order they came in, each once."""
    words = _words(claims, issuer.teams_claim) if issuer.teams_claim else []
    known = words if issuer.teams is None else [issuer.teams[word] for word in words if word in issuer.teams]
    return tuple(dict.fromkeys(known))


def _system_scopes(claims: Mapping[str, Any], issuer: IssuerSettings) -> frozenset[str]:
    """SMART v2 scopes of a system, where this issuer may make systems; others are of no use here."""
    if not issuer.systems:
        return frozenset()
    scopes = [scope for words in _words(claims, issuer.scope_claim, _is_a_text) for scope in words.split()]
    return frozenset(scope for scope in scopes if scope.startswith("system/"))


def _name(claims: Mapping[str, Any], issuer: IssuerSettings) -> str:
    """As people read it: on one line, and nothing in it that cannot be seen."""
    said = _words(claims, issuer.name_claim, _is_a_text)
    return "".join(letter for letter in " ".join(" ".join(said).split()) if letter.isprintable())[:_LONGEST_WORD]


def _one(claims: Mapping[str, Any], path: str) -> str | None:
    words = _words(claims, path)
    if len(words) > 1:
        raise NotSignedIn("claims")
    return words[0] if words else None


def _is_a_word(value: object) -> bool:
    return isinstance(value, str) and 0 < len(value) <= _LONGEST_WORD and value.isprintable()


def _is_a_text(value: object) -> bool:
    return isinstance(value, str)


def _words(claims: Mapping[str, Any], path: str, fits: Callable[[object], bool] = _is_a_word) -> list[str]:
    """What a path leads to: nothing, a word or a list of words; through lists too. `NotSignedIn` for another shape."""
    found = list(_at(claims, [path] if path in claims else path.split(".")))
    if len(found) > _MOST_WORDS or not all(fits(word) for word in found):
        raise NotSignedIn("claims")
    return found


def _at(said: Any, names: list[str]) -> Iterator[Any]:
    if said is None:
        return
    if isinstance(said, list):
        for each in said:
            yield from _at(each, names)
    elif not names:
        yield said
    elif isinstance(said, dict):
        yield from _at(said.get(names[0]), names[1:])
    else:
        raise NotSignedIn("claims")
