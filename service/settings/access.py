"""Settings of who may call: the issuers of tokens, and how we are reached. A part of `Settings`."""

from pydantic import Field, HttpUrl
from pydantic_settings import BaseSettings


class AccessSettings(BaseSettings):
    """Who may call, and under which URL."""

    public_url: HttpUrl | None = Field(
        default=None,
        description="How callers reach us, https://…; the audience of tokens unless an issuer's entry names another.",
    )
