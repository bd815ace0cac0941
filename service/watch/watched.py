"""What the health and metrics of one process look at: made at start-up, kept as `app.state.watched`."""

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Annotated

from fastapi import Depends, Request

from service.db import Sessions
from service.meters import Meters
from service.watch.backlog import Backlog


@dataclass(frozen=True, slots=True)
class Watched:
    """`migrated_to` is the newest migration that this program carries."""

    sessions: Sessions
    meters: Meters
    migrated_to: str
    waiting_alarm: timedelta
    backlog: Backlog = field(default_factory=Backlog)


async def _of_the_app(request: Request) -> Watched:
    watched: Watched = request.app.state.watched
    return watched


TheWatched = Annotated[Watched, Depends(_of_the_app)]
