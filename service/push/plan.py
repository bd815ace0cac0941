"""How this process sends: what the settings say, and what it has learnt about the EHR's offer and its staff.

Made once a process by `worker.py` and handed to `push.py` with every delivery.
"""

from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from service.push.find_specialist import Directory
from service.push.messages.adapter import Messages
from service.push.negotiation import Negotiation

FiledAgainst: TypeAlias = Literal["nothing", "encounter", "episode"]


@dataclass(frozen=True, slots=True)
class PushPlan:
    """`bundle_entries` is the most entries that one transaction may have.

    Where a note goes as a document only: `file_against` says what of the EHR's own it has to be filed against, and
    `plan_as_pdf` whether a plan goes as a PDF as well. With `messages`, each note goes as one of those, and
    none of the rest counts.
    """

    bundle_entries: int = 8
    file_against: FiledAgainst = "nothing"
    plan_as_pdf: bool = False
    negotiation: Negotiation = field(default_factory=Negotiation)
    directory: Directory = field(default_factory=Directory)
    messages: Messages | None = None
