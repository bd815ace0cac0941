"""What each call to the EHR carries so that it is let in: nothing, a header of the trust's choice, or a bearer token.

`ehr.py` asks it before every call, and tells it when the EHR answered 401. `token.py` is the one that has to ask
somebody itself.
"""

from collections.abc import Mapping
from typing import Protocol

from service.push.answer import NeverSent, Reply


class Outside(Protocol):
    """How credentials reach an authorisation server: over the very connections that reach the EHR."""

    async def get(self, url: str) -> Reply:
        """JSON from a URL."""

    async def post_form(self, url: str, headers: Mapping[str, str], fields: Mapping[str, str]) -> Reply:
        """A form to a URL."""


class Credentials(Protocol):
    """Headers for the next call, or why it cannot be made."""

    async def headers(self, outside: Outside) -> Mapping[str, str] | NeverSent:
        """What the call carries."""

    def refused(self, headers: Mapping[str, str]) -> bool:
        """The EHR answered 401 to these: whether another try would carry others."""


class Header:
    """The same header in every call, or none."""

    def __init__(self, headers: Mapping[str, str] | None = None) -> None:
        self._headers = dict(headers or {})

    async def headers(self, outside: Outside) -> Mapping[str, str]:  # noqa: ARG002 - asks nobody
        """See `Credentials`."""
        return self._headers

    def refused(self, headers: Mapping[str, str]) -> bool:  # noqa: ARG002 - it has no other
        """See `Credentials`."""
        return False
