"""Notes that came in while our mapping was at fault: fixture `mended`, the door as it is today."""

from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any, cast

import httpx
import pytest

from service.intake.door import Door
from service.intake.routes import arrivals_at
from service.r4.gate import Gate
from tests.door import door_of, phone_at
from tests.phone import contact, work_goal


class FaultyFor:
    """A gate that finds what our own mapping made of these types invalid, until it is mended."""

    def __init__(self, *types: str) -> None:
        self._types = types

    def check(self, resources: Any) -> None:
        if any(resource.type in self._types for resource in resources):
            raise ValueError("a fault of ours, about somebody's note")


def faulty(door: Door, *types: str) -> Door:
    return replace(door, gate=cast(Gate, FaultyFor(*types)))


@pytest.fixture
async def mended(database_url: str) -> AsyncIterator[Door]:
    """Today's door, after two contacts and a goal came in while mapping was at fault."""
    async with phone_at(database_url) as phone:
        assert isinstance(phone._transport, httpx.ASGITransport)
        app: Any = phone._transport.app
        door = door_of(phone)
        app.state.arrivals = arrivals_at(faulty(door, "Encounter", "Goal"), app.state.sessions)
        for note in (contact(), contact(), work_goal()):
            assert (await phone.post("/notes", json=note)).status_code == 201
        yield door
