"""One FHIR resource made from a note, as every station below intake passes it on."""

from dataclasses import dataclass
from typing import Any

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Resource:
    """`body` is the whole R4 JSON; references to our own resources are local (`Patient/<client id>`)."""

    type: str
    id: str
    body: Json

    @property
    def key(self) -> str:
        """`Type/id`, as a local reference spells it."""
        return f"{self.type}/{self.id}"
