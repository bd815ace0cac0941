"""What a request for a token looks like, and where the keys of a system that asks are published."""

import pytest

from service.auth.scopes import to_register
from service.auth.system_clients import Registration
from tests.issuer import LocalIssuer
from tests.token_office import CLIENT_ID, MAY, Office, audit_of, is_refused


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"grant_type": "authorization_code"}, "unsupported_grant_type"),
        ({"grant_type": ""}, "invalid_request"),
    ],
)
async def test_another_way_to_ask_is_told_as_rfc_6749_has_it(
    office: Office, changes: dict[str, str], error: str
) -> None:
    answer = await office.ask((await office.registered()).form() | changes)
    assert (answer.status_code, answer.json()) == (400, {"error": error})


@pytest.mark.parametrize(
    ("content", "content_type"),
    [
        (b'{"grant_type": "client_credentials"}', "application/json"),
        (b"grant_type=client_credentials&grant_type=client_credentials", "application/x-www-form-urlencoded"),
        (b"a=" + b"a" * 16 * 1024, "application/x-www-form-urlencoded"),
        (b"&".join(b"a%d=1" % one for one in range(30)), "application/x-www-form-urlencoded"),
        (b"a=\xff", "application/x-www-form-urlencoded"),
    ],
)
async def test_what_is_no_form_is_told(office: Office, content: bytes, content_type: str) -> None:
    answer = await office.http.post("/oauth/token", content=content, headers={"Content-Type": content_type})
    assert (answer.status_code, answer.json()) == (400, {"error": "invalid_request"})
    assert await audit_of(office) == [("unknown", "sign_in_refused", "refused", "not_a_form")]


async def test_a_system_that_publishes_its_keys_may_change_them_by_itself(
    office: Office, own_issuer: LocalIssuer
) -> None:
    system = office.system()
    own_issuer.published = system.keys.published()
    await office.register(Registration(CLIENT_ID, "RiO", to_register(MAY), jwks_url=f"{own_issuer.url}/jwks"))
    assert (await office.ask(system.form())).status_code == 200
    assert (await office.ask({**system.form(), "scope": "system/Questionnaire.r"})).json()["scope"]
    assert own_issuer.asked == ["/jwks"]
    named = office.system(header={"jku": f"{own_issuer.url}/jwks"})
    named.keys = system.keys
    assert (await office.ask(named.form())).status_code == 200
    await is_refused(office, office.system().form())


async def test_of_a_system_whose_keys_cannot_be_read_nobody_hears_that_it_is_one(
    office: Office, own_issuer: LocalIssuer
) -> None:
    own_issuer.answer = (500, b"down")
    await office.register(Registration(CLIENT_ID, "RiO", to_register(MAY), jwks_url=f"{own_issuer.url}/jwks"))
    await is_refused(office, office.system().form())
