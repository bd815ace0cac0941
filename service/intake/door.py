"""What intake needs beside the session and the note. Made once at start-up, handed to every route."""

from dataclasses import dataclass

from service.mapping.names import Names
from service.meters import Meters
from service.r4.gate import Gate


@dataclass(frozen=True, slots=True)
class Door:
    """How our URLs are named, what valid R4 is, and what is counted."""

    names: Names
    gate: Gate
    meters: Meters
