"""Settings of how much one caller may ask, of TLS, and of secrets that lie in files. A part of `Settings`."""

from ipaddress import IPv4Network, IPv6Network
from pathlib import Path
from typing import Annotated, Any, Self, TypeAlias

from pydantic import BeforeValidator, Field, NonNegativeInt, model_validator
from pydantic_settings import BaseSettings, NoDecode, PydanticBaseSettingsSource, SecretsSettingsSource

Network: TypeAlias = IPv4Network | IPv6Network


def _listed(value: Any) -> Any:
    """`10.0.0.4, 10.1.0.0/16` in parts that can be checked one by one."""
    return [part.strip() for part in value.split(",") if part.strip()] if isinstance(value, str) else value


class HardeningSettings(BaseSettings):
    """Limits, TLS and secrets."""

    requests_per_minute: NonNegativeInt = Field(
        default=1200, description="Most calls a minute by one caller; beyond it 429. 0 for no limit."
    )
    refusals_per_minute: NonNegativeInt = Field(
        default=60, description="Most calls a minute from one address that are refused sign-in. 0 for no limit."
    )
    request_timeout: float = Field(
        default=30.0, gt=0, le=600, description="Longest that one call may take, its body included."
    )
    tls_certificate: Path | None = Field(default=None, description="Our certificate with its chain, PEM.")
    tls_key: Path | None = Field(default=None, description="Its private key, PEM, without a passphrase.")
    trusted_proxies: Annotated[tuple[Network, ...], NoDecode, BeforeValidator(_listed)] = Field(
        default=(),
        description="Addresses or networks, by comma, of the proxies in front of us: only their X-Forwarded-For and "
        "X-Forwarded-Proto are believed.",
    )
    secrets_folder: Path | None = Field(
        default=None,
        description="A folder with a file for each secret, named like the setting in small letters. What the "
        "environment or .env says wins.",
    )

    @model_validator(mode="after")
    def _tls_is_whole(self) -> Self:
        if (self.tls_certificate is None) != (self.tls_key is None):
            raise ValueError("JOINEDUP_TLS_CERTIFICATE and JOINEDUP_TLS_KEY go together.")
        if any(network.prefixlen == 0 for network in self.trusted_proxies):
            raise ValueError("JOINEDUP_TRUSTED_PROXIES names everybody: name the addresses of your proxies only.")
        return self

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003 - its folder is fixed before .env is read
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """The folder of secrets comes last, and is itself a setting."""
        folder = {**dotenv_settings(), **env_settings(), **init_settings()}.get("secrets_folder")
        files = SecretsSettingsSource(settings_cls, folder or ())
        return init_settings, env_settings, dotenv_settings, files
