"""The keys that an issuer publishes (JWKS): renewed when one is unknown and every hour, kept in an outage.

Asked by `issuer.py`. Where they come from is a function, so that our own keys can stand here as well.
"""

import asyncio
import warnings
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final, TypeAlias
from urllib.parse import urlsplit

import structlog
from joserfc.errors import JoseError, SecurityWarning
from joserfc.jwk import ECKey, RSAKey

from service.auth.unreachable import cannot_be_checked
from service.settings.access import IssuerSettings
from service.wire import NoAnswer, Questions

Fetch: TypeAlias = Callable[[], Awaitable[Mapping[str, Any]]]

_RENEWED_AFTER: Final = 3600.0
_TRIED_AGAIN_AFTER: Final = 60.0  # while the keys that we have are good enough
_AT_MOST_EVERY: Final = 10.0  # made-up key ids must not make us hammer the issuer
_GOOD_FOR: Final = 24 * 3600.0
_MOST_KEYS: Final = 32
_SMALLEST_RSA: Final = 2048
_NEVER: Final = float("-inf")

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class PublishedKey:
    """One public key that signs. Loaded once: from its text each time it would cost more than what it checks."""

    kid: str | None
    algorithm: str | None
    key: RSAKey | ECKey

    def fits(self, kid: str | None, algorithm: str) -> bool:
        """Whether it may have signed this; a key without an id may have signed anything of its kind."""
        kind = "EC" if algorithm.startswith("ES") else "RSA"
        named = kid is None or self.kid is None or self.kid == kid
        return named and self.key.key_type == kind and self.algorithm in (None, algorithm)


class PublishedKeys:
    """Of one issuer, named `host` in the log. `clock`: a steady one, in seconds.

    `generation` grows when other keys are published: what was checked by the ones before counts no more.
    """

    def __init__(self, host: str, fetch: Fetch, clock: Callable[[], float]) -> None:
        self._host = host
        self._fetch = fetch
        self._clock = clock
        self._keys: tuple[PublishedKey, ...] = ()
        self._said: list[Any] = []
        self._fetched_at = self._tried_at = _NEVER
        self._renewing = asyncio.Lock()
        self.generation = 0
        self.last_try_failed = False

    async def ready(self) -> None:
        """Have keys that are good; `NotTakenNow` where there are none and the issuer does not answer."""
        if not self._are_good():
            await self.renew()
        elif self._clock() - self._fetched_at >= _RENEWED_AFTER and not self._renewing.locked():
            # One waits for the answer; whoever comes meanwhile goes on with what we have.
            await self.renew(_TRIED_AGAIN_AFTER)
        if not self._are_good():
            raise cannot_be_checked()

    async def renew(self, at_most_every: float = _AT_MOST_EVERY) -> None:
        """Ask for them, unless somebody just did; who comes meanwhile waits for that answer."""
        async with self._renewing:
            if self._clock() - self._tried_at < at_most_every:
                return
            self._tried_at = self._clock()
            self.last_try_failed = True  # until it has not: whoever asks may be called off in the middle
            try:
                self._take(await self._fetch())
            except NoAnswer as fault:
                log.warning(
                    "an issuer does not say its keys", host=self._host, reason_code=fault.why, status=fault.status
                )

    def fitting(self, kid: str | None, algorithm: str) -> list[PublishedKey]:
        """Those that may have signed such a token."""
        return [key for key in self._keys if key.fits(kid, algorithm)]

    def knows(self, kid: str | None) -> bool:
        """Whether one has this very id."""
        return kid is not None and any(key.kid == kid for key in self._keys)

    def _are_good(self) -> bool:
        return self._clock() - self._fetched_at < _GOOD_FOR

    def _take(self, jwks: Mapping[str, Any]) -> None:
        said = jwks.get("keys")
        said = said[:_MOST_KEYS] if isinstance(said, list) else []
        if said != self._said:
            keys = tuple(key for jwk in said if (key := _key_of(jwk)))
            if not keys:
                raise NoAnswer("no_keys")
            self._said, self._keys = said, keys
            self.generation += 1
        elif not said:
            raise NoAnswer("no_keys")
        self._fetched_at = self._clock()
        self.last_try_failed = False


def published_by(issuer: IssuerSettings, questions: Questions) -> Fetch:
    """Its JWKS: where the setting says, or found by discovery.

    https://openid.net/specs/openid-connect-discovery-1_0.html#ProviderConfig
    """

    async def fetch() -> Mapping[str, Any]:
        url = issuer.jwks_url or await _discovered(issuer, questions)
        return await questions.get(url, loopback=issuer.is_on_this_machine)

    return fetch


def host_of(issuer: IssuerSettings) -> str:
    """As the log names it."""
    return urlsplit(issuer.issuer).hostname or ""


async def _discovered(issuer: IssuerSettings, questions: Questions) -> str:
    """Section 4.3: an answer that calls itself another issuer is another's, and nothing of it is believed."""
    url = f"{issuer.issuer.rstrip('/')}/.well-known/openid-configuration"
    said = await questions.get(url, loopback=issuer.is_on_this_machine)
    jwks_url = said.get("jwks_uri")
    if said.get("issuer") != issuer.issuer:
        raise NoAnswer("other_issuer")
    if not isinstance(jwks_url, str):
        raise NoAnswer("no_jwks_uri")
    return jwks_url


def _key_of(jwk: Any) -> PublishedKey | None:
    """None for what is no public key that signs; a set may hold keys for other uses, and of kinds yet to come."""
    if not isinstance(jwk, dict) or not _is_for_signatures(jwk):
        return None
    kid, algorithm = jwk.get("kid"), jwk.get("alg")
    if not isinstance(kid, str | None) or not isinstance(algorithm, str | None):
        return None
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", SecurityWarning)  # of a small key, which is passed over below
            key = ECKey.import_key(jwk) if jwk["kty"] == "EC" else RSAKey.import_key(jwk)
    except (JoseError, ValueError, TypeError):
        return None
    if isinstance(key, RSAKey) and key.public_key.key_size < _SMALLEST_RSA:
        return None
    return PublishedKey(kid, algorithm, key)


def _is_for_signatures(jwk: dict[str, Any]) -> bool:
    """A key that comes with its private part is one that anybody may sign with."""
    operations = jwk.get("key_ops", ["verify"])
    return (
        jwk.get("kty") in ("RSA", "EC")
        and jwk.get("use", "sig") == "sig"
        and isinstance(operations, list)
        and "verify" in operations
        and "d" not in jwk
    )
