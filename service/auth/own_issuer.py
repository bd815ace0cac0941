"""Tokens that we issue to systems ourselves: signed with keys of their own, and known again when they come back.

A token is short (RFC 9068, `at+jwt`), and a system that was disabled is refused whatever its token says.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import uuid4

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from service.auth.scopes import Scope, in_words
from service.auth.token_head import LONGEST_TOKEN
from service.caller import Caller
from service.errors import NotSignedIn
from service.keys import Keys

LASTS: Final = timedelta(minutes=5)
_STANDING_KEPT_FOR: Final = 10.0
_TYPE: Final = "at+jwt"
_NOT_OURS: Final = (ValueError, KeyError, TypeError, AttributeError, JoseError)


@dataclass(frozen=True, slots=True)
class OwnIssuer:
    """`url` is what our tokens name as their issuer, `audience` our FHIR base; `is_enabled` asks the database."""

    url: str
    audience: str
    keys: Keys
    is_enabled: Callable[[str], Awaitable[bool]]
    now: Callable[[], datetime]
    clock: Callable[[], float]
    _standings: dict[str, tuple[bool, float]] = field(default_factory=dict)

    def issue(self, client_id: str, scopes: tuple[Scope, ...]) -> str:
        """A token for this system, which lasts `LASTS` from now."""
        now = self.now()
        key = self.keys.that_signs(now)
        claims = {
            "iss": self.url,
            "sub": client_id,
            "client_id": client_id,
            "aud": self.audience,
            "iat": int(now.timestamp()),
            "exp": int((now + LASTS).timestamp()),
            "jti": str(uuid4()),
            "scope": in_words(scopes),
        }
        header = {"alg": key.algorithm, "kid": key.kid, "typ": _TYPE}
        return jwt.encode(header, claims, key.key, algorithms=[key.algorithm])

    async def caller_of(self, token: str) -> Caller:
        """The system that bears it. `NotSignedIn` where the token is not ours, not now, or the system is disabled."""
        claims = self._claims_of(token)
        if claims.get("iss") != self.url:
            raise NotSignedIn("issuer")
        if claims.get("aud") != self.audience:
            raise NotSignedIn("audience")
        if claims["exp"] <= self.now().timestamp():
            raise NotSignedIn("expired")
        client_id: str = claims["sub"]
        if not await self._stands(client_id):
            raise NotSignedIn("client_disabled")
        scopes = frozenset(claims["scope"].split())
        return Caller(client_id, client_id, frozenset({"system"}), issuer=self.url, scopes=scopes)

    def _claims_of(self, token: str) -> dict[str, Any]:
        if len(token) > LONGEST_TOKEN:
            raise NotSignedIn("garbage")
        keys = self.keys.all()
        try:
            read = jwt.decode(token, KeySet([key.key for key in keys]), algorithms=["ES384", "RS384"])
        except _NOT_OURS:
            raise NotSignedIn("signature") from None
        # Keys sign nothing else today. Should they ever, it is not to pass for a token.
        if read.header.get("typ") != _TYPE:
            raise NotSignedIn("not_an_access_token")
        return read.claims

    async def _stands(self, client_id: str) -> bool:
        stands, until = self._standings.get(client_id, (False, float("-inf")))
        if self.clock() >= until:
            stands = await self.is_enabled(client_id)
            self._standings[client_id] = (stands, self.clock() + _STANDING_KEPT_FOR)
        return stands
