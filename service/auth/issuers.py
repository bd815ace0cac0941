"""Whose tokens let callers in: every issuer of the settings, and a memory of the tokens that were found good.

Made once a process; `caller_of` is asked for every request. `issuer.py` does one issuer's part.
"""

import time
from collections import OrderedDict
from collections.abc import Callable, Iterable
from hashlib import sha256
from typing import Final

from service.auth.issuer import Issuer, SignedIn
from service.auth.published_keys import PublishedKeys, host_of, published_by
from service.auth.token_head import head_of
from service.caller import Caller
from service.errors import CannotStart, NotSignedIn
from service.settings.access import AccessSettings, IssuerSettings
from service.wire import Questions, refusal_of

_REMEMBERED: Final = 4096


class Issuers:
    """`now` is the wall clock, in seconds since 1970, for tokens say when they end. Close `questions` afterwards."""

    def __init__(
        self,
        issuers: Iterable[Issuer],
        questions: Questions,
        now: Callable[[], float] = time.time,
        remembered: int = _REMEMBERED,
    ) -> None:
        self._issuers = {each.settings.issuer: each for each in issuers}
        self._opaque = next((each for each in self._issuers.values() if each.settings.opaque), None)
        self._questions = questions
        self._now = now
        self._most = remembered
        # By digest, so that no token can be read out of this process's memory by its name.
        self._known: OrderedDict[bytes, SignedIn] = OrderedDict()

    async def close(self) -> None:
        """Give the connections back; at shutdown."""
        await self._questions.close()

    async def caller_of(self, token: str) -> Caller:
        """Whom a bearer token names.

        `NotSignedIn` with a word for the audit where it is bad, `NotTakenNow` where its issuer cannot be asked.
        """
        now = self._now()
        name = sha256(token.encode(errors="replace")).digest()
        known = self._known.pop(name, None)
        if known is not None and known.issuer.still_stands_by(known, now):
            found = await known.issuer.confirm(token, known, now)
        else:
            found = await self._look_at(token, now)
        self._remember(name, found)
        return found.caller

    async def _look_at(self, token: str, now: float) -> SignedIn:
        head = head_of(token)
        if head is not None:
            issuer = self._issuers.get(head.issuer)
            if issuer is None:
                raise NotSignedIn("issuer")
            return await issuer.look_at(token, head, now)
        if self._opaque is None:
            raise NotSignedIn("garbage")
        return await self._opaque.look_at_opaque(token, now)

    def _remember(self, name: bytes, found: SignedIn) -> None:
        """The least lately used is forgotten first."""
        self._known[name] = found
        if len(self._known) > self._most:
            self._known.popitem(last=False)


def issuers_of(
    settings: AccessSettings,
    *,
    now: Callable[[], float] = time.time,
    clock: Callable[[], float] = time.monotonic,
    remembered: int = _REMEMBERED,
) -> Issuers:
    """Those of the settings. `CannotStart` for a URL that is never asked. Nobody is asked before a token comes."""
    questions = Questions()
    issuers = []
    for number, entry in enumerate(settings.issuers, 1):
        _refuse_odd_urls(entry, number)
        keys = PublishedKeys(host_of(entry), published_by(entry, questions), clock)
        issuers.append(Issuer(entry, settings.audience_of(entry), keys, questions))
    return Issuers(issuers, questions, now, remembered)


def _refuse_odd_urls(entry: IssuerSettings, number: int) -> None:
    for field in ("issuer", "jwks_url", "introspection_url"):
        url = getattr(entry, field)
        if url and (refusal := refusal_of(url, loopback=entry.is_on_this_machine)):
            raise CannotStart(f"JOINEDUP_ISSUERS: entry {number}, {field}: {refusal} See docs/security/sign-in.md.")
