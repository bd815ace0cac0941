"""How this process sends: what the settings say, and what it has learnt about the EHR's staff directory.

Made once a process by `worker.py` and handed to `push.py` with every delivery.
"""

from dataclasses import dataclass, field

from service.push.find_specialist import Directory


@dataclass(frozen=True, slots=True)
class PushPlan:
    """`bundle_entries` is the most entries that one transaction may have."""

    bundle_entries: int = 8
    directory: Directory = field(default_factory=Directory)
