"""A token that was found good is not looked at again for a while, and never beyond its end."""

from tests.issuer import LocalIssuer
from tests.sign_in import Clocks, letting_in, why_refused


async def test_a_good_token_is_remembered_until_it_ends(own_issuer: LocalIssuer) -> None:
    clocks = Clocks()
    token = own_issuer.token(exp=int(clocks.wall) + 60)
    async with letting_in(own_issuer.setting(leeway=0), clocks=clocks) as issuers:
        first = await issuers.caller_of(token)
        assert await issuers.caller_of(token) is first
        clocks.pass_by(61)
        assert await why_refused(issuers, token) == "expired"


async def test_a_good_token_is_looked_at_again_after_five_minutes(own_issuer: LocalIssuer) -> None:
    clocks = Clocks()
    token = own_issuer.token()
    async with letting_in(own_issuer.setting(), clocks=clocks) as issuers:
        first = await issuers.caller_of(token)
        clocks.pass_by(299)
        assert await issuers.caller_of(token) is first
        clocks.pass_by(1)
        again = await issuers.caller_of(token)
        assert again is not first
        assert again == first


async def test_what_is_remembered_has_a_bound_and_the_least_lately_used_goes(own_issuer: LocalIssuer) -> None:
    one, two, three = (own_issuer.token(jti=str(number)) for number in range(3))
    async with letting_in(own_issuer.setting(), remembered=2) as issuers:
        first, second = await issuers.caller_of(one), await issuers.caller_of(two)
        assert await issuers.caller_of(one) is first
        await issuers.caller_of(three)
        assert await issuers.caller_of(one) is first
        assert await issuers.caller_of(two) is not second
