"""What intake needs beside the session and the note. Made once at start-up, handed to every route."""

from dataclasses import dataclass

from fastapi import Request

from service.mapping.names import Names, names_of
from service.meters import Meters
from service.r4.gate import Gate, compile_gate
from service.settings import Settings, shipped_folder


@dataclass(frozen=True, slots=True)
class Door:
    """How our URLs are named, what valid R4 is, and what is counted."""

    names: Names
    gate: Gate
    meters: Meters


def make_door(settings: Settings, meters: Meters) -> Door:
    """As the trust has set it. Takes a while: the gate is compiled from the profiles."""
    return Door(names_of(settings), compile_gate(shipped_folder("fhir_profiles"), settings.fhir_base), meters)


def door_of(request: Request) -> Door:
    """The one that was made at start-up."""
    door: Door = request.app.state.door
    return door
