"""Every attempt that ended in the EHR is a line of the audit, written by the transaction that settles it."""

import pytest

from service.db import Sessions
from service.outbox.deliver import deliver_next
from service.push.outcome import Delivered, Outcome
from tests.notes import person
from tests.outbox import BUSY, DOWN, LOST, REFUSED, always, change, outbox_of, received, rows

_LINES = "SELECT who, roles, action, outcome, reason_code, client_ids, delivery_id, route, address FROM audit"


@pytest.mark.parametrize(
    ("outcome", "told"),
    [
        (Delivered(), ("done", None)),
        (REFUSED, ("refused", "refused")),
        (LOST, ("failed", "answer_lost")),
        (BUSY, None),
        (DOWN, None),
    ],
)
async def test_what_was_sent_of_whom_and_how_it_ended_is_a_line(
    sessions: Sessions, outcome: Outcome, told: tuple[str, str | None] | None
) -> None:
    delivery = await received(sessions)
    await deliver_next(outbox_of(sessions), always(outcome))
    line = ("worker-1", ["system"], "deliver", *(told or ()), [person(1).id], delivery, None, None)
    assert await rows(sessions, _LINES) == ([line] if told else [])


async def test_the_line_names_the_note_that_was_sent(sessions: Sessions) -> None:
    await received(sessions)
    await deliver_next(outbox_of(sessions), always(Delivered()))
    named = "SELECT count(*) FROM audit JOIN deliveries USING (note_id) WHERE deliveries.id = audit.delivery_id"
    assert await rows(sessions, named) == [(1,)]


async def test_without_its_line_nothing_is_settled(sessions: Sessions, owners: Sessions) -> None:
    await received(sessions)
    await change(owners, "DELETE FROM audit_chains")
    with pytest.raises(Exception, match="query returned no rows"):
        await deliver_next(outbox_of(sessions), always(Delivered()))
    assert await rows(sessions, "SELECT state FROM deliveries") == [("sending",)]
