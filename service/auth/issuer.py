"""One issuer: is this token its own, and whom does it name?

Before it: `issuers.py`, which found by the token's own words whom to ask. `published_keys.py` has the keys,
`introspection.py` asks, `claims.py` reads.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any, Final

from joserfc import jws
from joserfc.errors import JoseError

from service.auth.claims import caller_of, checked
from service.auth.introspection import introspect
from service.auth.published_keys import PublishedKey, PublishedKeys
from service.auth.token_head import LONGEST_TOKEN, TokenHead, json_of
from service.auth.unreachable import cannot_be_checked
from service.caller import Caller
from service.errors import NotSignedIn
from service.settings.access import IssuerSettings
from service.wire import Questions

_REMEMBERED_FOR: Final = 300.0


@dataclass(frozen=True, slots=True)
class SignedIn:
    """A token that was found good: by which keys, until when without another look, and when it was last asked about."""

    caller: Caller
    issuer: "Issuer"
    generation: int
    until: float
    asked_at: float


class Issuer:
    """One entry of the settings at work. `keys` are its published ones, or any that stand for them."""

    def __init__(self, settings: IssuerSettings, audience: str, keys: PublishedKeys, questions: Questions) -> None:
        self.settings = settings
        self._audience = audience
        self._keys = keys
        self._questions = questions
        # Lengths are bounded before; what a header may hold besides is the issuer's business, none of it is followed.
        self._registry = jws.JWSRegistry(algorithms=settings.algorithms, strict_check_header=False)
        self._registry.max_header_length = self._registry.max_signature_length = LONGEST_TOKEN

    async def look_at(self, token: str, head: TokenHead, now: float) -> SignedIn:
        """A JWT: signed by it, for us, good now, and not taken back. `NotSignedIn` otherwise."""
        if head.algorithm not in self.settings.algorithms:
            raise NotSignedIn("algorithm")
        claims = await self._signed(token, head)
        checked(claims, self.settings, self._audience, now)
        until = min(float(claims["exp"]), now + _REMEMBERED_FOR)
        found = SignedIn(caller_of(claims, self.settings), self, self._keys.generation, until, now)
        if self.settings.introspection_url:
            await introspect(token, self.settings, self._questions)
        return found

    async def look_at_opaque(self, token: str, now: float) -> SignedIn:
        """A token that only its issuer can read."""
        claims = await introspect(token, self.settings, self._questions)
        checked(claims, self.settings, self._audience, now, told_by_issuer=True)
        until = min(float(claims.get("exp") or now + _REMEMBERED_FOR), now + self.settings.introspection_age)
        return SignedIn(caller_of(claims, self.settings), self, self._keys.generation, until, now)

    def still_stands_by(self, known: SignedIn, now: float) -> bool:
        """Whether what was found needs no other look at its signature and claims."""
        return now < known.until and known.generation == self._keys.generation

    async def confirm(self, token: str, known: SignedIn, now: float) -> SignedIn:
        """Not taken back meanwhile, where the settings want to know."""
        if not self.settings.introspection_url or now - known.asked_at < self.settings.introspection_age:
            return known
        await introspect(token, self.settings, self._questions)
        return replace(known, asked_at=now)

    async def _signed(self, token: str, head: TokenHead) -> dict[str, Any]:
        """The claims, signed by a key of this issuer; looked for once more where the key may be a new one."""
        await self._keys.ready()
        claims = self._signed_by(self._keys.fitting(head.kid, head.algorithm), token)
        if claims is None and not self._keys.knows(head.kid):
            await self._keys.renew()
            claims = self._signed_by(self._keys.fitting(head.kid, head.algorithm), token)
            if claims is None and self._keys.last_try_failed:
                raise cannot_be_checked()
        if claims is None:
            raise NotSignedIn("signature" if self._keys.fitting(head.kid, head.algorithm) else "unknown_key")
        return claims

    def _signed_by(self, keys: Iterable[PublishedKey], token: str) -> dict[str, Any] | None:
        for each in keys:
            try:
                jws.deserialize_compact(token, each.key, registry=self._registry)
            except (JoseError, ValueError):
                continue  # not by this one; the next may be it
            return json_of(token.split(".")[1])
        return None
