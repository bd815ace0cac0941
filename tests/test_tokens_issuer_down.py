"""An issuer that is down, slow or talks nonsense: who is known goes on, and nobody is called a liar for it."""

import asyncio

import pytest

from tests.issuer import LocalIssuer, new_key
from tests.sign_in import Clocks, cannot_be_checked, letting_in, why_refused

DISCOVERY = "/.well-known/openid-configuration"


@pytest.mark.parametrize("answer", [(500, b"{}"), (302, b""), (200, b"<html>"), (200, b"[]"), (200, b""), (404, b"{}")])
async def test_an_issuer_that_answers_nonsense_is_one_that_is_down(
    own_issuer: LocalIssuer, answer: tuple[int, bytes]
) -> None:
    own_issuer.answer = answer
    async with letting_in(own_issuer.setting()) as issuers:
        await cannot_be_checked(issuers, own_issuer.token())


async def test_an_issuer_that_is_down_at_first_is_asked_again(own_issuer: LocalIssuer) -> None:
    clocks = Clocks()
    own_issuer.stop()
    async with letting_in(own_issuer.setting(), clocks=clocks) as issuers:
        await cannot_be_checked(issuers, own_issuer.token())
        own_issuer.start()
        clocks.pass_by(9)
        await cannot_be_checked(issuers, own_issuer.token())
        assert own_issuer.asked == []
        clocks.pass_by(1)
        assert (await issuers.caller_of(own_issuer.token())).subject == "subject-1"


async def test_known_keys_go_on_for_a_day_while_the_issuer_is_down(own_issuer: LocalIssuer) -> None:
    clocks = Clocks()
    far = int(clocks.wall) + 100_000
    async with letting_in(own_issuer.setting(), clocks=clocks) as issuers:
        await issuers.caller_of(own_issuer.token(exp=far))
        own_issuer.stop()
        clocks.pass_by(23 * 3600)
        for number in range(3):
            assert (await issuers.caller_of(own_issuer.token(exp=far, jti=str(number)))).subject == "subject-1"
        # It may be a key that is new since: nobody can say.
        await cannot_be_checked(issuers, own_issuer.token(key=new_key("new"), exp=far))
        assert await why_refused(issuers, own_issuer.token(key=new_key("first"), exp=far)) == "signature"
        clocks.pass_by(3600)
        await cannot_be_checked(issuers, own_issuer.token(exp=far, jti="later"))
        own_issuer.start()
        clocks.pass_by(10)
        assert (await issuers.caller_of(own_issuer.token(exp=far, jti="later"))).subject == "subject-1"


async def test_while_it_is_down_it_is_asked_once_a_minute(own_issuer: LocalIssuer) -> None:
    clocks = Clocks()
    far = int(clocks.wall) + 100_000
    async with letting_in(own_issuer.setting(), clocks=clocks) as issuers:
        await issuers.caller_of(own_issuer.token(exp=far))
        own_issuer.answer = (503, b"")
        own_issuer.asked.clear()
        clocks.pass_by(3600)
        for number in range(121):
            await issuers.caller_of(own_issuer.token(exp=far, jti=str(number)))
            clocks.pass_by(1)
    assert own_issuer.asked == [DISCOVERY] * 3


async def test_who_is_called_off_while_keys_are_fetched_makes_nobody_elses_token_bad(own_issuer: LocalIssuer) -> None:
    clocks = Clocks()
    async with letting_in(own_issuer.setting(), clocks=clocks) as issuers:
        await issuers.caller_of(own_issuer.token())
        own_issuer.rotate()
        clocks.pass_by(10)
        own_issuer.hold()
        called_off = asyncio.create_task(issuers.caller_of(own_issuer.token()))
        await asyncio.to_thread(own_issuer.wait_until_held)
        called_off.cancel()
        await asyncio.wait([called_off])
        own_issuer.let_go()
        await cannot_be_checked(issuers, own_issuer.token())
        clocks.pass_by(10)
        assert (await issuers.caller_of(own_issuer.token())).subject == "subject-1"


async def test_a_slow_renewal_holds_up_one_caller_only(own_issuer: LocalIssuer) -> None:
    clocks = Clocks()
    far = int(clocks.wall) + 100_000
    tokens = [own_issuer.token(exp=far, jti=str(number)) for number in range(3)]
    async with letting_in(own_issuer.setting(), clocks=clocks) as issuers:
        await issuers.caller_of(tokens[0])
        clocks.pass_by(3600)
        own_issuer.hold()
        waits = asyncio.create_task(issuers.caller_of(tokens[1]))
        await asyncio.to_thread(own_issuer.wait_until_held)
        assert (await issuers.caller_of(tokens[2])).subject == "subject-1"
        assert not waits.done()
        own_issuer.let_go()
        assert (await waits).subject == "subject-1"
