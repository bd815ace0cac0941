"""How often Python looks for garbage in a process that stays up."""

import gc
from typing import Final

_OBJECTS: Final = 50_000


def collect_seldom() -> None:
    """From here on what lives as long as the process (the gate, the modules) is never walked, the rest seldom.

    What one request or one delivery leaves behind is freed by its count of references. With Python's own threshold of
    700 objects the collector walked everything for it: at the door p99 85 → 20 to 38 ms; of a worker's processor
    time it was a tenth and more.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(_OBJECTS)
