"""A system proves itself and is given a token, or is told no more than that it is not.

Whoever asks for an id that is not registered goes the same way, and hears the same, as who signs with a wrong key.
https://hl7.org/fhir/smart-app-launch/backend-services.html
"""

from base64 import urlsafe_b64encode
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Final, Literal, TypeAlias

import structlog
from joserfc.jwk import ECKey, RSAKey
from sqlalchemy.ext.asyncio import AsyncSession

from service.auth.acts import write_token_issued, write_token_refused
from service.auth.assertion import Assertion, NotProved, Proof, proof_of, read_assertion, signed_by
from service.auth.client_keys import KeysOfSystems, PublicKey, key_in
from service.auth.own_issuer import OwnIssuer
from service.auth.scopes import asked_for, granted, in_words, scopes_in
from service.auth.system_clients import find, use_up
from service.caller import Whence
from service.db import Sessions
from service.tables import SystemClient

_GRANT: Final = "client_credentials"
_JWT_BEARER: Final = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
_NOBODY: Final = "unknown"

log = structlog.get_logger()

# Called before a refusal is written down; raises `TooOften` for one too many, which leaves no line in the audit.
Count: TypeAlias = Callable[[], None]
# RFC 6749, section 5.2.
Error: TypeAlias = Literal["invalid_request", "unsupported_grant_type", "invalid_client", "invalid_scope"]


@dataclass(frozen=True, slots=True)
class Given:
    """A token, and what it is good for."""

    token: str
    scope: str


@dataclass(frozen=True, slots=True)
class NotGiven:
    """`error` is sent; `why` is for the audit."""

    error: Error
    why: str


def _nobodys_keys() -> Mapping[str, PublicKey]:
    """To take as long as with a key. Who finds a private half of them gains nothing: they let nobody in."""
    rsa: dict[str, str | list[str]] = {
        "kty": "RSA",
        "n": urlsafe_b64encode(b"\xff" * 256).decode().rstrip("="),
        "e": "AQAB",
    }
    return {"RS384": RSAKey.import_key(rsa), "ES384": ECKey.generate_key("P-384", private=False)}


@dataclass(frozen=True, slots=True)
class TokenOffice:
    """Gives tokens for one database. `token_url` is the audience that proofs have to name."""

    token_url: str
    issuer: OwnIssuer
    published: KeysOfSystems
    sessions: Sessions
    # Nobody's: what a proof is held against where there is no key of its system.
    _decoys: Mapping[str, PublicKey] = field(default_factory=_nobodys_keys)

    async def ask(self, fields: Mapping[str, str] | None, whence: Whence, count: Count) -> Given | NotGiven:
        """The answer to one form, or to what was none, once the audit has it; `count` is asked before a refusal."""
        answer = await self._ask(fields, whence, count)
        if isinstance(answer, NotGiven):
            log.warning("a system was given no token", reason_code=answer.why)
        return answer

    async def _ask(self, fields: Mapping[str, str] | None, whence: Whence, count: Count) -> Given | NotGiven:
        if fields is None:
            return await self._refuse(_NOBODY, NotGiven("invalid_request", "not_a_form"), whence, count)
        if fault := _fault_of(fields):
            return await self._refuse(_NOBODY, fault, whence, count)
        try:
            assertion = read_assertion(fields.get("client_assertion", ""))
        except NotProved as lacking:
            return await self._refuse(_NOBODY, NotGiven("invalid_client", lacking.why), whence, count)
        try:
            client, proof = await self._prove(assertion, fields)
        except NotProved as lacking:
            return await self._refuse(assertion.client_id, NotGiven("invalid_client", lacking.why), whence, count)
        async with self.sessions.begin() as session:
            answer = await self._answer(session, client, proof, fields.get("scope", ""))
            await _write_down(session, client, answer, whence, count)
            return answer

    async def _prove(self, assertion: Assertion, fields: Mapping[str, str]) -> tuple[SystemClient, Proof]:
        if fields.get("client_id", assertion.client_id) != assertion.client_id:
            raise NotProved("client_id")
        async with self.sessions() as session:
            client = await find(session, assertion.client_id)
        key = await self._key(client, assertion)
        try:
            claims = signed_by(assertion, key or self._decoys[assertion.algorithm])
        except NotProved as wrong:
            raise NotProved(wrong.why if key else _why_no_key(client)) from None
        if client is None or key is None:
            raise NotProved(_why_no_key(client))
        return client, proof_of(assertion, claims, self.token_url, self.issuer.now())

    async def _key(self, client: SystemClient | None, assertion: Assertion) -> PublicKey | None:
        """No connection to the database is held meanwhile."""
        if client is None or client.disabled_at or assertion.key_url not in (None, client.jwks_url):
            return None
        if client.jwks_url is None:
            return key_in(client.jwks or {}, assertion.kid, assertion.algorithm)
        return await self.published.key(client.jwks_url, assertion.kid, assertion.algorithm)

    async def _answer(self, session: AsyncSession, client: SystemClient, proof: Proof, scope: str) -> Given | NotGiven:
        if not await use_up(session, proof, self.issuer.now()):
            return NotGiven("invalid_client", "replayed")
        scopes = granted(asked_for(scope), scopes_in(client.scopes.split()))
        if not scopes:
            return NotGiven("invalid_scope", "scope")
        return Given(self.issuer.issue(client.id, scopes), in_words(scopes))

    async def _refuse(self, client_id: str, fault: NotGiven, whence: Whence, count: Count) -> NotGiven:
        count()
        async with self.sessions.begin() as session:
            await write_token_refused(session, client_id, fault.why, whence)
        return fault


async def _write_down(
    session: AsyncSession, client: SystemClient, answer: Given | NotGiven, whence: Whence, count: Count
) -> None:
    match answer:
        case Given():
            await write_token_issued(session, client, answer.scope, whence)
        case _:
            count()
            await write_token_refused(session, client.id, answer.why, whence)


def _fault_of(fields: Mapping[str, str]) -> NotGiven | None:
    grant = fields.get("grant_type")
    if grant is None:
        return NotGiven("invalid_request", "no_grant_type")
    if grant != _GRANT:
        return NotGiven("unsupported_grant_type", "grant_type")
    if fields.get("client_assertion_type") != _JWT_BEARER:
        return NotGiven("invalid_client", "not_by_assertion")
    return None


def _why_no_key(client: SystemClient | None) -> str:
    if client is None:
        return "unknown_client"
    return "client_disabled" if client.disabled_at else "unknown_key"
