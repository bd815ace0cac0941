"""When a delivery is tried again: soon at first, hourly at most, for ever."""

from datetime import UTC, datetime, timedelta
from random import Random

from hypothesis import given
from hypothesis import strategies as st

from service.outbox.schedule import LONGEST_PAUSE, LONGEST_PROBE, when_to_probe, when_to_retry

NOW = datetime(2026, 11, 1, tzinfo=UTC)


class _Always(Random):
    """A chance that always falls the same way."""

    def __init__(self, value: float) -> None:
        super().__init__()
        self._value = value

    def random(self) -> float:
        return self._value


def _longest(tries: int) -> timedelta:
    return when_to_retry(tries, None, NOW, _Always(1.0)) - NOW


def test_the_first_pauses_are_seconds() -> None:
    assert [_longest(tries).total_seconds() for tries in (1, 2, 3, 4)] == [2, 4, 8, 16]


def test_an_hour_is_the_longest_pause_however_often_it_failed() -> None:
    assert _longest(12) == _longest(10_000) == LONGEST_PAUSE


@given(st.integers(1, 100_000), st.floats(0, 1, exclude_max=True))
def test_every_pause_is_at_least_a_second_and_at_most_an_hour(tries: int, chance: float) -> None:
    pause = when_to_retry(tries, None, NOW, _Always(chance)) - NOW
    assert timedelta(seconds=1) <= pause <= LONGEST_PAUSE


def test_what_failed_together_does_not_come_back_together() -> None:
    random = Random(1)
    assert len({when_to_retry(5, None, NOW, random) for _ in range(100)}) == 100


def test_the_time_the_ehr_asks_for_is_obeyed_even_beyond_an_hour() -> None:
    until = NOW + timedelta(days=2)
    assert when_to_retry(1, until, NOW, _Always(0.5)) == until


def test_a_time_the_ehr_asked_for_that_is_past_hurries_nothing() -> None:
    assert when_to_retry(1, NOW - timedelta(days=2), NOW, _Always(1.0)) == NOW + timedelta(seconds=2)


def test_probes_begin_after_seconds_and_come_at_least_every_minute() -> None:
    pauses = [(when_to_probe(probes, None, NOW, _Always(1.0)) - NOW).total_seconds() for probes in range(6)]
    assert pauses == [5, 10, 20, 40, 60, 60]
    assert timedelta(minutes=1) == LONGEST_PROBE


def test_a_probe_waits_as_long_as_the_ehr_asks() -> None:
    until = NOW + timedelta(hours=3)
    assert when_to_probe(0, until, NOW, _Always(1.0)) == until
