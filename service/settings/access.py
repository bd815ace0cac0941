"""Settings of who may call: the issuers of tokens, and how we are reached. A part of `Settings`."""

import json
from pathlib import Path
from typing import Annotated, Any, Literal, Self, TypeAlias
from urllib.parse import urlsplit

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    HttpUrl,
    SecretStr,
    field_validator,
    model_validator,
)
from pydantic_settings import BaseSettings, NoDecode

from service.settings.loopback import LOOPBACK

_A_LIST = 'It has to be a JSON list: [{"issuer": "https://…", …}]. See docs/security/sign-in.md.'

# Whoever has a shared secret (HS…) could make tokens as well as check them, and `none` asks for no key at all.
Algorithm: TypeAlias = Literal["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512"]
# As `caller.py` has them, without the system, which is made by its scopes alone.
PersonRole: TypeAlias = Literal["specialist", "clinician", "service_manager", "operator", "privacy_officer"]
ClaimPath: TypeAlias = Annotated[str, Field(min_length=1, max_length=200)]
Word: TypeAlias = Annotated[str, Field(min_length=1, max_length=200)]


def _url(value: Any) -> Any:
    """Kept as it was written: an issuer is compared letter by letter."""
    if not isinstance(value, str):
        return value
    try:
        parts = urlsplit(value)
        host = parts.hostname
    except ValueError:
        raise ValueError("That is no URL.") from None
    if parts.scheme != "https" and not (parts.scheme == "http" and host in LOOPBACK):
        raise ValueError("It has to begin with https://.")
    if not host or parts.username is not None or parts.fragment:
        raise ValueError("It has to be a URL with a host, without a name, a password or a fragment.")
    return value


def _without_query(value: str) -> str:
    if urlsplit(value).query:
        raise ValueError("It has to be without a query: what is discovered lies below it.")
    return value


Url: TypeAlias = Annotated[str, Field(max_length=1000), BeforeValidator(_url)]


class IssuerSettings(BaseModel):
    """One issuer of tokens, and where its claims say what. A path is `roles` or `realm_access.roles`."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=False, hide_input_in_errors=True)

    issuer: Annotated[Url, AfterValidator(_without_query)]
    audience: Word | None = None
    algorithms: tuple[Algorithm, ...] = ("RS256", "ES256", "PS256", "ES384", "RS384")
    jwks_url: Url | None = None
    leeway: int = Field(default=10, ge=0, le=30)

    subject_claim: ClaimPath = "sub"
    name_claim: ClaimPath = "name"
    practitioner_claim: ClaimPath | None = None
    roles_claim: ClaimPath = "roles"
    roles: dict[Word, PersonRole] = {}
    teams_claim: ClaimPath | None = None
    teams: dict[Word, Word] | None = None

    systems: bool = False
    token_url: Url | None = None
    scope_claim: ClaimPath = "scope"

    introspection_url: Url | None = None
    introspection_client_id: Word | None = None
    introspection_client_secret: SecretStr | None = None
    introspection_age: int = Field(default=0, ge=0, le=300)
    opaque: bool = False

    @field_validator("algorithms", mode="before")
    @classmethod
    def _asymmetric(cls, value: Any) -> Any:
        if value in ([], ()):
            raise ValueError("Name at least one, or leave it out.")
        if isinstance(value, list) and any(str(name).upper().startswith(("HS", "NONE")) for name in value):
            raise ValueError("none and HS… are never taken: whoever knows what checks such a token could make one.")
        return value

    @model_validator(mode="after")
    def _introspects_as_somebody(self) -> Self:
        given = (self.introspection_url, self.introspection_client_id, self.introspection_client_secret)
        if any(given) and not all(given):
            raise ValueError("introspection_url, introspection_client_id and introspection_client_secret go together.")
        if self.opaque and not self.introspection_url:
            raise ValueError("opaque needs introspection_url: who issued an opaque token has to be asked about it.")
        return self

    @property
    def is_on_this_machine(self) -> bool:
        """Whether it, and what it refers to, may be asked on loopback: a demonstration, or a proxy beside us."""
        return urlsplit(self.issuer).hostname in LOOPBACK


def _from_json(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    try:
        said = json.loads(value)
    except (ValueError, RecursionError):
        raise ValueError(_A_LIST) from None
    if not isinstance(said, list):
        raise ValueError(_A_LIST)
    return said


class AccessSettings(BaseSettings):
    """Who may call, and under which URL."""

    public_url: HttpUrl | None = Field(
        default=None,
        description="How callers reach us, https://…; the audience of tokens unless an issuer's entry names another.",
    )
    issuers: Annotated[tuple[IssuerSettings, ...], NoDecode, BeforeValidator(_from_json)] = Field(
        default=(),
        description="Whose tokens let callers in, a JSON list: docs/security/sign-in.md. Without one only this machine "
        "is let in.",
    )
    issue_system_tokens: bool = Field(
        default=False,
        description="Whether we give tokens to systems ourselves, where no authorisation server of the trust does.",
    )
    issuer_keys_folder: Path | None = Field(
        default=None,
        description="Where their keys lie, one folder for all servers. Default: ~/.config/joinedup/issuer-keys.",
    )

    @model_validator(mode="after")
    def _issuers_make_sense(self) -> Self:
        for number, issuer in enumerate(self.issuers, 1):
            if issuer.audience is None and self.public_url is None:
                raise ValueError(f"JOINEDUP_ISSUERS: entry {number}, audience: Name it, or set JOINEDUP_PUBLIC_URL.")
        if len({issuer.issuer for issuer in self.issuers}) < len(self.issuers):
            raise ValueError("JOINEDUP_ISSUERS: Two entries have the same issuer. Make one of them.")
        if sum(issuer.opaque for issuer in self.issuers) > 1:
            # Nothing in an opaque token says whose it is, and one issuer must not be shown another's.
            raise ValueError("JOINEDUP_ISSUERS: One entry at most may be opaque.")
        return self

    def audience_of(self, issuer: IssuerSettings) -> str:
        """What its tokens have to be for. The public URL counts without a slash at its end."""
        return issuer.audience or str(self.public_url).rstrip("/")

    @model_validator(mode="after")
    def _can_issue_tokens(self) -> Self:
        if not self.issue_system_tokens:
            return self
        if self.public_url is None:
            raise ValueError("JOINEDUP_ISSUE_SYSTEM_TOKENS needs JOINEDUP_PUBLIC_URL: tokens and proofs name it.")
        if self.public_url.scheme != "https" and self.public_url.host not in LOOPBACK:
            raise ValueError("JOINEDUP_PUBLIC_URL has to begin with https: tokens go there.")
        if any(issuer.issuer == str(self.public_url).rstrip("/") for issuer in self.issuers):
            raise ValueError("JOINEDUP_ISSUERS: We are the issuer of our own tokens; leave that entry out.")
        return self
