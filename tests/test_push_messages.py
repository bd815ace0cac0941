"""A note as a message: handed over once, delivered when it is acknowledged, and back at a person's when it is not."""

from collections import deque
from datetime import UTC, datetime, timedelta

import pytest

from service.push.ehr import Ehr
from service.push.messages.adapter import Messages, Standing
from service.push.outcome import Delivered, Outcome, Reason, Refused, TryLater, Unknown
from service.push.plan import PushPlan
from service.push.push import push
from service.push.sending import LeaseLost, Sending
from service.watch.carrier_in_use import CarrierInUse
from tests.carriers import Answer, ScriptedCarrier, sending_of
from tests.ehr_answers.ledger import InMemoryLedger

NOW = datetime(2026, 11, 27, 9, 0, tzinfo=UTC)
UNDER_WAY, ARRIVED = Standing("m-1", "under_way"), Standing("m-1", "arrived")
BACK = Standing("m-1", "not_delivered", "Not collected in five days.")
LATER = TryLater(Reason("mesh_later", "Not now."), ehr_wide=True)
LOST = Unknown(Reason("mesh_answer_lost", "Lost."))


class Post:
    """A carrier, a ledger, and one note version; each attempt goes on from what the ledger kept."""

    def __init__(self, *answers: Answer, sending: Sending | None = None) -> None:
        self.carrier = ScriptedCarrier(deque(answers))
        self.ledger = InMemoryLedger()
        self.sending = sending or sending_of()

    async def attempt(self) -> Outcome:
        plan = PushPlan(messages=Messages(self.carrier, timedelta(minutes=5)))
        async with Ehr("http://127.0.0.1:9/fhir", 1) as nobody:
            return await push(self.ledger.next_try(self.sending), nobody, self.ledger, plan, NOW)


async def test_a_message_is_delivered_when_it_is_acknowledged() -> None:
    post = Post(UNDER_WAY, UNDER_WAY, ARRIVED)
    for _ in range(2):
        outcome = await post.attempt()
        assert isinstance(outcome, TryLater)
        assert (outcome.reason.code, outcome.not_before) == ("message_under_way", NOW + timedelta(minutes=5))
    assert await post.attempt() == Delivered()
    assert post.carrier.asked == ["send 1.0", "look m-1", "look m-1", "settled m-1"]
    assert len(post.carrier.sent) == 1
    assert set(post.ledger.links) == {resource.key for resource in post.sending.resources}


async def test_the_intent_is_stored_before_and_the_result_after() -> None:
    post = Post(ARRIVED)
    await post.attempt()
    assert [word.partition(" ")[0] for word in post.ledger.story] == ["intend", "record"]


async def test_what_was_not_taken_is_sent_again_later() -> None:
    post = Post(LATER, UNDER_WAY)
    assert await post.attempt() == LATER
    assert post.ledger.open_call is None
    await post.attempt()
    assert post.carrier.asked == ["send 1.0", "send 1.0"]


@pytest.mark.parametrize(("found", "then"), [(UNDER_WAY, ["find 1.0"]), (None, ["find 1.0", "send 1.0"])])
async def test_where_the_answer_was_lost_the_carrier_is_asked_first(found: Answer, then: list[str]) -> None:
    post = Post(LOST, *([found] if found else [None, UNDER_WAY]))
    assert await post.attempt() == LOST
    assert post.ledger.open_call is not None
    await post.attempt()
    assert post.carrier.asked[1:] == then
    assert post.ledger.open_call is None


async def test_where_the_carrier_cannot_be_asked_nothing_is_sent() -> None:
    post = Post(LOST, LATER)
    await post.attempt()
    assert await post.attempt() == LATER
    assert post.ledger.open_call is not None
    assert post.carrier.asked == ["send 1.0", "find 1.0"]


async def test_what_comes_back_is_a_persons_and_a_retry_is_a_new_message() -> None:
    post = Post(UNDER_WAY, BACK, Standing("m-2", "under_way"), Standing("m-2", "not_delivered"), ARRIVED)
    await post.attempt()
    outcome = await post.attempt()
    assert isinstance(outcome, Refused)
    assert outcome.reason.code == "message_not_delivered"
    assert outcome.operation_outcome == {"carrier": "scripted", "said": "Not collected in five days."}
    assert isinstance(await post.attempt(), TryLater)
    assert isinstance(await post.attempt(), Refused)
    assert await post.attempt() == Delivered()
    sent = ["send 1.0", "send 1.1", "send 1.2"]
    assert [asked for asked in post.carrier.asked if asked.startswith("send")] == sent
    assert len({message.local_id for message in post.carrier.sent}) == 3


async def test_what_is_stored_of_a_return_is_stored_before_the_carrier_lets_go_of_it() -> None:
    post = Post(UNDER_WAY, BACK)
    await post.attempt()
    post.ledger = _losing(post.ledger)
    with pytest.raises(LeaseLost):
        await post.attempt()
    assert "settled m-1" not in post.carrier.asked


async def test_each_version_is_a_message_of_its_own() -> None:
    post = Post(ARRIVED, Standing("m-2", "arrived"))
    await post.attempt()
    post.sending = sending_of(version=2, resources=post.sending.resources)
    assert await post.attempt() == Delivered()
    assert post.carrier.asked == ["send 1.0", "settled m-1", "send 2.0", "settled m-2"]


async def test_a_refusal_at_the_door_is_told_and_nothing_is_left_open() -> None:
    refused = Refused(Reason("mesh_doubled", "Two."))
    post = Post(refused)
    assert await post.attempt() == refused
    assert post.ledger.open_call is None


def _losing(ledger: InMemoryLedger) -> InMemoryLedger:
    losing = InMemoryLedger(lose_lease_at="intend")
    losing.links = ledger.links
    return losing


async def test_the_carrier_is_called_at_once_a_day(capfd: pytest.CaptureFixture[str]) -> None:
    now = 0.0
    carrier = ScriptedCarrier(deque(), works=deque([None, LATER]))
    in_use = CarrierInUse(Messages(carrier), lambda: now)
    for hours in (0, 1, 23, 24, 25):
        now = hours * 3600.0
        await in_use.call_if_due()
    assert not carrier.works
    assert "mesh_later" in "".join(capfd.readouterr())
    await CarrierInUse(None).call_if_due()
