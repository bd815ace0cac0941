"""What this sandbox offers, and how it words its answers: real servers differ in both. Set by whoever starts it.

`capability.py` declares the offer, `interactions.py` and `routes.py` keep to it; `answers.py` follows the style.
"""

from dataclasses import dataclass
from typing import Literal

from service.sandbox.refusals import Refused


@dataclass(frozen=True, slots=True)
class Offer:
    """Without `transaction` a bundle is refused (405); types in `read_only` cannot be written (405)."""

    transaction: bool = True
    conditional: bool = True
    update_create: bool = False
    read_only: frozenset[str] = frozenset()

    def must_take_writes(self, resource_type: str) -> None:
        """405 where this type is only read."""
        if resource_type in self.read_only:
            raise Refused(405, "not-supported", f"{resource_type} is read-only here.")


@dataclass(frozen=True, slots=True)
class Style:
    """`status` is how a bundle's answer words it; `history` says whether a location names the version."""

    status: Literal["201", "201 Created"] = "201 Created"
    location: Literal["relative", "absolute"] = "relative"
    history: bool = True
    etag: bool = True
    empty: bool = False
