"""The names of this machine, as hosts of URLs have them: where nothing goes over a network."""

from typing import Final

# IPv6 with brackets too: pydantic's URLs keep them, urllib's do not.
LOOPBACK: Final = frozenset({"127.0.0.1", "localhost", "::1", "[::1]"})
