"""Settings of how much one caller may ask, and of TLS. A part of `Settings`."""

from pydantic_settings import BaseSettings


class HardeningSettings(BaseSettings):
    """Limits and TLS."""
