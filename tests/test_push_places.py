"""How many calls may be under way is found out by itself: up while it helps, down where the EHR suffers.

The EHRs are simulated, with a clock that the test moves: no test waits.
"""

import asyncio
from collections.abc import Callable
from heapq import heappop, heappush
from itertools import count
from statistics import median

import httpx
import pytest

from service.meters import Meters
from service.push.answer import Answer, AnswerLost, NeverSent, Reply
from service.push.ehr import Ehr
from service.push.places import Places, SlowedBy, what_slows


class Simulated:
    """An EHR, and whoever has always something for it: each step, the next call to end ends.

    `takes` says how long a call takes that begins with so many others under way; `refuses` whether it is refused.
    """

    def __init__(
        self,
        at_most: int,
        takes: Callable[[int], float],
        refuses: Callable[[int], SlowedBy | None] = lambda under_way: None,
    ) -> None:
        self.now = 0.0
        self.told: list[tuple[int, SlowedBy | None]] = []
        self.places = Places(at_most, lambda: self.now, lambda limit, cause: self.told.append((limit, cause)))
        self.takes, self.refuses = takes, refuses
        self.limits: list[int] = []
        self.refused = 0
        self.done = 0
        self._ends: list[tuple[float, int, float, SlowedBy | None]] = []
        self._numbers = count()

    def run(self, calls: int, busy: int | None = None) -> "Simulated":
        """`busy`: no more than so many want a place."""
        for _ in range(calls):
            self._begin(min(self.places.limit, busy or self.places.limit))
            self.now, _, began, refused = heappop(self._ends)
            self.places._under_way = len(self._ends) + 1
            self.places.heard("POST ", began, refused)
            self.refused += refused is not None
            self.done += refused is None
            self.limits.append(self.places.limit)
        return self

    def _begin(self, wanted: int) -> None:
        while len(self._ends) < wanted:
            under_way = len(self._ends) + 1
            ends = self.now + self.takes(under_way)
            heappush(self._ends, (ends, next(self._numbers), self.now, self.refuses(under_way)))


def _steady(seconds: float) -> Callable[[int], float]:
    return lambda under_way: seconds


def test_it_begins_with_a_few_and_takes_all_where_the_ehr_bears_them() -> None:
    ehr = Simulated(16, _steady(0.05))
    assert ehr.places.limit == 4
    ehr.run(40)
    assert ehr.places.limit == 16
    assert ehr.now < 0.3  # within some round trips
    assert ehr.run(1_000).limits[-1] == 16


def test_it_never_takes_more_than_the_setting_nor_less_than_one() -> None:
    assert max(Simulated(3, _steady(0.05)).run(200).limits) == 3
    refusing = Simulated(16, _steady(0.05), lambda under_way: "throttled").run(200)
    assert min(refusing.limits) == refusing.places.limit == 1


def test_it_does_not_grow_while_it_is_not_what_holds_anybody_up() -> None:
    ehr = Simulated(16, _steady(0.05)).run(300, busy=2)
    assert ehr.places.limit == 4


def test_an_ehr_whose_answers_slow_down_with_many_gets_no_more_than_it_bears() -> None:
    """Four at once it bears; beyond that each waits for the others, and more at once bring nothing."""
    ehr = Simulated(64, lambda under_way: 0.05 * max(1.0, under_way / 4)).run(1_000)
    began = ehr.now
    ehr.run(20_000)
    assert 4 <= median(ehr.limits[1_000:]) <= max(ehr.limits[1_000:]) <= 10
    assert 20_000 / (ehr.now - began) > 0.95 * 4 / 0.05
    assert {cause for _, cause in ehr.told} == {None, "latency"}


def test_a_quick_search_does_not_make_a_write_slow() -> None:
    ehr = Simulated(16, _steady(0.05)).run(100)
    for _ in range(100):
        ehr.places.heard("GET Practitioner", ehr.now - 0.001, None)
    assert ehr.run(500).places.limit == 16


def test_answers_that_come_in_no_time_are_not_called_slow() -> None:
    ehr = Simulated(16, lambda under_way: 0.0005 * under_way).run(500)
    assert ehr.places.limit == 16


@pytest.mark.parametrize("cause", ["throttled", "conflict"])
def test_an_ehr_that_refuses_what_is_too_many_is_soon_asked_no_more_than_it_takes(cause: SlowedBy) -> None:
    """It answers two at once; the third is refused."""
    ehr = Simulated(16, _steady(0.05), lambda under_way: cause if under_way > 2 else None)
    ehr.run(400)
    refused = ehr.refused
    ehr.run(4_000)
    assert ehr.refused - refused < 40  # of 4,000: what trying again costs
    assert ehr.done > 4_300


def test_it_comes_back_up_after_a_bad_time() -> None:
    ehr = Simulated(16, _steady(0.05)).run(200)
    ehr.refuses = lambda under_way: "throttled"
    ehr.run(100)
    assert ehr.places.limit == 1
    ehr.refuses = lambda under_way: None
    assert ehr.run(60_000).places.limit == 16


def test_one_refusal_halves_it_once_for_all_who_were_under_way() -> None:
    ehr = Simulated(16, _steady(0.05)).run(200)
    ehr.refuses = lambda under_way: "timeout"
    ehr.run(16 + 8)  # those who were under way already, and refusals of one round
    assert [limit for limit, cause in ehr.told if cause == "timeout"] == [8]


async def test_who_waits_is_let_in_as_places_become_free_and_who_gives_up_takes_none() -> None:
    places = Places(1, lambda: 0.0)
    entered: list[str] = []

    async def enter(name: str) -> None:
        async with places:
            entered.append(name)

    async with places:
        tasks = [asyncio.create_task(enter(name)) for name in ("first", "gives up", "last")]
        await asyncio.sleep(0)
        tasks[1].cancel()
        await asyncio.sleep(0)
        assert entered == []
    await asyncio.gather(*tasks, return_exceptions=True)
    assert entered == ["first", "last"]


async def test_who_gives_up_just_as_a_place_is_given_passes_it_on() -> None:
    places = Places(1, lambda: 0.0)
    entered: list[str] = []

    async def enter(name: str) -> None:
        async with places:
            entered.append(name)

    async with places:
        unlucky, next_one = asyncio.create_task(enter("unlucky")), asyncio.create_task(enter("next"))
        await asyncio.sleep(0)
    unlucky.cancel()
    await asyncio.gather(unlucky, next_one, return_exceptions=True)
    assert entered == ["next"]


async def test_a_place_more_is_filled_at_once() -> None:
    places = Places(16, lambda: 0.0)
    holding = [asyncio.create_task(_hold(places)) for _ in range(6)]
    await asyncio.sleep(0)
    assert places._under_way == 4
    places.heard("POST ", 0.0, None)
    await asyncio.sleep(0)
    assert places._under_way == 5
    for task in holding:
        task.cancel()
    await asyncio.gather(*holding, return_exceptions=True)
    assert places._under_way == 0


async def _hold(places: Places) -> None:
    async with places:
        await asyncio.sleep(3600)


@pytest.mark.parametrize(
    ("reply", "cause"),
    [
        (Answer(200), None),
        (Answer(409), "conflict"),
        (Answer(412), None),
        (Answer(429), "throttled"),
        (Answer(503), None),
        (AnswerLost("timeout"), "timeout"),
        (AnswerLost("reset"), None),
        (NeverSent("refused"), None),
    ],
)
def test_what_slows_is_a_refusal_to_keep_up(reply: Reply, cause: SlowedBy | None) -> None:
    assert what_slows(reply) == cause


async def test_what_the_ehr_answers_is_heard_and_shown_in_the_metrics() -> None:
    meters = Meters()
    throttling = httpx.MockTransport(lambda _: httpx.Response(429))
    places = Places(16, asyncio.get_running_loop().time, meters.ehr_places)
    async with Ehr("http://ehr.example/fhir", 5, places=places, transport=throttling) as ehr:
        assert meters.registry.get_sample_value("joinedup_ehr_places") == 4
        await ehr.metadata()
    assert meters.registry.get_sample_value("joinedup_ehr_places") == 2
    assert meters.registry.get_sample_value("joinedup_ehr_slowdowns_total", {"cause": "throttled"}) == 1
