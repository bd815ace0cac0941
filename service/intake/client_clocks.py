"""The clocks of one client, as they stand today or on a day that is asked for. `clocks/` works them out."""

from dataclasses import asdict
from datetime import UTC, datetime
from typing import Annotated, Any, Final
from uuid import UUID

from fastapi import APIRouter, Query, Response

from service.auth.admit import TheAdmitted
from service.auth.session import Session
from service.clocks.around_job_start import JobStart
from service.clocks.clock import Clock
from service.clocks.clocks import Clocks, clocks_of
from service.clocks.definitions import AROUND_JOB_START
from service.errors import NoSuchClient
from service.forms.days import uk_date
from service.forms.text import Day
from service.intake.answers import json_response
from service.intake.history import forms_of
from service.mapping.job_milestones import Milestone
from service.tables import Client

router = APIRouter(tags=["clients"])

_READ: Final = ("contact", "job", "referral", "vocational_profile", "work_goal")


@router.get("/clients/{client_id}/clocks")
async def get_clocks(
    client_id: UUID,
    session: Session,
    admitted: TheAdmitted,
    on: Annotated[Day | None, Query(description="As it stood at the end of this day; without it, today.")] = None,
) -> Response:
    """How long it took and how long it has been, each by a definition with its source."""
    if await session.get(Client, client_id) is None:
        raise NoSuchClient("No client has this id. GET /clients?specialist= lists those that a specialist has.")
    admitted.trail.saw([client_id])
    forms = (await forms_of(session, [client_id], _READ)).get(client_id, [])
    return json_response({"client_id": client_id, **_told(clocks_of(forms, on or uk_date(datetime.now(UTC))))})


def _told(clocks: Clocks) -> dict[str, Any]:
    around = asdict(AROUND_JOB_START.definition)
    return {
        "on": clocks.on,
        "clocks": [_clock(clock) for clock in clocks.clocks],
        "job_starts": [{**_job_start(start), "definition": around} for start in clocks.job_starts],
    }


def _job_start(start: JobStart) -> dict[str, Any]:
    return {**asdict(start), "milestones": [_milestone(one) for one in start.milestones]}


def _milestone(one: Milestone) -> dict[str, Any]:
    of = one.definition
    return {"id": of.id, "title": of.title, "words": of.words, "source": of.source} | {
        "day": one.day,
        "why_none": one.why_none,
    }


def _clock(clock: Clock) -> dict[str, Any]:
    return {
        "definition": asdict(clock.definition),
        "note_id": clock.note_id,
        "state": clock.state,
        "started_on": clock.started_on,
        "ended_on": clock.ended_on,
        "days": clock.days,
        "weeks": None if clock.days is None else clock.days // 7,
        "over_the_limit": clock.over_the_limit,
    }
