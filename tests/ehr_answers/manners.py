"""The manners of real EHRs, as the sandbox can be told to have them: what it offers, and how it words its answers."""

from dataclasses import dataclass, field
from typing import Any

from service.push.capability import OUR_TYPES
from tests.sandbox_server import SandboxServer

Json = dict[str, Any]
_ALL_BUT_DOCUMENTS = [name for name in OUR_TYPES if name != "DocumentReference"]


@dataclass(frozen=True, slots=True)
class Manners:
    """One kind of EHR."""

    name: str
    offer: Json = field(default_factory=dict)
    style: Json = field(default_factory=dict)

    def taught(self, sandbox: SandboxServer) -> None:
        """The sandbox has them from now on."""
        sandbox.offer(**self.offer)
        sandbox.style(**self.style)


TRANSACTIONS = [
    Manners("by transaction"),
    Manners("by transaction, answers bare and absolute", style={"status": "201", "location": "absolute"}),
    Manners("by transaction, names are UUIDs", style={"names": "uuids"}),
    Manners("by transaction, answers nothing", style={"empty": True}),
    Manners("by transaction, no ETag and no version", style={"etag": False, "history": False}),
]
SINGLE = [
    Manners("one by one", {"transaction": False}),
    Manners("one by one, without conditionals", {"transaction": False, "conditional": False}),
    Manners("transactions without conditionals", {"conditional": False}),
    Manners("one by one, names are UUIDs", {"transaction": False}, {"names": "uuids", "location": "absolute"}),
    Manners("one by one, answers nothing", {"transaction": False}, {"empty": True}),
    Manners("one by one, no ETag and no version", {"transaction": False}, {"etag": False, "history": False}),
    Manners("one by one, tells nothing", {"transaction": False}, {"etag": False, "history": False, "empty": True}),
    Manners("one by one, 400 for 412", {"transaction": False}, {"stale": 400}),
    Manners("one by one, 409 for 412", {"transaction": False}, {"stale": 409}),
    Manners("states transactions and refuses them", {"undeclared": ["transaction"]}),
]
DOCUMENTS = [
    Manners("documents only", {"read_only": _ALL_BUT_DOCUMENTS, "create_only": ["DocumentReference"]}),
    Manners(
        "documents only, not to be searched",
        {
            "transaction": False,
            "read_only": _ALL_BUT_DOCUMENTS,
            "create_only": ["DocumentReference"],
            "unsearchable": ["DocumentReference"],
        },
    ),
    Manners(
        "documents only, names are UUIDs",
        {"transaction": False, "read_only": _ALL_BUT_DOCUMENTS, "create_only": ["DocumentReference"]},
        {"names": "uuids"},
    ),
]
MIXED = Manners(
    "encounters and documents, goals read-only",
    {"transaction": False, "read_only": ["Goal", "CarePlan", "Task", "QuestionnaireResponse", "Observation"]},
)
