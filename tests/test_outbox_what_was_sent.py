"""What the outbox keeps and hands on of what was sent: what went as text only, and what nobody knows the end of."""

from uuid import UUID, uuid4

from service.db import Sessions
from service.outbox.deliver import deliver_next
from service.push.outcome import Delivered
from tests.notes import person, receive
from tests.outbox import REFUSED, always, change, outbox_of, rows


async def _received(sessions: Sessions, **more: object) -> UUID:
    async with sessions.begin() as session:
        return await receive(session, person(1), **more)  # type: ignore[arg-type]


async def test_what_the_ehr_takes_as_text_only_is_kept_with_the_delivery(sessions: Sessions) -> None:
    await _received(sessions)
    await deliver_next(outbox_of(sessions), always(Delivered(("Goal/1", "Task/2"))))
    assert await rows(sessions, "SELECT state, left_out FROM deliveries") == [("delivered", ["Goal/1", "Task/2"])]


async def test_a_later_version_is_told_what_an_earlier_one_may_have_written(sessions: Sessions) -> None:
    note = uuid4()
    first = await _received(sessions, note_id=note)
    await change(
        sessions,
        "INSERT INTO ehr_calls (delivery_id, number, keys, answered_at) VALUES "
        "(:id, 0, '{Encounter/0}', now()), (:id, 1, '{Encounter/1,Goal/2}', NULL)",
        id=first,
    )
    push = always(REFUSED)
    await deliver_next(outbox_of(sessions), push)
    await _received(sessions, note_id=note, version=2)
    await deliver_next(outbox_of(sessions), push)
    assert [sending.doubtful for sending in push.sent] == [frozenset(), {"Encounter/1", "Goal/2"}]
