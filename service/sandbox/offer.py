"""What this sandbox offers, and how it words its answers: real servers differ in both. Set by whoever starts it.

`capability.py` declares the offer, `interactions.py` and `routes.py` keep to it; `answers.py` follows the style.
"""

from dataclasses import dataclass
from typing import Literal

from service.sandbox.refusals import Refused


@dataclass(frozen=True, slots=True)
class Offer:
    """Without `transaction` a bundle is refused (405); types in `read_only` cannot be written (405).

    Types in `create_only` cannot be changed (405), those in `unsearchable` not be found by identifier or target.
    What is `undeclared` is refused though the CapabilityStatement says otherwise: a type, or `transaction`. Unless
    `guarded`, If-Match is neither stated nor heeded.
    """

    transaction: bool = True
    conditional: bool = True
    update_create: bool = False
    read_only: frozenset[str] = frozenset()
    create_only: frozenset[str] = frozenset()
    unsearchable: frozenset[str] = frozenset()
    undeclared: frozenset[str] = frozenset()
    guarded: bool = True

    def must_take_transactions(self) -> None:
        """405 where none are taken."""
        if not self.transaction or "transaction" in self.undeclared:
            raise Refused(405, "not-supported", "This server takes no batch and no transaction.")

    def must_take_writes(self, resource_type: str) -> None:
        """405 where this type is only read."""
        if resource_type in self.read_only | self.undeclared:
            raise Refused(405, "not-supported", f"{resource_type} is read-only here.")

    def must_take_changes(self, resource_type: str) -> None:
        """405 where this type is created and never changed."""
        if resource_type in self.create_only:
            raise Refused(405, "not-supported", f"{resource_type} cannot be changed here.")

    def searches(self, resource_type: str, parameter: str) -> bool:
        """Whether this type is found by this parameter."""
        return resource_type not in self.unsearchable or parameter not in {"identifier", "target"}


@dataclass(frozen=True, slots=True)
class Style:
    """`status` is how a bundle's answer words it; `history` says whether a location names the version.

    `stale` is the status for an If-Match that does not match; `names` are how ids and versions look; types in `deaf`
    answer an update with 200 and change nothing.
    """

    status: Literal["201", "201 Created"] = "201 Created"
    location: Literal["relative", "absolute"] = "relative"
    history: bool = True
    etag: bool = True
    empty: bool = False
    stale: Literal[412, 409, 400] = 412
    names: Literal["numbers", "uuids"] = "numbers"
    deaf: frozenset[str] = frozenset()
