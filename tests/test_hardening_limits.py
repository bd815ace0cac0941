"""How often one caller may call: evenly, each for themselves, in bounded memory."""

from collections.abc import Callable

import orjson
import pytest

from service.caller import AT_THIS_MACHINE, Caller
from service.errors import CallerError, NotSignedIn, NotTakenNow, TooOften
from service.hardening.limits import Allowances, Limits
from service.intake.answers import problem_response
from service.record_api.fhir_answers import outcome_response


def calls_until_refused(call: Callable[[], None], most: int = 10_000) -> tuple[int, TooOften]:
    for made in range(most):
        try:
            call()
        except TooOften as refused:
            return made, refused
    raise AssertionError("It was never refused.")


def test_a_minutes_worth_of_calls_may_come_at_once_and_the_next_is_told_when_to_come_back() -> None:
    limits = Limits(120)
    made, refused = calls_until_refused(lambda: limits.check("a", 0.0))
    assert made == 120
    assert refused.retry_after == 1
    assert "Wait 1 s" in refused.sentence


def test_who_waits_as_long_as_told_gets_through_and_who_hurries_loses_nothing_by_it() -> None:
    limits = Limits(2)
    _, refused = calls_until_refused(lambda: limits.check("a", 0.0))
    assert refused.retry_after == 30
    for _ in range(5):
        with pytest.raises(TooOften):
            limits.check("a", 29.0)
    limits.check("a", 30.0)
    with pytest.raises(TooOften):
        limits.check("a", 30.0)


def test_a_long_silence_saves_up_no_more_than_a_minutes_worth() -> None:
    limits = Limits(3)
    limits.check("a", 0.0)
    made, _ = calls_until_refused(lambda: limits.check("a", 1e6))
    assert made == 3


def test_a_clock_that_steps_back_takes_nothing_away() -> None:
    limits = Limits(2)
    limits.check("a", 100.0)
    limits.check("a", 50.0)
    with pytest.raises(TooOften):
        limits.check("a", 50.0)


def test_one_callers_haste_costs_no_other_caller() -> None:
    limits = Limits(1)
    limits.check("a", 0.0)
    limits.check("b", 0.0)
    with pytest.raises(TooOften):
        limits.check("a", 0.0)


def test_zero_is_no_limit_and_remembers_nobody() -> None:
    limits = Limits(0)
    for _ in range(1000):
        limits.check("a", 0.0)
    assert len(limits) == 0


def test_of_too_many_callers_the_one_that_was_silent_longest_is_forgotten() -> None:
    limits = Limits(1, most=2)
    for key in ("a", "b"):
        limits.check(key, 0.0)
    with pytest.raises(TooOften):
        limits.check("a", 1.0)  # b is the silent one now
    limits.check("c", 1.0)
    assert len(limits) == 2
    with pytest.raises(TooOften):
        limits.check("a", 1.0)
    limits.check("b", 1.0)


def test_callers_are_told_apart_by_issuer_and_subject() -> None:
    allowances = Allowances(1, 1)
    for issuer, subject in (("https://one.example", "s1"), ("https://two.example", "s1"), ("https://one.example", "s")):
        allowances.call_by(Caller(subject, "Any", frozenset(), issuer), 0.0)
    with pytest.raises(TooOften):
        allowances.call_by(Caller("s1", "Any", frozenset(), "https://one.example"), 0.0)


def test_whoever_is_at_this_machine_has_no_limit() -> None:
    allowances = Allowances(1, 1)
    for _ in range(10):
        allowances.call_by(AT_THIS_MACHINE, 0.0)


@pytest.mark.parametrize("address", ["192.0.2.7", None])
def test_refusals_are_counted_by_address(address: str | None) -> None:
    allowances = Allowances(1, 2)
    for _ in range(2):
        allowances.refused(address, 0.0)
    with pytest.raises(TooOften):
        allowances.refused(address, 0.0)
    allowances.refused("192.0.2.8", 0.0)
    allowances.refused(address, 30.0)


@pytest.mark.parametrize(
    ("error", "wait"), [(TooOften("Slower.", 7), "7"), (NotTakenNow("Later."), "60"), (NotSignedIn("expired"), None)]
)
def test_who_should_wait_is_told_how_long_in_both_manners(error: CallerError, wait: str | None) -> None:
    for answer in (problem_response(error), outcome_response(error)):
        assert answer.headers.get("Retry-After") == wait
        assert answer.status_code == error.status


def test_too_often_is_a_problem_that_a_program_knows_by_its_type() -> None:
    body = orjson.loads(problem_response(TooOften("Slower.", 7)).body)
    assert (body["type"], body["status"]) == ("urn:joinedup:problem:too-often", 429)
