"""Gates of profiles made up for a test; the gate of our own is `published.our_gate`."""

import json
import shutil
from collections.abc import Sequence
from pathlib import Path

from service.r4.gate import Gate, compile_gate
from service.r4.resource import Json

PROFILES = Path(__file__).parent.parent / "fhir_profiles"
BASE = "https://ips.example.nhs.uk"


def gate_of(folder: Path, published: Sequence[Json], base: str = BASE) -> Gate:
    """The gate of a trust that publishes just these, on top of R4."""
    (folder / "r4").mkdir(parents=True)
    shutil.copy(PROFILES / "r4" / "definitions.json", folder / "r4")
    for one in published:
        name = f"{one['resourceType']}-{one['url'].rsplit('/', 1)[-1]}.json"
        (folder / name).write_text(json.dumps(one), encoding="utf-8")
    return compile_gate(folder, base)
