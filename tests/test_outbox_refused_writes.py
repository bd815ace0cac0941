"""When the database itself refuses what is to be written about an attempt: it is told, and nothing is lost."""

import asyncio
from datetime import timedelta

import pytest
from sqlalchemy.exc import DBAPIError
from structlog.testing import capture_logs

from service.db import Sessions
from service.meters import Meters
from service.outbox.claim import Claimant
from service.outbox.deliver import claim_next, end_attempt, open_outbox
from service.push.outcome import Delivered
from service.rows import rows_as_json
from service.worker import Pace, Worker
from tests.notes import person, receive
from tests.outbox import LEASE, always, change, outbox_of, rows


async def refuse_attempts(owners: Sessions) -> None:
    """As if a rule of the database forbade it."""
    await change(
        owners,
        "CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'no'; END $$",
    )
    await change(owners, "CREATE TRIGGER refuse BEFORE INSERT ON attempts FOR EACH ROW EXECUTE FUNCTION refuse()")


async def test_a_single_write_that_is_refused_is_the_writers_to_hear_of(sessions: Sessions, owners: Sessions) -> None:
    async with sessions.begin() as session:
        await receive(session, person(1))
    outbox = outbox_of(sessions)
    (claimed,) = await claim_next(outbox, 1)
    await refuse_attempts(owners)
    with pytest.raises(DBAPIError):
        await end_attempt(outbox, claimed, Delivered(), claimed.claimed_at)
    assert await rows(sessions, "SELECT state FROM deliveries") == [("sending",)]


async def test_a_delivery_that_cannot_be_settled_is_told_and_left_to_the_end_of_its_lease(
    sessions: Sessions, owners: Sessions
) -> None:
    async with sessions.begin() as session:
        await receive(session, person(1))
    await refuse_attempts(owners)
    stop = asyncio.Event()
    with capture_logs() as told:
        outbox = open_outbox(sessions, Claimant("worker-1", LEASE, timedelta(minutes=15)))
        working = asyncio.create_task(Worker(outbox, always(Delivered()), Pace(4, 0.02, 5.0), Meters()).run(stop))
        for _ in range(1_000):
            if any(line["event"] == "delivery could not be settled" for line in told):
                break
            await asyncio.sleep(0.01)
        stop.set()
        await working
    assert "delivery could not be settled" in [line["event"] for line in told]
    assert await rows(sessions, "SELECT state FROM deliveries") == [("sending",)]


def test_only_what_postgresql_can_read_goes_into_a_statement() -> None:
    with pytest.raises(TypeError):
        rows_as_json([{"delivery_id": object()}])
