"""Where a system finds its token: said to everybody, and of what works only."""

from pathlib import Path
from typing import Any

import pytest
from pydantic import HttpUrl, ValidationError

from service.auth.our_tokens import check_issuer_keys, issuer_keys_of
from service.errors import CannotStart
from service.settings import Settings
from service.settings.access import IssuerSettings
from tests.door import phone_at
from tests.token_office import Office, settings_of

PLACE = "/fhir/.well-known/smart-configuration"
LOGIN = "https://login.example"


async def test_our_own_token_endpoint_is_named_without_a_token(office: Office) -> None:
    answer = await office.http.get(PLACE)
    assert (answer.status_code, answer.headers["Content-Type"]) == (200, "application/json")
    assert answer.json() == {
        "token_endpoint": f"{office.url}/oauth/token",
        "jwks_uri": f"{office.url}/oauth/jwks.json",
        "grant_types_supported": ["client_credentials"],
        "token_endpoint_auth_methods_supported": ["private_key_jwt"],
        "token_endpoint_auth_signing_alg_values_supported": ["RS384", "ES384"],
        "scopes_supported": ["system/Questionnaire.rs", "system/QuestionnaireResponse.c"],
        "capabilities": ["client-confidential-asymmetric", "permission-v2"],
        "code_challenge_methods_supported": ["S256"],
    }


async def test_what_it_names_is_there(office: Office) -> None:
    said = (await office.http.get(PLACE)).json()
    (key,) = (await office.http.get(said["jwks_uri"])).json()["keys"]
    assert (key["alg"], "d" in key) == ("ES384", False)
    assert (await office.http.post(said["token_endpoint"])).status_code == 400


async def test_our_keys_towards_ehrs_and_those_of_our_tokens_are_not_the_same(office: Office) -> None:
    towards_ehrs = (await office.http.get("/.well-known/jwks.json")).json()["keys"]
    assert [key for key in (await office.http.get("/oauth/jwks.json")).json()["keys"] if key in towards_ehrs] == []


async def test_the_trusts_own_authorisation_server_is_named_where_it_serves_systems(database_url: str) -> None:
    people = IssuerSettings(issuer=f"{LOGIN}/people", audience="us", token_url=f"{LOGIN}/token")
    systems = IssuerSettings(issuer=LOGIN, audience="us", systems=True, token_url=f"{LOGIN}/systems/token")
    async with phone_at(database_url, issuers=(people, systems)) as phone:
        said = (await phone.get(PLACE)).json()
    assert said["token_endpoint"] == f"{LOGIN}/systems/token"
    assert "jwks_uri" not in said


@pytest.mark.parametrize("issuers", [(), (IssuerSettings(issuer=LOGIN, audience="us", systems=True),)])
async def test_where_nobody_gives_tokens_to_systems_nothing_is_claimed(
    database_url: str, issuers: tuple[IssuerSettings, ...]
) -> None:
    async with phone_at(database_url, issuers=issuers) as phone:
        answer = await phone.get(PLACE)
        assert (answer.status_code, answer.json()["resourceType"]) == (404, "OperationOutcome")
        assert (await phone.post("/oauth/token")).status_code == 404
        assert (await phone.get("/oauth/jwks.json")).status_code == 404


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"public_url": None}, "needs JOINEDUP_PUBLIC_URL"),
        ({"public_url": HttpUrl("http://joinedup.example")}, "has to begin with https"),
        (
            {"public_url": HttpUrl(LOGIN), "issuers": (IssuerSettings(issuer=LOGIN, audience="us"),)},
            "We are the issuer of our own tokens",
        ),
    ],
)
def test_settings_by_which_tokens_could_not_be_issued_safely_are_refused(
    changes: dict[str, Any], sentence: str
) -> None:
    with pytest.raises(ValidationError, match=sentence):
        Settings(issue_system_tokens=True, _env_file=None, **changes)


def test_keys_that_cannot_be_kept_are_told_before_anything_runs(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    settings = settings_of("postgresql://", "https://joinedup.example", tmp_path / "file" / "keys")
    with pytest.raises(CannotStart, match="No key can be kept"):
        check_issuer_keys(settings)


def test_the_keys_of_tokens_lie_beside_those_towards_ehrs_unless_said(tmp_path: Path) -> None:
    ours = issuer_keys_of(Settings(_env_file=None))
    assert ours.folder == Path.home() / ".config" / "joinedup" / "issuer-keys"
