"""Puts together how one process admits: the trust's issuers, our own tokens for systems, and how often one may call."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from service.auth.admit import Admission, KnowsCallers
from service.auth.give_token import TokenOffice
from service.auth.issuers import Issuers, issuers_of
from service.auth.own_issuer import OwnIssuer
from service.auth.token_head import head_of
from service.caller import Caller
from service.errors import NotSignedIn
from service.hardening.limits import Allowances
from service.settings import Settings


@dataclass(frozen=True, slots=True)
class OursAndTheirs:
    """Who issued a token decides who is asked about it."""

    ours: OwnIssuer
    theirs: Issuers | None

    async def caller_of(self, token: str) -> Caller:
        """See `KnowsCallers`."""
        head = head_of(token)
        if head and head.issuer == self.ours.url:
            return await self.ours.caller_of(token)
        if self.theirs is None:
            raise NotSignedIn("issuer")
        return await self.theirs.caller_of(token)


@asynccontextmanager
async def admission_of(settings: Settings, office: TokenOffice | None) -> AsyncIterator[Admission]:
    """As the settings say; open until the end of the block. Without any issuer everybody is at this machine."""
    theirs = issuers_of(settings) if settings.issuers else None
    known: KnowsCallers | None = OursAndTheirs(office.issuer, theirs) if office else theirs
    yield Admission(known, Allowances(settings.requests_per_minute, settings.refusals_per_minute))
    if theirs:
        await theirs.close()
